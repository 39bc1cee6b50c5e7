"""A farm, two kitchens and their banks act as chance has it, from the note to the money; much is refused."""

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import select, text

from foodorder.billing import approve as approving
from foodorder.billing.credit import issue_credit_note, lines_left
from foodorder.billing.due import due
from foodorder.billing.entries import assign
from foodorder.billing.issue import issue_all, issue_invoice
from foodorder.billing.models import BankEntry, Invoice
from foodorder.billing.models.bank import PaymentBatch, PaymentBatchLine
from foodorder.billing.owed import credit_owed, owed
from foodorder.billing.pay import cancel_batch, make_batch, note_payment, waiting
from foodorder.billing.statements import Owner, read_in
from foodorder.billing.take_in import enter
from foodorder.db import db
from foodorder.delivery import claims, corrections, moves, shortfalls
from foodorder.delivery.accept import Noted, accept
from foodorder.delivery.models import AcceptanceLine, Claim, DeliveryLine, DeliveryNote
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.rules.claims import ClaimKind, ClaimOutcome, Side
from foodorder.rules.delivery import SentLot, ShortReason
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import COMMAND
from tests.camt import OWN, detail, entry, statement
from tests.deliveries import farm_notes
from tests.invoices import AT_THE_DOOR, IBAN
from tests.taken import line as typed_line
from tests.taken import taken

TODAY = date(2026, 12, 1)
ENDS = {
    ClaimOutcome.REPLACED: Side.BUYER, ClaimOutcome.CREDITED: Side.SUPPLIER,
    ClaimOutcome.WITHDRAWN: Side.BUYER, ClaimOutcome.REFUSED: Side.COORDINATOR,
}  # fmt: skip
One = TypeVar("One")


class NothingThere(Refusal):
    """Chance chose among nothing."""


