"""Credit notes: from a claim's outcome or by hand, never more than was invoiced, and what they do to it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.billing import behalf
from foodorder.billing.consents import give_consent
from foodorder.billing.credit import NotIssuedHere, ReasonMissing, issue_credit_note, lines_left
from foodorder.billing.due import due
from foodorder.billing.issue import issue_invoice
from foodorder.billing.models import Invoice
from foodorder.billing.owed import credit_owed, owed
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.rules.credits import CreditedTooMuch, NothingToCredit
from foodorder.rules.invoicing import ConsentMissing
from foodorder.rules.settlement import InvoiceOrigin
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.invoices import (
    AT_THE_DOOR,
    TUESDAY_MORNING,
    accept_all,
    claim,
    credited,
    groups,
    know_the_law,
)
from tests.kept import once

WHO: dict[str, Any] = {"actor": COMMAND, "now": TUESDAY_MORNING}


@once
def invoiced(world: Any, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Monday to the kitchen is invoiced: 10 kg of carrots at 2 €, 3 kg of cheese at 9 €, 51,47 € in all."""
    know_the_law()
    close_week(world, clock_at)
    make(world)
    accept_all(farm_notes(world)[0])
    world.invoice = issue_invoice(groups(world.farm)[0], actor=COMMAND, now=AT_THE_DOOR)
    return world


def correct(invoiced: Any, carrots: int = 0, cheese: int = 0, **more: Any) -> Invoice:
    lines = invoiced.invoice.lines
    quantities = {lines[0].id: carrots, lines[1].id: cheese}
    values = {"reason": "Napaka.", **WHO, **more}
    return issue_credit_note(invoiced.invoice.id, {k: v for k, v in quantities.items() if v}, **values)


def counted(session: Session) -> list[tuple[int, int]]:
    rows = session.execute(
        text("SELECT quantity, net_cents FROM invoiced_quantity ORDER BY delivery_line_id")
    )
    return [(row.quantity, row.net_cents) for row in rows]


def test_a_part_is_taken_off_with_positive_amounts(invoiced: Any, session: Session) -> None:
    note = correct(invoiced, carrots=2_500)
    assert (note.kind, note.number, note.corrects_id) == ("credit_note", "DP-2026-0001", invoiced.invoice.id)
    assert [(line.quantity, line.net_cents) for line in note.lines] == [(2_500, 500)]
    assert note.lines[0].credits_line_id == invoiced.invoice.lines[0].id
    assert (note.net_cents, note.vat_cents, note.gross_cents) == (500, 48, 548)
    assert (invoiced.invoice.credited_cents, invoiced.invoice.state) == (548, "matched")
    assert counted(session) == [(7_500, 1500), (3_000, 2700)]
    assert note.reference != invoiced.invoice.reference


def test_numbers_of_credit_notes_are_their_own(invoiced: Any) -> None:
    assert [correct(invoiced, carrots=1_000).number for _ in range(2)] == ["DP-2026-0001", "DP-2026-0002"]


def test_never_more_than_is_left(invoiced: Any) -> None:
    correct(invoiced, carrots=9_000)
    with pytest.raises(CreditedTooMuch):
        correct(invoiced, carrots=1_001)
    with pytest.raises(NothingToCredit):
        correct(invoiced)
    with pytest.raises(ReasonMissing):
        correct(invoiced, carrots=1_000, reason=" ")


def test_a_credit_note_is_not_credited(invoiced: Any) -> None:
    note = correct(invoiced, carrots=1_000)
    with pytest.raises(NotIssuedHere):
        issue_credit_note(note.id, {note.lines[0].id: 1_000}, "Napaka.", **WHO)


def test_with_nothing_left_the_invoice_is_credited(invoiced: Any) -> None:
    correct(invoiced, carrots=3_333)
    correct(invoiced, carrots=6_667, cheese=3_000)
    assert invoiced.invoice.state == "credited"
    assert invoiced.invoice.credited_cents == invoiced.invoice.gross_cents


def test_what_is_left_was_paid_already(invoiced: Any, session: Session) -> None:
    session.execute(text("UPDATE invoice SET paid_cents = 2957 WHERE id = :id"), {"id": invoiced.invoice.id})
    session.refresh(invoiced.invoice)
    correct(invoiced, carrots=9_000)
    assert invoiced.invoice.state == "matched"
    correct(invoiced, carrots=1_000)
    assert invoiced.invoice.state == "paid"


