"""Money for a person and day: own kitchens by name, those of others as quartiles of enough municipalities."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from foodorder.accounts.models import HeadCount
from foodorder.audit.comparison import Eaten, compared, together
from foodorder.audit.questions import comparison
from foodorder.audit.questions.frame import Answer, Asked
from foodorder.audit.selection import Selection
from foodorder.language import speaking
from foodorder.procurement.record_cycle import record_cycle
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

#: What the kitchens of the other municipalities buy, kilograms at 1 € for ten people.
OTHERS = ("10", "20", "30", "40")


def eaters(kitchen: Any, persons: int) -> None:
    """So many eat there, and three of the staff."""
    counts = (("3-6", persons), ("staff", 3))
    kitchen.delivery_points[0].head_counts = [HeadCount(age_group=age, persons=one) for age, one in counts]


@once
def region(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Our kindergarten and school, four municipalities of the region with a kindergarten, one elsewhere."""
    clock_at(NOW)
    world.municipality.region = "SI042"
    world.kitchen, world.school = world.add_institution(), world.add_institution(kind="school")
    world.farm = world.add_producer()
    mine = world.offer(world.farm, price=100)
    world.others = [
        world.add_municipality(region="SI042", name=f"Sosednja {place}", public_window=place == 0)
        for place in range(len(OTHERS))
    ]
    world.far = world.add_municipality(region="SI031", name="Daljna")
    bought = [(world.kitchen, mine, "15"), (world.school, mine, "6")]
    cycles = [world.cycle(school_days=0b00111)]
    for town, kilos in zip((*world.others, world.far), (*OTHERS, "90"), strict=True):
        farm, kitchen = world.add_producer(town), world.add_institution(municipality=town)
        kitchen.short_name = f"Skrit vrtec {town.id}"
        offer = world.offer(farm, price=100)
        cycles.append(world.cycle(municipality=town))
        eaters(kitchen, 10)
        world.submit(cycles[-1], kitchen, [(offer, kilos)])
    eaters(world.kitchen, 30)
    eaters(world.school, 20)
    for kitchen, offer, kilos in bought:
        world.submit(cycles[0], kitchen, [(offer, kilos)])
    clock_at(CLOSES)
    for cycle in cycles:
        record_cycle(cycle.id, actor=SCHEDULER)
    session.flush()
    return world


def autumn(region: Any, **narrower: Any) -> Selection:
    return replace(Selection(region.municipality.id, date(2026, 11, 1), date(2026, 12, 31)), **narrower)


def answered(region: Any, **narrower: Any) -> Answer:
    span = (WEEK, WEEK + timedelta(days=6))
    with speaking("sl"):
        return comparison.answer(Asked(autumn(region, **narrower), span, date(2026, 12, 9)))


def told(answer: Answer) -> str:
    """Everything that the answer says."""
    return repr([answer.sentence, answer.figures, answer.notes, [one.table for one in answer.exhibits]])


def test_people_are_fed_on_days_of_recorded_weeks(region: Any) -> None:
    found = compared(autumn(region))
    kitchen, school = found.own
    # Thirty on five days, and twenty on the three on which schools cook.
    assert kitchen.eaten == Eaten(30, 150, 1_500, 15_000, 0, 15_000)
    assert school.eaten == Eaten(20, 60, 600, 6_000, 0, 6_000)
    assert together(found.own).cents_a_day == Fraction(2_100, 210)
    assert compared(autumn(region, first=date(2027, 1, 1), last=date(2027, 1, 31))).kitchens == ()


def test_others_are_quartiles_of_the_same_kind_in_the_region(region: Any) -> None:
    found = compared(autumn(region))
    around = found.band("kindergarten")
    # 20, 40, 60 and 80 cents; 45 € elsewhere do not count.
    assert around
    assert (around.count, around.median) == (4, 50)
    assert 20 <= around.lower < 50 < around.upper <= 80
    assert found.band("school") is None
    region.others[0].region = region.others[1].region = None
    assert compared(autumn(region)).band("kindergarten") is None


def test_food_narrows_everybody_a_producer_leaves_others_out(region: Any) -> None:
    assert len(compared(autumn(region)).others()) == 4
    assert compared(autumn(region, cpv="03")).kitchens == compared(autumn(region)).kitchens
    assert compared(autumn(region, cpv="15")).kitchens == ()
    assert compared(autumn(region, producer_id=region.farm.id)).others() == []
    assert len(compared(autumn(region, producer_id=region.farm.id)).own) == 2
    assert len(compared(autumn(region, basis="unclassified")).others()) == 0
    [alone] = compared(autumn(region, institution_id=region.school.id)).own
    assert alone.id == region.school.id


def test_nobody_elsewhere_is_named_but_who_shows_itself(region: Any) -> None:
    answer = answered(region)
    words = told(answer)
    assert region.kitchen.short_name in words
    assert region.municipality.name in words
    assert "Sosednja 0" in words
    for hidden in ("Sosednja 1", "Sosednja 2", "Sosednja 3", "Daljna", "Skrit vrtec"):
        assert hidden not in words
    assert re.findall(r"\d,\d\d", answer.sentence) == ["0,10", "0,50"]


def test_without_head_counts_nothing_is_compared(region: Any) -> None:
    for kitchen in (region.kitchen, region.school):
        kitchen.delivery_points[0].head_counts = []
    assert answered(region).exhibits == ()
    assert answered(region, institution_id=region.school.id).exhibits == ()
