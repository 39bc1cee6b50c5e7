"""What may be invoiced: what was accepted, less what claims take from it and what is on invoices."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.rules.claims import Claimed, ClaimOutcome, invoiceable
from foodorder.rules.settlement import Delivered, Group, InvoicedLine, Rhythm, draft, ready_on
from foodorder.rules.vat import Treatment, TreatmentCode

#: The rhythm where nothing is agreed.
USUAL = Rhythm.PER_DELIVERY

# Lines of received notes that are not wholly invoiced: what replaced refused goods may be invoiced, too.
_LINES = text("""
SELECT l.id, l.note_id, n.producer_id, n.institution_id, n.delivery_date, n.number AS note_number, l.name,
       l.unit, l.record_line_id, l.acceptance_id, a.quantity AS accepted, r.price_cents, r.vat_treatment,
       r.vat_bp, pr.number AS record_number, m.zone,
       i.short_name AS institution,
       coalesce(q.quantity, 0) AS invoiced, coalesce(q.net_cents, 0) AS net_invoiced,
       EXISTS (SELECT FROM invoice_line x WHERE x.delivery_line_id = l.id AND x.credits_line_id IS NOT NULL)
           AS credited,
       (SELECT json_agg(json_build_array(c.quantity, c.was_accepted, c.outcome, c.replaced))
          FROM claim c WHERE c.delivery_line_id = l.id) AS claims
  FROM delivery_note n
  JOIN institution i ON i.id = n.institution_id
  JOIN municipality m ON m.id = i.municipality_id
  JOIN delivery_line l ON l.note_id = n.id
  JOIN acceptance_line a ON a.id = l.acceptance_id
  JOIN record_line r ON r.id = l.record_line_id
  JOIN procurement_record pr ON pr.id = r.record_id
  LEFT JOIN invoiced_quantity q ON q.delivery_line_id = l.id
 WHERE n.state = 'received'
   AND (CAST(:producer AS integer) IS NULL OR n.producer_id = :producer)
   AND (CAST(:institution AS integer) IS NULL OR n.institution_id = :institution)
   AND (CAST(:lines AS bigint[]) IS NULL OR l.id = ANY(CAST(:lines AS bigint[])))
   AND coalesce(q.quantity, 0) < a.quantity + coalesce(
       (SELECT sum(c.replaced) FROM claim c WHERE c.delivery_line_id = l.id), 0)
 ORDER BY l.id
""")

_TERMS = text("""
SELECT producer_id, institution_id, rhythm, payment_days FROM invoicing_term
 WHERE CAST(:producer AS integer) IS NULL OR producer_id = :producer
""")


@dataclass(frozen=True, slots=True)
class Goods:
    """What an invoice says of a delivered line beside its sums.

    `credited`: it was on an invoice that a credit note took it off; to invoice it again is for a person.
    """

    name: str
    unit: str
    note_id: int
    note_number: str
    delivery_date: date
    record_line_id: int
    acceptance_id: int
    record_number: str
    credited: bool
    institution: str


class Terms:
    """What producers agreed with institutions: rhythm, and days of payment (None: the law's)."""

    def __init__(self, rows: Collection[Row[Any]]) -> None:
        self._rows = {(row.producer_id, row.institution_id): row for row in rows}

    def _row(self, producer_id: int, institution_id: int) -> Row[Any] | None:
        own = self._rows.get((producer_id, institution_id))
        return own if own is not None else self._rows.get((producer_id, None))

    def rhythm(self, producer_id: int, institution_id: int) -> Rhythm:
        """How often they invoice."""
        row = self._row(producer_id, institution_id)
        return Rhythm(row.rhythm) if row else USUAL

    def payment_days(self, producer_id: int, institution_id: int) -> int | None:
        """The agreed days."""
        row = self._row(producer_id, institution_id)
        return row.payment_days if row else None


@dataclass(frozen=True, slots=True)
class Due:
    """Invoices that can be issued: groups with their lines; `goods` by the lines' keys (delivery lines),
    `zones` by institution, the `terms` of all.
    """

    groups: Mapping[Group, tuple[InvoicedLine, ...]]
    goods: Mapping[int, Goods]
    zones: Mapping[int, str]
    terms: Terms

    def ready(self, now: datetime) -> dict[Group, tuple[InvoicedLine, ...]]:
        """Those whose time is over, by the clock where the buyer is: all that they cover is delivered."""
        return {group: lines for group, lines in self.groups.items() if self.is_over(group, now)}

    def whole(self, now: datetime) -> dict[Group, tuple[InvoicedLine, ...]]:
        """Those that lack nothing: single deliveries at once, months when they are over."""
        return {
            group: lines
            for group, lines in self.groups.items()
            if group.note_id is not None or self.is_over(group, now)
        }

    def is_over(self, group: Group, now: datetime) -> bool:
        """Whether the days that a group covers are over."""
        return ready_on(group) <= now.astimezone(ZoneInfo(self.zones[group.buyer_id])).date()


def terms_of(producer_id: int | None = None) -> Terms:
    """The agreed terms of a producer, or of all."""
    return Terms(db.session.execute(_TERMS, {"producer": producer_id}).all())


def due(
    producer_id: int | None = None, institution_id: int | None = None, lines: Collection[int] | None = None
) -> Due:
    """What may be invoiced of a producer, an institution, or certain delivered lines; without any: of all.

    Lines that claims wait on are there with what stands outside the claims.
    """
    rows = db.session.execute(
        _LINES,
        {
            "producer": producer_id,
            "institution": institution_id,
            "lines": None if lines is None else sorted(lines),
        },
    ).all()
    terms = terms_of(producer_id)
    delivered = [(_delivered(row), terms.rhythm(row.producer_id, row.institution_id)) for row in rows]
    goods = {row.id: _goods(row) for row in rows}
    return Due(draft(delivered), goods, {row.institution_id: row.zone for row in rows}, terms)


def by_producer(found: Due) -> dict[int, list[Group]]:
    """Groups by producer."""
    groups: defaultdict[int, list[Group]] = defaultdict(list)
    for group in found.groups:
        groups[group.seller_id].append(group)
    return dict(groups)


def _delivered(row: Row[Any]) -> Delivered:
    claims = [
        Claimed(quantity, was_accepted, ClaimOutcome(outcome) if outcome else None, replaced)
        for quantity, was_accepted, outcome, replaced in row.claims or ()
    ]
    return Delivered(
        key=row.id,
        seller_id=row.producer_id,
        buyer_id=row.institution_id,
        note_id=row.note_id,
        delivered_on=row.delivery_date,
        invoiceable=invoiceable(row.accepted, claims),
        price_cents=row.price_cents,
        treatment=Treatment(TreatmentCode(row.vat_treatment), row.vat_bp),
        invoiced=row.invoiced,
        net_invoiced=row.net_invoiced,
    )


def _goods(row: Row[Any]) -> Goods:
    return Goods(
        row.name,
        row.unit,
        row.note_id,
        row.note_number,
        row.delivery_date,
        row.record_line_id,
        row.acceptance_id,
        row.record_number,
        row.credited,
        row.institution,
    )
