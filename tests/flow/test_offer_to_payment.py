"""One story from the offer to the payment and back through a credit note, by the services alone.

At each step the five quantities of every line (ordered, recorded, delivered, accepted, invoiced) and the sums
of money are what they must be; the trail holds; from the payment foreign keys alone lead to the offers.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.billing.approve import approve_invoice
from foodorder.billing.issue import issue_all
from foodorder.billing.match import findings_of, match_invoice
from foodorder.billing.models import Invoice
from foodorder.billing.owed import credit_owed, owed
from foodorder.billing.pay import make_batch, waiting
from foodorder.billing.statements import StatementKnown
from foodorder.db import db
from foodorder.delivery import claims, corrections, moves, shortfalls
from foodorder.delivery.notes import make_cycle_notes
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.acceptance import AcceptReason
from foodorder.rules.claims import ClaimOutcome, Side
from foodorder.rules.delivery import SentLot, ShortReason
from foodorder.rules.findings import OrderedThemselves
from foodorder.rules.payments import Payable, PaymentState, payment_state
from foodorder.trail.actor import SCHEDULER
from tests.camt import detail, entry
from tests.deliveries import AFTER, MONDAY
from tests.factories import CLOSES, World
from tests.flow.story import Story
from tests.invoices import AT_THE_DOOR, TUESDAY_MORNING, know_the_law

#: From the payment back to the offer: table, its column, and the table that the column's key leads to.
CHAIN = (
    ("payment", "invoice_id", "invoice"),
    ("invoice_line", "acceptance_id", "acceptance_line"),
    ("acceptance_line", "delivery_line_id", "delivery_line"),
    ("delivery_line", "record_line_id", "record_line"),
    ("record_line", "order_line_id", "order_line"),
    ("order_line", "offer_version_id", "offer_version"),
    ("offer_version", "offer_id", "offer"),
)


def kilograms(**thousandths: int | None) -> dict[str, int | None]:
    """Thousandths by offer."""
    return thousandths


@pytest.fixture
def story(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Story:
    know_the_law()
    return Story(world, session, clock_at)


def test_from_the_offer_to_the_payment_and_back(story: Story) -> None:
    order_and_close(story)
    bring(story)
    accept_and_claim(story)
    invoice = bill(story)
    pay(story, invoice)
    note = claim_after_payment(story, invoice)
    refund(story, invoice, note)
    every_key_leads_back(story)


def order_and_close(story: Story) -> None:
    """Carrots come in sacks of 5 kg: of 12 kg two sacks are recorded."""
    story.order(carrots="12", cheese="3", beets="4", apples="6")
    assert story.five("ordered") == kilograms(carrots=12_000, cheese=3_000, beets=4_000, apples=6_000)
    assert set(story.five("recorded").values()) == {None}
    story.clock_at(CLOSES)
    record_cycle(story.cycle.id, actor=SCHEDULER)
    assert story.five("recorded") == kilograms(carrots=10_000, cheese=3_000, beets=4_000, apples=6_000)
    assert story.five("ordered")["carrots"] == 12_000
    assert set(story.five("delivered").values()) == {None}
    story.trail_holds("offer.published", "order.submitted", "cycle.recorded")


def bring(story: Story) -> None:
    """Two kilograms of carrots are told short, and the cheese is of another lot, before the van leaves."""
    story.clock_at(AFTER)
    make_cycle_notes(story.cycle.id, actor=SCHEDULER, now=AFTER)
    assert story.five("delivered") == story.five("recorded")
    who: dict[str, Any] = {"actor": story.farmer, "now": AFTER}
    note = story.note()
    less = shortfalls.Less(note.id, story.line("carrots").root_line_id, 8_000)
    shortfalls.tell_short(story.farm.id, [less], ShortReason.FROST, **who)
    for lot in ("S-1", "S-2"):
        packed = corrections.Packed(SentLot(3_000, lot, MONDAY + timedelta(days=9)))
        change = corrections.Correction(story.line("cheese").root_line_id, (packed,))
        corrections.correct_note(story.farm.id, note.id, [change], **who)
    moves.leave(story.farm.id, [note.id], **who)
    assert (story.note().state, story.line("cheese").lot) == ("on_the_way", "S-2")
    assert story.five("delivered") == kilograms(carrots=8_000, cheese=3_000, beets=4_000, apples=6_000)
    assert story.five("recorded")["carrots"] == 10_000
    assert set(story.five("accepted").values()) == {None}
    story.trail_holds("note.made", "shortfall.told", "note.corrected", "note.left")


def accept_and_claim(story: Story) -> None:
    """Carrots in part; cheese refused and replaced; beets accepted and then one kilogram of them credited."""
    story.clock_at(AT_THE_DOOR)
    story.write("carrots", 7_500, AcceptReason.QUALITY, "Pol kile gnilih.")
    story.write("cheese", 0, AcceptReason.TEMPERATURE, "12 stopinj.")
    story.write("beets", 4_000)
    assert story.note().state == "on_the_way"
    story.write("apples", 6_000)
    assert story.note().state == "received"
    assert story.five("accepted") == kilograms(carrots=7_500, cheese=0, beets=4_000, apples=6_000)
    again = story.claim("cheese", 3_000, AT_THE_DOOR, was_accepted=False)
    soon = AT_THE_DOOR + timedelta(minutes=30)
    claims.promise(again, soon, actor=story.farmer, now=AT_THE_DOOR)
    claims.close_claim(
        again, ClaimOutcome.REPLACED, Side.BUYER, replacement=claims.Replacement(3_000, "S-3", MONDAY),
        actor=story.cook, now=soon,
    )  # fmt: skip
    story.credited(story.claim("beets", 1_000, soon, was_accepted=True), soon)
    assert story.five("accepted") == kilograms(carrots=7_500, cheese=3_000, beets=3_000, apples=6_000)
    assert story.five("delivered") == kilograms(carrots=8_000, cheese=3_000, beets=4_000, apples=6_000)
    assert set(story.five("invoiced").values()) == {None}
    story.trail_holds("delivery.accepted", "claim.opened", "claim.replaced", "claim.credited")


def bill(story: Story) -> Invoice:
    """7,5 × 2 € + 3 × 9 € + 3 × 1,50 € + 6 × 1,33 € = 54,48 €, with 9,5 % of VAT 59,66 €."""
    story.clock_at(TUESDAY_MORNING)
    [invoice] = issue_all(story.farm.id, actor=story.farmer, now=TUESDAY_MORNING)
    assert (invoice.number, invoice.net_cents, invoice.vat_cents) == ("R-2026-0001", 5_448, 518)
    assert story.sums(invoice) == ("matched", 5_966, 0, 0)
    assert story.five("invoiced") == story.five("counted") == story.five("accepted")
    match_invoice(invoice.id, actor=story.clerk, now=TUESDAY_MORNING)
    assert findings_of(invoice.id) == []
    with pytest.raises(OrderedThemselves):
        approve_invoice(invoice.id, actor=story.cook, now=TUESDAY_MORNING)
    approve_invoice(invoice.id, actor=story.clerk, now=TUESDAY_MORNING)
    assert (invoice.state, invoice.approved_by_id) == ("approved", story.clerk.person_id)
    story.trail_holds("invoice.issued", "invoice.approved")
    return invoice


def pay(story: Story, invoice: Invoice) -> None:
    """The bank is told, and tells that it did; the farm's own statement only confirms it."""
    [due] = waiting(story.kitchen.id)
    assert (due.id, due.open_cents, due.batch_id) == (invoice.id, 5_966, None)
    tuesday = date(2026, 12, 1)
    batch = make_batch(
        story.kitchen.id, [invoice.id], tuesday, today=tuesday, actor=story.clerk, now=TUESDAY_MORNING
    )
    file = ElementTree.fromstring(batch.content)
    told = {str(one.tag).partition("}")[2]: one.text for one in file.iter()}
    assert (told["InstdAmt"], told["EndToEndId"]) == ("59.66", batch.lines[0].end_to_end)
    assert story.sums(invoice) == ("approved", 5_966, 0, 0)
    leaving = entry(-5_966, detail(mark=batch.lines[0].end_to_end))
    [left] = story.read("1", leaving, total=-5_966)
    assert (left.state, left.settled_cents) == ("exact", -5_966)
    assert story.sums(invoice) == ("paid", 5_966, 0, 5_966)
    with pytest.raises(StatementKnown):
        story.read("1", leaving, total=-5_966)
    coming = entry(5_966, detail(reference=invoice.reference))
    [seen] = story.read("1", coming, total=5_966, mine=True)
    assert (seen.state, seen.settled_cents) == ("exact", 5_966)
    assert story.sums(invoice) == ("paid", 5_966, 0, 5_966)
    assert waiting(story.kitchen.id) == []
    story.trail_holds("payment_batch.made", "bank_statement.read", "payment.booked")


