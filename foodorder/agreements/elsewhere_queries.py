"""Read purchases elsewhere: a year's months with what is entered of each, and the rows behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from foodorder.agreements.models import PurchaseElsewhere
from foodorder.db import db
from foodorder.rules.green import months_of, months_over


class MonthState(StrEnum):
    """Whether what was bought elsewhere in a month is known."""

    ENTERED = "entered"
    NOTHING = "nothing"
    #: Over, and nobody has said anything.
    MISSING = "missing"
    #: Not over yet; something may be entered already, then it is ENTERED.
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Month:
    """A month with its standing rows: how many, net cents, grams, and how many have no weight."""

    first: date
    state: MonthState
    rows: int
    net_cents: int
    grams: int
    unweighed: int


def purchase_of(institution_id: int, purchase_id: int) -> PurchaseElsewhere | None:
    """A purchase of this institution; None for another's."""
    return db.session.scalar(
        select(PurchaseElsewhere).where(
            PurchaseElsewhere.id == purchase_id, PurchaseElsewhere.institution_id == institution_id
        )
    )


def purchases_of(
    institution_id: int, year: int, month: int | None = None, *, voided: bool = True
) -> Sequence[PurchaseElsewhere]:
    """The rows of a year, or of one of its months, newest month first, with voided ones unless told not."""
    first = date(year, month or 1, 1)
    last = date(year, month or 12, 1)
    wanted = select(PurchaseElsewhere).where(
        PurchaseElsewhere.institution_id == institution_id, PurchaseElsewhere.month.between(first, last)
    )
    if not voided:
        wanted = wanted.where(PurchaseElsewhere.voided_at.is_(None))
    ordered = wanted.order_by(PurchaseElsewhere.month.desc(), PurchaseElsewhere.id.desc())
    return db.session.scalars(ordered.options(joinedload(PurchaseElsewhere.food_type))).all()


def months(institution_id: int, year: int, today: date) -> list[Month]:
    """Every month of a year, with what is known of it on a day."""
    over = set(months_over(year, today))
    by_month: dict[date, list[PurchaseElsewhere]] = {first: [] for first in months_of(year)}
    for row in purchases_of(institution_id, year, voided=False):
        by_month[row.month].append(row)
    return [_month(first, rows, first in over) for first, rows in by_month.items()]


def _month(first: date, rows: Sequence[PurchaseElsewhere], over: bool) -> Month:
    bought = [row for row in rows if row.food_type_id is not None]
    state = MonthState.MISSING if over else MonthState.AHEAD
    if rows:
        state = MonthState.ENTERED if bought else MonthState.NOTHING
    return Month(
        first,
        state,
        len(bought),
        sum(row.net_cents for row in bought),
        sum(row.grams or 0 for row in bought),
        sum(row.grams is None for row in bought),
    )
