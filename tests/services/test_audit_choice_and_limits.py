"""Single offers, limits used against time, distance: equal to a plain recount, and scoped."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.audit.agreement_use import limit_uses
from foodorder.audit.food_weeks import food_weeks
from foodorder.audit.questions import agreements, distance, offers
from foodorder.audit.questions.frame import Asked
from foodorder.audit.selection import Selection
from foodorder.audit.single_offers import Choice, by_food, by_month, by_producers, choice, offered
from foodorder.audit.single_offers import whole as whole_choice
from foodorder.audit.transport import CO2, DETOUR, Way, by, factors, haul, stops_of, whole
from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.moves import leave
from foodorder.delivery.notes import make_cycle_notes
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.geography import air_metres
from foodorder.rules.transport import Factors, Haul
from foodorder.trail.actor import SCHEDULER
from tests.agreements import FIRST, add_agreement, add_ceiling, add_lot, add_supplier
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

TODAY = date(2026, 12, 9)


@once
def week(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Two farms sell carrots, one of them beets; a far farm sells nuts that nobody bought."""
    clock_at(NOW)
    world.near, world.far = world.add_producer(), world.add_producer()
    world.far.farms[0].latitude = 45.5
    food, beets, nuts = (world.add_food_type() for _ in range(3))
    beets.cpv = "15331100-8"
    world.food, world.beets = food, beets
    world.carrots = world.offer(world.near, product=world.add_product(world.near, food), price=200)
    world.other = world.offer(world.far, product=world.add_product(world.far, food), price=100)
    world.beet = world.offer(world.far, product=world.add_product(world.far, beets), price=300)
    world.offer(world.far, product=world.add_product(world.far, nuts))
    world.kitchen, world.school = world.add_institution(), world.add_institution()
    cycle = world.cycle()
    world.submit(cycle, world.kitchen, [(world.carrots, "10"), (world.beet, "2")])
    world.submit(cycle, world.school, [(world.other, "4"), (world.carrots, "1")], day=1)
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    make_cycle_notes(cycle.id, actor=SCHEDULER, now=CLOSES)
    return world


def autumn(week: Any, **narrower: Any) -> Selection:
    return replace(Selection(week.municipality.id, date(2026, 11, 1), date(2026, 12, 31)), **narrower)


def asked(week: Any, **narrower: Any) -> Asked:
    return Asked(autumn(week, **narrower), (WEEK, WEEK + timedelta(days=6)), TODAY)


def test_one_producer_alone_and_a_choice(week: Any) -> None:
    found = offered(autumn(week))
    assert choice(found) == Choice(weeks=3, single_weeks=2, net_cents=3_200, single_cents=600, offers=4)
    assert whole_choice(autumn(week)) == choice(found)
    assert whole_choice(autumn(week, cpv="15")) == choice(offered(autumn(week, cpv="15")))
    assert [(count, of.weeks, of.net_cents) for count, of in by_producers(found)] == [
        (1, 2, 600), (2, 1, 2_600),
    ]  # fmt: skip
    assert next(one.food_type_id for one, _ in by_food(found)) == week.beets.id
    assert by_month(found) == [(date(2026, 11, 1), choice(found))]
    assert choice(offered(autumn(week, cpv="15"))).net_cents == 600
    assert choice(offered(autumn(week, food_type_id=week.food.id))).single_weeks == 0
    assert offered(replace(autumn(week), municipality_id=week.add_municipality().id)) == []
    assert offered(replace(autumn(week), last=date(2026, 11, 29))) == []


def test_the_weeks_behind_a_choice(week: Any) -> None:
    every = food_weeks(autumn(week))
    assert (len(every), sum(one.net_cents for one in every), sum(one.offers for one in every)) == (
        3,
        3_200,
        4,
    )
    alone, two = food_weeks(autumn(week), 1), food_weeks(autumn(week), 2)
    assert (len(alone), sum(one.net_cents for one in alone)) == (2, 600)
    assert [(one.net_cents, len(one.names.split(", "))) for one in two] == [(2_600, 2)]
    assert all(one.version_id and one.cycle_id and ", " not in one.names for one in alone)
    assert [one.food_type_id for one in food_weeks(autumn(week, food_type_id=week.beets.id))] == [
        week.beets.id
    ]
    assert [*food_weeks(autumn(week), limit=1), *food_weeks(autumn(week), offset=1)] == every
    assert not food_weeks(replace(autumn(week), municipality_id=week.add_municipality().id))


def test_offers_are_answered_for_all_kitchens_alike(week: Any) -> None:
    told = offers.answer(asked(week))
    foods = told.exhibit("foods")
    assert foods
    assert foods.table.rows[0][1:] == (1, 1, 10_000, 600, 600, 10_000)
    narrowed = offers.answer(asked(week, institution_id=week.school.id)).exhibit("foods")
    assert narrowed
    assert narrowed.table.rows == foods.table.rows
    assert not offers.answer(asked(week, cpv="99")).exhibits


