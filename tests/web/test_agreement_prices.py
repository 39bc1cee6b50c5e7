"""Price lists of agreements: uploaded, looked at, agreed."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.agreements.models import AgreedPrice, Amendment
from foodorder.agreements.prices import agree_prices
from foodorder.db import db
from tests.services.agreed import ACT
from tests.services.test_agreements_draft import price
from tests.web.town_hall import AMENDMENT, TODAY, at, desk, in_force, town, tuesday

__all__ = ["desk", "in_force", "town", "tuesday"]

HEADS = "Sklop;Ponudnik;Živilo;Cena;Velja od"


def test_an_amendment_of_prices_is_told_in_one_sentence(desk, in_force):
    agreement, lot, farm, carrots = in_force
    new = {f"price{farm.id}x{carrots.id}": "1,70"}
    assert desk.post(at(agreement, f"/lots/{lot.id}/prices"), data=new | AMENDMENT).status_code == 303
    # 1.50 → 1.70 EUR.
    assert "<summary>1 price, on average +13.3%</summary>" in desk.get(at(agreement)).text


def test_prices_are_shown_on_a_day(desk, town):
    agreement, lot, farm, carrots = town
    agree_prices(agreement, [price(lot, farm, carrots, 170, TODAY + timedelta(days=60))], **ACT)
    db.session.commit()
    page = desk.get(at(agreement)).text
    assert "€1.50/kg" in page
    assert "€1.70/kg from" in page
    later = desk.get(at(agreement, f"?day={TODAY + timedelta(days=61)}")).text
    assert "€1.50/kg" not in later
    assert desk.get(at(agreement, "?day=soon")).status_code == 200


def upload(desk, agreement, text, name="cenik.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    form = {"file": (io.BytesIO(content), name)}
    return desk.post(at(agreement, "/import"), data=form, follow_redirects=True)


def test_a_price_list_is_previewed_and_then_agreed(desk, town):
    agreement = town[0]
    page = upload(desk, agreement, f"{HEADS}\n1;Kmetija Čuk;Korenje;1,65;2026-12-01")
    assert "New: 0. Changed: 1. As before: 0. Wrong: 0." in page.text
    assert "+10.0%" in page.text
    assert len(db.session.scalars(select(AgreedPrice)).all()) == 1
    said = desk.post(page.request.path, follow_redirects=True).text
    assert "1 price agreed." in said
    assert "Price list cenik.csv, applied on" in said


def test_a_price_list_with_an_error_cannot_be_agreed(desk, town):
    page = upload(desk, town[0], f"{HEADS}\n1;Kmetija Čuk;Repa;dear;")
    assert "Lot 1 has no food type “Repa”." in page.text
    assert "Agree these prices" not in page.text
    assert desk.post(page.request.path).status_code == 422
    assert len(db.session.scalars(select(AgreedPrice)).all()) == 1


def test_a_price_list_in_force_asks_for_the_amendment(desk, in_force):
    page = upload(desk, in_force[0], f"{HEADS}\n1;Kmetija Čuk;Korenje;1,65;2026-12-01")
    assert "Amendment signed on" in page.text
    desk.post(page.request.path, data=AMENDMENT | {"effective_on": "2026-12-01"})
    assert db.session.scalars(select(Amendment)).one().subject == "prices"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 no zip", "cannot be read as a table"),
        (b"a;b\n1;2", "has no column"),
        (b"", "Choose a file."),
        ("\n".join([HEADS, *["1;a;b;1;"] * 2_001]).encode(), "too large"),
    ],
)
def test_what_is_no_price_list_is_refused_in_words(desk, town, content, words):
    answer = upload(desk, town[0], content, "list.xlsx" if content else "")
    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_can_be_filled_in_and_uploaded(desk, town, ending):
    file = desk.get(at(town[0], f"/price-list/{ending}"))
    assert file.status_code == 200
    page = upload(desk, town[0], file.data, f"cenik.{ending}")
    assert "New: 0. Changed: 0. As before: 1. Wrong: 0." in page.text
