"""Invoices from what was accepted: agreed prices, VAT once, numbers without gaps, nothing twice."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.accounts.personal import Detail, set_detail
from foodorder.billing import behalf
from foodorder.billing.consents import ConsentGiven, consent_of, give_consent, withdraw_consent
from foodorder.billing.issue import issue_all, issue_invoice
from foodorder.billing.models import Invoice
from foodorder.billing.terms import agree, terms
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.rules.invoicing import ConsentMissing, TermTooLong, gaps
from foodorder.rules.settlement import InvoiceOrigin, NothingToInvoice, Rhythm
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND, SCHEDULER
from foodorder.trail.models import TrailEvent
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.factories import World
from tests.invoices import (
    AT_THE_DOOR,
    IBAN,
    MONDAY,
    ON_WEDNESDAY,
    TUESDAY_MORNING,
    accept_all,
    accept_less,
    claim,
    credited,
    groups,
    invoices,
    know_the_law,
)
from tests.kept import once

WHO: dict[str, Any] = {"actor": COMMAND, "now": AT_THE_DOOR}


@once
def brought(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Monday came: to the kitchen 9,5 kg of 10 kg of carrots were accepted and 3 kg of cheese."""
    know_the_law()
    close_week(world, clock_at)
    set_detail(Detail.IBAN, IBAN, producer_id=world.farm.id, **WHO)  # type: ignore[attr-defined]
    monday = make(world)[0]
    accept_less(line_of(monday, world.carrots), 9_500)  # type: ignore[attr-defined]
    accept_all(farm_notes(world)[0])
    return world


def issue_first(brought: Any, **more: Any) -> Invoice:
    return issue_invoice(groups(brought.farm)[0], **{**WHO, **more})


def test_what_was_accepted_at_the_agreed_price(brought: Any) -> None:
    invoice = issue_first(brought)
    assert [(line.quantity, line.price_micros, line.net_cents) for line in invoice.lines] == [
        (9_500, 2_000_000, 1900),
        (3_000, 9_000_000, 2700),
    ]
    assert [(row.vat_bp, row.net_cents, row.vat_cents) for row in invoice.vat_rows] == [(950, 4600, 437)]
    assert (invoice.net_cents, invoice.vat_cents, invoice.gross_cents) == (4600, 437, 5037)
    assert (invoice.number, invoice.reference, invoice.iban) == ("R-2026-0001", "SI002026-1", IBAN)
    assert (invoice.supplied_from, invoice.supplied_to) == (MONDAY, MONDAY)
    assert invoice.lines[0].order_number is not None
    assert (invoice.state, invoice.origin, invoice.received_on) == ("matched", "issued", MONDAY)


def test_every_line_leads_back_to_its_acceptance(brought: Any) -> None:
    for line in issue_first(brought).lines:
        assert line.acceptance is not None
        assert line.acceptance.delivery_line.acceptance_id == line.acceptance_id
        assert line.acceptance.delivery_line.record_line_id == line.record_line_id
        assert line.quantity == line.acceptance.quantity


def test_nothing_is_invoiced_twice(brought: Any) -> None:
    group = groups(brought.farm)[0]
    issue_invoice(group, **WHO)
    with pytest.raises(NothingToInvoice):
        issue_invoice(group, **WHO)
    with pytest.raises(NothingToInvoice):
        issue_all(brought.farm.id, **WHO)
    assert len(invoices(brought.farm)) == 1


def test_what_nobody_received_is_not_invoiced(brought: Any) -> None:
    [group] = groups(brought.farm)
    assert group.note_id == farm_notes(brought)[0].id
    assert groups(brought.baker) == []


