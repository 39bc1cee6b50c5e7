"""The records that an addition of its own makes: new, or the next version of one there is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from foodorder.db import db
from foodorder.ordering.bases import Bases
from foodorder.ordering.terms import Situation, hold_order, offers_of, situation
from foodorder.procurement.lawful import OtherBasis, bases_apart, check_limits, count_moved, hold_institution
from foodorder.procurement.models import ChangeState, ProcurementRecord, RecordChange
from foodorder.procurement.versions import added_line, kept_lines, offer_versions
from foodorder.procurement.writing import Line, moved, take_stock, write_first, write_next
from foodorder.rules.errors import N_, Refusal


class AnotherWaits(Refusal):
    """A yes to an addition while a request for the record that it would become part of waits."""

    message = N_("Another request for %(number)s waits for your answer. Answer that one first.")


@dataclass(frozen=True, slots=True)
class _Sold:
    """The situation of the kitchen's order, what the cycle sells of the offers asked for, their versions."""

    at: Situation
    offers: dict[int, Any]
    versions: dict[int, Any]


#: Basis and lot.
Basis = tuple[str, int | None]


def check_apart(change: RecordChange) -> None:
    """Refuse an addition that nothing allows now: no lawful basis, a ceiling, the threshold, the day.

    Raises what `rules.sourcing` names.
    """
    sold = _sold(change)
    _lawful(change, sold, bases_apart(change, sold.at.row, sold.offers))


def write_apart(
    change: RecordChange, *, now: datetime
) -> list[tuple[ProcurementRecord, ProcurementRecord | None]]:
    """Write the records of an accepted addition, each beside the version that it replaces, if any.

    Stock, ceilings and needs are counted; whoever comes second for the last of something is refused.
    Raises AboveWhatIsLeft, AnotherWaits and what `check_apart` raises.
    """
    hold_institution(change)
    standing = _hold_records(change)
    sold = _sold(change)
    _take_stock(change, sold)
    lines = _lawful(change, sold, bases_apart(change, sold.at.row, sold.offers))
    written = []
    for (basis, lot), new in sorted(lines.items(), key=lambda one: (one[0][0], one[0][1] or 0)):
        record = standing.get((basis, lot))
        if record is None:
            following = write_first(change, basis, lot, new, now)
        else:
            _no_other(record)
            following = write_next(record, change, [*kept_lines(record), *new], now)
        count_moved(following, [moved(line, 0) for line in new])
        written.append((following, record))
    return written


def _hold_records(change: RecordChange) -> dict[Basis, ProcurementRecord]:
    """The records in force of the kitchen with the producer in the cycle, held in key order."""
    rows = db.session.scalars(
        select(ProcurementRecord)
        .where(
            ProcurementRecord.cycle_id == change.cycle_id,
            ProcurementRecord.institution_id == change.institution_id,
            ProcurementRecord.producer_id == change.producer_id,
            ProcurementRecord.superseded_by_id.is_(None),
        )
        .order_by(ProcurementRecord.id)
        .with_for_update(key_share=True, of=ProcurementRecord)
        .execution_options(populate_existing=True)
    )
    return {(record.basis, record.lot_id): record for record in rows}


def _no_other(record: ProcurementRecord) -> None:
    waiting = select(RecordChange.id).where(
        RecordChange.record_id == record.id, RecordChange.state == ChangeState.ASKED
    )
    if db.session.execute(waiting).first() is not None:
        raise AnotherWaits(number=record.number)


def _sold(change: RecordChange) -> _Sold:
    at = situation(hold_order(change.cycle_id, change.institution_id))
    versions = offer_versions(change)
    return _Sold(at, offers_of(at, {row.offer_id for row in versions.values()}), versions)


def _take_stock(change: RecordChange, sold: _Sold) -> None:
    deltas = defaultdict[int, int](int)
    for line in change.lines:
        deltas[sold.versions[line.offer_version_id or 0].offer_id] += line.quantity
    take_stock(deltas, {number: offer.unit for number, offer in sold.offers.items()})


def _lawful(change: RecordChange, sold: _Sold, bases: Bases) -> dict[Basis, list[Line]]:
    """The lines by the basis on which each is bought on its day, at the agreed or frozen price."""
    found = defaultdict[Basis, list[Line]](list)
    for asked in change.lines:
        line = added_line(sold, asked, bases, change)
        choice = bases.on(line.offer_id, line.delivery_date)
        if isinstance(choice, Refusal):
            raise choice
        if choice is None:
            raise OtherBasis
        lot = choice.candidate.lot if choice.candidate else None
        found[str(choice.basis), lot].append(line)
    check_limits(bases, [moved(line, 0) for lines in found.values() for line in lines], sold.offers)
    return dict(found)
