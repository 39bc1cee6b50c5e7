"""Samples are kept with all that is needed to draw them again; nobody changes them, and findings are kept."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.audit.desk import samples
from foodorder.audit.desk.models import Sample, Verdict
from foodorder.audit.desk.samples import Wish
from foodorder.audit.selection import Selection
from foodorder.db import db
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.rules.sampling import Method, MoreThanThereIs, NothingToDraw, draw, fingerprint
from foodorder.trail.actor import SCHEDULER
from foodorder.trail.models import TrailEvent
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

LATER = CLOSES + timedelta(days=1)
HUNDRED_YEARS = (date(2026, 1, 1), date(2026, 12, 31))


@once
def week(world: World, clock_at: Callable[[datetime], None]) -> World:
    """Two kitchens bought three foods of two farms; another town bought too."""
    clock_at(NOW)
    w: Any = world
    w.farms = [w.add_producer(), w.add_producer()]
    w.kitchens = [w.add_institution(), w.add_institution()]
    offers = [w.offer(farm, price=price) for farm in w.farms for price in (100, 250, 333)]
    w.town = w.add_municipality()
    there = w.offer(w.add_producer(w.town))
    cycles = [w.cycle(), w.cycle(municipality=w.town)]
    for kitchen in w.kitchens:
        w.submit(cycles[0], kitchen, [(offer, "4") for offer in offers])
    w.submit(cycles[1], w.add_institution(municipality=w.town), [(there, "7")])
    clock_at(CLOSES)
    for cycle in cycles:
        record_cycle(cycle.id, actor=SCHEDULER)
    clock_at(LATER)
    w.auditor = w.actor(w.add_person(Role.AUDITOR, municipality_id=w.municipality.id), Role.AUDITOR)
    return world


def selection(week: Any, **more: Any) -> Selection:
    return Selection(week.municipality.id, *HUNDRED_YEARS, **more)


def drawn(week: Any, wish: Wish, **more: Any) -> Sample:
    return samples.draw_sample(wish, selection(week, **more), actor=week.auditor, now=LATER)


def lines_of(sample: Sample) -> list[int]:
    return [line.record_line_id for line in samples.lines_of(sample.id)]


def test_the_same_seed_draws_the_same_lines_of_what_is_chosen(week: Any, session: Session) -> None:
    wish = Wish("Prices", Method.RANDOM, 5, "loto")
    first, second = drawn(week, wish), drawn(week, wish)
    assert lines_of(first) == lines_of(second)
    assert len(lines_of(first)) == 5
    assert (first.population, first.population_cents) == (12, 2 * 2 * 4 * (100 + 250 + 333))
    other = drawn(week, Wish("Prices", Method.RANDOM, 5, "another"))
    assert lines_of(other) != lines_of(first)
    of_one = drawn(week, Wish("One farm", Method.MONEY, 3), producer_id=week.farms[0].id)
    assert of_one.population == 6
    assert not of_one.seed_given
    assert len(of_one.seed) == 16
    farms = {line.producer for line in samples.lines_of(of_one.id)}
    assert farms == {week.farms[0].name}
    worth = samples.worth(selection(week, producer_id=week.farms[0].id))
    assert (worth.lines, worth.net_cents) == (6, of_one.population_cents)
    event = session.scalars(
        select(TrailEvent).where(TrailEvent.action == "sample.drawn").order_by(TrailEvent.id)
    ).first()
    assert event is not None
    assert '"seed":"loto"' in event.body
    assert first.fingerprint.hex() in event.body


def test_a_sample_can_be_drawn_again_after_a_correction(week: Any, session: Session) -> None:
    """What it was drawn from is what was in force then."""
    sample = drawn(week, Wish("All", Method.RANDOM, 12, "s"))
    old = session.scalars(select(ProcurementRecord).order_by(ProcurementRecord.id)).first()
    assert old is not None
    columns = {
        column.name: getattr(old, column.name)
        for column in ProcurementRecord.__table__.columns
        if column.name not in ("id", "version", "number", "recorded_at", "replaces_id", "superseded_by_id")
    }
    new = ProcurementRecord(
        **columns, version=2, number=f"{old.number}/2", replaces_id=old.id,
        recorded_at=LATER + timedelta(hours=1),
    )  # fmt: skip
    session.add(new)
    session.flush()
    old.superseded_by_id = new.id
    session.flush()
    row = samples.sample_of(sample.id, week.municipality.id)
    assert row is not None
    items = samples.drawn_from(row)
    assert fingerprint(items) == sample.fingerprint
    assert [one.number for one in draw(Method.RANDOM, "s", items, 12)] == lines_of(sample)
    # Drawn now, the lines of the replaced version are no part of it.
    assert len(samples.population(selection(week), LATER + timedelta(hours=2))) < 12


def test_what_cannot_be_drawn_is_refused_and_leaves_nothing(week: Any) -> None:
    for wish, more, refusal in (
        (Wish("x", Method.RANDOM, 13), {}, MoreThanThereIs),
        (Wish("x", Method.RANDOM, 1), {"cpv": "99"}, NothingToDraw),
        (Wish("x", Method.RANDOM, samples.LARGEST + 1), {}, samples.TooLarge),
    ):
        with pytest.raises(refusal):
            drawn(week, wish, **more)
    assert samples.samples(week.municipality.id) == []


def test_findings_are_noted_and_a_remark_needs_words(week: Any) -> None:
    sample = drawn(week, Wish("x", Method.RANDOM, 3))
    by: dict[str, Any] = {"person_id": week.auditor.person_id, "now": LATER}
    samples.check_line(sample.id, 1, Verdict.GOOD, "", **by)
    with pytest.raises(samples.RemarkMissing):
        samples.check_line(sample.id, 2, Verdict.REMARK, "  ", **by)
    samples.check_line(sample.id, 2, Verdict.REMARK, "no note of delivery", **by)
    samples.check_line(sample.id, 1, Verdict.REMARK, "price?", **by)
    [row] = samples.samples(week.municipality.id)
    assert (row.lines, row.checked, row.remarks) == (3, 2, 2)
    assert [line.remark for line in samples.lines_of(sample.id)] == ["price?", "no note of delivery", None]
    assert samples.sample_of(sample.id, week.town.id) is None


def test_nobody_changes_what_was_drawn_or_read(week: Any) -> None:
    sample = drawn(week, Wish("x", Method.RANDOM, 3))
    db.session.execute(
        text(
            "INSERT INTO offer_reading (cycle_id, person_id, role, day, first_at)"
            " SELECT id, :person, 'auditor', :day, now() FROM cycle LIMIT 1"
        ),
        {"person": week.auditor.person_id, "day": WEEK},
    )
    for table, key in (("sample", "id"), ("sample_line", "sample_id"), ("offer_reading", "cycle_id")):
        for statement in (f"UPDATE {table} SET {key} = {key}", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError), db.session.begin_nested():
                db.session.execute(text(statement))
    assert lines_of(sample)
