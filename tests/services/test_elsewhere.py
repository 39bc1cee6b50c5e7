"""Purchases elsewhere: entered, voided, never changed; imported all or none; which months are missing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.agreements import elsewhere
from foodorder.agreements.elsewhere import Purchase
from foodorder.agreements.elsewhere_import import (
    ImportHasErrors,
    MonthUnreadable,
    ValueMissing,
    read_file,
)
from foodorder.agreements.elsewhere_queries import MonthState, months, purchases_of
from foodorder.agreements.models import PurchaseElsewhere
from foodorder.agreements.sheets import ColumnsMissing, NoLines, NotASpreadsheet
from foodorder.rules.errors import Refusal
from foodorder.rules.quantity import NotANumber
from foodorder.trail.models import TrailEvent
from tests.factories import NOW, World
from tests.kept import once

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
LATER = NOW + timedelta(hours=1)


@once
def kitchen(world: World) -> Any:
    world.food = world.add_food_type(name_sl="Čebula", name_en="Onions", code="cebula")  # type: ignore[attr-defined]
    return world.add_institution()


def onions(world: Any, **values: Any) -> Purchase:
    return Purchase(
        **{"month": OCTOBER, "food_type_id": world.food.id, "net_cents": 1250, "grams": 5000, **values}
    )


def test_a_purchase_is_written_down_with_its_trail(world: World, kitchen: Any, session: Session) -> None:
    person = world.add_person(institution_id=kitchen.id)
    row = elsewhere.enter(
        kitchen, onions(world, scheme="pgi", origin="SI"), actor=world.actor(person), now=NOW
    )

    assert (row.net_cents, row.grams, row.entered_by_id, row.basis) == (1250, 5000, person.id, "contract")
    event = session.scalars(select(TrailEvent).where(TrailEvent.action == "purchase.entered")).one()
    assert (event.object_id, event.municipality_id) == (row.id, kitchen.municipality_id)
    assert '"scheme":"pgi"' in event.body


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"month": date(2026, 12, 1)}, elsewhere.MonthAhead),
        ({"month": date(2026, 10, 2)}, elsewhere.MonthAhead),
        ({"month": date(2014, 12, 1)}, elsewhere.MonthAhead),
        ({"food_type_id": -1}, elsewhere.FoodUnknown),
        ({"net_cents": 0, "grams": None}, elsewhere.NothingBought),
        ({"net_cents": -1}, None),
        ({"scheme": "lucky"}, elsewhere.SchemeUnknown),
        ({"basis": "favour"}, elsewhere.BasisUnknown),
        ({"origin": "XX"}, elsewhere.CountryUnknown),
        ({"supplier": "x" * 201}, elsewhere.TooLong),
        ({"note": "x" * 501}, elsewhere.TooLong),
    ],
)
def test_what_makes_no_sense_is_refused(
    world: World, kitchen: Any, values: dict[str, Any], refusal: type[Refusal] | None
) -> None:
    with pytest.raises(refusal or DBAPIError):
        elsewhere.enter(kitchen, onions(world, **values), actor=world.actor(), now=NOW)


def test_a_given_thing_has_weight_and_no_price(world: World, kitchen: Any) -> None:
    assert elsewhere.enter(kitchen, onions(world, net_cents=0), actor=world.actor(), now=NOW).grams == 5000


def test_a_wrong_row_is_voided_once_with_its_reason(world: World, kitchen: Any, session: Session) -> None:
    row = elsewhere.enter(kitchen, onions(world), actor=world.actor(), now=NOW)
    with pytest.raises(elsewhere.ReasonMissing):
        elsewhere.void(row, kitchen, "  ", actor=world.actor(), now=LATER)
    elsewhere.void(row, kitchen, "double", actor=world.actor(), now=LATER)
    session.refresh(row)
    assert (row.voided_at, row.void_reason) == (LATER, "double")
    with pytest.raises(elsewhere.AlreadyVoided):
        elsewhere.void(row, kitchen, "again", actor=world.actor(), now=LATER)
    event = session.scalars(select(TrailEvent).where(TrailEvent.action == "purchase.voided")).one()
    assert '"reason":"double"' in event.body


def test_a_correction_voids_and_enters_anew(world: World, kitchen: Any, session: Session) -> None:
    row = elsewhere.enter(kitchen, onions(world), actor=world.actor(), now=NOW)
    right = elsewhere.correct(
        row, kitchen, onions(world, grams=6000), "weighed", actor=world.actor(), now=LATER
    )
    session.refresh(row)
    assert (row.grams, row.void_reason, right.grams, right.voided_at) == (5000, "weighed", 6000, None)


@pytest.mark.parametrize(
    "change",
    ["UPDATE purchase_elsewhere SET grams = 1", "UPDATE purchase_elsewhere SET net_cents = net_cents",
     "DELETE FROM purchase_elsewhere"],
)  # fmt: skip
def test_rows_are_frozen_for_the_application(
    world: World, kitchen: Any, session: Session, change: str
) -> None:
    elsewhere.enter(kitchen, onions(world), actor=world.actor(), now=NOW)
    with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
        session.execute(text(change))


def test_a_voided_row_stays_as_it_is(world: World, kitchen: Any, session: Session) -> None:
    row = elsewhere.enter(kitchen, onions(world), actor=world.actor(), now=NOW)
    elsewhere.void(row, kitchen, "double", actor=world.actor(), now=LATER)
    for change in ("void_reason = 'better'", "voided_at = NULL"):
        with pytest.raises(DBAPIError, match="frozen"), session.begin_nested():
            session.execute(text(f"UPDATE purchase_elsewhere SET {change} WHERE id = {row.id}"))


def test_months_say_what_is_known(world: World, kitchen: Any) -> None:
    elsewhere.enter(kitchen, onions(world), actor=world.actor(), now=NOW)
    elsewhere.enter(kitchen, onions(world, grams=None), actor=world.actor(), now=NOW)
    elsewhere.enter_nothing(kitchen, date(2026, 8, 1), actor=world.actor(), now=NOW)
    elsewhere.enter(world.add_institution(), onions(world, month=NOVEMBER), actor=world.actor(), now=NOW)

    found = {one.first.month: one for one in months(kitchen.id, 2026, date(2026, 11, 24))}

    october = found[10]
    assert (october.state, october.rows, october.net_cents) == (MonthState.ENTERED, 2, 2500)
    assert (october.grams, october.unweighed) == (5000, 1)
    assert found[8].state is MonthState.NOTHING
    assert found[9].state is MonthState.MISSING
    assert found[11].state is found[12].state is MonthState.AHEAD


def test_nothing_gives_way_to_what_was_bought_after_all(world: World, kitchen: Any) -> None:
    elsewhere.enter_nothing(kitchen, OCTOBER, actor=world.actor(), now=NOW)
    with pytest.raises(elsewhere.MonthNotEmpty):
        elsewhere.enter_nothing(kitchen, OCTOBER, actor=world.actor(), now=NOW)
    elsewhere.enter(kitchen, onions(world), actor=world.actor(), now=LATER)
    standing = purchases_of(kitchen.id, 2026, voided=False)
    assert [row.grams for row in standing] == [5000]
    with pytest.raises(elsewhere.MonthNotEmpty):
        elsewhere.enter_nothing(kitchen, OCTOBER, actor=world.actor(), now=LATER)
    with pytest.raises(elsewhere.MonthAhead):
        elsewhere.enter_nothing(kitchen, date(2026, 12, 1), actor=world.actor(), now=LATER)


FILE = """Mesec;Vrsta živila;kg;Neto vrednost (EUR);Shema kakovosti;Pravna podlaga;Poreklo;Dobavitelj
2026-10;čebula;1.234,5;2.000,00;ekološko;izločeni sklop;Slovenija;Veletrgovina
11. 2026;cebula;;12,5;;;IT;
"""


def test_a_file_is_understood_by_slovene_and_english_words(world: World, kitchen: Any) -> None:
    found = read_file(FILE.encode("utf-8"), (), now=NOW)

    assert found.wrong == ()
    first, second = found.purchases
    assert first == onions(
        world, net_cents=200_000, grams=1_234_500, scheme="organic", basis="exempted", origin="SI",
        supplier="Veletrgovina",
    )  # fmt: skip
    assert second == onions(world, month=NOVEMBER, net_cents=1250, grams=None, origin="IT")
    english = "month,food_type,net_eur,scheme,basis\n2026-10-31,Onions,1.50,Organic,Evidence order\n"
    [third] = read_file(english.encode("cp1250"), (), now=NOW).purchases
    assert (third.net_cents, third.scheme, third.basis) == (150, "organic", "evidence")


def test_every_error_names_its_line_and_nothing_is_entered(
    world: World, kitchen: Any, session: Session
) -> None:
    wrong = FILE + "2026-13;cebula;1;1;;;;\n2026-10;zlato;x;;lucky;;;\n2027-01;cebula;1;1;;;;\n"
    found = read_file(wrong.encode(), (), now=NOW)

    told = {line.number: [(key, type(reason)) for key, reason in line.errors] for line in found.wrong}
    assert told == {
        4: [("month", MonthUnreadable)],
        5: [("food", elsewhere.FoodUnknown), ("kg", NotANumber), ("net", ValueMissing),
            ("scheme", elsewhere.SchemeUnknown)],
        6: [("month", elsewhere.MonthAhead)],
    }  # fmt: skip
    with pytest.raises(ImportHasErrors):
        elsewhere.enter_all(kitchen, found.purchases, actor=world.actor(), now=NOW)
    assert session.scalars(select(PurchaseElsewhere)).all() == []


def test_what_is_there_already_is_marked(world: World, kitchen: Any) -> None:
    found = read_file((FILE + FILE.splitlines()[1]).encode(), [onions(world)], now=NOW)
    assert [line.twice for line in found.lines] == [False, False, True]
    [again] = read_file(b"month,food_type,kg,net\n2026-10,cebula,5,12.50\n", [onions(world)], now=NOW).lines
    assert again.twice


@pytest.mark.parametrize(
    ("content", "refusal"),
    [(b"a;b\n1;2\n", ColumnsMissing), (b"PK\x03\x04nonsense", NotASpreadsheet), (b"\0\0", NotASpreadsheet),
     (b"", ColumnsMissing), ("Mesec;Živilo;Neto vrednost\n;;\n".encode(), NoLines)],
)  # fmt: skip
def test_a_file_that_is_no_list_is_refused(
    world: World, kitchen: Any, content: bytes, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        read_file(content, (), now=NOW)