def test_all_with_one_click_numbered_without_a_gap(brought: Any) -> None:
    for note in farm_notes(brought)[1:]:
        accept_all(note, ON_WEDNESDAY)
    issued = issue_all(brought.farm.id, actor=COMMAND, now=ON_WEDNESDAY)
    assert [invoice.number for invoice in issued] == ["R-2026-0001", "R-2026-0002", "R-2026-0003"]
    assert gaps([invoice.sequence for invoice in issued if invoice.sequence]) == []
    assert sum(invoice.net_cents for invoice in issued) == 1900 + 2700 + 1400 + 800


def test_a_number_that_was_taken_in_vain_is_given_again(brought: Any, session: Session) -> None:
    undone = session.begin_nested()
    assert issue_first(brought).sequence == 1
    undone.rollback()
    session.expire_all()
    assert issue_first(brought).sequence == 1


def test_numbers_begin_anew_with_the_local_year(brought: Any) -> None:
    eve = datetime.fromisoformat("2026-12-31T23:30:00+00:00")
    assert issue_first(brought, now=eve).number == "R-2027-0001"


def test_one_a_month_by_agreement(brought: Any) -> None:
    agree(brought.farm.id, None, Rhythm.MONTHLY, 8, **WHO)
    for note in farm_notes(brought)[1:]:
        accept_all(note, ON_WEDNESDAY)
    kinds = {(group.buyer_id, group.first, group.last, group.note_id) for group in groups(brought.farm)}
    november, december = (date(2026, 11, 1), MONDAY), (date(2026, 12, 1), date(2026, 12, 31))
    assert kinds == {
        (brought.kitchen.id, *november, None),
        (brought.school.id, *november, None),
        (brought.kitchen.id, *december, None),
    }
    issued = issue_all(brought.farm.id, actor=COMMAND, now=ON_WEDNESDAY)
    assert [invoice.supplied_to for invoice in issued] == [MONDAY, MONDAY]
    assert issued[0].due_date == ON_WEDNESDAY.date() + timedelta(days=8)


def test_an_agreement_with_one_kitchen_goes_before_that_with_all(brought: Any) -> None:
    agree(brought.farm.id, None, Rhythm.MONTHLY, None, **WHO)
    agree(brought.farm.id, brought.kitchen.id, Rhythm.PER_DELIVERY, 10, **WHO)
    agree(brought.farm.id, brought.kitchen.id, Rhythm.PER_DELIVERY, 15, **WHO)
    assert [term.payment_days for term in terms(brought.farm.id)] == [None, 15]
    assert issue_first(brought).due_date == MONDAY + timedelta(days=15)


def test_nobody_agrees_on_longer_than_the_law_allows(brought: Any) -> None:
    with pytest.raises(TermTooLong):
        agree(brought.farm.id, None, Rhythm.MONTHLY, 31, **WHO)
    assert terms(brought.farm.id) == []


def test_perishables_are_due_earlier_where_the_law_says_so(brought: Any, session: Session) -> None:
    session.execute(text("UPDATE legal_parameter SET value = 20 WHERE key = 'utp.payment_perishable'"))
    session.info.pop("law", None)
    assert issue_first(brought).due_date == MONDAY + timedelta(days=20)


def test_what_is_claimed_waits_and_what_is_credited_is_never_invoiced(brought: Any) -> None:
    cheese = line_of(farm_notes(brought)[0], brought.cheese)
    found = claim(cheese, 1_000)
    first = issue_first(brought)
    assert [line.quantity for line in first.lines] == [9_500, 2_000]
    credited(found)
    assert groups(brought.farm) == []


def test_an_invoice_is_never_changed(brought: Any, session: Session) -> None:
    invoice = issue_first(brought)
    for statement in (
        "UPDATE invoice SET gross_cents = 1, net_cents = 1, vat_cents = 0 WHERE id = :id",
        "UPDATE invoice_line SET quantity = 1 WHERE invoice_id = :id",
        "DELETE FROM invoice WHERE id = :id",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement), {"id": invoice.id})


