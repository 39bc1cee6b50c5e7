"""Budgets of an institution by funding source, and above which sum a second person approves its orders.

All sums are net cents. What an institution set as its weekly budget stands for the regular meals of every
week, until a budget of its own is entered for a year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from foodorder.accounts.changing import change
from foodorder.accounts.institutions import BelowZero
from foodorder.accounts.models import Budget, Institution, Unapproved
from foodorder.db import db
from foodorder.rules.agreements import Funding
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: What `Budgets.of(REGULAR, WEEK)` says, for statements that read it with other things: of the institution
#: `i` in the delivery week `c.week`.
REGULAR_WEEK_SQL = """coalesce(
    (SELECT cents FROM budget WHERE institution_id = i.id AND funding = 'regular' AND period = 'week'
        AND year = extract(year FROM c.week)), i.weekly_budget_cents)"""


class Period(StrEnum):
    """A whole year, or each week of it."""

    YEAR = "year"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets of one institution in one year; None: none is set, nothing is checked."""

    institution_id: int
    year: int
    entered: Mapping[tuple[str, str], int]
    usual_week: int | None

    def of(self, funding: Funding, period: Period) -> int | None:
        """Net cents of a funding source in the year, or in each week of it."""
        cents = self.entered.get((funding, period))
        if cents is None and (funding, period) == (Funding.REGULAR, Period.WEEK):
            return self.usual_week
        return cents


def budgets_of(institution: Institution, year: int) -> Budgets:
    """What the institution may spend in a year, by funding source: the one place that decides it."""
    rows = db.session.execute(
        select(Budget.funding, Budget.period, Budget.cents).where(
            Budget.institution_id == institution.id, Budget.year == year
        )
    )
    entered = {(row.funding, row.period): row.cents for row in rows}
    return Budgets(institution.id, year, entered, institution.weekly_budget_cents)


def set_budget(
    institution: Institution,
    funding: Funding,
    period: Period,
    year: int,
    cents: int | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Set what may be spent of a funding source in a year or in each of its weeks; None takes it away.

    Raises BelowZero.
    """
    if cents is not None and cents < 0:
        raise BelowZero(field=f"{funding}_{period}")
    key = (institution.id, funding, period, year)
    row = db.session.get(Budget, key)
    before = row.cents if row else None
    if before == cents:
        return
    if row is None:
        db.session.add(
            Budget(institution_id=institution.id, funding=funding, period=period, year=year, cents=cents)
        )
    elif cents is None:
        db.session.delete(row)
    else:
        row.cents = cents
    db.session.flush()
    said = {"funding": funding.value, "period": period.value, "year": year}
    old, new = {**said, "budget_cents": before}, {**said, "budget_cents": cents}
    _record(actor, "institution.budget_set", institution, now, old, new)


def set_approval(
    institution: Institution, limit_cents: int | None, unapproved: Unapproved, *, actor: Actor, now: datetime
) -> None:
    """Above which net cents of an order a second person approves (None: never), and what becomes without it.

    It holds for what is submitted from now on; what becomes of an order is decided at the deadline.
    Raises BelowZero.
    """
    if limit_cents is not None and limit_cents < 0:
        raise BelowZero(field="approval_limit_cents")
    values = {"approval_limit_cents": limit_cents, "unapproved": unapproved.value}
    before, after = change(institution, values)
    if after:
        _record(actor, "institution.approval_set", institution, now, before, after)


def _record(
    actor: Actor,
    action: str,
    institution: Institution,
    now: datetime,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    trail.record(
        actor, action, "institution", institution.id, now=now, municipality_id=institution.municipality_id,
        before=before, after=after,
    )  # fmt: skip
