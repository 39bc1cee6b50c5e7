"""Packed, gone, called off; corrected before it leaves; “cannot deliver” reaches the kitchen at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.delivery import corrections, moves, shortfalls
from foodorder.delivery.corrections import Correction, LinesRefused, LotOf, LotTooLong, Packed
from foodorder.delivery.held import NoteNotFound, NoteOutdated
from foodorder.delivery.models import DeliveryNote, Shortfall
from foodorder.delivery.moves import NotReady
from foodorder.delivery.shortfalls import Less, NothingShort, NotLessThanNow
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer
from foodorder.procurement.wanted import AlreadySent, Wanted
from foodorder.rules.delivery import (
    IllegalNoteMove,
    LotMissing,
    NoteFrozen,
    SentLot,
    SentTooMuch,
    ShortReason,
    ShortReasonMissing,
    ShortWordsMissing,
    UseByPassed,
)
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.deliveries import AFTER, MONDAY, WEDNESDAY, close_week, farm_notes, line_of, make, record_of
from tests.factories import World
from tests.kept import once

WHO: dict[str, Any] = {"actor": COMMAND, "now": AFTER}


@once
def closed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    close_week(world, clock_at)
    make(world)
    return world


def short(closed: Any, note: DeliveryNote, offer: Any, quantity: int, **more: Any) -> list[Shortfall]:
    values = {"reason": ShortReason.FROST, "words": "", **more}
    less = Less(note.id, line_of(note, offer).root_line_id, quantity, field="here")
    return shortfalls.tell_short(closed.farm.id, [less], **values, **WHO)


def correct(closed: Any, note: DeliveryNote, offer: Any, *lots: Packed, **more: Any) -> DeliveryNote:
    correction = Correction(line_of(note, offer).root_line_id, lots, **more)
    return corrections.correct_note(closed.farm.id, note.id, [correction], "by the back door", **WHO)


def lots_of(note: DeliveryNote, offer: Any) -> list[Any]:
    name = offer.versions[0].name
    return [
        (line.part, line.ordered, line.quantity, line.grams, line.lot)
        for line in note.lines
        if line.name == name
    ]


def write_cheese(closed: Any) -> None:
    product = closed.cheese.product_id
    corrections.write_lots(
        closed.farm.id, MONDAY, {product: LotOf("S-48", MONDAY + timedelta(days=9))}, **WHO
    )


def test_all_as_ordered_and_on_the_way_in_one_act(closed: Any, session: Session) -> None:
    notes = farm_notes(closed)[1:]
    moves.leave(closed.farm.id, [note.id for note in notes], **WHO)
    assert [(note.state, note.prepared_at, note.left_at) for note in farm_notes(closed)[1:]] == [
        ("on_the_way", AFTER, AFTER)
    ] * 2
    sent = session.scalars(text("SELECT root_line_id FROM record_line_sent ORDER BY 1")).all()
    assert list(sent) == sorted(line.root_line_id for note in notes for line in note.lines)
    acts = session.scalars(select(TrailEvent.action).where(TrailEvent.action == "note.left")).all()
    assert len(acts) == 2


def test_food_of_animal_origin_does_not_leave_without_its_lot(closed: Any) -> None:
    note = farm_notes(closed)[0]
    with pytest.raises(NotReady) as found:
        moves.leave(closed.farm.id, [note.id], **WHO)
    [problem] = found.value.problems
    assert (problem.number, type(problem.refusal)) == ("D-2026-0001", LotMissing)
    write_cheese(closed)
    moves.leave(closed.farm.id, [note.id], **WHO)
    cheese = line_of(farm_notes(closed)[0], closed.cheese)
    assert (cheese.lot, cheese.use_by) == ("S-48", MONDAY + timedelta(days=9))


def test_a_packed_note_may_be_opened_again_and_one_that_left_may_not(closed: Any) -> None:
    note = farm_notes(closed)[1]
    moves.prepare(closed.farm.id, [note.id], **WHO)
    assert (note.state, note.prepared_at) == ("prepared", AFTER)
    moves.reopen(closed.farm.id, note.id, **WHO)
    assert (note.state, note.prepared_at) == ("draft", None)
    moves.leave(closed.farm.id, [note.id], **WHO)
    with pytest.raises(IllegalNoteMove):
        moves.reopen(closed.farm.id, note.id, **WHO)
    with pytest.raises(IllegalNoteMove):
        moves.leave(closed.farm.id, [note.id], **WHO)


def test_nobody_moves_anothers_note(closed: Any) -> None:
    with pytest.raises(NoteNotFound):
        moves.leave(closed.baker.id, [farm_notes(closed)[1].id], **WHO)


def test_the_database_keeps_what_left_as_it_was(closed: Any, session: Session) -> None:
    note = farm_notes(closed)[1]
    moves.leave(closed.farm.id, [note.id], **WHO)
    for statement in (
        "UPDATE delivery_line SET quantity = 1 WHERE note_id = :note",
        "UPDATE delivery_line SET lot = 'X' WHERE note_id = :note",
        "DELETE FROM delivery_line WHERE note_id = :note",
        "UPDATE delivery_note SET remark = 'X' WHERE id = :note",
    ):
        with pytest.raises(DBAPIError, match="frozen"), session.begin_nested():
            session.execute(text(statement), {"note": note.id})
    with pytest.raises(NoteFrozen):
        correct(closed, note, closed.carrots, Packed(SentLot(7_000)))
    with pytest.raises(NoteFrozen):
        short(closed, note, closed.carrots, 1_000)


def test_what_left_cannot_be_taken_from_the_record_not_even_by_an_answer(closed: Any) -> None:
    record = record_of(closed, closed.school)
    wanted = [Wanted(2_000, record.record_lines[0].id)]
    asked = ask_change(record.id, ChangeKind.REDUCTION, wanted, "trip", actor=COMMAND, now=AFTER)
    moves.leave(closed.farm.id, [farm_notes(closed)[1].id], **WHO)
    with pytest.raises(AlreadySent):
        accept_change(asked.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)


def test_a_note_whose_record_has_news_does_not_leave_before_it_is_renewed(closed: Any) -> None:
    record = record_of(closed, closed.school)
    wanted = [Wanted(2_000, record.record_lines[0].id)]
    asked = ask_change(record.id, ChangeKind.REDUCTION, wanted, "trip", actor=COMMAND, now=AFTER)
    accept_change(asked.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)
    note = farm_notes(closed)[1]
    for act in (moves.leave, moves.prepare):
        with pytest.raises(NoteOutdated):
            act(closed.farm.id, [note.id], **WHO)
    make(closed)
    moves.leave(closed.farm.id, [note.id], **WHO)
    assert line_of(farm_notes(closed)[1], closed.carrots).quantity == 2_000


def test_one_line_travels_in_several_lots(closed: Any) -> None:
    note = farm_notes(closed)[0]
    correct(closed, note, closed.carrots, Packed(SentLot(6_000, "A")), Packed(SentLot(4_000, "B")))
    assert note.remark == "by the back door"
    assert lots_of(note, closed.carrots) == [(1, 10_000, 6_000, 6_000, "A"), (2, 0, 4_000, 4_000, "B")]
    correct(closed, note, closed.carrots, Packed(SentLot(10_000, "C")))
    assert lots_of(note, closed.carrots) == [(1, 10_000, 10_000, 10_000, "C")]


def test_a_cheese_may_weigh_a_little_less_without_a_word(closed: Any, session: Session) -> None:
    note = farm_notes(closed)[0]
    correct(closed, note, closed.cheese, Packed(SentLot(2_900, "S")))
    assert session.scalars(select(Shortfall)).all() == []
    with pytest.raises(LinesRefused) as found:
        correct(closed, note, closed.cheese, Packed(SentLot(3_200, "S")))
    assert [type(one) for one in found.value.problems.values()] == [SentTooMuch]


def test_clearly_less_needs_a_reason_and_is_told(closed: Any, session: Session) -> None:
    note = farm_notes(closed)[0]
    with pytest.raises(LinesRefused) as found:
        correct(closed, note, closed.carrots, Packed(SentLot(8_000)))
    assert [type(one) for one in found.value.problems.values()] == [ShortReasonMissing]
    session.refresh(note)
    correct(closed, note, closed.carrots, Packed(SentLot(8_000)), reason=ShortReason.HAIL)
    [told] = session.scalars(select(Shortfall))
    assert (told.missing, told.reason, told.told_at) == (2_000, "hail", AFTER)
    assert session.scalars(select(Message).where(Message.template == "cannot_deliver")).one()
    # Said once: the same again says nothing new.
    correct(closed, note, closed.carrots, Packed(SentLot(8_000)))
    assert len(session.scalars(select(Shortfall)).all()) == 1


def test_net_weight_is_weighed_of_what_is_not_sold_by_weight(closed: Any, session: Session) -> None:
    note = farm_notes(closed)[1]
    correct(closed, note, closed.carrots, Packed(SentLot(7_000), 6_500))
    assert line_of(note, closed.carrots).grams == 7_000
    session.execute(text("UPDATE delivery_line SET unit = 'H87' WHERE note_id = :note"), {"note": note.id})
    session.expire_all()
    correct(closed, note, closed.carrots, Packed(SentLot(7_000), 6_500))
    assert line_of(note, closed.carrots).grams == 6_500


def test_lots_are_written_once_for_all_doors_of_a_day(closed: Any) -> None:
    lots = {closed.carrots.product_id: LotOf("K-1")}
    assert corrections.write_lots(closed.farm.id, MONDAY, lots, **WHO) == 2
    assert [line_of(note, closed.carrots).lot for note in farm_notes(closed)] == ["K-1", "K-1", None]
    assert corrections.write_lots(closed.farm.id, MONDAY, lots, **WHO) == 0
    for one, refusal in (
        (LotOf("x" * 61), LotTooLong),
        (LotOf("A", MONDAY - timedelta(days=1)), UseByPassed),
    ):
        with pytest.raises(refusal):
            corrections.write_lots(closed.farm.id, MONDAY, {closed.carrots.product_id: one}, **WHO)


def test_cannot_deliver_is_told_at_once_with_what_may_come_instead(
    world: World, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    closed = close_week(world, clock_at, instead=True)
    make(closed)
    note = farm_notes(closed)[0]
    [row] = short(closed, note, closed.carrots, 4_000, words="third night below zero")
    assert (row.missing, row.words) == (6_000, "third night below zero")
    line = line_of(note, closed.carrots)
    assert (line.ordered, line.quantity, line.grams) == (10_000, 4_000, 4_000)
    message = session.scalars(select(Message).where(Message.template == "cannot_deliver")).one()
    assert message.recipient_email == closed.kitchen.email
    assert message.data["lines"][0]["instead"] == [f"{closed.instead.product.name}, {closed.third.name}"]
    subject, body = render.mail("cannot_deliver", "en", {**message.data, "base_url": "https://x"})
    assert subject == f"{closed.farm.name} cannot deliver everything"
    for part in ("Frost", "third night below zero", "6 kg is missing, 4 kg will come", f"/notes/{note.id}"):
        assert part in body.replace("\xa0", " ")
    # What comes may leave now, without another word.
    write_cheese(closed)
    moves.leave(closed.farm.id, [note.id], **WHO)


def test_one_message_for_a_kitchen_with_two_days(closed: Any, session: Session) -> None:
    first, _, third = farm_notes(closed)
    less = [Less(note.id, line_of(note, closed.carrots).root_line_id, 0) for note in (first, third)]
    shortfalls.tell_short(closed.farm.id, less, ShortReason.RAIN, **WHO)
    message = session.scalars(select(Message).where(Message.template == "cannot_deliver")).one()
    assert [line["date"] for line in message.data["lines"]] == [MONDAY.isoformat(), WEDNESDAY.isoformat()]


def test_what_is_no_shortfall_is_refused(closed: Any) -> None:
    note = farm_notes(closed)[0]
    with pytest.raises(NotLessThanNow) as found:
        short(closed, note, closed.carrots, 10_000)
    assert found.value.field == "here"
    with pytest.raises(ShortWordsMissing):
        short(closed, note, closed.carrots, 1_000, reason=ShortReason.OTHER)
    with pytest.raises(NothingShort):
        shortfalls.tell_short(closed.farm.id, [], ShortReason.FROST, **WHO)


def test_a_packed_note_is_opened_again_by_a_shortfall(closed: Any) -> None:
    note = farm_notes(closed)[1]
    moves.prepare(closed.farm.id, [note.id], **WHO)
    short(closed, note, closed.carrots, 3_000)
    assert (note.state, lots_of(note, closed.carrots)) == ("draft", [(1, 7_000, 3_000, 3_000, None)])


def test_a_stop_called_off_is_told_whole_and_not_made_again(closed: Any, session: Session) -> None:
    note = farm_notes(closed)[0]
    short(closed, note, closed.carrots, 6_000)
    moves.cancel(closed.farm.id, note.id, ShortReason.BREAKDOWN, **WHO)
    rows = session.scalars(select(Shortfall).order_by(Shortfall.id)).all()
    assert sorted(row.missing for row in rows) == [3_000, 4_000, 6_000]
    make(closed)
    assert [one.state for one in farm_notes(closed)] == ["cancelled", "draft", "draft"]


def test_notes_and_shortfalls_make_what_was_recorded(closed: Any, session: Session) -> None:
    first, second, third = farm_notes(closed)
    short(closed, first, closed.carrots, 4_000)
    short(closed, first, closed.carrots, 1_000)
    write_cheese(closed)
    moves.leave(closed.farm.id, [first.id, third.id], **WHO)
    moves.cancel(closed.farm.id, second.id, ShortReason.ILLNESS, **WHO)
    recorded, sent, missing = session.execute(
        text(
            "SELECT (SELECT sum(l.quantity) FROM record_line l"
            " JOIN procurement_record r ON r.id = l.record_id"
            " WHERE r.producer_id = :farm AND r.superseded_by_id IS NULL),"
            " (SELECT sum(l.quantity) FROM delivery_line l JOIN delivery_note n ON n.id = l.note_id"
            "   WHERE n.producer_id = :farm AND n.state <> 'cancelled'),"
            " (SELECT sum(s.missing) FROM shortfall s)"
        ),
        {"farm": closed.farm.id},
    ).one()
    assert recorded == sent + missing == 24_000