def test_parties_stay_as_they_were(brought: Any, session: Session) -> None:
    invoice = issue_first(brought)
    name = brought.farm.name
    brought.farm.name = "Kmetija Nova"
    session.flush()
    session.refresh(invoice)
    assert invoice.parties["seller"]["name"] == name
    assert invoice.parties["seller"]["vat_id"] == f"SI{brought.farm.tax_number}"
    assert invoice.parties["buyer"]["vat_id"] is None


def test_the_accountant_and_the_trail_are_told(brought: Any, session: Session) -> None:
    invoice = issue_first(brought)
    [message] = session.scalars(select(Message).where(Message.template == "invoice_issued"))
    data = {**message.data, "base_url": "https://narocila.example.org"}
    subject, words = render.mail("invoice_issued", "en", data)
    assert subject == f"Invoice R-2026-0001 of {brought.farm.name}"
    assert "50.37" in words
    assert f"/invoices/{invoice.id}" in words
    [event] = session.scalars(select(TrailEvent).where(TrailEvent.action == "invoice.issued"))
    assert event.object_id == invoice.id


def test_consent_is_given_once_and_can_be_withdrawn(brought: Any) -> None:
    give_consent(brought.farm.id, "Soglašam.", **WHO)
    with pytest.raises(ConsentGiven):
        give_consent(brought.farm.id, "Soglašam.", **WHO)
    withdraw_consent(brought.farm.id, **WHO)
    withdraw_consent(brought.farm.id, **WHO)
    assert consent_of(brought.farm.id) is None


def test_without_consent_nobody_issues_on_behalf(brought: Any) -> None:
    assert behalf.consenting() == []
    with pytest.raises(ConsentMissing):
        issue_first(brought, origin=InvoiceOrigin.ON_BEHALF)


def test_with_consent_it_is_issued_the_next_morning(brought: Any, session: Session) -> None:
    consent = give_consent(brought.farm.id, "Soglašam.", **WHO)
    assert behalf.consenting() == [brought.farm.id]
    assert behalf.ready(brought.farm.id, TUESDAY_MORNING - timedelta(hours=2)).groups == {}
    [(group, lines)] = behalf.ready(brought.farm.id, TUESDAY_MORNING).groups.items()
    invoice = behalf.issue(group, lines, actor=SCHEDULER, now=TUESDAY_MORNING)
    assert (invoice.origin, invoice.consent_id) == ("on_behalf", consent.id)
    assert behalf.ready(brought.farm.id, TUESDAY_MORNING).groups == {}
    body = session.scalars(select(TrailEvent.body).where(TrailEvent.action == "invoice.issued")).one()
    assert f"producer {brought.farm.id}" in body


TAXED = [
    ({}, {}, (950, 4600, 437)),
    ({"tax_type": TaxType.EXEMPT}, {}, (0, 4600, 0)),
    ({"tax_type": TaxType.FLAT_RATE}, {"vat_payer": True}, (800, 4600, 368)),
    ({"tax_type": TaxType.FLAT_RATE}, {}, (0, 4600, 0)),
]


@pytest.mark.parametrize(("farm", "kitchen", "row"), TAXED)
def test_each_way_of_being_taxed(
    farm: dict[str, Any],
    kitchen: dict[str, Any],
    row: tuple[int, int, int],
    world: Any,
    session: Session,
    clock_at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    know_the_law()
    add_producer, add_institution = world.add_producer, world.add_institution
    permit = farm.get("tax_type") is TaxType.FLAT_RATE
    monkeypatch.setattr(world, "add_producer", lambda **more: add_producer(permit=permit, **farm, **more))
    monkeypatch.setattr(world, "add_institution", lambda **more: add_institution(**kitchen, **more))
    close_week(world, clock_at)
    monday = make(world)[0]
    accept_less(line_of(monday, world.carrots), 9_500)
    accept_all(farm_notes(world)[0])
    invoice = issue_first(world)
    assert [(one.vat_bp, one.net_cents, one.vat_cents) for one in invoice.vat_rows] == [row]
    assert invoice.gross_cents == row[1] + row[2]