def claim_after_payment(story: Story, invoice: Invoice) -> Invoice:
    """Two kilograms of apples turn out to be bad: 2,66 € with 0,25 € of VAT are owed back."""
    later = AT_THE_DOOR + timedelta(days=1, hours=3)
    claim = story.claim("apples", 2_000, later, was_accepted=True)
    assert owed(story.farm.id) == []
    story.credited(claim, later)
    [found] = owed(story.farm.id)
    assert found.invoice_id == invoice.id
    note = credit_owed(invoice.id, actor=story.farmer, now=later)
    assert (note.number, note.net_cents, note.vat_cents) == ("DP-2026-0001", 266, 25)
    assert note.corrects_id == invoice.id
    assert owed(story.farm.id) == []
    assert story.sums(invoice) == ("paid", 5_966, 291, 5_966)
    assert story.five("accepted") == kilograms(carrots=7_500, cheese=3_000, beets=3_000, apples=4_000)
    assert story.five("invoiced") == story.five("counted") == story.five("accepted")
    assert standing(invoice) is PaymentState.REFUND_DUE
    story.trail_holds("credit_note.issued")
    return note


def refund(story: Story, invoice: Invoice, note: Invoice) -> None:
    """The farm sends the difference back; the kitchen's bank shows it under the invoice's reference."""
    [back] = story.read("2", entry(291, detail(reference=invoice.reference)), total=291)
    assert (back.state, back.settled_cents) == ("returned", 291)
    assert story.sums(invoice) == ("paid", 5_966, 291, 5_675)
    assert standing(invoice) is PaymentState.PAID
    booked = db.session.scalar(text("SELECT sum(amount_cents)::bigint FROM payment"))
    assert booked == invoice.gross_cents - note.gross_cents
    story.trail_holds("payment.returned")


