"""Numbers, terms and interest of invoices, and the consent to issue them for somebody else.

Numbers are gap-free per issuer and year (ZDDV-1, art. 82). A budget user pays within the law's days, counted
from the day after receipt (`payment.days_max`; perishables: Directive (EU) 2019/633, art. 3(1)(a)). Who pays
late owes interest at the rate of each half-year (`payment.late_interest`; ZPreZP-1, Directive 2011/7/EU).
"""

import calendar
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from foodorder.rules.errors import N_, NN_, Refusal
from foodorder.rules.money import WHOLE, divide
from foodorder.rules.references import si00
from foodorder.rules.settlement import InvoiceKind
from foodorder.rules.vat import DatedRate

#: What a document's number begins with: račun, dobropis (D alone begins delivery notes' numbers). Sequences
#: count on by kind and year, whatever stands before them.
SERIES = {InvoiceKind.INVOICE: "R", InvoiceKind.CREDIT_NOTE: "DP"}
_NUMBER = re.compile(r"(?P<series>[A-Z]{1,4})-(?P<year>[0-9]{4})-(?P<sequence>[0-9]{4,9})")


class NotOurNumber(Refusal):
    """A number that no document issued here has."""

    message = N_("“%(typed)s” is not a number of an invoice that was issued here.")
    default_field = "number"


class TermTooLong(Refusal):
    """An agreed term of payment beyond the law's."""

    message, plural = NN_(
        "The law allows a term of %(count)s day at most.",
        "The law allows a term of %(count)s days at most.",
    )
    default_field = "payment_days"


class ConsentMissing(Refusal):
    """An invoice on behalf of a producer who did not consent, or not any more (ZDDV-1, art. 81)."""

    message = N_("The producer has not consented in writing to invoices being issued on their behalf.")


class InterestRateUnknown(Refusal):
    """No rate, or more than one, is in force on a day of the delay."""

    message = N_("The rate of late interest is not known for %(day)s. Ask the administrator to enter it.")


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """A document's number: series, year, place in the year. `str()` is how it is written: R-2026-0042."""

    series: str
    year: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.series}-{self.year:04d}-{self.sequence:04d}"


def number_of(kind: InvoiceKind, year: int, sequence: int) -> Number:
    """The number of an invoice or credit note."""
    return Number(SERIES[kind], year, sequence)


def parse_number(text: str) -> Number:
    """Read a number back. Raises NotOurNumber."""
    match = _NUMBER.fullmatch(text.strip().upper())
    if match is None:
        raise NotOurNumber(typed=text.strip()[:40])
    number = Number(match["series"], int(match["year"]), int(match["sequence"]))
    if str(number) != match[0]:
        raise NotOurNumber(typed=text.strip()[:40])
    return number


def gaps(sequences: Collection[int]) -> list[int]:
    """Places of a year, from 1 to the highest, that no document has: there must be none."""
    return sorted(set(range(1, max(sequences, default=0) + 1)) - set(sequences))


def payment_reference(year: int, sequence: int) -> str:
    """The reference to pay with: the number in digits, SI002026-42 (ZBS: model 00, two parts)."""
    return si00(year, sequence)


def credit_reference(year: int, sequence: int) -> str:
    """The reference of a credit note, which no invoice has: SI002026-42-381 (its kind in UN/CEFACT 1001)."""
    return si00(year, sequence, 381)


def payment_days(agreed: int | None, legal: int) -> int:
    """The term in days: the agreed one, or the law's where none is agreed. Raises TermTooLong."""
    if agreed is not None and agreed > legal:
        raise TermTooLong(count=legal)
    return legal if agreed is None else agreed


def due_date(received_on: date, agreed: int | None, legal: int) -> date:
    """The day by which it is to be paid: so many days after that of receipt, which does not count itself.

    Raises TermTooLong.
    """
    return received_on + timedelta(days=payment_days(agreed, legal))


def due_date_of_perishables(delivered_to: date, set_on: date, days: int) -> date:
    """The latest day for perishables: from the end of the deliveries, or from when the sum was set, if later.

    `days`: `utp.payment_perishable` (Directive (EU) 2019/633, art. 3(1)(a)(i)).
    """
    return max(delivered_to, set_on) + timedelta(days=days)


def days_late(due: date, day: date) -> int:
    """How many days late it is on a day (or was, when paid on it); 0 in time."""
    return max((day - due).days, 0)


def late_interest(cents: int, due: date, until: date, rates: Iterable[DatedRate]) -> int:
    """Interest in cents for each day after the due one up to `until`, at the rate of that day.

    Simple interest by the days of the year, rounded once at the end. Raises InterestRateUnknown.
    """
    known = tuple(rates)
    days = (due + timedelta(days=count) for count in range(1, days_late(due, until) + 1))
    # Of 366 × 365ths of a day both kinds of years are whole numbers.
    parts = sum(_rate_on(known, day) * (365 if calendar.isleap(day.year) else 366) for day in days)
    return divide(cents * parts, WHOLE * 365 * 366)


def _rate_on(rates: Collection[DatedRate], day: date) -> int:
    holding = [rate.bp for rate in rates if rate.holds_on(day)]
    if len(holding) != 1:
        raise InterestRateUnknown(day=day)
    return holding[0]


def check_consent(given_on: date | None, withdrawn_on: date | None, day: date) -> None:
    """Refuse to issue for a producer on a day on which no consent stands; both days of it are included.

    Raises ConsentMissing.
    """
    if given_on is None or day < given_on or (withdrawn_on is not None and day > withdrawn_on):
        raise ConsentMissing
