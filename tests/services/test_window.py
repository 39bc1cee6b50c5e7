"""The public window's figures are what the lines come to, and its names what the setting says."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from foodorder.accounts.municipalities import show_in_public
from foodorder.audit.green import green_year
from foodorder.audit.then import as_of
from foodorder.audit.window.files import price_rows, share_rows, spend_rows
from foodorder.audit.window.heads import heads, heads_file
from foodorder.audit.window.news import news
from foodorder.audit.window.prices import prices_of
from foodorder.audit.window.scope import scope_of
from foodorder.audit.window.seasons import seasons
from foodorder.audit.window.week import food_of, food_of_all, weeks
from foodorder.audit.window.year import foods_of, suppliers_of, year_of
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.language.times import zone
from foodorder.ordering.page import LOCAL_METRES
from foodorder.rules.certificates import CountsAs, Held, counts_as
from foodorder.rules.geography import air_metres
from foodorder.rules.publicity import SmallProducers
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailBlock, TrailEvent
from tests.factories import NOW, WEEK, World
from tests.window import COOPERATIVE, FIRM, NEXT, SMALL, Window, build_window

TODAY = date(2026, 12, 9)


@pytest.fixture
def town(world: World, clock_at: Callable[[datetime], None], request: pytest.FixtureRequest) -> Window:
    """A random town; the same seed gives the same town."""
    return build_window(world, clock_at, getattr(request, "param", 1))


def scope(town: Window) -> Any:
    return scope_of([town.world.municipality])


def share_of(line: Any) -> CountsAs | None:
    """What a line counts for, by its certificates and day."""
    product = db.session.get_one(Product, line.product_id)
    held = [Held(one.scheme, one.valid_from, one.valid_to) for one in product.certificates]
    return counts_as(held, line.delivery_date)


@pytest.mark.parametrize("town", [3, 4], indirect=True)
def test_every_figure_is_what_the_lines_come_to(town: Window) -> None:
    # One town for all of them: it takes longer to make than to look at.
    a_year_adds_up_to_its_lines(town)
    the_lights_are_those_of_the_auditor_s_report(town)
    open_data_are_the_lines_and_nothing_twice(town)
    a_kitchen_s_week_is_its_lines(town)
    a_week_of_all_is_the_kitchens_together(town)
    prices_are_those_that_half_of_the_lines_do_not_pass(town)
    news_are_the_records_in_force(town)
    shares_are_told_for_each_kitchen(town)


def a_year_adds_up_to_its_lines(town: Window) -> None:
    year, lines = year_of(scope(town), 2026, TODAY), town.lines
    total = year.total
    assert (total.lines, total.net_cents, total.grams) == (
        len(lines), sum(one.net_cents for one in lines), sum(one.grams for one in lines),
    )  # fmt: skip
    shares: dict[Any, int] = defaultdict(int)
    local = 0
    for line in lines:
        shares[share_of(line)] += line.grams
        farm = line.record.producer.farms[-1]
        door = line.delivery_point
        metres = air_metres(farm.latitude, farm.longitude, door.latitude, door.longitude)
        local += line.grams if metres <= LOCAL_METRES else 0
    assert (total.organic_grams, total.quality_grams, total.local_grams) == (
        shares[CountsAs.ORGANIC], shares[CountsAs.QUALITY], local,
    )  # fmt: skip
    assert total.organic_grams
    assert total.quality_grams
    parts = (year.months.values(), [one.sums for one in year.standings])
    for sums in parts:
        assert sum(one.net_cents for one in sums) == total.net_cents
    assert sum(one.net_cents for one in foods_of(scope(town), 2026)) == total.net_cents
    assert sum(one.sums.net_cents for one in suppliers_of(scope(town), 2026)) == total.net_cents


def the_lights_are_those_of_the_auditor_s_report(town: Window) -> None:
    year = year_of(scope(town), 2026, TODAY)
    report = green_year(
        town.world.municipality.id, 2026, as_of(None, zone(), now=datetime(2026, 12, 9, 12, tzinfo=UTC))
    )
    told = {one.kitchen.id: (one.organic, one.quality) for one in year.standings}
    assert told == {one.id: (one.shares.organic, one.shares.quality) for one in report.institutions}
    assert (year.organic_bp, year.quality_bp) == (report.targets.organic_bp, report.targets.quality_bp)


def open_data_are_the_lines_and_nothing_twice(town: Window) -> None:
    rows = spend_rows(scope(town), 2026)
    assert sum(row.net_eur for row in rows) == sum(one.net_cents for one in town.lines)
    assert sum(row.weight_kg for row in rows) == sum(one.grams for one in town.lines)
    keys = [
        (row.month, row.institution_code, row.supplier, row.supplier_village, row.food_type, row.basis)
        for row in rows
    ]
    assert len(keys) == len(set(keys))
    assert {row.supplier for row in rows} == {FIRM, COOPERATIVE, ""}
    december = sum(row.net_eur for row in rows if row.month == date(2026, 12, 1))
    assert december == sum(one.net_cents for one in town.lines if one.delivery_date >= date(2026, 12, 1))


def a_kitchen_s_week_is_its_lines(town: Window) -> None:
    found, kitchen = scope(town), town.kitchens[0]
    mine = next(one for one in found.kitchens if one.id == kitchen.id)
    food = food_of(found, mine, WEEK)
    lines = [
        line
        for line in town.lines
        if line.institution_id == kitchen.id and line.record.cycle_id == town.cycles[0].id
    ]  # fmt: skip
    assert sum(one.grams for one in food) == sum(line.grams for line in lines)
    assert [one.day for one in food] == sorted(line.delivery_date for line in lines)
    small = next(one for one in food if one.seller.village == "Bašelj")
    assert small.seller.masked
    assert small.metres == air_metres(46.32, 14.39, 46.24, 14.36)
    assert any(one.organic for one in food) is any(share_of(line) is CountsAs.ORGANIC for line in lines)
    assert mine.eaters == 210


def a_week_of_all_is_the_kitchens_together(town: Window) -> None:
    found = scope(town)
    foods, villages = food_of_all(found, WEEK)
    each = [one for kitchen in found.kitchens for one in food_of(found, kitchen, WEEK)]
    assert (
        sum(one.grams for one in foods)
        == sum(one.grams for one in villages)
        == sum(one.grams for one in each)
    )
    assert {one.name for one in villages} == {"Voklo", "Trboje", "Bašelj"}
    assert [one.grams for one in villages] == sorted((one.grams for one in villages), reverse=True)


def test_which_week_is_shown(town: Window) -> None:
    for today, asked, week, before, after in (
        (WEEK, None, WEEK, None, NEXT),
        (WEEK + timedelta(days=4), None, WEEK, None, NEXT),
        # From Saturday on parents look at what comes.
        (WEEK + timedelta(days=5), None, NEXT, WEEK, None),
        (date(2027, 3, 1), None, NEXT, WEEK, None),
        (date(2026, 11, 1), None, WEEK, None, NEXT),
        (NEXT, WEEK, WEEK, None, NEXT),
        (NEXT, date(2026, 1, 5), NEXT, WEEK, None),
    ):
        found = weeks(town.world.municipality.id, today, asked)
        assert found
        assert (found.week, found.before, found.after) == (week, before, after), today


def test_without_a_recorded_week_there_is_none(world: World) -> None:
    assert weeks(world.municipality.id, TODAY) is None


def prices_are_those_that_half_of_the_lines_do_not_pass(town: Window) -> None:
    expected = db.session.execute(
        text("""
        SELECT t.code, count(*) AS lines, percentile_disc(0.25) WITHIN GROUP (ORDER BY l.price_cents) AS low,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY l.price_cents) AS middle,
               percentile_disc(0.75) WITHIN GROUP (ORDER BY l.price_cents) AS high
          FROM record_line l JOIN product p ON p.id = l.product_id JOIN food_type t ON t.id = p.food_type_id
          JOIN institution i ON i.id = l.institution_id
         WHERE i.municipality_id = :town GROUP BY t.code"""),
        {"town": town.world.municipality.id},
    ).all()
    told = {
        (one.code, one.lines, one.low_cents, one.middle_cents, one.high_cents)
        for one in prices_of(scope(town), 2026)
    }
    assert told == {tuple(row) for row in expected}
    assert len(list(price_rows(scope(town), 2026, prices_of(scope(town), 2026)))) == len(told)
    assert prices_of(scope(town), 2025) == []


def test_small_producers_are_named_only_where_the_municipality_says_so(town: Window) -> None:
    names = {one.seller.name for one in suppliers_of(scope(town), 2026)}
    assert names == {FIRM, COOPERATIVE, None}
    ours = town.world.municipality
    show_in_public(ours, True, SmallProducers.NAMED, actor=COMMAND, now=NOW)
    assert {one.seller.name for one in suppliers_of(scope(town), 2026)} == {FIRM, COOPERATIVE, SMALL}
    event = db.session.query(TrailEvent).order_by(TrailEvent.id.desc()).first()
    assert event
    assert event.action == "municipality.changed"
    assert '"public_small_producers":"named"' in event.body
    # Beside one that masks them, they are masked.
    other = town.world.add_municipality()
    assert {one.seller.name for one in suppliers_of(scope_of([ours, other]), 2026)} == {
        FIRM,
        COOPERATIVE,
        None,
    }


def news_are_the_records_in_force(town: Window) -> None:
    found = news(scope(town))
    assert sum(one.net_cents for one in found) == sum(line.net_cents for line in town.lines)
    assert [one.recorded_at for one in found] == sorted((one.recorded_at for one in found), reverse=True)


def shares_are_told_for_each_kitchen(town: Window) -> None:
    year = year_of(scope(town), 2026, TODAY)
    rows = list(share_rows(scope(town), year))
    assert [row[2] for row in rows] == [kitchen.code for kitchen in town.kitchens]
    assert sum(row[5] for row in rows) == year.total.grams


def test_the_head_of_a_day_is_its_last_block(world: World) -> None:
    at = [(1, 8, 0), (1, 21, 59), (1, 22, 1), (4, 1, 0)]
    for number, (day, hour, minute) in enumerate(at):
        db.session.add(
            TrailBlock(
                id=900_000 + number, sealed_at=datetime(2031, 5, day, hour, minute, tzinfo=UTC), events=1,
                previous_hash=b"x", hash=bytes([number]),
            )
        )  # fmt: skip
    db.session.flush()
    found = heads("Europe/Ljubljana", 3)
    # Ten in the evening, UTC, is midnight here.
    assert [(one.day, one.block, one.hash) for one in found] == [
        (date(2031, 5, 4), 900_003, "03"),
        (date(2031, 5, 2), 900_002, "02"),
        (date(2031, 5, 1), 900_001, "01"),
    ]  # fmt: skip
    assert heads_file(found).splitlines()[-1] == "2031-05-04 900003 03"


def test_seasons_are_of_what_grows(world: World) -> None:
    world.group.code = "vegetables"
    food = world.add_food_type(months=[11, 12, 1])
    db.session.flush()
    [season] = [one for one in seasons() if one.name_sl == food.name_sl]
    assert (season.months, season.all_year) == (frozenset({11, 12, 1}), False)