def test_a_claim_that_ended_asks_for_a_credit_note(invoiced: Any) -> None:
    cheese = line_of(farm_notes(invoiced)[0], invoiced.cheese)
    found = claim(cheese, 1_000)
    assert owed() == []
    credited(found)
    [one] = owed(invoiced.farm.id)
    assert (one.invoice_id, dict(one.quantities)) == (
        invoiced.invoice.id, {invoiced.invoice.lines[1].id: 1_000},
    )  # fmt: skip
    note = credit_owed(invoiced.invoice.id, **WHO)
    assert (note.net_cents, note.reason) == (900, "V sredini gnilo.")
    assert owed() == []
    assert groups(invoiced.farm) == []
    with pytest.raises(NothingToCredit):
        credit_owed(invoiced.invoice.id, **WHO)


def test_nobody_owes_another_farms_credit_notes(invoiced: Any) -> None:
    credited(claim(line_of(farm_notes(invoiced)[0], invoiced.cheese), 1_000))
    assert owed(invoiced.baker.id) == []


def test_what_a_person_credited_is_invoiced_again_by_a_person_only(invoiced: Any) -> None:
    give_consent(invoiced.farm.id, "Soglašam.", **WHO)
    correct(invoiced, carrots=10_000)
    [group] = groups(invoiced.farm)
    assert [goods.credited for goods in due(invoiced.farm.id).goods.values()] == [True]
    assert behalf.ready(invoiced.farm.id, TUESDAY_MORNING).groups == {}
    again = issue_invoice(group, **WHO)
    assert [(line.quantity, line.net_cents) for line in again.lines] == [(10_000, 2000)]


def test_with_consent_a_credit_note_is_issued_on_behalf(invoiced: Any) -> None:
    credited(claim(line_of(farm_notes(invoiced)[0], invoiced.cheese), 1_000))
    with pytest.raises(ConsentMissing):
        credit_owed(invoiced.invoice.id, origin=InvoiceOrigin.ON_BEHALF, **WHO)
    give_consent(invoiced.farm.id, "Soglašam.", **WHO)
    assert behalf.ready(invoiced.farm.id, TUESDAY_MORNING).credits == (invoiced.invoice.id,)
    note = behalf.credit(invoiced.farm.id, invoiced.invoice.id, actor=SCHEDULER, now=TUESDAY_MORNING)
    assert note.origin == "on_behalf"


def test_the_accountant_is_told(invoiced: Any, session: Session) -> None:
    note = correct(invoiced, carrots=1_000)
    [message] = session.scalars(select(Message).where(Message.template == "credit_note_issued"))
    data = {**message.data, "base_url": "https://narocila.example.org"}
    subject, words = render.mail("credit_note_issued", "en", data)
    assert subject == f"Credit note DP-2026-0001 of {invoiced.farm.name}"
    assert "R-2026-0001" in words
    assert "Napaka." in words
    assert f"/invoices/{note.id}" in words


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 2_000)), max_size=5))
def test_whatever_is_credited_adds_up(parts: list[tuple[int, int]], taken: "Taken") -> None:
    with taken.again() as invoiced:
        for carrots, cheese in parts:
            try:
                correct(invoiced, carrots, cheese)
            except (CreditedTooMuch, NothingToCredit):
                continue
        rows = lines_left(invoiced.invoice.id)
        assert all(0 <= row.credited <= row.quantity for row in rows)
        assert all(0 <= row.net_credited <= row.net_cents for row in rows)
        assert counted(taken.session) == [
            (row.quantity - row.credited, row.net_cents - row.net_credited) for row in rows
        ]
        assert 0 <= invoiced.invoice.credited_cents <= invoiced.invoice.gross_cents


class Taken:
    """The invoice anew for each example: what an example wrote is undone."""

    def __init__(self, invoiced: Any, session: Session) -> None:
        self.invoiced, self.session = invoiced, session
        self._nested: Any = None

    def again(self) -> "Taken":
        return self

    def __enter__(self) -> Any:
        self._nested = self.session.begin_nested()
        return self.invoiced

    def __exit__(self, *_: object) -> None:
        self._nested.rollback()
        self.session.expire_all()


@pytest.fixture
def taken(invoiced: Any, session: Session) -> Taken:
    return Taken(invoiced, session)
