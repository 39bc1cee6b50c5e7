"""Evidence orders of a year as the national portal asks for them, and the year's statistics.

Orders below the threshold are only kept in evidence (ZJN-3, art. 21(2)); those of a value to publish are
listed by the last day of February of the next year, with subject, kind, value without VAT and operator. What
was bought of one kind from one operator in the year is one entry: week by week the same need is ordered. The
kinds are those of the day as of which the report is made.
Statistics (art. 107): how many orders there were, and of what value, by lawful basis and institution.
"""

import calendar
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.audit.selection import AIMED
from foodorder.audit.then import IN_FORCE, AsOf
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.rules.green import law_day

PUBLISHED_FROM = "procurement.evidence_publication_from"
PUBLISHED_MONTH = "procurement.evidence_publication_month"
STATISTICS_DUE = "procurement.statistics_due"

#: The institutions that are looked at: `i`.
REACH = """
   i.municipality_id = :municipality AND (CAST(:institution AS integer) IS NULL OR i.id = :institution)
"""

#: The kind of purchase of the food type `t` as it was at `:moment`: `k`.
KIND = """LEFT JOIN subject_kind_past k
    ON k.food_type_id = t.id AND k.municipality_id = i.municipality_id
   AND k.since <= :moment AND (k.until IS NULL OR k.until > :moment)"""

_EVIDENCE = text(
    f"""
SELECT i.id AS institution_id, i.code AS institution_code, i.name AS institution, s.id AS producer_id,
       s.name AS producer, s.tax_number, k.kind_id, coalesce(k.name, fg.name_sl) AS subject,
       count(DISTINCT r.id)::integer AS orders, count(*)::integer AS lines,
       sum(l.net_cents)::bigint AS net_cents
  FROM procurement_record r
  JOIN record_line l ON l.record_id = r.id
  JOIN institution i ON i.id = r.institution_id
  JOIN producer s ON s.id = r.producer_id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
  JOIN food_group fg ON fg.id = t.food_group_id
  {KIND}
 WHERE {REACH} AND r.basis = 'evidence' AND r.year = :year AND {IN_FORCE}
 GROUP BY i.id, s.id, k.kind_id, coalesce(k.name, fg.name_sl)
 ORDER BY i.sort_key, i.id, subject, s.sort_key, s.id
"""  # noqa: S608 - only constants are put together
)

#: The lines behind the entries of a basis.
_BEHIND = f"""
  FROM procurement_record r
  JOIN record_line l ON l.record_id = r.id
  JOIN institution i ON i.id = r.institution_id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
  JOIN food_group fg ON fg.id = t.food_group_id
  {KIND}
 WHERE {REACH} AND r.basis = :basis AND r.year BETWEEN :first_year AND :year AND {IN_FORCE}
   AND (CAST(:producer AS integer) IS NULL OR r.producer_id = :producer)
   AND (CAST(:subject AS text) IS NULL OR coalesce(k.name, fg.name_sl) = :subject)
   AND (CAST(:lot AS integer) IS NULL OR r.lot_id = :lot)
"""

# Those of one page first: only they are told whose they are.
_LINES = text(
    f"""
SELECT l.id, l.record_id, l.number, l.recorded_at, l.delivery_date, l.institution, s.name AS producer,
       s.tax_number, l.basis, g.number AS lot, a.title AS agreement, l.name, l.subject, l.grams, l.net_cents
  FROM (SELECT l.id, r.id AS record_id, r.number, r.recorded_at, r.producer_id, r.lot_id, r.basis,
               l.delivery_date, i.short_name AS institution, l.name,
               coalesce(k.name, fg.name_sl) AS subject, l.grams, l.net_cents
        {_BEHIND}
         ORDER BY r.recorded_at, r.id, l.delivery_date, l.id LIMIT :limit OFFSET :offset) l
  JOIN producer s ON s.id = l.producer_id
  LEFT JOIN agreement_lot g ON g.id = l.lot_id
  LEFT JOIN agreement a ON a.id = g.agreement_id
 ORDER BY l.recorded_at, l.record_id, l.delivery_date, l.id
"""  # noqa: S608 - only constants are put together
)

_LINES_SUM = text(
    f"SELECT count(*)::integer AS lines, coalesce(sum(l.net_cents), 0)::bigint AS net_cents {_BEHIND}"
)

_STATISTICS = text(
    f"""
SELECT i.id AS institution_id, i.code AS institution_code, i.name AS institution, r.basis,
       count(*)::integer AS orders, sum(r.net_cents)::bigint AS net_cents
  FROM procurement_record r JOIN institution i ON i.id = r.institution_id
 WHERE {REACH} AND r.year = :year AND {IN_FORCE}
 GROUP BY i.id, r.basis ORDER BY i.sort_key, i.id, r.basis
"""  # noqa: S608 - only constants are put together
)

