"""Delivery notes from the records in force: one for each door and day, renewed until it has left the farm."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.notes import due_cycles, make_cycle_notes, make_notes
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer
from foodorder.procurement.wanted import Wanted
from foodorder.trail.actor import COMMAND, SCHEDULER
from foodorder.trail.models import TrailEvent
from tests.deliveries import AFTER, MONDAY, WEDNESDAY, close_week, farm_notes, line_of, make, record_of
from tests.factories import World
from tests.kept import once


@once
def closed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    return close_week(world, clock_at)


def change(closed: Any, kind: ChangeKind, offer: Any, quantity: int, day: Any = MONDAY) -> None:
    """The kitchen asks for another quantity, and the farm says yes."""
    record = record_of(closed, closed.kitchen)
    line = next(
        line
        for line in record.record_lines
        if line.name == offer.versions[0].name and line.delivery_date == day
    )
    asked = ask_change(record.id, kind, [Wanted(quantity, line.id)], "trip", actor=COMMAND, now=AFTER)
    accept_change(asked.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)


def less(closed: Any, offer: Any, quantity: int, day: Any = MONDAY) -> None:
    change(closed, ChangeKind.REDUCTION, offer, quantity, day)


def more(closed: Any, offer: Any, quantity: int, day: Any = MONDAY) -> None:
    change(closed, ChangeKind.ADDITION, offer, quantity, day)


def carried(notes: list[DeliveryNote]) -> list[tuple[str, list[tuple[int, int]]]]:
    return [(note.state, [(line.ordered, line.quantity) for line in note.lines]) for note in notes]


def test_one_note_for_each_door_and_day_with_gap_free_numbers(closed: Any, session: Session) -> None:
    assert due_cycles() == [closed.week.id]
    made = make_cycle_notes(closed.week.id, actor=SCHEDULER, now=AFTER)
    assert len(made.new) == 4
    assert due_cycles() == []
    notes = farm_notes(closed)
    assert [(note.number, note.delivery_date, note.institution_id, note.state) for note in notes] == [
        ("D-2026-0001", MONDAY, closed.kitchen.id, "draft"),
        ("D-2026-0002", MONDAY, closed.school.id, "draft"),
        ("D-2026-0003", WEDNESDAY, closed.kitchen.id, "draft"),
    ]
    assert carried(notes) == [
        ("draft", [(10_000, 10_000), (3_000, 3_000)]),
        ("draft", [(7_000, 7_000)]),
        ("draft", [(4_000, 4_000)]),
    ]
    bread = session.scalars(select(DeliveryNote).where(DeliveryNote.producer_id == closed.baker.id)).one()
    assert (bread.number, bread.delivery_point_id) == ("D-2026-0001", closed.doors[1])


def test_lines_carry_weight_origin_and_what_animal_food_needs(closed: Any) -> None:
    note = make(closed)[0]
    carrots, cheese = line_of(note, closed.carrots), line_of(note, closed.cheese)
    assert (carrots.grams, carrots.animal, carrots.use_by) == (10_000, False, None)
    assert carrots.origin == f"{closed.farm.name}, Voklo, KMG-MID 100123456"
    # Made on the day before the delivery, it keeps 14 days.
    assert (cheese.animal, cheese.use_by) == (True, MONDAY + timedelta(days=13))


def test_made_again_nothing_changes(closed: Any, session: Session) -> None:
    make(closed)
    before = carried(farm_notes(closed))
    assert not make_notes(closed.week.id, closed.farm.id, actor=SCHEDULER, now=AFTER).any
    assert carried(farm_notes(closed)) == before
    acts = session.scalars(select(TrailEvent.action).where(TrailEvent.object_type == "delivery_note")).all()
    assert acts == ["note.made"] * 4


def test_a_new_version_of_the_record_renews_the_draft(closed: Any) -> None:
    make(closed)
    less(closed, closed.carrots, 6_000)
    assert due_cycles() == [closed.week.id]
    made = make_notes(closed.week.id, closed.farm.id, actor=SCHEDULER, now=AFTER)
    assert (len(made.new), len(made.renewed), len(made.reopened)) == (0, 1, 0)
    note = farm_notes(closed)[0]
    assert carried([note]) == [("draft", [(6_000, 6_000), (3_000, 3_000)])]
    assert line_of(note, closed.carrots).grams == 6_000
    record = record_of(closed, closed.kitchen)
    assert {line.record_line.record_id for line in note.lines} == {record.id}


def test_more_of_a_line_that_falls_short_is_added_to_what_comes(closed: Any, session: Session) -> None:
    note = make(closed)[0]
    line_of(note, closed.carrots).quantity = 8_000
    session.flush()
    more(closed, closed.carrots, 12_000)
    make(closed)
    assert carried(farm_notes(closed)[:1]) == [("draft", [(12_000, 10_000), (3_000, 3_000)])]


def test_less_is_taken_from_the_last_lots_first(closed: Any, session: Session) -> None:
    note = make(closed)[0]
    line = line_of(note, closed.carrots)
    line.quantity, line.lot = 5_000, "A"
    values = {"note": note.id, "root": line.root_line_id}
    session.flush()
    for part, quantity in ((2, 3_000), (3, 2_000)):
        session.execute(
            text(
                "INSERT INTO delivery_line (note_id, record_line_id, root_line_id, position, part, name,"
                " unit, ordered, quantity, grams, grams_per_unit, lot, origin) SELECT note_id,"
                " record_line_id, root_line_id, position, :part, name, unit, 0, :quantity, :quantity, 1000,"
                " 'B', origin"
                " FROM delivery_line WHERE note_id = :note AND root_line_id = :root AND part = 1"
            ),
            {**values, "part": part, "quantity": quantity},
        )
    less(closed, closed.carrots, 6_000)
    make(closed)
    lots = [line for line in farm_notes(closed)[0].lines if line.root_line_id == values["root"]]
    assert [(lot.part, lot.ordered, lot.quantity) for lot in lots] == [(1, 6_000, 5_000), (2, 0, 1_000)]


def test_a_packed_note_is_opened_again_and_the_producer_told(closed: Any, session: Session) -> None:
    note = make(closed)[0]
    note.state = "prepared"
    session.flush()
    less(closed, closed.cheese, 1_000)
    made = make_notes(closed.week.id, closed.farm.id, actor=SCHEDULER, now=AFTER)
    assert made.reopened == (note.id,)
    assert carried(farm_notes(closed)[:1]) == [("draft", [(10_000, 10_000), (1_000, 1_000)])]
    message = session.scalars(select(Message).where(Message.template == "note_reopened")).one()
    subject, body = render.mail("note_reopened", "en", {**message.data, "base_url": "https://x"})
    assert "D-2026-0001" in subject
    assert f"https://x/notes/{note.id}" in body


def test_a_packed_note_whose_own_lines_are_the_same_stays_packed(closed: Any, session: Session) -> None:
    note = make(closed)[0]
    note.state = "prepared"
    session.flush()
    less(closed, closed.carrots, 1_000, WEDNESDAY)
    assert make_notes(closed.week.id, closed.farm.id, actor=SCHEDULER, now=AFTER).reopened == ()
    note = farm_notes(closed)[0]
    assert note.state == "prepared"
    # It knows the version in force all the same.
    assert {line.record_line.record.superseded_by_id for line in note.lines} == {None}


def test_a_stop_of_which_nothing_is_left_is_cancelled_and_keeps_its_number(closed: Any) -> None:
    make(closed)
    less(closed, closed.carrots, 0, WEDNESDAY)
    made = make_notes(closed.week.id, closed.farm.id, actor=SCHEDULER, now=AFTER)
    note = farm_notes(closed)[2]
    assert made.cancelled == (note.id,)
    assert (note.state, note.number, note.lines) == ("cancelled", "D-2026-0003", [])


def test_what_left_is_untouched_and_additions_travel_on_a_further_note(closed: Any, session: Session) -> None:
    note = make(closed)[2]
    note.state, note.left_at = "on_the_way", AFTER
    session.execute(
        text(
            "INSERT INTO record_line_sent SELECT root_line_id, :now FROM delivery_line WHERE note_id = :note"
        ),
        {"now": AFTER, "note": note.id},
    )
    record = record_of(closed, closed.kitchen)
    wanted = Wanted(
        2_000, offer_id=closed.cheese.id, delivery_point_id=closed.doors[0], delivery_date=WEDNESDAY
    )
    asked = ask_change(record.id, ChangeKind.ADDITION, [wanted], "guests", actor=COMMAND, now=AFTER)
    accept_change(asked.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)
    made = make_notes(closed.week.id, closed.farm.id, actor=SCHEDULER, now=AFTER)
    assert len(made.new) == 1
    notes = farm_notes(closed)
    assert carried(notes[2:]) == [("on_the_way", [(4_000, 4_000)]), ("draft", [(2_000, 2_000)])]
    assert [(note.part, note.number) for note in notes[2:]] == [(1, "D-2026-0003"), (2, "D-2026-0004")]
