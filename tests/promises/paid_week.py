"""A recorded week goes on to its payment, act by act: what one person does, in one transaction."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from foodorder.accounts.models import Institution, Producer
from foodorder.accounts.personal import Detail, set_detail
from foodorder.billing.approve import approve_invoice
from foodorder.billing.decide import decide_finding
from foodorder.billing.due import due
from foodorder.billing.issue import issue_invoice
from foodorder.billing.match import findings_of
from foodorder.billing.models import Invoice
from foodorder.billing.models.bank import PaymentBatchLine
from foodorder.billing.pay import make_batch
from foodorder.billing.statements import Owner, read_in
from foodorder.billing.take_in import take_in_file
from foodorder.db import db, retrying, transaction
from foodorder.delivery import moves, shortfalls
from foodorder.delivery.accept import Noted, accept, accept_as_announced
from foodorder.delivery.claims import Cover, close_claim, decline, open_claim
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.notes import make_cycle_notes
from foodorder.delivery.photos import Picture, keep_photo
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.rules.claims import ClaimKind, ClaimOutcome, Side
from foodorder.rules.delivery import ShortReason
from foodorder.rules.findings import FindingAction, Hand
from foodorder.rules.settlement import NothingToInvoice
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.camt import OWN, detail, entry, statement
from tests.invoices import AT_THE_DOOR, IBAN, TUESDAY_MORNING, know_the_law
from tests.promises.house import AFTER, House
from tests.taken import document, file_of

TUESDAY = date(2026, 12, 1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


class PaidWeek:
    """The farm's first two deliveries: one ends paid here, the other's invoice was written elsewhere."""

    def __init__(self, house: House) -> None:
        with transaction():
            know_the_law()
        cycle = house.busy_cycle(kitchens=2)
        house.set_clock(AFTER)
        retrying(lambda: record_cycle(cycle.id, actor=SCHEDULER))
        with transaction():
            self.cycle_id = cycle.id
            made = make_cycle_notes(cycle.id, actor=SCHEDULER, now=AFTER)
            first, second = (db.session.get_one(DeliveryNote, key) for key in made.new[:2])
            self.farm_id, self.kitchen_id = first.producer_id, first.institution_id
            assert second.producer_id == self.farm_id
            self.note_id, self.second_id = first.id, second.id
            # The one whose first line is told short, the next is refused, all others are as announced.
            self.lines = [line.id for line in first.lines]
            set_detail(Detail.IBAN, IBAN, producer_id=self.farm_id, actor=COMMAND, now=AFTER)
            first.institution.iban = OWN

    def short(self) -> None:
        """A kilogram of the first line does not come."""
        line = db.session.get_one(DeliveryNote, self.note_id).lines[0]
        less = shortfalls.Less(self.note_id, line.root_line_id, line.ordered - 1_000)
        shortfalls.tell_short(self.farm_id, [less], ShortReason.FROST, actor=COMMAND, now=AFTER)

    def leave(self) -> None:
        """The van leaves with both."""
        moves.leave(self.farm_id, [self.note_id, self.second_id], actor=COMMAND, now=AFTER)

    def accept(self) -> None:
        """Of the second line two kilograms are refused, with a picture; all else is accepted."""
        sent = {line.id: line.quantity for line in db.session.get_one(DeliveryNote, self.note_id).lines}
        for place, line in enumerate(self.lines):
            decision = Decision(sent[line])
            if place == 1:
                decision = Decision(sent[line] - 2_000, AcceptReason.QUALITY, "Gnilo.")
            noted = Noted(line, decision, 0, UUID(int=line), AT_THE_DOOR)
            done = accept(noted, institution_id=self.kitchen_id, actor=COMMAND, now=AT_THE_DOOR)
            if place == 1:
                keep_photo(done.id, Picture(UUID(int=1), "gnilo.png", PNG), actor=COMMAND, now=AT_THE_DOOR)

    def cover(self) -> None:
        """What was refused is bought elsewhere."""
        bought = Cover("Trgovina", "R-12", AT_THE_DOOR.date(), 2_000, 1_500, 143)
        claim = open_claim(
            self.lines[1], ClaimKind.QUALITY, 2_000, "Gnilo.", was_accepted=False, actor=COMMAND,
            now=AT_THE_DOOR,
        )  # fmt: skip
        decline(claim.id, "Nimam.", actor=COMMAND, now=AT_THE_DOOR)
        close_claim(claim.id, ClaimOutcome.COVERED, Side.BUYER, cover=bought, actor=COMMAND, now=AT_THE_DOOR)

    def issue(self) -> None:
        """The farm's invoice of what was accepted."""
        group = next(iter(due(self.farm_id).groups), None)
        if group is None:
            raise NothingToInvoice
        issue_invoice(group, actor=COMMAND, now=TUESDAY_MORNING)

    def approve(self) -> None:
        """It is approved for payment."""
        approve_invoice(self.invoice().id, actor=COMMAND, now=TUESDAY_MORNING)

    def batch(self) -> None:
        """The bank is told to pay it."""
        make_batch(
            self.kitchen_id, [self.invoice().id], TUESDAY, today=TUESDAY, actor=COMMAND, now=TUESDAY_MORNING
        )

    def read(self) -> None:
        """The bank tells that it did."""
        [transfer] = db.session.scalars(select(PaymentBatchLine))
        paid = -transfer.amount_cents
        content = statement(entry(paid, detail(mark=transfer.end_to_end)), total=paid, account=OWN)
        owner = Owner(institution_id=self.kitchen_id)
        read_in(owner, "izpisek.xml", content, actor=COMMAND, now=TUESDAY_MORNING)

    def dispute(self) -> None:
        """The second delivery's invoice was written elsewhere, asks for more, and somebody explains it."""
        second = db.session.get_one(DeliveryNote, self.second_id)
        keys = [(line.id, UUID(int=line.id)) for line in second.lines]
        accept_as_announced(
            second.id, keys, institution_id=second.institution_id, actor=COMMAND, now=AT_THE_DOOR
        )
        parties: Any = SimpleNamespace(
            farm=db.session.get_one(Producer, self.farm_id),
            kitchen=db.session.get_one(Institution, second.institution_id),
        )
        line = second.lines[0]
        written = document(parties, (line.name, line.quantity, 999))
        taken = take_in_file(
            second.institution_id, "racun.xml", file_of(written), actor=COMMAND, now=TUESDAY_MORNING
        )
        [finding, *_] = findings_of(taken.id)
        decide_finding(
            finding.id, FindingAction.EXPLAIN, "Prva letošnja.", hand=Hand.KITCHEN, actor=COMMAND,
            now=TUESDAY_MORNING,
        )  # fmt: skip

    def invoice(self) -> Invoice:
        """The invoice of the first delivery."""
        return db.session.scalars(select(Invoice).where(Invoice.institution_id == self.kitchen_id)).one()

    #: In the order in which they happen.
    ACTS = ("short", "leave", "accept", "cover", "issue", "approve", "batch", "read", "dispute")

    def pass_by(self) -> None:
        """All of it, act by act."""
        for act in self.ACTS:
            retrying(getattr(self, act))
