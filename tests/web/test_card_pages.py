"""Paying by card on our pages: there with a key and an account, nowhere without; and giving back."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from foodorder.billing.models import StripeAccount
from foodorder.rules.permissions import Role
from tests.services.test_payments import owed
from tests.services.test_stripe import ACCOUNT, booked, only_intent, shop
from tests.stripe_server import ASKS, DECLINED, IBAN, call, card, localstripe
from tests.web.office import log_in
from tests.web.test_webhooks import configure

__all__ = ["owed", "shop"]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with localstripe() as address:
        yield address


@pytest.fixture
def open_shop(app: Flask, shop: Any, base: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The shop in an installation with keys."""
    configure(app, monkeypatch, base)
    return shop


def accountant(app: Flask, shop: Any) -> Any:
    return log_in(app, shop, Role.ACCOUNTANT, institution_id=shop.kitchen.id)


def farmer(app: Flask, shop: Any) -> Any:
    return log_in(app, shop, Role.PRODUCER, producer_id=shop.farm.id)


def path(shop: Any, more: str = "/card") -> str:
    return f"/kitchen/invoices/{shop.invoice.id}{more}"


def test_without_a_key_nothing_of_it_is_there(app: Flask, shop: Any) -> None:
    client, farm = accountant(app, shop), farmer(app, shop)
    for more in ("/card", "/debit", "/card/look"):
        assert client.post(path(shop, more)).status_code == 404
    assert client.get(path(shop)).status_code == 404
    assert farm.get("/producer/cards").status_code == 404
    assert farm.get(f"/producer/invoices/{shop.invoice.id}/refund").status_code == 404
    page = client.get(path(shop, ""))
    assert page.status_code == 200
    assert "/card" not in page.text
    assert "/producer/cards" not in farm.get("/producer/profile").text


def test_the_script_of_stripe_runs_on_the_payment_page_alone(app: Flask, open_shop: Any, base: str) -> None:
    client = accountant(app, open_shop)
    invoice = client.get(path(open_shop, ""))
    assert "Pay by card or debit" in invoice.text
    assert base not in invoice.headers["Content-Security-Policy"]
    page = client.get(path(open_shop))
    assert f"script-src 'self' {base};" in page.headers["Content-Security-Policy"]
    assert f'<script src="{base}/js.stripe.com/v3/"></script>' in page.text
    assert "this page needs JavaScript" in page.text


def test_only_the_accountant_pays(app: Flask, open_shop: Any) -> None:
    for role in (Role.KITCHEN_MANAGER, Role.APPROVER):
        client = log_in(app, open_shop, role, institution_id=open_shop.kitchen.id)
        assert client.get(path(open_shop)).status_code == 403
        assert client.post(path(open_shop), data={"source": "pm_1"}).status_code == 403
    other = log_in(app, open_shop, Role.ACCOUNTANT, institution_id=open_shop.school.id)
    assert other.get(path(open_shop)).status_code == 404


def test_a_card_pays(app: Flask, open_shop: Any, base: str, session: Session) -> None:
    client = accountant(app, open_shop)
    answer = client.post(path(open_shop), data={"source": card(base)})
    assert (answer.status_code, answer.location) == (303, path(open_shop, ""))
    assert booked(session) == [("card", open_shop.invoice.gross_cents)]
    assert "Nothing can be paid by card" in client.get(path(open_shop)).text


@pytest.mark.parametrize("source", ["", "4242424242424242", "tok_1", "pm_1/../x"])
def test_a_card_number_never_comes_here(source: str, app: Flask, open_shop: Any, session: Session) -> None:
    answer = accountant(app, open_shop).post(path(open_shop), data={"source": source})
    assert answer.status_code == 422
    assert booked(session) == []


def test_a_declined_card_is_told(app: Flask, open_shop: Any, base: str, session: Session) -> None:
    answer = accountant(app, open_shop).post(path(open_shop), data={"source": card(base, DECLINED)})
    assert answer.status_code == 422
    assert "card_declined" in answer.text
    assert booked(session) == []


