"""Limits of agreements: exempted lots, terms, changes of a contract, and how much of a ceiling is used.

The numbers of the law are arguments, read by the caller from the dated rows that hold on the day on which the
agreement was signed. All money is net cents, shares are basis points. Articles are those of ZJN-3.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from foodorder.rules.agreements import AgreementKind
from foodorder.rules.errors import N_, Money, Refusal

WHOLE = 10_000


class ExemptedLotTooLarge(Refusal):
    """An exempted lot at or above the limit of one lot (art. 73(5))."""

    message = N_(
        "The exempted lot %(lot)s may be worth %(limit)s: it must stay below %(below)s (ZJN-3, art. 73(5))."
    )
    default_field = "limit_cents"


class ExemptedLotsTooLarge(Refusal):
    """The exempted lots together take more than their share of the whole procurement (art. 73(5))."""

    message = N_(
        "The exempted lots may be worth %(together)s together; of this procurement it may be at most"
        " %(most)s (ZJN-3, art. 73(5))."
    )
    default_field = "limit_cents"


class TermTooLong(Refusal):
    """A framework agreement that runs longer than the law allows (art. 48)."""

    message = N_(
        "A framework agreement runs at most %(months)s months (ZJN-3, art. 48): this one until %(last)s."
    )
    default_field = "valid_to"


class SharesAboveWhole(Refusal):
    """The shares of a parallel lot's suppliers add up to more than the lot."""

    message = N_("The shares of the suppliers of lot %(lot)s add up to more than 100 %%.")
    default_field = "share_bp"


class ChangeAboveShare(Refusal):
    """A warning, not raised: ceilings grew by more than the small change of a contract (art. 95)."""

    message = N_(
        "Changes add up to %(added)s. Above %(most)s a change needs a ground of its own (ZJN-3, art. 95):"
        " ask a lawyer before you sign it."
    )


@dataclass(frozen=True, slots=True)
class ExemptedLot:
    """A lot exempted from the procedure, by its number, and what it may be worth in net cents."""

    number: str
    limit_cents: int


def exempted_share(value_cents: int, share_bp: int) -> int:
    """What all exempted lots of a procurement may be worth: a share of the whole, rounded down, net cents."""
    return value_cents * share_bp // WHOLE


def exempted_problems(
    lots: Iterable[ExemptedLot], value_cents: int, *, lot_limit_cents: int, share_bp: int
) -> list[Refusal]:
    """What the law has against the exempted lots of a procurement worth `value_cents` (art. 73(5)).

    Each lot must be below the limit of one lot; all together at most the share of the whole value.
    """
    lots = list(lots)
    problems: list[Refusal] = [
        ExemptedLotTooLarge(lot=lot.number, limit=Money(lot.limit_cents), below=Money(lot_limit_cents))
        for lot in lots
        if lot.limit_cents >= lot_limit_cents
    ]
    together, most = sum(lot.limit_cents for lot in lots), exempted_share(value_cents, share_bp)
    if together > most:
        problems.append(ExemptedLotsTooLarge(together=Money(together), most=Money(most)))
    return problems


def last_day(first: date, months: int) -> date:
    """The last day of a term of so many months from its first day: 1 March 2026 and 48 → 28 February 2030."""
    total = first.year * 12 + first.month - 1 + months
    year, month = divmod(total, 12)
    day = min(first.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)


def check_term(kind: AgreementKind, first: date, last: date, *, framework_months: int) -> None:
    """Refuse a framework agreement longer than the law allows (art. 48).

    A contract ends when it ends, and a dynamic purchasing system may stay open for as long as its notice says
    (art. 49): neither has a limit here. Raises TermTooLong.
    """
    longest = last_day(first, framework_months)
    if kind is AgreementKind.FRAMEWORK and last > longest:
        raise TermTooLong(months=framework_months, last=longest)


def check_shares(lot: str, shares_bp: Sequence[int]) -> None:
    """Refuse shares of a parallel lot's suppliers that are more than the lot. Raises SharesAboveWhole."""
    if sum(shares_bp) > WHOLE:
        raise SharesAboveWhole(lot=lot)


def part(limit: int | None, share_bp: int) -> int | None:
    """A supplier's part of a lot's limit (cents or grams), rounded down; None where the lot has none."""
    return None if limit is None else limit * share_bp // WHOLE


def change_warning(value_cents: int, added_cents: int, *, share_bp: int) -> ChangeAboveShare | None:
    """A warning when ceilings grew by more than a small change of the first value (art. 95), else None."""
    most = value_cents * share_bp // WHOLE
    if added_cents <= most:
        return None
    return ChangeAboveShare(added=Money(added_cents), most=Money(most))


class Level(StrEnum):
    """How full a ceiling is."""

    FREE = "free"
    WARN = "warn"
    URGENT = "urgent"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Levels:
    """From which share of a ceiling on it is said to be nearly full, and where it stops (basis points)."""

    warn: int
    urgent: int
    stop: int

    def of(self, used_bp: int | None) -> Level:
        """The level of a share; what has no limit is never full."""
        if used_bp is None or used_bp < self.warn:
            return Level.FREE
        if used_bp < self.urgent:
            return Level.WARN
        return Level.URGENT if used_bp < self.stop else Level.FULL

    def passed(self, used_bp: int | None) -> int:
        """The highest of the three that a share has reached, 0 for none: what has been warned of."""
        reached = [mark for mark in (self.warn, self.urgent, self.stop) if (used_bp or 0) >= mark]
        return max(reached, default=0)


def used_share(used: int, limit: int | None) -> int | None:
    """How much of a limit is used, in basis points, rounded down: only what is full counts as full.

    None without a limit; a limit of nothing is full from the beginning.
    """
    if limit is None:
        return None
    return used * WHOLE // limit if limit else WHOLE


def passes(used: int, limit: int | None) -> bool:
    """Whether more is used than a limit, which may have been lowered since; without a limit never."""
    return limit is not None and used > limit


def fullest(used_cents: int, limit_cents: int | None, used_grams: int, limit_grams: int | None) -> int | None:
    """The used share of a ceiling, by value or by quantity, whichever is higher; None without either."""
    shares = (used_share(used_cents, limit_cents), used_share(used_grams, limit_grams))
    return max((share for share in shares if share is not None), default=None)
