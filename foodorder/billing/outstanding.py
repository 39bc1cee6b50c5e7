"""What is open of invoices: when it is due, how late it is, when it will come, and what that costs."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from foodorder.catalogue.law import parameters
from foodorder.db import db
from foodorder.rules.invoicing import InterestRateUnknown, days_late, late_interest
from foodorder.rules.payments import Expected, Wait, Waiting, aging, expected
from foodorder.rules.settlement import InvoiceState
from foodorder.rules.vat import DatedRate

LATE_INTEREST = "payment.late_interest"


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice of which something is open, cents; `execute_on`: the day the bank was told to pay it."""

    id: int
    number: str
    producer_id: int
    producer: str
    institution_id: int
    institution: str
    issue_date: date
    due_date: date
    gross_cents: int
    open_cents: int
    state: InvoiceState
    execute_on: date | None

    def days_late(self, today: date) -> int:
        """How many days it is late; 0 in time."""
        return days_late(self.due_date, today)

    def expected(self, today: date) -> Expected:
        """When the money comes, as far as can be known."""
        return expected(
            Waiting(
                self.due_date,
                self.open_cents,
                execute_on=self.execute_on,
                approved=self.state is InvoiceState.APPROVED,
                held=self.state is InvoiceState.HELD,
            ),
            today,
        )


@dataclass(frozen=True, slots=True)
class Owed:
    """What one side owes or is owed: its number and name, sums by bucket (rules.payments.BUCKET_LABELS)."""

    id: int
    name: str
    buckets: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.buckets)

    @property
    def late(self) -> int:
        """What is late of it."""
        return sum(self.buckets[1:])


@dataclass(frozen=True, slots=True)
class DueWeek:
    """What is due in the week of a Monday: how many invoices, cents, and what is approved of it."""

    monday: date
    count: int
    cents: int
    approved_cents: int


_OPEN = text("""
SELECT i.id, i.number, i.producer_id, p.name AS producer, i.institution_id, n.short_name AS institution,
       i.issue_date, i.due_date, i.gross_cents, i.gross_cents - i.credited_cents - i.paid_cents AS open_cents,
       i.state,
       (SELECT max(b.execute_on) FROM payment_batch_line l JOIN payment_batch b ON b.id = l.batch_id
         WHERE l.invoice_id = i.id AND b.cancelled_at IS NULL
           AND NOT EXISTS (SELECT FROM bank_entry e WHERE e.end_to_end = l.end_to_end)) AS execute_on
  FROM invoice i JOIN producer p ON p.id = i.producer_id JOIN institution n ON n.id = i.institution_id
 WHERE i.kind = 'invoice' AND i.state NOT IN ('paid', 'credited', 'rejected')
   AND i.gross_cents > i.credited_cents + i.paid_cents
   AND (CAST(:institution AS integer) IS NULL OR i.institution_id = :institution)
   AND (CAST(:producer AS integer) IS NULL OR i.producer_id = :producer)
   AND (CAST(:municipality AS integer) IS NULL OR n.municipality_id = :municipality)
 ORDER BY i.due_date, i.id
""")


def open_invoices(
    *, institution_id: int | None = None, producer_id: int | None = None, municipality_id: int | None = None
) -> list[OpenInvoice]:
    """Invoices of which something is open, the one that is due first before the others."""
    rows = db.session.execute(
        _OPEN, {"institution": institution_id, "producer": producer_id, "municipality": municipality_id}
    )
    return [OpenInvoice(**{**row._asdict(), "state": InvoiceState(row.state)}) for row in rows]


@dataclass(frozen=True, slots=True)
class Coming:
    """Invoices whose money is awaited on one day for one reason; `cents`: what is open of them."""

    day: date | None
    why: Wait
    invoices: tuple[OpenInvoice, ...]

    @property
    def cents(self) -> int:
        """All of it."""
        return sum(one.open_cents for one in self.invoices)


def coming(invoices: Iterable[OpenInvoice], today: date) -> list[Coming]:
    """What comes when, and why then: the earliest day first."""
    found = defaultdict[Expected, list[OpenInvoice]](list)
    for one in invoices:
        found[one.expected(today)].append(one)
    ordered = sorted(found.items(), key=lambda item: (item[0].day or date.max, item[0].why))
    return [Coming(when.day, when.why, tuple(own)) for when, own in ordered]


def by_producer(invoices: Iterable[OpenInvoice], today: date) -> list[Owed]:
    """What is owed to each producer."""
    return _owed(invoices, today, lambda one: (one.producer_id, one.producer))


def by_institution(invoices: Iterable[OpenInvoice], today: date) -> list[Owed]:
    """What each institution owes."""
    return _owed(invoices, today, lambda one: (one.institution_id, one.institution))


def _owed(
    invoices: Iterable[OpenInvoice], today: date, whose: Callable[[OpenInvoice], tuple[int, str]]
) -> list[Owed]:
    sides = defaultdict[tuple[int, str], list[tuple[date, int]]](list)
    for one in invoices:
        sides[whose(one)].append((one.due_date, one.open_cents))
    owed = [Owed(number, name, aging(opens, today)) for (number, name), opens in sides.items()]
    return sorted(owed, key=lambda side: (-side.late, -side.total, side.id))


def weeks(invoices: Iterable[OpenInvoice], today: date, count: int = 8) -> list[DueWeek]:
    """The payment calendar: the weeks to come, from this one; what is late is due in this one."""
    this = today - timedelta(days=today.weekday())
    kept = defaultdict[date, list[OpenInvoice]](list)
    for one in invoices:
        kept[max(one.due_date - timedelta(days=one.due_date.weekday()), this)].append(one)
    last = max([this + timedelta(weeks=count - 1), *kept])
    mondays = [this + timedelta(weeks=number) for number in range((last - this).days // 7 + 1)]
    return [_week(monday, kept[monday]) for monday in mondays]


def _week(monday: date, invoices: list[OpenInvoice]) -> DueWeek:
    approved = [one for one in invoices if one.state is InvoiceState.APPROVED]
    return DueWeek(
        monday,
        len(invoices),
        sum(one.open_cents for one in invoices),
        sum(one.open_cents for one in approved),
    )


def interest(invoice: OpenInvoice, today: date) -> int | None:
    """Legal interest on what is late, cents; None where a rate of the time is not known."""
    rates = [
        DatedRate(LATE_INTEREST, row.value, row.valid_from, row.valid_to, row.source)
        for row in parameters()
        if row.key == LATE_INTEREST
    ]
    try:
        return late_interest(invoice.open_cents, invoice.due_date, today, rates)
    except InterestRateUnknown:
        return None