_ELSEWHERE = text(
    f"""
SELECT i.id AS institution_id, i.code AS institution_code, i.name AS institution, e.basis,
       count(*)::integer AS orders, sum(e.net_cents)::bigint AS net_cents
  FROM purchase_elsewhere e JOIN institution i ON i.id = e.institution_id
 WHERE {REACH} AND e.food_type_id IS NOT NULL AND e.month BETWEEN :first AND :last
   AND e.entered_at <= :moment AND (e.voided_at IS NULL OR e.voided_at > :moment)
 GROUP BY i.id, e.basis ORDER BY i.sort_key, i.id, e.basis
"""  # noqa: S608 - only constants are put together
)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One entry of the list: what an institution bought of a kind from an operator; net cents."""

    institution_id: int
    institution_code: str
    institution: str
    producer_id: int
    producer: str
    tax_number: str
    #: The kind of purchase; the food group where the coordinator has defined none.
    kind_id: int | None
    subject: str
    orders: int
    lines: int
    net_cents: int
    to_publish: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence orders of a year. Those of `publish_from` cents or more are listed until `due`."""

    year: int
    at: AsOf
    publish_from: int
    due: date
    rows: tuple[EvidenceRow, ...]

    @property
    def to_publish(self) -> tuple[EvidenceRow, ...]:
        """The entries that must be listed."""
        return tuple(row for row in self.rows if row.to_publish)

    @property
    def net_cents(self) -> int:
        """All of them together."""
        return sum(row.net_cents for row in self.rows)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of a record behind an entry, with its order and what it rests on."""

    id: int
    record_id: int
    number: str
    recorded_on: date
    delivery_date: date
    institution: str
    producer: str
    tax_number: str
    basis: str
    lot: str | None
    agreement: str | None
    name: str
    subject: str
    grams: int
    net_cents: int


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """Orders, or purchases elsewhere, of an institution on one basis: how many, net cents."""

    institution_id: int
    institution_code: str
    institution: str
    basis: str
    orders: int
    net_cents: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The year's statistics, due on a day of the next year."""

    year: int
    at: AsOf
    due: date
    rows: tuple[StatisticsRow, ...]
    #: Purchases elsewhere, as institutions entered them.
    elsewhere: tuple[StatisticsRow, ...]


def scope(municipality_id: int, year: int, at: AsOf, institution_id: int | None) -> dict[str, object]:
    """Parameters of every statement here; asks the database to be AIMED at them."""
    db.session.execute(text(f"SELECT {AIMED}"))
    return {
        "municipality": municipality_id,
        "institution": institution_id,
        "year": year,
        "moment": at.moment,
    }


def evidence(municipality_id: int, year: int, at: AsOf, institution_id: int | None = None) -> Evidence:
    """The evidence orders that were recorded in a year. Raises ParameterUnknown."""
    law = law_day(year, at.day)
    publish_from = value_on(PUBLISHED_FROM, law)
    rows = tuple(
        EvidenceRow(**row._asdict(), to_publish=row.net_cents >= publish_from)
        for row in db.session.execute(_EVIDENCE, scope(municipality_id, year, at, institution_id))
    )
    return Evidence(year, at, publish_from, publication_due(year, law), rows)


def publication_due(year: int, law: date) -> date:
    """The last day of the month in which the list of a year is published. Raises ParameterUnknown."""
    month = value_on(PUBLISHED_MONTH, law)
    return date(year + 1, month, calendar.monthrange(year + 1, month)[1])


@dataclass(frozen=True, slots=True)
class Behind:
    """Lines of a year (or of all since `since_year`) that rest on one basis; None does not limit."""

    municipality_id: int
    year: int
    at: AsOf
    basis: str
    institution_id: int | None = None
    producer_id: int | None = None
    subject: str | None = None
    lot_id: int | None = None
    since_year: int | None = None

    def parameters(self) -> dict[str, object]:
        """As the statements take it."""
        return {
            **scope(self.municipality_id, self.year, self.at, self.institution_id),
            "basis": self.basis,
            "producer": self.producer_id,
            "subject": self.subject,
            "lot": self.lot_id,
            "first_year": self.year if self.since_year is None else self.since_year,
        }


def order_lines(behind: Behind, *, limit: int | None = None, offset: int = 0) -> tuple[OrderLine, ...]:
    """The lines behind the entries of one basis, as they were recorded: all, or those of a page."""
    found = []
    for row in db.session.execute(_LINES, {**behind.parameters(), "limit": limit, "offset": offset}):
        values = row._asdict()
        found.append(OrderLine(recorded_on=values.pop("recorded_at").date(), **values))
    return tuple(found)


def order_lines_sum(behind: Behind) -> tuple[int, int]:
    """How many lines that are, and their net cents."""
    row = db.session.execute(_LINES_SUM, behind.parameters()).one()
    return row.lines, row.net_cents


def statistics(municipality_id: int, year: int, at: AsOf, institution_id: int | None = None) -> Statistics:
    """Number and value of a year's orders by institution and basis. Raises ParameterUnknown."""
    of = scope(municipality_id, year, at, institution_id)
    month, day = divmod(value_on(STATISTICS_DUE, law_day(year, at.day)), 100)
    rows = tuple(StatisticsRow(**row._asdict()) for row in db.session.execute(_STATISTICS, of))
    beside = db.session.execute(_ELSEWHERE, {**of, "first": date(year, 1, 1), "last": date(year, 12, 31)})
    elsewhere = tuple(StatisticsRow(**row._asdict()) for row in beside)
    return Statistics(year, at, date(year + 1, month, day), rows, elsewhere)
