"""Where money goes: allocation, states, aging, and when a farmer is paid."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.errors import Money
from foodorder.rules.payments import (
    BUCKET_LABELS,
    BUCKETS,
    ENTRY_STATES,
    PAYMENT_KINDS,
    PAYMENT_STATES,
    WAITS,
    Allocation,
    Entry,
    EntryState,
    Expected,
    NothingPaid,
    PaidTooMuch,
    Payable,
    PaymentKind,
    PaymentState,
    Wait,
    Waiting,
    aging,
    allocate,
    bucket,
    check_payment,
    expected,
    payment_state,
)

EXACT, PART, EXCESS = EntryState.EXACT, EntryState.PART, EntryState.EXCESS
RETURNED, UNMATCHED = EntryState.RETURNED, EntryState.UNMATCHED
#: Open; half paid; paid; credited a little after it was paid.
OPEN = Payable(1, "SI002026-1", gross=10_000, marks=("FO-1",))
HALF = Payable(2, "SI002026-2", gross=10_000, paid=4_000, marks=("FO-2", "FO-2B"))
PAID = Payable(3, "SI002026-3", gross=10_000, paid=10_000, marks=("FO-3",))
CREDITED = Payable(4, "SI002026-4", gross=10_000, paid=10_000, credited=1_000)
TWIN, OTHER_TWIN = Payable(5, "SI002026-5", gross=500), Payable(6, "SI00 2026-05", gross=500)
ALL = [OPEN, HALF, PAID, CREDITED, TWIN, OTHER_TWIN]


@pytest.mark.parametrize(
    ("entry", "allocation", "why"),
    [
        (Entry(10_000, "SI002026-1"), Allocation(EXACT, 1, 10_000, 0), "all of it"),
        (Entry(10_000, "SI00 2026-0001"), Allocation(EXACT, 1, 10_000, 0), "zeros and blanks"),
        (Entry(6_000, "SI002026-1"), Allocation(PART, 1, 6_000, 0), "a part"),
        (Entry(6_000, "SI002026-2"), Allocation(EXACT, 2, 6_000, 0), "the rest of it"),
        (Entry(6_001, "SI002026-2"), Allocation(EXCESS, 2, 6_000, 1), "a cent too much"),
        (Entry(10_000, "SI002026-3"), Allocation(EXCESS, 3, 0, 10_000), "paid a second time"),
        (Entry(100, "SI002026-4"), Allocation(EXCESS, 4, 0, 100), "more is paid than is owed already"),
        (Entry(10_000, "SI002026-9"), Allocation(UNMATCHED, None, 0, 10_000), "nobody's reference"),
        (Entry(10_000), Allocation(UNMATCHED, None, 0, 10_000), "no reference"),
        (Entry(10_000, "SI99"), Allocation(UNMATCHED, None, 0, 10_000), "the model without reference"),
        (Entry(500, "SI002026-5"), Allocation(UNMATCHED, None, 0, 500), "two invoices fit"),
        (Entry(10_000, mark="FO-1"), Allocation(EXACT, 1, 10_000, 0), "our own mark"),
        (Entry(6_000, "SI002026-1", mark="FO-2B"), Allocation(EXACT, 2, 6_000, 0), "the mark comes first"),
        (Entry(10_000, "SI002026-1", mark="NOTPROVIDED"), Allocation(EXACT, 1, 10_000, 0), "no mark"),
        (Entry(10_000, words="sklic SI00 2026-1"), Allocation(EXACT, 1, 10_000, 0), "in the words"),
        (
            Entry(16_000, words="SI00 2026-1, SI00 2026-2"),
            Allocation(UNMATCHED, None, 0, 16_000),
            "for two invoices: a person parts it",
        ),
        (
            Entry(10_000, "SI002026-9", words="SI002026-1"),
            Allocation(UNMATCHED, None, 0, 10_000),
            "a reference that says something else than the words",
        ),
        (Entry(-4_000, mark="FO-2"), Allocation(RETURNED, 2, -4_000, 0), "the transfer came back"),
        (Entry(-10_000, "SI002026-3"), Allocation(RETURNED, 3, -10_000, 0), "all of it came back"),
        (Entry(-5_000, mark="FO-2"), Allocation(RETURNED, 2, -4_000, -1_000), "more than was paid"),
        (Entry(-5_000, mark="FO-1"), Allocation(UNMATCHED, None, 0, -5_000), "nothing was paid"),
        (Entry(0, "SI002026-1"), Allocation(UNMATCHED, None, 0, 0), "no money"),
    ],
)
def test_where_the_money_of_an_entry_goes(entry, allocation, why):
    assert allocate(entry, ALL) == allocation, why


@given(
    st.lists(
        st.tuples(
            st.integers(-12_000, 12_000), st.sampled_from(["SI002026-1", "SI002026-2", "", "SI002026-8"])
        ),
        max_size=8,
    )
)
def test_no_cent_is_lost_and_paid_is_never_above_invoiced(entries):
    payables = {1: OPEN, 2: HALF}
    for amount, reference in entries:
        done = allocate(Entry(amount, reference), list(payables.values()))
        assert done.booked + done.rest == amount
        if done.invoice_id is not None:
            before = payables[done.invoice_id]
            paid = before.paid + done.booked
            payables[done.invoice_id] = Payable(before.id, before.reference, before.gross, paid=paid)
            assert 0 <= paid <= before.gross
        else:
            assert done.booked == 0


@pytest.mark.parametrize(
    ("amount", "payable", "refusal"),
    [
        (10_000, OPEN, None),
        (1, OPEN, None),
        (10_001, OPEN, PaidTooMuch),
        (6_001, HALF, PaidTooMuch),
        (1, PAID, PaidTooMuch),
        (1, CREDITED, PaidTooMuch),
        (0, OPEN, NothingPaid),
        (-1, OPEN, NothingPaid),
        (-4_000, HALF, None),
        (-4_001, HALF, NothingPaid),
    ],
)
def test_what_can_be_paid_on_an_invoice(amount, payable, refusal):
    if refusal is None:
        check_payment(amount, payable)
    else:
        with pytest.raises(refusal) as refused:
            check_payment(amount, payable)
        left = max(payable.gross - payable.credited - payable.paid, 0)
        assert list(refused.value.facts.values()) == [Money(left if refusal is PaidTooMuch else payable.paid)]


@pytest.mark.parametrize(
    ("payable", "state"),
    [
        (OPEN, PaymentState.OPEN),
        (HALF, PaymentState.PARTLY),
        (PAID, PaymentState.PAID),
        (CREDITED, PaymentState.REFUND_DUE),
        (Payable(1, "", gross=500, credited=500), PaymentState.PAID),
        (Payable(1, "", gross=500, credited=100), PaymentState.OPEN),
        (Payable(1, "", gross=500, credited=100, paid=400), PaymentState.PAID),
        (Payable(1, "", gross=500, credited=100, paid=399), PaymentState.PARTLY),
    ],
)
def test_how_much_is_paid(payable, state):
    assert payment_state(payable) is state


TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("late", "place"),
    [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (900, 4)],
)
def test_buckets_of_thirty_days(late, place):
    assert bucket(TODAY - timedelta(days=late), TODAY) == place


def test_aging_sums_what_is_open():
    opens = [(TODAY, 100), (TODAY - timedelta(days=3), 20), (TODAY - timedelta(days=9), 3),
             (TODAY - timedelta(days=99), 4_000)]  # fmt: skip
    assert aging(opens, TODAY) == (100, 23, 0, 0, 4_000)
    assert aging([], TODAY) == (0, 0, 0, 0, 0)


DUE = date(2026, 12, 15)
FRIDAY = date(2026, 12, 11)


@pytest.mark.parametrize(
    ("waiting", "day", "why"),
    [
        (Waiting(DUE, 0, paid_on=FRIDAY), FRIDAY, Wait.PAID),
        (Waiting(DUE, 0), None, Wait.NOTHING_OPEN),
        (Waiting(DUE, -100), None, Wait.NOTHING_OPEN),
        (Waiting(DUE, 500, execute_on=FRIDAY, approved=True), FRIDAY, Wait.AT_THE_BANK),
        (Waiting(DUE, 500, execute_on=TODAY, approved=True), TODAY, Wait.AT_THE_BANK),
        (Waiting(DUE, 500, execute_on=date(2026, 11, 29), approved=True), DUE, Wait.APPROVED),
        (Waiting(DUE, 500, approved=True), DUE, Wait.APPROVED),
        (Waiting(DUE, 500), DUE, Wait.NOT_APPROVED),
        (Waiting(DUE, 1), DUE, Wait.NOT_APPROVED),
        (Waiting(DUE, 500, held=True), DUE, Wait.HELD),
        (Waiting(TODAY, 500), TODAY, Wait.NOT_APPROVED),
        (Waiting(date(2026, 11, 29), 500, held=True), date(2026, 11, 29), Wait.LATE),
        (Waiting(DUE, 500, paid_on=FRIDAY), DUE, Wait.NOT_APPROVED),
    ],
)
def test_when_will_i_be_paid(waiting, day, why):
    assert expected(waiting, TODAY) == Expected(day, why)


def test_everything_has_its_words():
    assert PAYMENT_KINDS.keys() == set(PaymentKind)
    assert ENTRY_STATES.keys() == set(EntryState)
    assert PAYMENT_STATES.keys() == set(PaymentState)
    assert WAITS.keys() == set(Wait)
    assert len(BUCKET_LABELS) == len(BUCKETS) + 1
