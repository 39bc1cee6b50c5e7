"""Invoices written elsewhere: whose they are, which goods they mean, what they count, what is refused."""

from collections.abc import Callable
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.billing.due import due
from foodorder.billing.issue import issue_invoice
from foodorder.billing.match import changed, findings_of, match_invoice
from foodorder.billing.models import Invoice, InvoiceFile
from foodorder.billing.take_in import NotTheirGoods, choose_goods, enter, take_in_file
from foodorder.billing.taking import (
    CreditsTooMuch,
    DatesReversed,
    ForAnother,
    NoLine,
    NothingToCorrect,
    SameFile,
    SameNumber,
    UnknownIssuer,
)
from foodorder.exchange.safe_xml import HasDoctype, NotXml
from foodorder.rules.files import HandedIn
from foodorder.rules.settlement import line_net
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.factories import World
from tests.invoices import AT_THE_DOOR, accept_all, accept_less, know_the_law
from tests.kept import once
from tests.taken import IBAN, credit_of, document, file_of, line, taken

WHO: dict[str, Any] = {"actor": COMMAND, "now": AT_THE_DOOR}


@once
def brought(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Monday came: to the kitchen 9,5 kg of 10 kg of carrots (2 €) were accepted and 3 kg of cheese (9 €)."""
    know_the_law()
    close_week(world, clock_at)
    monday = make(world)[0]
    accept_less(line_of(monday, world.carrots), 9_500)  # type: ignore[attr-defined]
    accept_all(farm_notes(world)[0])
    world.names = world.carrots.versions[0].name, world.cheese.versions[0].name  # type: ignore[attr-defined]
    return world


def upload(brought: Any, *lines: tuple[str, int, int], syntax: str = "eslog", **more: Any) -> Invoice:
    written = document(brought, *lines, **more)
    return take_in_file(brought.kitchen.id, "račun.xml", file_of(written, syntax), **WHO)


def right(brought: Any) -> list[tuple[str, int, int]]:
    return [(brought.names[0], 9_500, 200), (brought.names[1], 3_000, 900)]


def kinds(invoice: Invoice) -> list[tuple[str, int, str]]:
    return [(one.kind, one.cents, one.state) for one in findings_of(invoice.id)]


def counted(session: Session) -> list[tuple[int, int]]:
    rows = session.execute(
        text("SELECT quantity, net_cents FROM invoiced_quantity ORDER BY delivery_line_id")
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


@pytest.mark.parametrize("syntax", ["eslog", "ubl"])
def test_a_right_invoice_is_placed_matched_and_counted(brought: Any, session: Session, syntax: str) -> None:
    invoice = upload(brought, *right(brought), syntax=syntax)
    assert (invoice.state, invoice.origin, invoice.number) == ("matched", "uploaded", "2026-77")
    assert (invoice.net_cents, invoice.gross_cents, invoice.iban) == (4600, 5037, IBAN)
    assert all(line.acceptance_id and line.record_line_id for line in invoice.lines)
    assert counted(session) == [(9_500, 1900), (3_000, 2700)]
    # Nothing of Monday is left for an invoice of ours.
    assert due(brought.farm.id, brought.kitchen.id).groups == {}
    assert [file.name for file in invoice.files] == ["račun.xml"]
    mine = select(TrailEvent.action).where(TrailEvent.object_type == "invoice").order_by(TrailEvent.id)
    assert session.scalars(mine).all() == ["invoice.taken_in", "invoice.matched"]


def test_a_number_like_ours_written_elsewhere_stops_nobody_from_issuing(brought: Any) -> None:
    """The farm wrote its first invoice with the number that its first one here gets."""
    invoice = upload(brought, right(brought)[0], number="R-2026-0001")
    ours = issue_invoice(next(iter(due(brought.farm.id).groups)), **WHO)
    assert (invoice.number, ours.number, ours.sequence) == ("R-2026-0001", "R-2026-0001", 1)
    with pytest.raises(SameNumber):
        upload(brought, right(brought)[1], number="R-2026-0001")


def test_more_and_dearer_than_agreed_is_held_and_counts_what_is_covered(
    brought: Any, session: Session
) -> None:
    invoice = upload(brought, (brought.names[0], 10_000, 220), right(brought)[1])
    assert invoice.state == "held"
    assert kinds(invoice) == [("price_above", 200, "held"), ("quantity_above", 100, "held")]
    assert sum(cents for _, cents, _ in kinds(invoice)) == invoice.net_cents - 4600
    assert counted(session) == [(9_500, 1900), (3_000, 2700)]


def test_what_comes_before_the_goods_is_held_until_they_are_accepted(brought: Any, session: Session) -> None:
    note = farm_notes(brought)[2]
    invoice = enter(
        brought.kitchen.id, brought.farm.id,
        taken(line(brought.names[0], 4_000, 200, day=note.delivery_date)), **WHO,
    )  # fmt: skip
    assert kinds(invoice) == [("not_accepted", 800, "held")]
    assert (0, 0) in counted(session)
    accept_all(farm_notes(brought)[2])
    assert match_invoice(invoice.id, **WHO).state == "matched"
    assert kinds(invoice) == [("not_accepted", 800, "released")]
    assert findings_of(invoice.id)[0].decisions[0].action == "correct"
    assert (4_000, 800) in counted(session)


def test_the_rest_of_what_was_invoiced_in_part_is_invoiced_to_the_cent(
    brought: Any, session: Session
) -> None:
    enter(brought.kitchen.id, brought.farm.id, taken(line(brought.names[0], 3_333, 190)), **WHO)
    left = [one for lines in due(brought.farm.id, brought.kitchen.id).groups.values() for one in lines]
    assert sorted((one.quantity, one.net) for one in left) == [
        (3_000, 2700), (6_167, 1900 - line_net(200, 3_333)),
    ]  # fmt: skip


def test_the_same_goods_on_a_second_invoice_are_invoiced_twice(brought: Any, session: Session) -> None:
    upload(brought, *right(brought))
    again = upload(brought, right(brought)[0], number="2026-78")
    assert kinds(again) == [("invoiced_twice", 1900, "held")]
    assert counted(session) == [(9_500, 1900), (3_000, 2700)]


def test_twice_on_one_invoice_is_invoiced_twice(brought: Any, session: Session) -> None:
    invoice = upload(brought, right(brought)[0], right(brought)[0])
    assert kinds(invoice) == [("invoiced_twice", 1900, "held")]
    assert counted(session)[0] == (9_500, 1900)


def test_what_is_not_sure_a_person_chooses(brought: Any, session: Session) -> None:
    invoice = upload(brought, ("Korenček iz kleti", 9_500, 200))
    assert kinds(invoice) == [("not_ordered", 1900, "held")]
    goods = line_of(farm_notes(brought)[0], brought.carrots).id
    assert choose_goods(invoice.lines[0].id, goods, **WHO).state == "matched"
    assert counted(session) == [(9_500, 1900)]
    # It was the cheese after all: what was counted of the carrots is free again.
    cheese = line_of(farm_notes(brought)[0], brought.cheese).id
    assert choose_goods(invoice.lines[0].id, cheese, **WHO).state == "held"
    assert counted(session) == [(0, 0), (3_000, 2700)]
    assert choose_goods(invoice.lines[0].id, None, **WHO).state == "held"
    assert counted(session) == [(0, 0), (0, 0)]


def test_goods_of_others_cannot_be_chosen(brought: Any) -> None:
    invoice = upload(brought, ("Korenček iz kleti", 9_500, 200))
    others = line_of(farm_notes(brought)[1], brought.carrots).id
    with pytest.raises(NotTheirGoods):
        choose_goods(invoice.lines[0].id, others, **WHO)


def test_what_it_says_never_changes(brought: Any, session: Session) -> None:
    invoice = upload(brought, *right(brought))
    for change in ("quantity = 1", "name = 'x'", "price_micros = 1", "net_cents = 1"):
        with pytest.raises(DBAPIError, match=r"frozen|permission denied"), session.begin_nested():
            session.execute(
                text(f"UPDATE invoice_line SET {change} WHERE invoice_id = :it"), {"it": invoice.id}
            )


def test_a_wrong_total_and_wrong_vat_are_found(brought: Any) -> None:
    lines = [line(name, quantity, price) for name, quantity, price in right(brought)]
    invoice = enter(
        brought.kitchen.id, brought.farm.id, taken(*lines, net_cents=4700, gross_cents=5200), **WHO
    )
    assert kinds(invoice) == [("total", 100, "held"), ("tax", 0, "held")]
    assert (invoice.net_cents, invoice.vat_cents, invoice.gross_cents) == (4700, 500, 5200)


def test_the_issuer_must_have_sold_here(brought: Any) -> None:
    stranger = brought.add_producer()
    brought.farm, farm = stranger, brought.farm
    content = file_of(document(brought, ("Korenje", 1_000, 100)))
    brought.farm = farm
    with pytest.raises(UnknownIssuer):
        take_in_file(brought.kitchen.id, "a.xml", content, **WHO)
    with pytest.raises(UnknownIssuer):
        enter(brought.kitchen.id, stranger.id, taken(line("Korenje", 1_000, 100)), **WHO)


def test_an_invoice_for_another_buyer_is_not_ours(brought: Any) -> None:
    brought.kitchen.tax_number = "12345679"
    content = file_of(document(brought, *right(brought)))
    brought.kitchen.tax_number = "87654321"
    with pytest.raises(ForAnother):
        take_in_file(brought.kitchen.id, "a.xml", content, **WHO)


def test_the_same_file_and_the_same_number_are_refused(brought: Any, session: Session) -> None:
    content = file_of(document(brought, *right(brought)))
    take_in_file(brought.kitchen.id, "a.xml", content, **WHO)
    with pytest.raises(SameFile):
        take_in_file(brought.kitchen.id, "b.xml", content, **WHO)
    with pytest.raises(SameNumber):
        take_in_file(brought.kitchen.id, "c.xml", content + b"\n", **WHO)
    assert len(session.scalars(select(InvoiceFile)).all()) == 1


def test_a_paper_is_kept_beside_it(brought: Any) -> None:
    paper = HandedIn("račun.pdf", "application/pdf", b"%PDF-1.7 x")
    invoice = enter(
        brought.kitchen.id, brought.farm.id, taken(line(brought.names[0], 9_500, 200)), attached=[paper],
        **WHO,
    )  # fmt: skip
    assert [(file.name, file.content) for file in invoice.files] == [("račun.pdf", b"%PDF-1.7 x")]


def test_nothing_and_tomorrow_are_refused(brought: Any) -> None:
    with pytest.raises(NoLine):
        enter(brought.kitchen.id, brought.farm.id, taken(), **WHO)
    late = taken(line(brought.names[0], 1_000, 200), issue_date=date(2026, 12, 1))
    with pytest.raises(DatesReversed):
        enter(brought.kitchen.id, brought.farm.id, late, **WHO)


def test_hostile_files_are_refused_and_leave_nothing(brought: Any, session: Session) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Invoice>&b;</Invoice>'
    for content, reason in ((bomb, HasDoctype), (b"%PDF-1.7", NotXml), (b"", NotXml)):
        with pytest.raises(reason):
            take_in_file(brought.kitchen.id, "a.xml", content, **WHO)
    assert session.scalars(select(Invoice)).all() == []


def test_a_credit_note_for_a_quantity_closes_what_was_too_much(brought: Any, session: Session) -> None:
    written = document(brought, (brought.names[0], 12_000, 200), right(brought)[1])
    invoice = take_in_file(brought.kitchen.id, "a.xml", file_of(written), **WHO)
    assert kinds(invoice) == [("quantity_above", 500, "held")]
    note = credit_of(written, (brought.names[0], 2_500, 200))
    credited = take_in_file(brought.kitchen.id, "d.xml", file_of(note), **WHO)
    assert (credited.kind, credited.corrects_id) == ("credit_note", invoice.id)
    assert kinds(invoice) == [("quantity_above", 500, "released")]
    assert (invoice.state, invoice.credited_cents) == ("matched", credited.gross_cents)
    # The credit took off what had counted nothing.
    assert counted(session) == [(9_500, 1900), (3_000, 2700)]


def test_a_credit_note_for_a_price_closes_what_was_too_dear(brought: Any, session: Session) -> None:
    written = document(brought, (brought.names[0], 9_500, 250), right(brought)[1])
    invoice = take_in_file(brought.kitchen.id, "a.xml", file_of(written), **WHO)
    assert kinds(invoice) == [("price_above", 475, "held")]
    take_in_file(
        brought.kitchen.id, "d.xml", file_of(credit_of(written, (brought.names[0], 9_500, 50))), **WHO
    )
    assert kinds(invoice) == [("price_above", 475, "released")]
    assert invoice.state == "matched"


def test_a_credit_note_of_everything_frees_the_goods(brought: Any, session: Session) -> None:
    written = document(brought, *right(brought))
    invoice = take_in_file(brought.kitchen.id, "a.xml", file_of(written), **WHO)
    take_in_file(brought.kitchen.id, "d.xml", file_of(credit_of(written, *right(brought))), **WHO)
    assert invoice.state == "credited"
    assert counted(session) == [(0, 0), (0, 0)]


def test_a_credit_note_needs_its_invoice_and_stays_within_it(brought: Any) -> None:
    written = document(brought, *right(brought))
    note = file_of(credit_of(written, right(brought)[0]))
    with pytest.raises(NothingToCorrect):
        take_in_file(brought.kitchen.id, "d.xml", note, **WHO)
    take_in_file(brought.kitchen.id, "a.xml", file_of(written), **WHO)
    with pytest.raises(CreditsTooMuch):
        take_in_file(
            brought.kitchen.id, "d.xml", file_of(credit_of(written, (brought.names[1], 9_000, 900))), **WHO
        )


def test_the_clock_knows_which_invoices_to_compare_again(brought: Any) -> None:
    note = farm_notes(brought)[2]
    invoice = enter(
        brought.kitchen.id, brought.farm.id,
        taken(line(brought.names[0], 4_000, 200, day=note.delivery_date)), **WHO,
    )  # fmt: skip
    assert changed() == []
    accept_all(farm_notes(brought)[2])
    assert changed() == [invoice.id]
    match_invoice(invoice.id, **WHO)
    assert changed() == []


@pytest.mark.parametrize("seed", range(16))
def test_what_differs_explains_what_is_asked_beyond_what_is_right(brought: Any, seed: int) -> None:
    """Its findings add up to invoiced − accepted × agreed, and no goods count twice."""
    random = Random(seed)
    right_of = {brought.names[0]: (9_500, 200), brought.names[1]: (3_000, 900)}
    names = random.choices([*brought.names, "Neznano", *brought.names], k=random.randint(1, 6))
    lines = [
        line(name, random.choice([9_500, 3_000, 4_250, 12_000, 1]), random.choice([200, 900, 217, 1]))
        for name in names
    ]
    net = sum(one.net for one in lines) + random.choice([0, 0, 35, -10])
    invoice = enter(
        brought.kitchen.id, brought.farm.id, taken(*lines, net_cents=net, gross_cents=net + 100), **WHO
    )
    placed = {row.delivery_line_id: row.name for row in invoice.lines if row.delivery_line_id}
    due_cents = sum(line_net(price, quantity) for name, (quantity, price) in right_of.items()
                    if name in placed.values())  # fmt: skip
    assert sum(cents for _, cents, _ in kinds(invoice)) == invoice.net_cents - due_cents
    by_goods: dict[int, int] = {}
    for row in invoice.lines:
        by_goods[row.delivery_line_id or 0] = by_goods.get(row.delivery_line_id or 0, 0) + row.counted
    for goods, name in placed.items():
        assert by_goods[goods] <= right_of[name][0]
