"""What people decide about differences, who approves an invoice for payment, and who must not."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.billing.approve import (
    NotTakenIn,
    ReasonMissing,
    approve_invoice,
    reject_invoice,
    reopen_invoice,
    take_back,
)
from foodorder.billing.decide import decide_finding
from foodorder.billing.issue import issue_invoice
from foodorder.billing.match import findings_of
from foodorder.billing.models import Finding, Invoice
from foodorder.billing.take_in import enter
from foodorder.delivery.accept import accept_as_announced
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.rules.findings import (
    AcceptedThemselves,
    ExplainedThemselves,
    FindingAction,
    FindingWordsMissing,
    Hand,
    IllegalFindingMove,
    OrderedThemselves,
    StillHeld,
)
from foodorder.rules.permissions import Role
from foodorder.rules.settlement import IllegalInvoiceMove
from foodorder.trail.actor import COMMAND, Actor, Source
from foodorder.trail.models import TrailEvent
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.factories import World
from tests.invoices import AT_THE_DOOR, accept_all, accept_less, claim, groups, know_the_law
from tests.kept import once
from tests.taken import line, taken

WHO: dict[str, Any] = {"actor": COMMAND, "now": AT_THE_DOOR}
WORDS = "Tehtali smo znova."


@once
def brought(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Monday came: 9,5 kg of carrots, 3 kg of cheese; two accountants and a manager work in the kitchen."""
    know_the_law()
    close_week(world, clock_at)
    monday = make(world)[0]
    accept_less(line_of(monday, world.carrots), 9_500)  # type: ignore[attr-defined]
    accept_all(farm_notes(world)[0])
    world.names = world.carrots.versions[0].name, world.cheese.versions[0].name  # type: ignore[attr-defined]
    for name, role in (
        ("first", Role.ACCOUNTANT), ("second", Role.ACCOUNTANT), ("cook", Role.KITCHEN_MANAGER),
    ):  # fmt: skip
        setattr(world, name, as_person(world.add_person(role, institution_id=world.kitchen.id), role))  # type: ignore[attr-defined]
    return world


def as_person(person: Any, role: Role) -> Actor:
    return Actor(Source.PERSON, person.id, role.value)


def dear(brought: Any) -> Invoice:
    """Carrots at 2,20 € instead of 2 €."""
    return enter(brought.kitchen.id, brought.farm.id, taken(line(brought.names[0], 9_500, 220)), **WHO)


def decide(invoice: Invoice, action: FindingAction, actor: Actor, words: str = WORDS, **more: Any) -> Finding:
    hand = more.get("hand", Hand.KITCHEN if actor.role == Role.KITCHEN_MANAGER else Hand.ACCOUNTANT)
    finding = findings_of(invoice.id)[-1]
    return decide_finding(finding.id, action, words, hand=hand, actor=actor, now=AT_THE_DOOR).finding


def test_explained_by_one_and_released_by_another_it_agrees(brought: Any, session: Session) -> None:
    invoice = dear(brought)
    assert decide(invoice, FindingAction.EXPLAIN, brought.cook).state == "explained"
    assert invoice.state == "held"
    assert decide(invoice, FindingAction.RELEASE, brought.first).state == "released"
    assert invoice.state == "matched"
    mine = select(TrailEvent.action).where(TrailEvent.object_type == "invoice")
    acts = session.scalars(mine.order_by(TrailEvent.id)).all()
    assert acts[-3:] == ["difference.explain", "difference.release", "invoice.matched"]
    decisions = findings_of(invoice.id)[0].decisions
    assert [(one.action, one.words, one.decided_by_id) for one in decisions] == [
        ("explain", WORDS, brought.cook.person_id), ("release", WORDS, brought.first.person_id),
    ]  # fmt: skip


def test_who_explained_does_not_release(brought: Any) -> None:
    invoice = dear(brought)
    decide(invoice, FindingAction.EXPLAIN, brought.first)
    with pytest.raises(ExplainedThemselves):
        decide(invoice, FindingAction.RELEASE, brought.first)
    decide(invoice, FindingAction.RELEASE, brought.second)


def test_nothing_is_released_unexplained_or_without_words(brought: Any) -> None:
    invoice = dear(brought)
    with pytest.raises(IllegalFindingMove):
        decide(invoice, FindingAction.RELEASE, brought.first)
    with pytest.raises(FindingWordsMissing):
        decide(invoice, FindingAction.EXPLAIN, brought.cook, " ")
    decide(invoice, FindingAction.EXPLAIN, brought.cook)
    with pytest.raises(IllegalFindingMove):
        decide(invoice, FindingAction.RELEASE, brought.cook)


