"""What a change agreed after the close counts against ceilings and needs, and whether more may be bought.

A record has one lawful basis and one lot, so more of it can be agreed only on the same: within what the
ceilings and the threshold leave on the day of the answer. What is given up is free again for everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.agreements.counting import Count, count
from foodorder.db import db
from foodorder.ordering.bases import Bases
from foodorder.ordering.lawful import bases_of
from foodorder.procurement.models import ProcurementRecord, RecordChange
from foodorder.rules.calendar import falls_on
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.ordering import Cell
from foodorder.rules.sourcing import CeilingReached, not_on

_HOLD_INSTITUTION = text("SELECT id FROM institution WHERE id = :institution FOR NO KEY UPDATE")

#: In key order, after the institution and the offers, as orders take them.
_HOLD_CEILINGS = text("""
SELECT c.id FROM ceiling c JOIN agreement_lot l ON l.agreement_id = c.agreement_id
WHERE l.id = :lot
ORDER BY c.id
FOR NO KEY UPDATE OF c
""")


#: Those that any lot covering the offers counts on, for a purchase whose lot is not known yet.
_HOLD_COVERING = text("""
SELECT c.id FROM ceiling c
WHERE c.agreement_id IN (
    SELECT l.agreement_id FROM cycle_lot_offer x JOIN agreement_lot l ON l.id = x.lot_id
     WHERE x.cycle_id = :cycle AND x.offer_id = ANY(CAST(:offers AS integer[])))
ORDER BY c.id
FOR NO KEY UPDATE OF c
""")


class OtherBasis(Refusal):
    """More of a record that could be bought only on another lawful basis than the record's."""

    message = N_(
        "This would need a record of its own: it would be bought on another lawful basis than this one."
        " Ask for it as an addition of its own."
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """A line that changes: signed thousandths, net cents and grams."""

    cell: Cell
    food_type_id: int
    quantity: int
    cents: int
    grams: int


def hold_institution(record: ProcurementRecord | RecordChange) -> None:
    """Let the institution's orders wait until this transaction ends: its needs do not change meanwhile."""
    db.session.execute(_HOLD_INSTITUTION, {"institution": record.institution_id})


def hold_ceilings(record: ProcurementRecord) -> None:
    """Hold what the record counts on, before its lines are written: the close, too, takes summaries last."""
    if record.lot_id is not None:
        db.session.execute(_HOLD_CEILINGS, {"lot": record.lot_id})


def bases_for(record: ProcurementRecord, row: Any, offers: Mapping[int, Any]) -> Bases:
    """On what the offers would be bought now, with the record's ceilings held until the commit.

    `row` is the situation of the record's order, `offers` what the cycle sells.
    """
    hold_ceilings(record)
    return bases_of(row, offers, {})


def bases_apart(change: RecordChange, row: Any, offers: Mapping[int, Any]) -> Bases:
    """On what the offers of a request without a record would be bought now, their ceilings held."""
    db.session.execute(_HOLD_COVERING, {"cycle": change.cycle_id, "offers": list(offers)})
    return bases_of(row, offers, {})


def check_same(record: ProcurementRecord, bases: Bases, places: Iterable[tuple[int, date]]) -> None:
    """Refuse more of an offer on a day on which it would be bought on another basis than the record's.

    Raises OtherBasis, CeilingReached, why the record's lot does not hold on the day, or why there is no
    basis: what `rules.sourcing.choose_on` names.
    """
    for offer, day in sorted(places):
        _check_basis(record, bases, offer, day)


def _check_basis(record: ProcurementRecord, bases: Bases, offer: int, day: date) -> None:
    choice = bases.on(offer, day)
    if isinstance(choice, Refusal):
        raise choice
    if choice is None:
        raise OtherBasis
    lot = choice.candidate.lot if choice.candidate else None
    if (choice.basis, lot) == (record.basis, record.lot_id):
        return
    lots = [one for one in bases.candidates.get(offer, ()) if one.lot == record.lot_id]
    there = [one for one in lots if falls_on(one.days, day)]
    if lots and not there:
        raise not_on(day, lots[0])
    if any(not one.usable for one in there):
        raise CeilingReached(lot=there[0].number)
    raise OtherBasis


def check_limits(bases: Bases, more: Iterable[Moved], offers: Mapping[int, Any]) -> None:
    """Refuse what passes a ceiling or the threshold, or a day that the lot does not allow.

    Raises what `rules.sourcing.above_the_limits` and `check_day` name.
    """
    quantities: dict[Cell, int] = {}
    amounts: dict[Cell, tuple[int, int]] = {}
    for one in more:
        quantities[one.cell] = quantities.get(one.cell, 0) + one.quantity
        cents, grams = amounts.get(one.cell, (0, 0))
        amounts[one.cell] = (cents + one.cents, grams + one.grams)
    for refusal in bases.problems(quantities, offers, amounts).values():
        raise refusal


def count_moved(record: ProcurementRecord, moved: Iterable[Moved]) -> None:
    """Count what changes against the ceilings and needs that the record counts on."""
    count(
        Count(
            record.institution_id,
            record.producer_id,
            record.lot_id,
            one.food_type_id,
            record.cycle.week,
            record.basis,
            one.cents,
            one.grams,
        )
        for one in moved
    )
