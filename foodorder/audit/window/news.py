"""The newest records of a municipality, as feeds tell them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from foodorder.audit.window.scope import Scope
from foodorder.db import db
from foodorder.rules.publicity import Shown

#: Entries of a feed, and cycles that they are looked for in.
MOST, CYCLES = 100, 6

_NEWS = text("""
WITH newest AS (
  SELECT id, week FROM cycle WHERE municipality_id = :municipality AND state IN ('recorded', 'settled')
   ORDER BY week DESC, sequence DESC LIMIT :cycles
)
SELECT r.id, r.number, r.version, r.recorded_at, r.institution_id, r.net_cents, r.grams, r.lines, c.week,
       s.name AS seller_name, s.kind AS seller_kind, s.tax_type, s.village
  FROM newest c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
  JOIN producer s ON s.id = r.producer_id
 ORDER BY r.recorded_at DESC, r.id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class News:
    """One record: whose, of whom, for which week; net cents, grams."""

    id: int
    number: str
    recorded_at: datetime
    institution_id: int
    seller: Shown
    week: date
    lines: int
    net_cents: int
    grams: int


def news(scope: Scope) -> list[News]:
    """The newest records of the scope's municipality, newest first."""
    [municipality] = scope.municipality_ids
    of = {"municipality": municipality, "cycles": CYCLES, "most": MOST}
    return [_news(scope, row) for row in db.session.execute(_NEWS, of)]


def _news(scope: Scope, row: Any) -> News:
    return News(
        row.id, row.number, row.recorded_at, row.institution_id, scope.seller(row), row.week, row.lines,
        row.net_cents, row.grams,
    )  # fmt: skip