def standing(invoice: Invoice) -> PaymentState:
    return payment_state(
        Payable(
            invoice.id, invoice.reference, invoice.gross_cents, invoice.credited_cents, invoice.paid_cents
        )
    )


def every_key_leads_back(story: Story) -> None:
    """Each step is a foreign key of the schema, and along them every payment reaches every offer."""
    keys = {
        tuple(row)
        for row in story.session.execute(
            text(
                "SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text"
                "  FROM pg_constraint c JOIN pg_attribute a"
                "    ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey) WHERE c.contype = 'f'"
            )
        )
    }
    assert {*CHAIN, ("invoice_line", "invoice_id", "invoice"), ("invoice", "corrects_id", "invoice")} <= keys
    joins = "\n".join(f"JOIN {to} ON {to}.id = {table}.{column}" for table, column, to in CHAIN[1:])
    reached = story.session.execute(
        text(
            "SELECT invoice.kind, array_agg(DISTINCT offer.id ORDER BY offer.id)"
            "  FROM payment RIGHT JOIN invoice ON payment.invoice_id IN (invoice.id, invoice.corrects_id)"
            f" JOIN invoice_line ON invoice_line.invoice_id = invoice.id {joins}"
            " WHERE payment.id IS NOT NULL GROUP BY 1 ORDER BY 1 DESC"
        )
    ).all()
    everything = sorted(offer.id for offer in story.offers.values())
    assert [tuple(row) for row in reached] == [
        ("invoice", everything), ("credit_note", [story.offers["apples"].id]),
    ]  # fmt: skip
