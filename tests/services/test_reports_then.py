"""Reports of a past date: kinds of purchases, agreements and legal numbers as they were on that day."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from foodorder.agreements import force
from foodorder.agreements.amending import AmendmentData
from foodorder.agreements.amendments import amend_term
from foodorder.agreements.kinds import assign, remove_kind, save_kind
from foodorder.agreements.models import SubjectKindPast
from foodorder.audit.evidence import Behind, evidence, order_lines, order_lines_sum
from foodorder.audit.exempted import exempted
from foodorder.audit.then import as_of
from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.agreements import AwardMode, LotKind
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW
from tests.kept import once
from tests.rebase import rebase
from tests.services.agreed import agreement_in, enact, lot_of

ZONE = ZoneInfo("Europe/Ljubljana")
DAY = timedelta(days=1)
#: Long after everything: when the reports are asked for.
LATER = CLOSES + 60 * DAY
CLOSED = CLOSES.date()


def add_number(key: str, value: int, first: date) -> None:
    """A legal number from a day on; what held before ends the day before."""
    ends = text("UPDATE legal_parameter SET valid_to = :day WHERE key = :key AND valid_to IS NULL")
    db.session.execute(ends, {"key": key, "day": first - DAY})
    db.session.add(
        LegalParameter(
            country="SI", key=key, value=value, unit="x", valid_from=first, source="test", certainty="S"
        )
    )
    db.session.flush()
    db.session.info.pop("law", None)


@once
def year(world: Any, clock_at: Any) -> Any:
    """Carrots as an evidence order; beets under an exempted lot of an agreement that is in force."""
    clock_at(NOW)
    enact()
    for key, value in (
        ("procurement.evidence_publication_from", 1_000_000), ("procurement.evidence_publication_month", 2),
        ("procurement.statistics_due", 930),
    ):  # fmt: skip
        add_number(key, value, date(2016, 4, 1))
    world.farm, world.second = world.add_producer(), world.add_producer()
    world.kitchen = world.add_institution()
    root = world.add_food_type(cpv="03221112-4")
    world.carrots = world.offer(world.farm, product=world.add_product(world.farm, root), price=1_200_000)
    world.beets = world.offer(world.second, price=1_500_000)
    world.agreement = agreement_in(world, world.kitchen, value_cents=10_000_000)
    lot = lot_of(
        world.agreement, world.beets.product.food_type, kind=LotKind.EXEMPTED, mode=AwardMode.OPEN,
        reason="kratke verige", limit_cents=1_900_000,
    )  # fmt: skip
    force.put_in_force(world.agreement, actor=COMMAND, now=NOW)
    cycle = world.cycle()
    world.submit(cycle, world.kitchen, [(world.carrots, "1"), (world.beets, "1")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    rebase(world.farm.id, "evidence")
    rebase(world.second.id, "exempted", lot.id)
    return world


def at(day: date) -> Any:
    return as_of(day, ZONE, now=LATER)


def subjects(year: Any, day: date) -> list[str]:
    return [row.subject for row in evidence(year.municipality.id, 2026, at(day)).rows]


def test_evidence_adds_up_by_the_kinds_of_that_day(year: Any) -> None:
    here = year.municipality.id
    first = save_kind(here, "Zelenjava", ["0322"], actor=COMMAND, now=NOW)
    assert subjects(year, CLOSED) == ["Zelenjava"]
    save_kind(here, "Korenovke", ["0322"], kind=first, actor=COMMAND, now=CLOSES + DAY)
    narrow = save_kind(here, "Korenje", ["03221112"], actor=COMMAND, now=CLOSES + 2 * DAY)
    remove_kind(narrow, actor=COMMAND, now=CLOSES + 3 * DAY)
    found = {days: subjects(year, CLOSED + days * DAY) for days in range(-1, 5)}
    assert found == {
        -1: [], 0: ["Zelenjava"], 1: ["Korenovke"], 2: ["Korenje"], 3: ["Korenovke"], 4: ["Korenovke"],
    }  # fmt: skip
    lines = [
        len(order_lines(Behind(here, 2026, at(CLOSED + days * DAY), "evidence", subject="Korenje")))
        for days in range(4)
    ]
    assert lines == [0, 0, 1, 0]


def test_lines_behind_a_report_come_page_by_page_and_add_up(year: Any, clock_at: Any) -> None:
    clock_at(NOW)
    week = year.carrots.week + 7 * DAY
    offers = [
        year.offer(year.farm, product=year.carrots.product, price=1_200_000, week=week),
        year.offer(year.farm, price=700_000, week=week),
    ]
    another = year.cycle(week=week, closes_at=CLOSES + DAY)
    year.submit(another, year.kitchen, [(one, "2") for one in offers])
    clock_at(CLOSES + DAY)
    record_cycle(another.id, actor=SCHEDULER)
    rebase(year.farm.id, "evidence")
    behind = Behind(year.municipality.id, 2026, at(CLOSED + DAY), "evidence")
    whole = order_lines(behind)
    assert [line.net_cents for line in whole] == [1_200_000, 2_400_000, 1_400_000]
    assert order_lines(behind, limit=2) + order_lines(behind, limit=2, offset=2) == whole
    assert order_lines_sum(behind) == (3, 5_000_000)
    assert order_lines_sum(Behind(behind.municipality_id, 2026, behind.at, "call_off")) == (0, 0)


def test_what_stays_of_its_kind_keeps_its_first_moment(year: Any) -> None:
    here = year.municipality.id
    save_kind(here, "Zelenjava", ["0322"], actor=COMMAND, now=NOW)
    save_kind(here, "Mlečni izdelki", ["155"], actor=COMMAND, now=NOW + DAY)
    assign(here, now=NOW + 2 * DAY)
    food = year.carrots.product.food_type_id
    [row] = db.session.scalars(select(SubjectKindPast).where(SubjectKindPast.food_type_id == food))
    assert (row.since, row.until) == (NOW, None)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM subject_kind_past",
        "TRUNCATE subject_kind_past",
        "UPDATE subject_kind_past SET name = 'x'",
        "UPDATE subject_kind_past SET until = NULL",
    ],
)
def test_which_kind_a_food_was_of_is_never_rewritten(year: Any, statement: str) -> None:
    kind = save_kind(year.municipality.id, "Zelenjava", ["0322"], actor=COMMAND, now=NOW)
    remove_kind(kind, actor=COMMAND, now=NOW + DAY)
    with pytest.raises(DBAPIError, match=r"frozen|permission denied"), db.session.begin_nested():
        db.session.execute(text(statement))


def test_evidence_is_published_from_the_limit_of_that_day(year: Any) -> None:
    add_number("procurement.evidence_publication_from", 1_300_000, CLOSED + 2 * DAY)
    shown = [
        [row.to_publish for row in evidence(year.municipality.id, 2026, at(CLOSED + days * DAY)).rows]
        for days in (1, 2)
    ]
    assert shown == [[True], [False]]


def lots(year: Any, day: date) -> Any:
    report = exempted(year.municipality.id, 2026, at(day))
    return [(one.valid_to, one.all_cents, one.within, one.lots[0].limit_cents) for one in report.agreements]


def test_exempted_lots_stand_as_they_stood_on_that_day(year: Any) -> None:
    signed = CLOSED + DAY
    amendment = AmendmentData(signed_on=signed, effective_on=signed, reason="sooner")
    amend_term(year.agreement, amendment, date(2028, 8, 31), actor=COMMAND, now=CLOSES + DAY)
    add_number("procurement.exempted_lot_limit", 1_400_000, CLOSED + 2 * DAY)
    add_number("procurement.exempted_lots_share", 1_000, CLOSED + 3 * DAY)
    force.end_agreement(year.agreement, "over", actor=COMMAND, now=CLOSES + 4 * DAY)
    long, short = date(2030, 8, 31), date(2028, 8, 31)
    drafted = NOW.date() - DAY
    assert lots(year, drafted) == []
    assert lots(year, CLOSED - DAY) == [(long, 0, True, 8_000_000)]
    assert lots(year, CLOSED) == [(long, 1_500_000, True, 8_000_000)]
    assert lots(year, CLOSED + DAY) == [(short, 1_500_000, True, 8_000_000)]
    assert lots(year, CLOSED + 2 * DAY) == [(short, 1_500_000, True, 1_400_000)]
    assert lots(year, CLOSED + 3 * DAY) == [(short, 1_500_000, False, 1_400_000)]
    assert lots(year, CLOSED + 5 * DAY) == lots(year, CLOSED + 3 * DAY)
