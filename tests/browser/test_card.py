"""An invoice paid in a browser, with the script and the webhooks of a server that stands in for Stripe."""

import os
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from foodorder.embedded import EmbeddedServer
from tests.browser.conftest import Visit
from tests.browser.house import Site, open_site, owner_of
from tests.browser.visitor import DESK, PHONE
from tests.stripe_server import ASKS, KEY, PUBLISHABLE, SECRET, call, localstripe

ACCOUNTANT = "racunovodstvo@demo.example"

#: An approved invoice, written elsewhere, of the first farm to the accountant's kitchen.
INVOICE = """
INSERT INTO invoice (kind, origin, state, producer_id, institution_id, number, issue_date, supplied_from,
       supplied_to, received_on, due_date, tax_type, parties, reference, net_cents, vat_cents,
       gross_cents, issued_at)
SELECT 'invoice', 'entered', 'approved', (SELECT min(id) FROM producer), g.institution_id, %s, '2026-11-16',
       '2026-11-16', '2026-11-16', '2026-11-16', '2026-12-16', 'exempt',
       '{"seller": {"name": "Kmetija"}, "buyer": {"name": "Vrtec"}}', 'SI00' || %s, 4200, 0, 4200, now()
  FROM role_grant g JOIN person p ON p.id = g.person_id
 WHERE p.email = %s AND g.institution_id IS NOT NULL LIMIT 1
RETURNING id, producer_id
"""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with localstripe() as address:
        yield address


@pytest.fixture(scope="module")
def site(
    server: EmbeddedServer, demo_world: str, tmp_path_factory: pytest.TempPathFactory, base: str
) -> Iterator[Site]:
    """A site that takes cards, and a Stripe that tells it so."""
    keys = {
        "FOODORDER_STRIPE_API_BASE": base,
        "FOODORDER_STRIPE_API_KEY": KEY,
        "FOODORDER_STRIPE_PUBLISHABLE_KEY": PUBLISHABLE,
        "FOODORDER_STRIPE_WEBHOOK_SECRET": SECRET,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in keys.items():
            patch.setitem(os.environ, name, value)  # type: ignore[arg-type]
        with open_site(server, demo_world, f"{demo_world}_card", tmp_path_factory.mktemp("card")) as opened:
            hook = {"url": f"{opened.address}/webhooks/stripe", "secret": SECRET}
            call(base, "POST", "/_config/webhooks/ours", hook)
            yield opened


@pytest.fixture(scope="module")
def invoices(site: Site) -> list[int]:
    """Two approved invoices of the accountant's kitchen, whose farm takes cards."""
    found = []
    with owner_of(site.server, site.database) as owner:
        for number in ("901", "902"):
            found += owner.execute(INVOICE.encode(), [number, number, ACCOUNTANT]).fetchall()
        owner.execute(
            b"INSERT INTO stripe_account (producer_id, account, charges_enabled, connected_at)"
            b" VALUES (%s, 'acct_farm', true, now())",
            [found[0][1]],
        )
    return [int(str(row[0])) for row in found]


def type_card(page: object, number: str) -> None:
    """Into the fields that Stripe's script draws."""
    for name, value in (("number", number), ("exp_month", "12"), ("exp_year", "35"), ("cvc", "123")):
        page.locator(f"[data-card] input[placeholder={name}]").fill(value)  # type: ignore[attr-defined]


def paid(site: Site, invoice: int) -> list[tuple[object, ...]]:
    return site.ask("SELECT kind FROM payment WHERE invoice_id = %s", invoice)


def test_a_card_is_typed_and_its_bank_asked(visit: Visit, site: Site, base: str, invoices: list[int]) -> None:
    with visit("accountant", DESK) as accountant:
        page = accountant.log_in(ACCOUNTANT).go(f"/kitchen/invoices/{invoices[0]}/card").page
        expect(page.locator("[data-card] input").first).to_be_visible()
        type_card(page, ASKS)
        page.locator("[data-stripe-card] button").click()
        page.locator("[data-stripe-act] button").click()
        page.get_by_role("button", name="Complete authentication").click()
        expect(page).to_have_url(f"{site.address}/kitchen/invoices/{invoices[0]}")
        # This page alone asks another: the server that stands in for Stripe, and nobody else.
        accountant._noise[:] = [
            words for words in accountant._noise if not words.startswith(f"asked {base}/")
        ]
    assert paid(site, invoices[0]) == [("card",)]
    end = time.monotonic() + 15
    while not site.ask("SELECT 1 FROM stripe_event WHERE outcome = 'done'") and time.monotonic() < end:
        time.sleep(0.2)
    assert site.ask("SELECT kind, outcome FROM stripe_event") == [("payment_intent.succeeded", "done")]
    assert paid(site, invoices[0]) == [("card",)]


def test_without_scripts_a_debit_is_offered(visit: Visit, site: Site, invoices: list[int]) -> None:
    with visit("accountant", PHONE, java_script_enabled=False) as accountant:
        page = accountant.log_in(ACCOUNTANT).go(f"/kitchen/invoices/{invoices[1]}/card").page
        expect(page.locator("[data-needs-script]")).to_be_visible()
        expect(page.locator("[data-stripe-card]")).to_be_hidden()
        page.locator("#iban").fill("DE89370400440532013000")
        page.locator("#name").fill("Vrtec")
        page.locator("#email").fill("vrtec@example.org")
        page.locator("#agree").check()
        page.locator("form[action$='/debit'] button").click()
        expect(page.locator("h1")).to_be_visible()
    end = time.monotonic() + 15
    while not paid(site, invoices[1]) and time.monotonic() < end:
        time.sleep(0.2)
    assert paid(site, invoices[1]) == [("debit",)]


def test_the_payment_page_is_looked_at(visit: Visit, invoices: list[int]) -> None:
    for size in (PHONE, DESK):
        with visit("farmer", size) as farmer:
            farmer.log_in("kmet@demo.example").go("/producer/cards").look("cards")
