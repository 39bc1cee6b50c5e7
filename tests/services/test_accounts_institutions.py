"""Institutions, their doors, the calendar, municipalities; and Slovene order."""

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts import calendar, institutions, municipalities, queries
from foodorder.accounts.institutions import InstitutionData, PointData, Window
from foodorder.accounts.models import InstitutionKind
from foodorder.accounts.sorting import sort_key
from foodorder.db import clock
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.checkdigits import WrongIban, WrongTaxNumber
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import World

SCHOOL = InstitutionData(
    code="OSS", name="Osnovna šola Stražišče", short_name="OŠ Stražišče", kind=InstitutionKind.SCHOOL,
    address="Šolska ulica 2", postcode="4000", town="Kranj", tax_number="96335556",
)  # fmt: skip
DOOR = PointData(
    name="Kuhinja", address="Šolska ulica 2", postcode="4000", town="Kranj", latitude=46.23, longitude=14.34,
    windows=[Window(0b11111, time(6), time(7, 30))], head_counts={"6-11": 320, "staff": 40},
)  # fmt: skip


def test_an_institution_with_a_door(world: World) -> None:
    school = institutions.create_institution(world.municipality.id, SCHOOL, actor=COMMAND, now=clock())
    door = institutions.add_point(school, DOOR, actor=COMMAND, now=clock())
    assert [window.starts for window in door.windows] == [time(6)]
    assert {count.age_group: count.persons for count in door.head_counts} == {"6-11": 320, "staff": 40}


def test_two_institutions_of_a_municipality_never_share_a_code(world: World) -> None:
    institutions.create_institution(world.municipality.id, SCHOOL, actor=COMMAND, now=clock())
    with pytest.raises(institutions.CodeTaken):
        institutions.create_institution(world.municipality.id, SCHOOL, actor=COMMAND, now=clock())
    elsewhere = world.add_municipality()
    institutions.create_institution(elsewhere.id, SCHOOL, actor=COMMAND, now=clock())


def test_a_wrong_tax_number_is_refused(world: World) -> None:
    with pytest.raises(WrongTaxNumber):
        institutions.create_institution(
            world.municipality.id, replace(SCHOOL, tax_number="12345678"), actor=COMMAND, now=clock()
        )


def test_editing_a_door_writes_only_what_changed(world: World, session: Session) -> None:
    school = institutions.create_institution(world.municipality.id, SCHOOL, actor=COMMAND, now=clock())
    door = institutions.add_point(school, DOOR, actor=COMMAND, now=clock())
    later = replace(DOOR, windows=[Window(0b11111, time(6), time(8))])
    institutions.edit_point(door, later, actor=COMMAND, now=clock())
    institutions.edit_point(door, later, actor=COMMAND, now=clock())
    changed = session.scalars(
        select(TrailEvent.body).where(TrailEvent.action == "delivery_point.changed")
    ).one()
    assert "windows" in changed
    assert "head_counts" not in changed


def test_a_window_that_closes_before_it_opens_is_refused(world: World) -> None:
    school = world.add_institution()
    wrong = replace(DOOR, windows=[Window(0b11111, time(8), time(7))])
    with pytest.raises(institutions.WindowEndsFirst):
        institutions.add_point(school, wrong, actor=COMMAND, now=clock())


@pytest.mark.parametrize("cents", [None, 0, 780_000])
def test_a_budget_is_nothing_or_a_sum(world: World, cents: int | None) -> None:
    school = world.add_institution()
    institutions.set_budget(school, cents, actor=COMMAND, now=clock())
    assert school.weekly_budget_cents == cents


def test_a_budget_below_zero_is_refused(world: World) -> None:
    with pytest.raises(institutions.BelowZero):
        institutions.set_budget(world.add_institution(), -1, actor=COMMAND, now=clock())


def test_the_account_that_it_pays_from_is_checked(world: World, session: Session) -> None:
    school = world.add_institution()
    institutions.set_iban(school, "si56 1920 0123 4567 892", actor=COMMAND, now=clock())
    assert school.iban == "SI56192001234567892"
    with pytest.raises(WrongIban):
        institutions.set_iban(school, "SI56192001234567893", actor=COMMAND, now=clock())
    institutions.set_iban(school, " ", actor=COMMAND, now=clock())
    assert school.iban is None
    with pytest.raises(WrongIban):
        institutions.edit_institution(
            school, replace(SCHOOL, iban="SI56192001234567893"), actor=COMMAND, now=clock()
        )


def test_a_stranger_finds_nothing(world: World) -> None:
    school, other = world.add_institution(), world.add_municipality()
    assert queries.institution_of(world.municipality.id, school.id) is school
    assert queries.institution_of(other.id, school.id) is None
    assert queries.point_of(world.add_institution().id, school.delivery_points[0].id) is None


def test_a_period_is_entered_once_and_found_by_the_days_it_touches(world: World) -> None:
    place = world.municipality.id
    for _ in range(2):
        period = calendar.add_period(
            place, "Jesenske počitnice", date(2026, 10, 26), date(2026, 10, 30),
            closes_all=False, actor=COMMAND, now=clock(),
        )  # fmt: skip
    assert calendar.periods(place, date(2026, 10, 30), date(2026, 11, 6)) == [period]
    assert calendar.periods(place, date(2026, 10, 31), date(2026, 11, 6)) == []
    assert calendar.period_of(world.add_municipality().id, period.id) is None
    calendar.remove_period(period, actor=COMMAND, now=clock())
    assert calendar.periods(place, date(2026, 10, 1), date(2026, 11, 6)) == []


def test_the_official_list_is_entered_without_losing_settings(session: Session) -> None:
    rows = [{"code": "052", "name": "Kranj", "region": "SI042"}]
    municipalities.save_known(rows)
    kranj = municipalities.by_code("052")
    assert kranj is not None
    assert not kranj.active
    municipalities.activate(kranj, actor=COMMAND, now=clock())
    settings = municipalities.MunicipalitySettings("hrana@example.org", PackRounding.UP, MinimumRule.WAIVE)
    municipalities.save_settings(kranj, settings, actor=COMMAND, now=clock())
    municipalities.save_known([{**rows[0], "name": "Mestna občina Kranj"}])
    session.refresh(kranj)
    assert (kranj.name, kranj.active, kranj.pack_rounding) == ("Mestna občina Kranj", True, "up")


def test_names_are_found_by_any_part_of_them(session: Session) -> None:
    municipalities.save_known([{"code": "122", "name": "Škofja Loka"}, {"code": "117", "name": "Šenčur"}])
    assert [one.code for one in municipalities.every_municipality(words="škofja")] == ["122"]
    assert [one.code for one in municipalities.every_municipality(words="ŠEN")] == ["117"]


def test_slovene_order() -> None:
    ordered = ["Celje", "Cerklje", "Czar", "Čatež", "Dob", "Sevnica", "Šenčur", "Tržič", "Zreče", "Žiri"]
    assert sorted({*ordered}, key=sort_key) == ordered


def test_numbers_sort_as_numbers() -> None:
    assert sorted(["Vrtec 10", "Vrtec 9"], key=sort_key) == ["Vrtec 9", "Vrtec 10"]
