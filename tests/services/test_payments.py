"""Paying invoices: batches for the bank, statements from it; nothing is paid twice or beyond what is open."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.accounts.personal import Detail, set_detail
from foodorder.billing.booking import Money, book
from foodorder.billing.entries import (
    DecisionMissing,
    EntryDecided,
    MoreThanTheEntry,
    NotYourInvoice,
    assign,
    set_aside,
)
from foodorder.billing.issue import issue_invoice
from foodorder.billing.models import BankEntry, Invoice, Payment
from foodorder.billing.pay import (
    BatchUnderWay,
    ExecutionPassed,
    NoOwnAccount,
    NoteMissing,
    NotForPayment,
    cancel_batch,
    make_batch,
    note_payment,
    waiting,
)
from foodorder.billing.statements import Owner, StatementKnown, read_in
from foodorder.delivery.models import DeliveryNote
from foodorder.rules.payments import NothingPaid, PaidTooMuch, PaymentKind
from foodorder.trail.actor import COMMAND
from tests.camt import detail, entry, party, statement
from tests.deliveries import close_week, make
from tests.factories import World
from tests.invoices import AT_THE_DOOR, IBAN, accept_all, groups, know_the_law
from tests.kept import once

OWN = "SI26990000000000123"
TODAY = date(2026, 12, 1)
WHO: dict[str, Any] = {"actor": COMMAND, "now": AT_THE_DOOR + timedelta(days=1)}


@once
def owed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """An approved invoice of the farm: 10 kg of carrots and 3 kg of cheese for the kitchen."""
    know_the_law()
    close_week(world, clock_at)
    set_detail(Detail.IBAN, IBAN, producer_id=world.farm.id, **WHO)  # type: ignore[attr-defined]
    accept_all(make(world)[0])
    world.kitchen.iban = OWN  # type: ignore[attr-defined]
    world.invoice = issue_invoice(groups(world.farm)[0], **WHO)  # type: ignore[attr-defined]
    approve(world.invoice)  # type: ignore[attr-defined]
    return world


def approve(invoice: Invoice) -> None:
    invoice.state = "approved"
    invoice._sa_instance_state.session.flush()  # type: ignore[attr-defined,union-attr]


def batch_of(owed: Any, **more: Any) -> Any:
    return make_batch(owed.kitchen.id, [owed.invoice.id], TODAY, today=TODAY, **{**WHO, **more})


def read(owed: Any, *entries: str, total: int, number: str = "1", mine: bool = False) -> list[BankEntry]:
    """Read a statement in: of the kitchen's account, or of the farm's (`mine`)."""
    owner = Owner(producer_id=owed.farm.id) if mine else Owner(institution_id=owed.kitchen.id)
    content = statement(*entries, total=total, number=number, account=IBAN if mine else OWN)
    [taken] = read_in(owner, "izpisek.xml", content, **WHO)
    return taken.entries


def paid(owed: Any, session: Session) -> tuple[str, int]:
    session.expire_all()
    return owed.invoice.state, owed.invoice.paid_cents


def test_a_batch_pays_all_that_is_open_of_approved_invoices(owed: Any) -> None:
    batch = batch_of(owed)
    gross = owed.invoice.gross_cents
    assert gross > 0
    assert (batch.count, batch.total_cents, batch.iban) == (1, gross, OWN)
    [line] = batch.lines
    assert (line.amount_cents, line.iban, line.reference) == (gross, IBAN, owed.invoice.reference)
    assert f"<EndToEndId>{line.end_to_end}</EndToEndId>".encode() in batch.content
    assert [one.batch_id for one in waiting(owed.kitchen.id)] == [batch.id]


def test_an_invoice_is_in_one_batch_alone(owed: Any) -> None:
    batch_of(owed)
    with pytest.raises(NotForPayment):
        batch_of(owed)


def test_a_cancelled_batch_lets_its_invoices_go(owed: Any, session: Session) -> None:
    first = batch_of(owed)
    cancel_batch(first.id, owed.kitchen.id, **WHO)
    second = batch_of(owed, now=WHO["now"] + timedelta(minutes=1))
    assert second.lines[0].end_to_end != first.lines[0].end_to_end


@pytest.mark.parametrize("state", ["received", "held", "matched", "rejected", "credited"])
def test_only_approved_invoices_are_paid(owed: Any, session: Session, state: str) -> None:
    owed.invoice.state = state
    session.flush()
    with pytest.raises(NotForPayment):
        batch_of(owed)
    with pytest.raises(NotForPayment):
        note_payment(owed.invoice.id, 100, TODAY, "Blagajna.", **WHO)


def test_a_batch_needs_an_account_and_a_day_to_come(owed: Any, session: Session) -> None:
    with pytest.raises(ExecutionPassed):
        make_batch(owed.kitchen.id, [owed.invoice.id], TODAY - timedelta(days=1), today=TODAY, **WHO)
    owed.kitchen.iban = None
    with pytest.raises(NoOwnAccount):
        batch_of(owed)


def test_another_kitchen_pays_none_of_it(owed: Any) -> None:
    owed.school.iban = OWN
    with pytest.raises(NotForPayment):
        make_batch(owed.school.id, [owed.invoice.id], TODAY, today=TODAY, **WHO)


def test_the_bank_tells_what_it_paid_by_our_mark(owed: Any, session: Session) -> None:
    batch = batch_of(owed)
    gross = owed.invoice.gross_cents
    [found] = read(owed, entry(-gross, detail(mark=batch.lines[0].end_to_end)), total=-gross)
    assert (found.state, found.settled_cents) == ("exact", -gross)
    assert paid(owed, session) == ("paid", gross)
    with pytest.raises(BatchUnderWay):
        cancel_batch(batch.id, owed.kitchen.id, **WHO)


def test_the_farm_is_told_by_the_reference(owed: Any, session: Session) -> None:
    gross = owed.invoice.gross_cents
    [found] = read(owed, entry(gross, detail(reference=owed.invoice.reference)), total=gross, mine=True)
    assert (found.state, found.settled_cents) == ("exact", gross)
    assert paid(owed, session) == ("paid", gross)


def test_what_both_sides_read_in_is_booked_once(owed: Any, session: Session) -> None:
    reference = detail(reference=owed.invoice.reference)
    read(owed, entry(-400, reference), total=-400)
    [mirror] = read(owed, entry(400, reference), total=400, number="7", mine=True)
    assert (mirror.state, mirror.settled_cents) == ("exact", 400)
    assert paid(owed, session) == ("approved", 400)
    # The next one is another transfer: every payment is confirmed once.
    [news] = read(owed, entry(400, reference), total=400, number="8", mine=True)
    assert news.state == "part"
    assert paid(owed, session) == ("approved", 800)


def test_parts_and_an_excess(owed: Any, session: Session) -> None:
    gross = owed.invoice.gross_cents
    reference = detail(reference=owed.invoice.reference)
    [part] = read(owed, entry(-1_000, reference), total=-1_000)
    assert (part.state, paid(owed, session)) == ("part", ("approved", 1_000))
    [rest] = read(owed, entry(-gross, reference), total=-gross, number="2")
    assert (rest.state, rest.settled_cents) == ("excess", -(gross - 1_000))
    assert paid(owed, session) == ("paid", gross)
    set_aside(rest.id, "Preplačilo, vrnejo.", **WHO)
    with pytest.raises(EntryDecided):
        set_aside(rest.id, "Še enkrat.", **WHO)


def test_a_transfer_that_comes_back_opens_the_invoice_again(owed: Any, session: Session) -> None:
    batch = batch_of(owed)
    gross, mark = owed.invoice.gross_cents, detail(mark=batch.lines[0].end_to_end)
    read(owed, entry(-gross, mark), total=-gross)
    [back] = read(owed, entry(gross, mark), total=gross, number="2")
    assert (back.state, back.settled_cents) == ("returned", gross)
    assert paid(owed, session) == ("approved", 0)
    again = batch_of(owed, now=WHO["now"] + timedelta(days=1))
    assert again.lines[0].end_to_end != batch.lines[0].end_to_end


def test_a_statement_is_read_once(owed: Any, session: Session) -> None:
    reference = detail(reference=owed.invoice.reference)
    read(owed, entry(-400, reference), total=-400)
    with pytest.raises(StatementKnown):
        read(owed, entry(-400, reference), total=-400)
    assert paid(owed, session) == ("approved", 400)


def test_what_names_nothing_waits_for_a_person(owed: Any, session: Session) -> None:
    [found] = read(owed, entry(-900, detail(words="hvala")), total=-900)
    assert (found.state, found.settled_cents) == ("unmatched", 0)
    with pytest.raises(MoreThanTheEntry):
        assign(found.id, [(owed.invoice.id, 901)], **WHO)
    with pytest.raises(DecisionMissing):
        set_aside(found.id, "  ", **WHO)
    assign(found.id, [(owed.invoice.id, 600)], **WHO)
    assert paid(owed, session) == ("approved", 600)
    assert (found.state, found.settled_cents) == ("unmatched", -600)
    assign(found.id, [(owed.invoice.id, 300)], **WHO)
    session.expire_all()
    assert (found.state, found.settled_cents) == ("decided", -900)
    assert paid(owed, session) == ("approved", 900)


def test_money_that_came_back_is_assigned_too(owed: Any, session: Session) -> None:
    note_payment(owed.invoice.id, 700, TODAY, "Blagajna.", **WHO)
    [back] = read(owed, entry(500, detail(words="vračilo")), total=500)
    assign(back.id, [(owed.invoice.id, 500)], **WHO)
    assert paid(owed, session) == ("approved", 200)
    assert (back.state, back.settled_cents) == ("decided", 500)


def test_nobody_assigns_to_an_invoice_of_others(owed: Any, session: Session) -> None:
    owed.school.iban = IBAN
    content = statement(entry(-900, detail(words="?")), total=-900, account=IBAN)
    [taken] = read_in(Owner(institution_id=owed.school.id), "s.xml", content, **WHO)
    with pytest.raises(NotYourInvoice):
        assign(taken.entries[0].id, [(owed.invoice.id, 900)], **WHO)
    with pytest.raises(MoreThanTheEntry):
        assign(taken.entries[0].id, [(owed.invoice.id, -900)], **WHO)
    assert paid(owed, session) == ("approved", 0)


def test_of_two_farms_with_one_reference_the_account_decides(owed: Any, session: Session) -> None:
    other = issue_other(owed)
    assert other.reference == owed.invoice.reference
    to_baker = party("Cdtr", "Pek", other.iban)
    both = detail(reference=other.reference, more=f"<RltdPties>{to_baker}</RltdPties>")
    [known] = read(owed, entry(-100, both), total=-100)
    [unknown] = read(owed, entry(-100, detail(reference=other.reference)), total=-100, number="2")
    assert (known.state, unknown.state) == ("part", "unmatched")
    session.expire_all()
    assert (other.paid_cents, owed.invoice.paid_cents) == (100, 0)


def issue_other(owed: Any) -> Invoice:
    """The baker's first invoice has the number of the farm's first."""
    set_detail(Detail.IBAN, "SI56020170014356205", producer_id=owed.baker.id, **WHO)
    session = owed.invoice._sa_instance_state.session
    chosen = select(DeliveryNote).where(DeliveryNote.producer_id == owed.baker.id)
    accept_all(session.scalars(chosen).first())
    invoice = issue_invoice(groups(owed.baker)[0], **WHO)
    approve(invoice)
    return invoice


def test_by_hand_with_words_and_never_above_what_is_open(owed: Any, session: Session) -> None:
    gross = owed.invoice.gross_cents
    with pytest.raises(NoteMissing):
        note_payment(owed.invoice.id, 100, TODAY, " ", **WHO)
    with pytest.raises(PaidTooMuch):
        note_payment(owed.invoice.id, gross + 1, TODAY, "Blagajna.", **WHO)
    with pytest.raises(NothingPaid):
        note_payment(owed.invoice.id, -1, TODAY, "Vračilo.", **WHO)
    note_payment(owed.invoice.id, gross, TODAY, "Blagajna.", **WHO)
    assert paid(owed, session) == ("paid", gross)
    note_payment(owed.invoice.id, -1, TODAY, "Vračilo.", **WHO)
    assert paid(owed, session) == ("approved", gross - 1)


def test_the_database_holds_the_sum_below_the_invoice(owed: Any, session: Session) -> None:
    with pytest.raises(DBAPIError, match="ck_invoice_paid"), session.begin_nested():
        session.execute(text("UPDATE invoice SET paid_cents = gross_cents + 1"))


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(st.tuples(st.integers(-3_000, 3_000), st.booleans(), st.booleans()), max_size=6))
def test_paid_is_what_was_booked_and_never_more_than_invoiced(
    owed: Any, session: Session, moves: list[tuple[int, bool, bool]]
) -> None:
    """Whatever statements say, of either side, named or not, read in twice."""
    with session.begin_nested() as attempt:
        for number, (amount, mine, named) in enumerate(moves):
            if not amount:
                continue
            seen = amount if mine else -amount
            how = detail(reference=owed.invoice.reference) if named else detail(words="?")
            for _twice in range(2):
                try:
                    with session.begin_nested():
                        read(owed, entry(seen, how), total=seen, number=str(number), mine=mine)
                except StatementKnown:
                    assert _twice
            session.expire_all()
            booked = session.scalars(select(Payment.amount_cents)).all()
            assert owed.invoice.paid_cents == sum(booked)
            assert 0 <= owed.invoice.paid_cents <= owed.invoice.gross_cents
            settled = session.scalars(select(BankEntry).where(BankEntry.decision.is_(None))).all()
            assert sum(abs(one.settled_cents) for one in settled) == sum(map(abs, booked))
        attempt.rollback()
    session.expire_all()


def test_money_is_booked_with_its_kind(owed: Any, session: Session) -> None:
    money = Money(PaymentKind.CARD, 500, TODAY, stripe_id="py_1")
    payment = book(owed.invoice.id, money, **WHO)
    assert (payment.kind, payment.stripe_id) == ("card", "py_1")
    with pytest.raises(DBAPIError, match="uq_payment_stripe_id"), session.begin_nested():
        book(owed.invoice.id, money, **WHO)
