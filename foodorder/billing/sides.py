"""The lines of an invoice beside what was ordered and accepted, as they stand now.

What credit notes took off a line is taken off here: a quantity where the credit note has the line's price,
and otherwise a part of its price.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.rules.claims import Claimed, ClaimOutcome, invoiceable
from foodorder.rules.matching import MICROS, Sides
from foodorder.rules.money import MILLI, divide, line_net
from foodorder.rules.placing import unit_of
from foodorder.rules.vat import Treatment, TreatmentCode

_LINES = text("""
SELECT x.id, x.position, x.name, x.unit, x.quantity, x.price_micros, x.net_cents, x.vat_treatment, x.vat_bp,
       x.counted, x.counted_cents, x.delivery_line_id, l.acceptance_id, l.record_line_id,
       x.acceptance_id AS written_acceptance_id, r.quantity AS ordered, r.unit AS ordered_unit, r.price_cents,
       r.vat_treatment AS right_treatment, r.vat_bp AS right_bp, a.quantity AS accepted,
       q.quantity AS taken, q.net_cents AS net_taken,
       (SELECT json_agg(json_build_array(c.quantity, c.was_accepted, c.outcome, c.replaced))
          FROM claim c WHERE c.delivery_line_id = l.id) AS claims,
       coalesce((SELECT sum(c.quantity) FROM invoice_line c
                  WHERE c.credits_line_id = x.id AND c.price_micros = x.price_micros), 0)::bigint AS credited,
       coalesce((SELECT sum(c.net_cents) FROM invoice_line c
                  WHERE c.credits_line_id = x.id), 0)::bigint AS net_credited,
       EXISTS (SELECT FROM invoice_line c
                WHERE c.credits_line_id = x.id AND c.price_micros <> x.price_micros) AS cheaper
  FROM invoice_line x
  LEFT JOIN delivery_line l ON l.id = x.delivery_line_id
  LEFT JOIN record_line r ON r.id = l.record_line_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
  LEFT JOIN invoiced_quantity q ON q.delivery_line_id = l.id
 WHERE x.invoice_id = :invoice
 ORDER BY x.position
""")


@dataclass(frozen=True, slots=True)
class Beside:
    """A line with its sides; all that was accepted; what it counts as invoiced now (net at agreed prices).

    Where a later line means the same goods, the rest of them is that one's: `sides` leave it out.
    """

    row: Row[Any]
    sides: Sides
    accepted: int | None
    counts: int
    counts_cents: int


def beside(invoice_id: int, *, counting: bool = True) -> list[Beside]:
    """The lines of an invoice in their order. Not `counting`: what it holds is given free."""
    rows = db.session.execute(_LINES, {"invoice": invoice_id}).all()
    return list(_beside(rows, counting=counting))


def _beside(rows: Sequence[Row[Any]], *, counting: bool) -> Iterator[Beside]:
    """Lines that mean the same goods count one after the other."""
    held, net_held = _of_others(rows)
    last = {row.delivery_line_id: row.id for row in rows}
    for row in rows:
        before, net_before = held[row.delivery_line_id], net_held[row.delivery_line_id]
        sides = _sides(row, before)
        accepted = sides.accepted
        if last[row.delivery_line_id] != row.id and accepted is not None:
            sides = replace(sides, accepted=min(accepted, before + max(sides.quantity, 0)))
        counts, net = _counts(row, sides, net_before) if counting and row.delivery_line_id else (0, 0)
        held[row.delivery_line_id] += counts
        net_held[row.delivery_line_id] += net
        yield Beside(row, sides, accepted, counts, net)


def _of_others(rows: Sequence[Row[Any]]) -> tuple[defaultdict[int, int], defaultdict[int, int]]:
    """What other invoices hold of each delivered line: thousandths, net cents."""
    held, net_held = defaultdict[int, int](int), defaultdict[int, int](int)
    for row in rows:
        held.setdefault(row.delivery_line_id, row.taken or 0)
        net_held.setdefault(row.delivery_line_id, row.net_taken or 0)
        here = row.counted is None
        held[row.delivery_line_id] -= row.quantity - row.credited if here else row.counted
        net_held[row.delivery_line_id] -= row.net_cents - row.net_credited if here else row.counted_cents
    return held, net_held


def _sides(row: Row[Any], before: int) -> Sides:
    quantity, net = row.quantity - row.credited, row.net_cents - row.net_credited
    price = row.price_micros
    if row.cheaper and quantity:
        price = divide(net * MICROS * MILLI, quantity)
    treatment = Treatment(TreatmentCode(row.vat_treatment), row.vat_bp)
    if row.ordered is None:
        unit = unit_of(row.unit)
        return Sides(None, None, quantity, 0, price, net, unit, unit, tax=treatment)
    claims = [
        Claimed(claimed, was_accepted, ClaimOutcome(outcome) if outcome else None, replaced)
        for claimed, was_accepted, outcome, replaced in row.claims or ()
    ]
    return Sides(
        ordered=row.ordered,
        accepted=None if row.accepted is None else invoiceable(row.accepted, claims),
        quantity=quantity,
        agreed=row.price_cents * MICROS,
        price=price,
        net=net,
        unit=unit_of(row.unit),
        ordered_unit=unit_of(row.ordered_unit),
        before=before,
        tax=treatment,
        right_tax=Treatment(TreatmentCode(row.right_treatment), row.right_bp),
    )


def _counts(row: Row[Any], sides: Sides, net_before: int) -> tuple[int, int]:
    """What was written here counts whole; of what was taken in only what is covered, at the agreed price."""
    if row.counted is None:
        return sides.quantity, sides.net
    left = max((sides.accepted or 0) - sides.before, 0) if sides.unit == sides.ordered_unit else 0
    counts = max(min(sides.quantity, left), 0)
    if not counts:
        return 0, 0
    return counts, line_net(row.price_cents, sides.before + counts) - net_before
