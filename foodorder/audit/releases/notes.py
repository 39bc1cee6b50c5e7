"""What became of a cycle's delivery notes, and what was accepted at each moment."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.exchange.ocds.model import Brought, Delivery, NoteStep, Party
from foodorder.rules.money import line_net

_NOTES = text("""
SELECT id, institution_id, producer_id, number, delivery_date, left_at, received_at, cancelled_at
  FROM delivery_note
 WHERE cycle_id = :cycle AND institution_id = ANY(CAST(:institutions AS integer[]))
   AND num_nonnulls(left_at, received_at, cancelled_at) > 0
 ORDER BY id
""")

_LINES = text("""
SELECT d.note_id, d.id, d.root_line_id, r.record_id, d.ordered, r.price_cents
  FROM delivery_note n JOIN delivery_line d ON d.note_id = n.id
  JOIN record_line r ON r.id = d.record_line_id
 WHERE n.cycle_id = :cycle AND n.institution_id = ANY(CAST(:institutions AS integer[]))
 ORDER BY d.note_id, d.position, d.part
""")

_ACCEPTANCES = text("""
SELECT n.id AS note_id, a.delivery_line_id AS line, a.id, a.received_at, a.quantity
  FROM delivery_note n JOIN delivery_line d ON d.note_id = n.id
  JOIN acceptance_line a ON a.delivery_line_id = d.id
 WHERE n.cycle_id = :cycle AND n.institution_id = ANY(CAST(:institutions AS integer[]))
 ORDER BY a.id
""")


def deliveries(
    where: Mapping[str, Any], numbers: Mapping[int, str], sellers: Mapping[int, Party]
) -> defaultdict[int, list[Delivery]]:
    """Events of notes by institution. `numbers`: the contract that each record is a version of."""
    lines, acceptances = _by_note(_LINES, where), _by_note(_ACCEPTANCES, where)
    found: defaultdict[int, list[Delivery]] = defaultdict(list)
    for note in db.session.execute(_NOTES, where):
        for key, step, at in _events(note, acceptances[note.id]):
            found[note.institution_id].append(
                Delivery(
                    key=key,
                    number=note.number,
                    step=step,
                    at=at,
                    due=note.delivery_date,
                    producer=sellers[note.producer_id],
                    brought=_brought(lines[note.id], acceptances[note.id], at, numbers),
                )
            )
    return found


def _by_note(statement: Any, where: Mapping[str, Any]) -> defaultdict[int, list[Row[Any]]]:
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(statement, where):
        found[row.note_id].append(row)
    return found


def _events(note: Row[Any], acceptances: Sequence[Row[Any]]) -> Iterator[tuple[str, NoteStep, datetime]]:
    if note.left_at is not None:
        yield f"left-{note.id}", NoteStep.LEFT, note.left_at
    if note.cancelled_at is not None:
        yield f"called-off-{note.id}", NoteStep.CANCELLED, note.cancelled_at
    if note.received_at is not None:
        yield f"received-{note.id}", NoteStep.RECEIVED, note.received_at
        later = {row.received_at: row.id for row in acceptances if row.received_at > note.received_at}
        for at, newest in later.items():
            yield f"accepted-{newest}", NoteStep.CORRECTED, at


def _brought(
    lines: Sequence[Row[Any]], acceptances: Sequence[Row[Any]], at: datetime, numbers: Mapping[int, str]
) -> tuple[Brought, ...]:
    """What the note holds of each record, as it was accepted at that moment."""
    accepted = {row.line: row.quantity for row in acceptances if row.received_at <= at}
    contracts: dict[str, list[Row[Any]]] = {}
    for line in lines:
        contracts.setdefault(numbers[line.record_id], []).append(line)
    return tuple(
        Brought(
            contract=contract,
            ordered_cents=sum(line_net(line.price_cents, line.ordered) for line in here),
            accepted_cents=sum(line_net(line.price_cents, accepted.get(line.id, 0)) for line in here),
            whole=_whole(here, accepted),
        )
        for contract, here in sorted(contracts.items())
    )


def _whole(lines: Sequence[Row[Any]], accepted: Mapping[int, int]) -> bool:
    """Whether as much as was recorded was accepted of every line, in however many lots it came."""
    missing: defaultdict[int, int] = defaultdict(int)
    for line in lines:
        missing[line.root_line_id] += line.ordered - accepted.get(line.id, 0)
    return all(quantity <= 0 for quantity in missing.values())