def _notes(farm: Any) -> list[int]:
    chosen = select(DeliveryNote.id).where(DeliveryNote.producer_id == farm.id)
    return list(db.session.scalars(chosen))


def brought_of(week: Any) -> Way:
    return whole(autumn(week), stops_of(autumn(week)))


def test_distance_is_the_plain_mean_of_kilograms(week: Any) -> None:
    def metres(offer: Any, kitchen: Any) -> int:
        farm, door = offer.versions[0].farm, kitchen.delivery_points[0]
        return air_metres(farm.latitude, farm.longitude, door.latitude, door.longitude)

    brought = [
        (10_000, metres(week.carrots, week.kitchen)),
        (2_000, metres(week.beet, week.kitchen)),
        (4_000, metres(week.other, week.school)),
        (1_000, metres(week.carrots, week.school)),
    ]
    grams, gram_metres = sum(one for one, _ in brought), sum(one * far for one, far in brought)
    assert haul(autumn(week)) == Haul(grams, gram_metres)
    # Nothing has left yet; then both farms come to each door, the near one with 10 kg and 1 kg.
    assert brought_of(week).stops == 0
    leave(week.near.id, _notes(week.near), actor=SCHEDULER, now=CLOSES)
    assert (brought_of(week).stops, brought_of(week).grams_per_stop) == (2, 5_500)
    leave(week.far.id, _notes(week.far), actor=SCHEDULER, now=CLOSES)
    assert stops_of(autumn(week, food_group_id=week.food.food_group_id)) is None
    for column in ("month", "producer_id", "institution_id"):
        parts = by(autumn(week), column, stops_of(autumn(week)))
        assert sum(one.haul.gram_metres for one in parts.values()) == gram_metres
        assert sum(one.stops or 0 for one in parts.values()) == 4
    assert by(autumn(week), "producer_id", stops_of(autumn(week)))[week.near.id].stops == 2


def test_an_estimate_needs_its_factors(week: Any) -> None:
    told = distance.answer(asked(week))
    months = told.exhibit("months")
    assert months
    assert "co2" not in [column.key for column in months.table.columns]
    assert factors(TODAY) is None
    for key, value in ((DETOUR, 13_000), (CO2, 600)):
        db.session.add(LegalParameter(country="SI", key=key, value=value, unit="x", certainty="S",
                                      valid_from=date(2026, 1, 1), source="test"))  # fmt: skip
    db.session.flush()
    db.session.info.pop("law", None)
    assert factors(TODAY) == Factors(13_000, 600)
    months = distance.answer(asked(week)).exhibit("months")
    assert months
    place = [column.key for column in months.table.columns].index("co2")
    assert months.table.sums[0][place] == haul(autumn(week)).co2_grams(Factors(13_000, 600))


def test_limits_are_told_with_the_day_they_are_used_up(week: Any) -> None:
    agreement = add_agreement(week, week.kitchen)
    lot = add_lot(agreement, week.food, cents=1_000_000)
    add_supplier(lot, week.near)
    lot.ceiling.used_cents = 500_000
    add_ceiling(agreement, cents=10_000_000).used_cents = 1_000_000
    add_ceiling(agreement, institution=week.kitchen, grams=1_000).used_grams = 10
    elsewhere = add_agreement(week, municipality_id=week.add_municipality().id)
    add_ceiling(elsewhere, cents=100).used_cents = 100
    db.session.flush()
    db.session.expire_all()
    found = limit_uses(autumn(week), TODAY)
    # A hundred days are over: half is used of the lot, a tenth of the whole.
    assert [(one.lot, one.used_bp, one.gone_bp, one.used_up_on) for one in found] == [
        ("1 Sklop 1", 5_000, 2_739, FIRST + timedelta(days=199)), (None, 1_000, 2_739, None),
        (None, 100, 2_739, None),
    ]  # fmt: skip
    assert found[2].by_weight
    assert found[2].institution == week.kitchen.short_name
    assert limit_uses(autumn(week, institution_id=week.school.id), TODAY) == []
    assert len(limit_uses(autumn(week, producer_id=week.near.id), TODAY)) == 3
    assert limit_uses(autumn(week, producer_id=week.far.id), TODAY) == []
    assert limit_uses(replace(autumn(week), last=date(2026, 8, 31), first=date(2026, 8, 1)), TODAY) == []
    told = agreements.answer(asked(week))
    assert re.findall(r"\d+", told.sentence) == ["1", "3"]
    assert not agreements.answer(asked(week, producer_id=week.far.id)).exhibits
