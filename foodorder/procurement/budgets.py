"""Where an institution stands with its budgets: spent by records, ordered in open cycles, left, and ahead.

All sums are net cents. A line counts in the year of its delivery; an addition agreed after the close is of
the regular meals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import TextClause, text

from foodorder.accounts.budgets import Period, budgets_of
from foodorder.accounts.models import Institution
from foodorder.db import db
from foodorder.rules.agreements import Funding
from foodorder.rules.money import divide
from foodorder.rules.spending import forecast

WHOLE = 10_000

_SPENT = text("""
SELECT coalesce(o.funding, 'regular') AS funding, c.week, sum(l.net_cents)::bigint AS net
  FROM procurement_record r
  JOIN cycle c ON c.id = r.cycle_id
  JOIN record_line l ON l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last
  LEFT JOIN order_line o ON o.id = l.order_line_id
 WHERE r.institution_id = :institution AND r.superseded_by_id IS NULL
 GROUP BY 1, 2
""")

_ORDERED = text("""
SELECT l.funding, c.week, sum(l.net_cents)::bigint AS net
  FROM weekly_order w
  JOIN cycle c ON c.id = w.cycle_id AND c.state IN ('open', 'closed')
  JOIN order_line l ON l.submission_id = w.current_submission_id AND l.delivery_date BETWEEN :first AND :last
 WHERE w.institution_id = :institution
 GROUP BY 1, 2
""")

_OF_ORDER = text("""
SELECT funding, CAST(extract(year FROM delivery_date) AS integer) AS year, sum(net_cents)::bigint AS net
  FROM order_line WHERE submission_id = :submission GROUP BY 1, 2 ORDER BY 2, 1
""")


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One funding source in one year. `year` and `week` are budgets, None where none is set."""

    funding: Funding
    year: int | None
    week: int | None
    spent: int
    ordered: int
    forecast: int | None

    @property
    def used(self) -> int:
        """What is spent or ordered."""
        return self.spent + self.ordered

    @property
    def left(self) -> int | None:
        """What is left of the year; below zero where it is passed."""
        return None if self.year is None else self.year - self.used

    @property
    def spent_bp(self) -> int | None:
        """The part of the year's budget that is spent, basis points."""
        return divide(self.spent * WHOLE, self.year) if self.year else None

    @property
    def used_bp(self) -> int | None:
        """The part of the year's budget that is spent or ordered, basis points."""
        return divide(self.used * WHOLE, self.year) if self.year else None


@dataclass(frozen=True, slots=True)
class Change:
    """What one order does to a funding source in a year: what is used without it and with it."""

    funding: Funding
    year: int
    budget: int | None
    before: int
    after: int


def standing(institution: Institution, year: int, *, ahead: bool = True) -> list[BudgetLine]:
    """Every funding source with a budget or a cent spent, regular meals always; `ahead`: with forecasts."""
    budgets = budgets_of(institution, year)
    spent, ordered = _by_week(_SPENT, institution.id, year), _by_week(_ORDERED, institution.id, year)
    lines = []
    for funding in Funding:
        yearly, weekly = budgets.of(funding, Period.YEAR), budgets.of(funding, Period.WEEK)
        bought, asked = spent.get(funding, {}), ordered.get(funding, {})
        weeks = {monday: bought.get(monday, 0) + asked.get(monday, 0) for monday in {*bought, *asked}}
        if funding is not Funding.REGULAR and yearly is None and weekly is None and not weeks:
            continue
        expected = forecast(weeks, year) if ahead else None
        sums = sum(bought.values()), sum(asked.values())
        lines.append(BudgetLine(funding, yearly, weekly, *sums, expected))
    return lines


def change_by(institution: Institution, submission_id: int, *, counted: bool) -> list[Change]:
    """What an order takes of each funding source and year. `counted`: it is among what is ordered already."""
    changes = []
    for row in db.session.execute(_OF_ORDER, {"submission": submission_id}).all():
        line = next(
            (line for line in standing(institution, row.year, ahead=False) if line.funding == row.funding),
            None,
        )
        used, budget = (line.used, line.year) if line else (0, None)
        before = used - row.net if counted else used
        changes.append(Change(Funding(row.funding), row.year, budget, before, before + row.net))
    return changes


def _by_week(statement: TextClause, institution_id: int, year: int) -> Mapping[str, Mapping[date, int]]:
    days = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
    found: dict[str, dict[date, int]] = {}
    for row in db.session.execute(statement, {"institution": institution_id, **days}):
        found.setdefault(row.funding, {})[row.week] = row.net
    return found
