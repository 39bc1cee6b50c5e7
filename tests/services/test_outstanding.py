"""What is open of invoices: by week, by how late it is, and when the money comes."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from foodorder.billing.outstanding import by_institution, by_producer, interest, open_invoices, weeks
from foodorder.billing.pay import make_batch, note_payment
from foodorder.catalogue.models import LegalParameter
from foodorder.rules.payments import Wait
from foodorder.rules.settlement import InvoiceState
from tests.services.test_payments import TODAY, WHO, owed

__all__ = ["owed"]

MONDAY = TODAY - timedelta(days=TODAY.weekday())


@pytest.fixture
def due(owed: Any) -> date:
    """The day on which the one invoice is due."""
    day: date = owed.invoice.due_date
    return day


def test_what_is_open_is_asked_for_by_either_side(owed: Any, session: Session) -> None:
    [one] = open_invoices(institution_id=owed.kitchen.id)
    assert (one.open_cents, one.state, one.execute_on) == (
        owed.invoice.gross_cents, InvoiceState.APPROVED, None,
    )  # fmt: skip
    assert open_invoices(producer_id=owed.farm.id) == [one]
    assert open_invoices(municipality_id=owed.municipality.id) == [one]
    assert open_invoices(institution_id=owed.school.id) == open_invoices(producer_id=owed.baker.id) == []
    note_payment(owed.invoice.id, 500, TODAY, "Blagajna.", **WHO)
    [one] = open_invoices(institution_id=owed.kitchen.id)
    assert one.open_cents == owed.invoice.gross_cents - 500
    note_payment(owed.invoice.id, one.open_cents, TODAY, "Blagajna.", **WHO)
    assert open_invoices(institution_id=owed.kitchen.id) == []


@pytest.mark.parametrize("state", ["credited", "rejected"])
def test_what_nobody_owes_is_not_open(owed: Any, session: Session, state: str) -> None:
    owed.invoice.state = state
    session.flush()
    assert open_invoices(institution_id=owed.kitchen.id) == []


@pytest.mark.parametrize(("days", "bucket"), [(0, 0), (1, 1), (30, 1), (31, 2), (61, 3), (91, 4)])
def test_how_late_it_is(owed: Any, due: date, days: int, bucket: int) -> None:
    today = due + timedelta(days=days)
    found = open_invoices(institution_id=owed.kitchen.id)
    [farm], [kitchen] = by_producer(found, today), by_institution(found, today)
    assert (farm.name, kitchen.name) == (owed.farm.name, owed.kitchen.short_name)
    assert farm.buckets == kitchen.buckets
    assert [index for index, cents in enumerate(farm.buckets) if cents] == [bucket]
    assert (farm.total, farm.late) == (owed.invoice.gross_cents, owed.invoice.gross_cents if bucket else 0)
    assert found[0].days_late(today) == days


def test_the_calendar_of_payments(owed: Any, due: date) -> None:
    found = open_invoices(institution_id=owed.kitchen.id)
    gross = owed.invoice.gross_cents
    calendar = weeks(found, TODAY)
    assert [week.monday for week in calendar] == [MONDAY + timedelta(weeks=n) for n in range(8)]
    assert [(week.count, week.cents, week.approved_cents) for week in calendar if week.count] == [
        (1, gross, gross)
    ]
    [week] = [week for week in calendar if week.count]
    assert week.monday <= due <= week.monday + timedelta(days=6)
    # What is late is due now.
    assert weeks(found, due + timedelta(days=40))[0].cents == gross
    # What is due beyond the last week makes the calendar longer.
    assert weeks(found, TODAY, count=1)[-1].cents == gross


def test_when_it_will_be_paid(owed: Any, session: Session, due: date) -> None:
    [one] = open_invoices(producer_id=owed.farm.id)
    assert (one.expected(TODAY).day, one.expected(TODAY).why) == (due, Wait.APPROVED)
    assert one.expected(due + timedelta(days=1)).why is Wait.LATE
    make_batch(owed.kitchen.id, [owed.invoice.id], TODAY, today=TODAY, **WHO)
    [one] = open_invoices(producer_id=owed.farm.id)
    assert (one.expected(TODAY).day, one.expected(TODAY).why) == (TODAY, Wait.AT_THE_BANK)


def test_interest_on_what_is_late(owed: Any, session: Session, due: date) -> None:
    [one] = open_invoices(producer_id=owed.farm.id)
    late = due + timedelta(days=365)
    assert interest(one, late) is None
    session.add(
        LegalParameter(
            country="SI", key="payment.late_interest", value=1_000, unit="bp", valid_from=date(2020, 1, 1),
            source="test", certainty="S",
        )
    )  # fmt: skip
    session.flush()
    session.info.pop("law", None)
    assert interest(one, late) == pytest.approx(one.open_cents / 10, abs=1)
    assert interest(one, due) == 0