def test_a_bank_that_asks_is_answered(app: Flask, open_shop: Any, base: str, session: Session) -> None:
    client = accountant(app, open_shop)
    answer = client.post(path(open_shop), data={"source": card(base, ASKS)})
    assert answer.location == path(open_shop)
    page = client.get(path(open_shop))
    assert "data-stripe-act" in page.text
    secret = page.text.partition('data-secret="')[2].partition('"')[0]
    intent = only_intent(open_shop).intent
    call(
        base,
        "POST",
        f"/v1/payment_intents/{intent}/_authenticate",
        {"client_secret": secret, "success": True},
    )
    assert client.post(path(open_shop, "/card/look")).location == path(open_shop, "")
    assert booked(session) == [("card", open_shop.invoice.gross_cents)]


def test_a_debit_needs_no_script_but_consent(app: Flask, open_shop: Any, session: Session) -> None:
    client = accountant(app, open_shop)
    typed = {"iban": IBAN, "name": "Vrtec", "email": "v@example.org"}
    refused = client.post(path(open_shop, "/debit"), data=typed)
    assert refused.status_code == 422
    assert IBAN in refused.text
    assert (
        client.post(path(open_shop, "/debit"), data={**typed, "iban": "DE00", "agree": "y"}).status_code
        == 422
    )
    assert client.post(path(open_shop, "/debit"), data={**typed, "agree": "y"}).status_code == 303
    assert only_intent(open_shop).method == "sepa_debit"


def test_stripe_down_keeps_what_was_typed_and_everything_else_working(
    app: Flask, shop: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(app, monkeypatch, "http://127.0.0.1:9")
    client = accountant(app, shop)
    typed = {"iban": IBAN, "name": "Vrtec", "email": "v@example.org", "agree": "y"}
    answer = client.post(path(shop, "/debit"), data=typed)
    assert answer.status_code == 422
    assert "does not answer now" in answer.text
    assert IBAN in answer.text
    for page in (path(shop), path(shop, ""), "/kitchen/payments"):
        assert client.get(page).status_code == 200


def test_the_farm_gives_back(app: Flask, open_shop: Any, base: str, session: Session) -> None:
    accountant(app, open_shop).post(path(open_shop), data={"source": card(base)})
    client, where = farmer(app, open_shop), f"/producer/invoices/{open_shop.invoice.id}/refund"
    assert where in client.get(f"/producer/invoices/{open_shop.invoice.id}").text
    assert client.post(where, data={"amount": "3,00"}).status_code == 422
    assert client.post(where, data={"amount": "9000", "words": "Gnilo."}).status_code == 422
    assert client.post(where, data={"amount": "3,00", "words": "Gnilo."}).status_code == 303
    assert booked(session)[1:] == [("refund", -300)]
    assert "Gnilo." in client.get(where).text
    baker = log_in(app, open_shop, Role.PRODUCER, producer_id=open_shop.baker.id)
    assert baker.get(where).status_code == 404


def test_a_farm_connects_its_own_account_and_no_other(app: Flask, open_shop: Any, session: Session) -> None:
    client = log_in(app, open_shop, Role.PRODUCER, producer_id=open_shop.baker.id)
    assert "Not connected" in client.get("/producer/cards").text
    assert client.post("/producer/cards", data={"account": "IBAN"}).status_code == 422
    taken = client.post("/producer/cards", data={"account": ACCOUNT})
    assert taken.status_code == 422
    assert "Another producer" in taken.text
    assert client.post("/producer/cards", data={"account": "acct_baker"}).status_code == 303
    assert session.get_one(StripeAccount, open_shop.baker.id).charges_enabled
    assert "acct_baker" in client.get("/producer/cards").text


def test_at_stripe_itself_nobody_types_an_account(
    app: Flask, shop: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(app, monkeypatch, "https://api.stripe.com")
    client = farmer(app, shop)
    page = client.get("/producer/cards")
    assert "form-action 'self' https://connect.stripe.com" in page.headers["Content-Security-Policy"]
    assert 'name="account"' not in page.text
    assert client.post("/producer/cards", data={"account": "acct_mine"}).status_code == 422
    assert "https://js.stripe.com/v3/" in accountant(app, shop).get(path(shop)).text


def test_the_coordinator_sees_who_takes_cards(app: Flask, open_shop: Any) -> None:
    client = log_in(app, open_shop, municipality_id=open_shop.municipality.id)
    assert "Kitchens can pay by card" in client.get(f"/coordinator/producers/{open_shop.farm.id}").text
    assert "Kitchens can pay by card" not in client.get(f"/coordinator/producers/{open_shop.baker.id}").text
