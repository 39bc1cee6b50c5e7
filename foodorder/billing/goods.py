"""Goods that an invoice written elsewhere may mean: what a producer brought to an institution."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.matching import MICROS
from foodorder.rules.placing import Brought

#: Deliveries so many days before an invoice are looked at: monthly invoices come a month after the first.
DAYS_BACK = 120

_BROUGHT = text("""
SELECT l.id, l.name, l.unit, coalesce(a.quantity, l.quantity) AS quantity, a.id IS NOT NULL AS accepted,
       coalesce(q.quantity, 0) AS taken, r.price_cents, k.number AS record, n.number AS note,
       n.id AS note_id, n.delivery_date, p.gtin, r.vat_treatment, r.vat_bp
  FROM delivery_line l
  JOIN delivery_note n ON n.id = l.note_id
  JOIN record_line r ON r.id = l.record_line_id
  JOIN procurement_record k ON k.id = r.record_id
  JOIN product p ON p.id = r.product_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
  LEFT JOIN invoiced_quantity q ON q.delivery_line_id = l.id
 WHERE n.producer_id = :producer AND n.institution_id = :institution AND n.state <> 'cancelled'
   AND l.quantity > 0 AND n.delivery_date BETWEEN :first AND :last
 ORDER BY n.delivery_date, l.id
""")

_SELLERS = text("""
SELECT p.id, p.name, p.tax_number
  FROM producer p
 WHERE EXISTS (SELECT FROM procurement_record k
                WHERE k.producer_id = p.id AND k.institution_id = :institution)
 ORDER BY p.name, p.id
""")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivered line: accepted (or, not `accepted` yet, sent) and on invoices, in thousandths; cents."""

    id: int
    name: str
    unit: str
    quantity: int
    accepted: bool
    taken: int
    price_cents: int
    record: str
    note: str
    note_id: int
    delivery_date: date
    gtin: str | None
    vat_treatment: str
    vat_bp: int

    @property
    def left(self) -> int:
        """What of it is on no invoice."""
        return max(self.quantity - self.taken, 0)

    @property
    def brought(self) -> Brought:
        """As the rule compares it."""
        return Brought(
            self.id, self.name, self.unit, self.left, self.price_cents * MICROS, self.record, self.note,
            self.delivery_date, self.gtin,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seller:
    """A producer that an institution has bought from."""

    id: int
    name: str
    tax_number: str


def delivered(producer_id: int, institution_id: int, until: date) -> list[Delivered]:
    """What was brought up to a few days after a day; the newest last."""
    keys = {
        "producer": producer_id,
        "institution": institution_id,
        "first": until - timedelta(days=DAYS_BACK),
        "last": until + timedelta(days=7),
    }
    return [Delivered(**row._asdict()) for row in db.session.execute(_BROUGHT, keys)]


def sellers(institution_id: int) -> list[Seller]:
    """The producers that an institution has bought from, by name."""
    rows = db.session.execute(_SELLERS, {"institution": institution_id})
    return [Seller(**row._asdict()) for row in rows]