def test_a_dispute_goes_to_the_farm_and_its_answer_to_the_accountant(brought: Any, session: Session) -> None:
    invoice = dear(brought)
    decide(invoice, FindingAction.DISPUTE, brought.first, "Dogovorjeno je 2 €.")
    farmer = Actor(Source.PERSON, brought.cook.person_id, Role.PRODUCER.value)
    decide(invoice, FindingAction.ANSWER, farmer, "Res je, popravim.", hand=Hand.SUPPLIER)
    with pytest.raises(IllegalFindingMove):
        decide(invoice, FindingAction.RELEASE, brought.second)
    told = {
        message.template: message
        for message in session.scalars(select(Message).where(Message.template.like("difference_%")))
    }
    for template, words in (("difference_disputed", "Dogovorjeno"), ("difference_answered", "Res je")):
        subject, body = render.mail(template, "sl", {**told[template].data, "base_url": "https://x"})
        assert "2026-77" in subject
        assert words in body
        assert f"https://x/invoices/{invoice.id}" in body
    decide(invoice, FindingAction.WITHDRAW, brought.first)
    assert findings_of(invoice.id)[0].state == "held"


def test_an_invoice_with_something_held_is_not_approved(brought: Any) -> None:
    invoice = dear(brought)
    with pytest.raises(StillHeld):
        approve_invoice(invoice.id, actor=brought.first, now=AT_THE_DOOR)


def test_an_accountant_approves_and_takes_it_back_with_a_reason(brought: Any) -> None:
    invoice = issue_invoice(groups(brought.farm)[0], **WHO)
    approve_invoice(invoice.id, actor=brought.first, now=AT_THE_DOOR)
    assert (invoice.state, invoice.approved_by_id) == ("approved", brought.first.person_id)
    with pytest.raises(IllegalInvoiceMove):
        approve_invoice(invoice.id, actor=brought.first, now=AT_THE_DOOR)
    with pytest.raises(ReasonMissing):
        take_back(invoice.id, "", actor=brought.second, now=AT_THE_DOOR)
    take_back(invoice.id, WORDS, actor=brought.second, now=AT_THE_DOOR)
    assert (invoice.state, invoice.approved_by_id) == ("matched", None)


def test_who_ordered_does_not_approve(
    world: World, clock_at: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    know_the_law()
    cook = world.add_person(institution_id=world.add_institution().id)
    monkeypatch.setattr(world, "submit", partial(world.submit, person=cook))
    close_week(world, clock_at)
    accept_all(make(world)[0])
    invoice = issue_invoice(groups(world.farm)[0], **WHO)  # type: ignore[attr-defined]
    with pytest.raises(OrderedThemselves):
        approve_invoice(invoice.id, actor=as_person(cook, Role.ACCOUNTANT), now=AT_THE_DOOR)


def test_who_accepted_does_not_approve(brought: Any) -> None:
    note = farm_notes(brought)[2]
    accept_as_announced(
        note.id, [(one.id, uuid4()) for one in note.lines], institution_id=brought.kitchen.id,
        actor=brought.second, now=AT_THE_DOOR,
    )  # fmt: skip
    invoice = issue_invoice(groups(brought.farm)[-1], **WHO)
    assert invoice.lines[0].acceptance is not None
    assert invoice.lines[0].acceptance.person_id == brought.second.person_id
    with pytest.raises(AcceptedThemselves):
        approve_invoice(invoice.id, actor=brought.second, now=AT_THE_DOOR)
    approve_invoice(invoice.id, actor=brought.first, now=AT_THE_DOOR)


def test_a_claim_after_the_match_is_found_when_it_is_approved(brought: Any) -> None:
    invoice = issue_invoice(groups(brought.farm)[0], **WHO)
    assert invoice.state == "matched"
    claim(line_of(farm_notes(brought)[0], brought.cheese), 1_000)
    with pytest.raises(StillHeld):
        approve_invoice(invoice.id, actor=brought.first, now=AT_THE_DOOR)
    assert [(one.kind, one.cents) for one in findings_of(invoice.id)] == [("quantity_above", 900)]


def test_what_is_given_back_counts_nothing_until_it_is_taken_up_again(brought: Any, session: Session) -> None:
    invoice = dear(brought)
    with pytest.raises(ReasonMissing):
        reject_invoice(invoice.id, "", actor=brought.first, now=AT_THE_DOOR)
    reject_invoice(invoice.id, WORDS, actor=brought.first, now=AT_THE_DOOR)
    assert (invoice.state, invoice.lines[0].counted) == ("rejected", 0)
    message = session.scalars(select(Message).where(Message.template == "invoice_rejected")).one()
    assert WORDS in render.mail("invoice_rejected", "en", {**message.data, "base_url": "https://x"})[1]
    reopen_invoice(invoice.id, actor=brought.first, now=AT_THE_DOOR)
    assert (invoice.state, invoice.lines[0].counted) == ("held", 9_500)


def test_what_was_issued_here_is_not_given_back_but_disputed(brought: Any) -> None:
    invoice = issue_invoice(groups(brought.farm)[0], **WHO)
    with pytest.raises(NotTakenIn):
        reject_invoice(invoice.id, WORDS, actor=brought.first, now=AT_THE_DOOR)
