"""Numbers, terms of payment, late interest and consents."""

from datetime import date

import pytest

from foodorder.rules.invoicing import (
    SERIES,
    ConsentMissing,
    InterestRateUnknown,
    NotOurNumber,
    Number,
    TermTooLong,
    check_consent,
    credit_reference,
    days_late,
    due_date,
    due_date_of_perishables,
    gaps,
    late_interest,
    number_of,
    parse_number,
    payment_days,
    payment_reference,
)
from foodorder.rules.settlement import InvoiceKind
from foodorder.rules.vat import DatedRate


@pytest.mark.parametrize(
    ("kind", "year", "sequence", "written"),
    [
        (InvoiceKind.INVOICE, 2026, 42, "R-2026-0042"),
        (InvoiceKind.CREDIT_NOTE, 2026, 1, "DP-2026-0001"),
        (InvoiceKind.INVOICE, 2027, 12_345, "R-2027-12345"),
    ],
)
def test_a_number_is_written_and_read_back(kind, year, sequence, written):
    number = number_of(kind, year, sequence)
    assert str(number) == written
    assert parse_number(f" {written.lower()} ") == number == Number(SERIES[kind], year, sequence)


@pytest.mark.parametrize(
    "typed", ["", "2026-42", "R-2026-42", "R-26-0042", "R-2026-00042", "R-2026-0042x", "R 2026 0042"]
)
def test_what_is_no_number_of_ours(typed):
    with pytest.raises(NotOurNumber):
        parse_number(typed)


def test_both_kinds_have_a_series_of_their_own():
    assert SERIES.keys() == set(InvoiceKind)
    assert len(set(SERIES.values())) == len(InvoiceKind)


@pytest.mark.parametrize(
    ("sequences", "missing"), [([], []), ([1, 2, 3], []), ([3, 1], [2]), ([2], [1]), ([5, 1], [2, 3, 4])]
)
def test_gaps_are_named(sequences, missing):
    assert gaps(sequences) == missing


def test_the_reference_is_the_number_in_digits():
    assert payment_reference(2026, 42) == "SI002026-42"
    assert credit_reference(2026, 42) == "SI002026-42-381"


@pytest.mark.parametrize(
    ("received", "agreed", "legal", "due", "source"),
    [
        (date(2026, 11, 30), None, 30, date(2026, 12, 30), "ZIPRS2324, art. 32: 30 days"),
        (date(2026, 11, 30), 30, 30, date(2026, 12, 30), "agreed as the law allows"),
        (date(2026, 11, 30), 8, 30, date(2026, 12, 8), "agreed shorter"),
        (date(2028, 2, 1), 28, 30, date(2028, 2, 29), "the first day counted is that after receipt"),
        (date(2026, 11, 30), None, 15, date(2026, 12, 15), "another year's law"),
    ],
)
def test_when_an_invoice_is_due(received, agreed, legal, due, source):
    assert due_date(received, agreed, legal) == due, source


def test_no_term_is_longer_than_the_laws():
    assert payment_days(30, 30) == 30
    with pytest.raises(TermTooLong) as refused:
        due_date(date(2026, 11, 30), 31, 30)
    assert str(refused.value) == "The law allows a term of 30 days at most."


@pytest.mark.parametrize(
    ("delivered", "fixed", "due"),
    [
        (date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 30)),
        (date(2026, 11, 30), date(2026, 12, 2), date(2027, 1, 1)),
        (date(2026, 11, 30), date(2026, 11, 20), date(2026, 12, 30)),
    ],
)
def test_perishables_are_paid_within_thirty_days(delivered, fixed, due):
    """Directive (EU) 2019/633, art. 3(1)(a)(i): from the end of deliveries or the sum's day, the later."""
    assert due_date_of_perishables(delivered, fixed, 30) == due


@pytest.mark.parametrize(
    ("day", "late"), [(date(2026, 12, 29), 0), (date(2026, 12, 30), 0), (date(2027, 1, 2), 3)]
)
def test_days_late(day, late):
    assert days_late(date(2026, 12, 30), day) == late


RATES = [
    DatedRate("late_interest", 1115, date(2025, 1, 1), date(2025, 6, 30)),
    DatedRate("late_interest", 1015, date(2025, 7, 1), date(2025, 12, 31)),
    DatedRate("late_interest", 1250, date(2028, 1, 1), date(2028, 6, 30)),
]


@pytest.mark.parametrize(
    ("cents", "due", "until", "interest", "source"),
    [
        (100_000, date(2025, 7, 31), date(2025, 7, 31), 0, "in time"),
        (100_000, date(2025, 7, 31), date(2025, 7, 1), 0, "paid early"),
        (100_000, date(2025, 7, 31), date(2025, 8, 30), 834, "1000 € × 10.15 % × 30/365 = 8.342"),
        (100_000, date(2025, 6, 20), date(2025, 7, 10), 584, "10 days of each half-year: 3.055 + 2.781"),
        (100_000, date(2028, 1, 31), date(2028, 3, 1), 1025, "12.5 % × 30/366 of a leap year: 10.246"),
        (0, date(2025, 7, 31), date(2025, 8, 30), 0, "nothing is owed"),
    ],
)
def test_interest_of_late_payment(cents, due, until, interest, source):
    assert late_interest(cents, due, until, RATES) == interest, source


@pytest.mark.parametrize("rates", [RATES[:1], [*RATES, RATES[1]]])
def test_a_rate_that_nobody_knows_is_not_guessed(rates):
    with pytest.raises(InterestRateUnknown) as refused:
        late_interest(100_000, date(2025, 6, 29), date(2025, 7, 2), rates)
    assert refused.value.facts == {"day": date(2025, 7, 1)}


GIVEN, WITHDRAWN = date(2026, 9, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("given_on", "withdrawn_on", "day", "stands"),
    [
        (GIVEN, None, GIVEN, True),
        (GIVEN, None, date(2026, 8, 31), False),
        (None, None, GIVEN, False),
        (GIVEN, WITHDRAWN, WITHDRAWN, True),
        (GIVEN, WITHDRAWN, date(2027, 1, 1), False),
    ],
)
def test_nobody_issues_for_a_producer_without_consent(given_on, withdrawn_on, day, stands):
    if stands:
        check_consent(given_on, withdrawn_on, day)
    else:
        with pytest.raises(ConsentMissing):
            check_consent(given_on, withdrawn_on, day)