class Trade:
    """What may happen; `seed` decides of each act what it is about."""

    def __init__(self, closed: Any) -> None:
        self.closed, self.chance, self.now = closed, random.Random(0), AT_THE_DOOR + timedelta(days=1)
        self.statements = 0

    def act(self, name: str, seed: int) -> bool:
        """Do something; what is refused leaves nothing behind."""
        self.chance, self.now = random.Random(seed), self.now + timedelta(minutes=1)
        done = False
        with suppress(Refusal), db.session.begin_nested():
            getattr(self, name)()
            done = True
        db.session.expire_all()
        return done

    @property
    def who(self) -> dict[str, Any]:
        return {"actor": COMMAND, "now": self.now}

    def one(self, things: Sequence[One]) -> One:
        if not things:
            raise NothingThere
        return self.chance.choice(things)

    def note(self) -> DeliveryNote:
        return self.one(farm_notes(self.closed))

    def line(self) -> DeliveryLine:
        return self.one(self.note().lines)

    def invoice(self, kind: str = "invoice") -> Invoice:
        return self.one(db.session.scalars(select(Invoice).where(Invoice.kind == kind)).all())

    def some(self, most: int) -> int:
        """Grams, or pieces of a cent's thousandth: round, odd, or all."""
        return self.one([most, max(most - 1, 1), self.chance.randint(1, max(most, 1)), most // 2 or 1])

    def tell_short(self) -> None:
        line = self.line()
        less = shortfalls.Less(line.note_id, line.root_line_id, self.some(line.quantity))
        shortfalls.tell_short(self.closed.farm.id, [less], ShortReason.FROST, **self.who)

    def correct_note(self) -> None:
        line = self.line()
        more = line.ordered + self.chance.randint(-line.ordered // 3, line.ordered // 10)
        lots = tuple(corrections.Packed(SentLot(part, "L")) for part in (more // 2, more - more // 2))
        change = corrections.Correction(line.root_line_id, lots, ShortReason.HAIL)
        corrections.correct_note(self.closed.farm.id, line.note_id, [change], **self.who)

    def leave(self) -> None:
        moves.leave(self.closed.farm.id, [self.note().id], **self.who)

    def cancel(self) -> None:
        moves.cancel(self.closed.farm.id, self.note().id, ShortReason.BREAKDOWN, **self.who)

    def accept(self) -> None:
        """Accepted or corrected, in whole or in part, having seen the last version or an older one."""
        line = self.line()
        quantity = self.one([line.quantity, line.quantity, self.some(line.quantity), 0])
        reason = None if quantity == line.quantity else AcceptReason.QUALITY
        current = db.session.get(AcceptanceLine, line.acceptance_id) if line.acceptance_id else None
        seen = self.one([current.version if current else 0, 0])
        noted = Noted(line.id, Decision(quantity, reason, "Tehtano."), seen, uuid4(), self.now)
        accept(noted, institution_id=line.note.institution_id, **self.who)

    def claim(self) -> None:
        line, was_accepted = self.line(), self.one([True, True, False])
        quantity = self.some(line.quantity // 2)
        claims.open_claim(
            line.id, ClaimKind.HIDDEN, quantity, "Gnilo.", was_accepted=was_accepted, **self.who
        )

    def end_claim(self) -> None:
        found = self.one(db.session.scalars(select(Claim).where(Claim.resolved_at.is_(None))).all())
        outcome = self.one(list(ENDS))
        came = claims.Replacement(self.some(found.quantity)) if outcome is ClaimOutcome.REPLACED else None
        if outcome is ClaimOutcome.REFUSED and found.state == "open":
            claims.contest(found.id, "Bilo je dobro.", **self.who)
        claims.close_claim(found.id, outcome, ENDS[outcome], replacement=came, **self.who)

    def issue(self) -> None:
        """All lines of a group, or some of them."""
        found = due(self.closed.farm.id)
        group = self.one(list(found.groups))
        keys = [line.key for line in found.groups[group]]
        chosen = self.one([None, self.chance.sample(keys, self.chance.randint(1, len(keys)))])
        issue_invoice(group, lines=chosen, **self.who)

    def issue_all(self) -> None:
        issue_all(self.closed.farm.id, **self.who)

    def enter(self) -> None:
        """An invoice written elsewhere, of the right or another price and quantity."""
        line = self.line()
        price = line.record_line.price_cents + self.one([0, 0, 10, -10])
        written = taken(
            typed_line(line.name, self.some(line.quantity), price),
            number=f"Z-{self.chance.randint(1, 10**9)}",
        )
        enter(line.note.institution_id, self.closed.farm.id, written, **self.who)

    def credit(self) -> None:
        invoice = self.invoice()
        row = self.one(lines_left(invoice.id))
        issue_credit_note(
            invoice.id, {row.id: self.some(row.quantity - row.credited)}, "Popravek.", **self.who
        )

    def credit_owed(self) -> None:
        credit_owed(self.one(owed(self.closed.farm.id)).invoice_id, **self.who)

    def approve(self) -> None:
        approving.approve_invoice(self.invoice().id, **self.who)

    def take_back(self) -> None:
        approving.take_back(self.invoice().id, "Še enkrat.", **self.who)

    def reject(self) -> None:
        approving.reject_invoice(self.invoice().id, "Ni naše.", **self.who)

    def reopen(self) -> None:
        approving.reopen_invoice(self.invoice().id, **self.who)

    def batch(self) -> None:
        kitchen = self.one([self.closed.kitchen.id, self.closed.school.id])
        ready = [one.id for one in waiting(kitchen) if one.batch_id is None]
        make_batch(kitchen, [self.one(ready)], TODAY, today=TODAY, **self.who)

    def cancel_batch(self) -> None:
        batch = self.one(db.session.scalars(select(PaymentBatch)).all())
        cancel_batch(batch.id, batch.institution_id, **self.who)

    def read(self) -> None:
        """A statement of either side, old or new; it names an invoice, a transfer, nothing."""
        invoice = self.invoice()
        mine = self.one([True, False])
        left = invoice.gross_cents - invoice.credited_cents - invoice.paid_cents
        cents = self.one(
            [left, left, self.some(max(left, 1)), left + 500, -self.some(invoice.paid_cents or 1)]
        )
        seen = cents if mine else -cents
        if not seen:
            raise NothingThere
        chosen = select(PaymentBatchLine.end_to_end).where(PaymentBatchLine.invoice_id == invoice.id)
        marks = list(db.session.scalars(chosen))
        how = self.one([detail(reference=invoice.reference), detail(words="?")])
        if marks and not mine:
            how = detail(mark=self.one(marks))
        owner = (
            Owner(producer_id=self.closed.farm.id) if mine else Owner(institution_id=invoice.institution_id)
        )
        account = IBAN if mine else (OWN if invoice.institution_id == self.closed.kitchen.id else SCHOOLS)
        number = str(self.chance.randint(1, 40))
        content = statement(entry(seen, how), total=seen, number=number, account=account)
        read_in(owner, "izpisek.xml", content, **self.who)

    def assign(self) -> None:
        waits = select(BankEntry).where(BankEntry.state.in_(("unmatched", "excess")))
        found = self.one(db.session.scalars(waits).all())
        left = abs(found.amount_cents) - abs(found.settled_cents)
        assign(found.id, [(self.invoice().id, self.some(left))], **self.who)

    def pay_by_hand(self) -> None:
        invoice = self.invoice()
        cents = self.one([1, -1]) * self.some(invoice.gross_cents)
        note_payment(invoice.id, cents, TODAY, "Blagajna.", **self.who)

    def settle(self) -> None:
        """What is left to do at the end: all claims end, all that is owed is credited, all is invoiced."""
        for found in db.session.scalars(select(Claim).where(Claim.resolved_at.is_(None))).all():
            claims.close_claim(found.id, ClaimOutcome.CREDITED, Side.SUPPLIER, **self.who)
        for one in owed(self.closed.farm.id):
            credit_owed(one.invoice_id, **self.who)
        for group in list(due(self.closed.farm.id).groups):
            issue_invoice(group, **self.who)


#: Another account, of the school.
SCHOOLS = "SI56020170014356205"

#: Acts by how often chance may choose them.
ACTS = (
    "tell_short", "correct_note", "correct_note", "leave", "leave", "cancel",
    *("accept",) * 8, *("claim",) * 3, *("end_claim",) * 3, *("issue",) * 4, "issue_all", "enter", "enter",
    "credit", "credit", "credit_owed", *("approve",) * 4, "take_back", "reject", "reopen", *("batch",) * 3,
    "cancel_batch", *("read",) * 6, "assign", "pay_by_hand",
)  # fmt: skip


def states() -> dict[str, dict[int, str]]:
    """The state of every note, claim and invoice."""
    return {
        table: dict(tuple(row) for row in db.session.execute(text(f"SELECT id, state FROM {table}")))
        for table in ("delivery_note", "claim", "invoice")
    }
