"""Money beyond what is to be paid: seen, set off against another invoice, noted back; never made by us."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.billing.booking import Money, book
from foodorder.billing.credit import issue_credit_note
from foodorder.billing.excess import MoreThanExcess, OtherTwo, came_back, in_excess, set_off
from foodorder.billing.heard import hear_back, hear_intent
from foodorder.billing.issue import issue_invoice
from foodorder.billing.models import Invoice, Payment, StripeIntent
from foodorder.billing.pay import NoteMissing, OnItsWay, make_batch, waiting
from foodorder.billing.refunds import left_of
from foodorder.billing.stripe_gateway import BackWord, IntentWord
from foodorder.rules.cards import BackKind, BackState, IntentState
from foodorder.rules.payments import PaymentKind
from foodorder.trail.models import TrailEvent
from tests.deliveries import farm_notes
from tests.invoices import ON_WEDNESDAY, accept_all, groups
from tests.services.test_payments import TODAY, WHO, approve, owed

__all__ = ["owed"]

ACCOUNT = "acct_farm"


@pytest.fixture
def two(owed: Any, session: Session) -> Any:
    """The kitchen's approved invoice of Monday (`invoice`) and that of Wednesday (`other`), of one farm."""
    accept_all(farm_notes(owed)[2], ON_WEDNESDAY)
    owed.other = issue_invoice(groups(owed.farm)[0], **WHO)
    approve(owed.other)
    assert owed.other.institution_id == owed.kitchen.id
    return owed


def intent_of(owed: Any, session: Session, state: str = "asked", **more: Any) -> StripeIntent:
    row = StripeIntent(
        invoice_id=owed.invoice.id, account=ACCOUNT, method="card", idempotency_key="ours", intent="pi_1",
        amount_cents=owed.invoice.gross_cents, state=state, **{"created_at": WHO["now"], **more},
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def succeeded(owed: Any, session: Session) -> None:
    """Stripe took all that was asked."""
    word = IntentWord("pi_1", IntentState.SUCCEEDED, owed.invoice.gross_cents, WHO["now"], "ours", ACCOUNT)
    hear_intent(word, **WHO)
    session.expire_all()


def payments(session: Session, invoice: Invoice) -> list[tuple[str, int]]:
    rows = session.scalars(select(Payment).where(Payment.invoice_id == invoice.id).order_by(Payment.id))
    return [(one.kind, one.amount_cents) for one in rows]


@pytest.mark.parametrize("state", ["processing", "requires_capture", "requires_action", "asked"])
def test_what_a_card_pays_goes_into_no_batch(owed: Any, session: Session, state: str) -> None:
    intent_of(owed, session, state)
    assert [one.is_free for one in waiting(owed.kitchen.id)] == [False]
    with pytest.raises(OnItsWay):
        make_batch(owed.kitchen.id, [owed.invoice.id], TODAY, today=TODAY, **WHO)


@pytest.mark.parametrize(
    ("state", "age"), [("requires_payment_method", 0), ("canceled", 0), ("requires_action", 30)]
)
def test_what_a_card_did_not_pay_may_be_transferred(
    owed: Any, session: Session, state: str, age: int
) -> None:
    intent_of(owed, session, state, created_at=WHO["now"] - timedelta(days=age))
    assert make_batch(owed.kitchen.id, [owed.invoice.id], TODAY, today=TODAY, **WHO).count == 1


def test_what_was_paid_before_it_was_credited_pays_the_next(two: Any, session: Session) -> None:
    book(two.invoice.id, Money(PaymentKind.TRANSFER, two.invoice.gross_cents, TODAY), **WHO)
    assert in_excess(institution_id=two.kitchen.id) == []
    note = issue_credit_note(two.invoice.id, {two.invoice.lines[0].id: 1_000}, "Gnilo.", **WHO)
    [found] = in_excess(producer_id=two.farm.id)
    assert (found.invoice_id, found.cents, found.at_stripe) == (two.invoice.id, note.gross_cents, 0)
    assert in_excess(institution_id=two.school.id) == []
    set_off(two.invoice.id, two.other.id, note.gross_cents, today=TODAY, **WHO)
    assert in_excess(producer_id=two.farm.id) == []
    assert payments(session, two.invoice)[1:] == [("offset", -note.gross_cents)]
    assert payments(session, two.other) == [("offset", note.gross_cents)]
    session.expire_all()
    assert two.invoice.state == "paid"
    assert two.other.paid_cents == note.gross_cents


def test_what_a_card_paid_too_much_pays_the_next_and_is_never_refunded(two: Any, session: Session) -> None:
    """A transfer came while the card was on its way."""
    intent = intent_of(two, session, "processing")
    book(two.invoice.id, Money(PaymentKind.TRANSFER, 300, TODAY), **WHO)
    succeeded(two, session)
    [found] = in_excess(producer_id=two.farm.id)
    assert (found.cents, found.at_stripe, found.intent_id) == (0, 300, intent.id)
    set_off(two.invoice.id, two.other.id, 200, today=TODAY, **WHO)
    session.expire_all()
    assert payments(session, two.other) == [("card", 200)]
    assert left_of(intent) == two.invoice.gross_cents - 200
    assert [one.at_stripe for one in in_excess(producer_id=two.farm.id)] == [100]
    # The rest goes back: nothing of it comes off the invoice.
    word = BackWord("re_1", "pi_1", 100, BackState.SUCCEEDED, None)
    hear_back(word, BackKind.REFUND, ACCOUNT, **WHO)
    session.expire_all()
    assert two.invoice.paid_cents == two.invoice.gross_cents
    assert in_excess(producer_id=two.farm.id) == []
    assert session.scalars(select(TrailEvent.action).where(TrailEvent.action == "payment.kept")).all()


def test_no_more_is_set_off_than_there_is_and_only_between_the_same_two(two: Any, session: Session) -> None:
    book(two.invoice.id, Money(PaymentKind.TRANSFER, two.invoice.gross_cents, TODAY), **WHO)
    with pytest.raises(MoreThanExcess):
        set_off(two.invoice.id, two.other.id, 1, today=TODAY, **WHO)
    note = issue_credit_note(two.invoice.id, {two.invoice.lines[0].id: 1_000}, "Gnilo.", **WHO)
    for amount in (0, note.gross_cents + 1):
        with pytest.raises(MoreThanExcess):
            set_off(two.invoice.id, two.other.id, amount, today=TODAY, **WHO)
    two.other.state = "matched"
    session.flush()
    for other in (two.other.id, two.invoice.id, note.id):
        with pytest.raises(OtherTwo):
            set_off(two.invoice.id, other, 1, today=TODAY, **WHO)


def test_the_kitchen_notes_what_came_back(two: Any, session: Session) -> None:
    book(two.invoice.id, Money(PaymentKind.TRANSFER, two.invoice.gross_cents, TODAY), **WHO)
    note = issue_credit_note(two.invoice.id, {two.invoice.lines[0].id: 1_000}, "Gnilo.", **WHO)
    with pytest.raises(NoteMissing):
        came_back(two.invoice.id, note.gross_cents, TODAY, " ", **WHO)
    with pytest.raises(MoreThanExcess):
        came_back(two.invoice.id, note.gross_cents + 1, TODAY, "Gotovina.", **WHO)
    came_back(two.invoice.id, note.gross_cents, TODAY, "Gotovina.", **WHO)
    assert payments(session, two.invoice)[-1] == ("noted", -note.gross_cents)
    assert in_excess(producer_id=two.farm.id) == []
    session.expire_all()
    assert two.invoice.state == "paid"
