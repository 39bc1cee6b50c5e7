"""Money beyond what an invoice asks: it pays another invoice of the same two, or goes back.

More may have come than is to be paid: a card and a transfer crossed, or a credit note came after the payment.
What lies on the invoice is set off against another one (two payments, one back and one forth); what a card
paid and no invoice could hold is kept for another one, beside the refunds of its intent. What a statement
brought in excess waits as its entry (`entries`).
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from foodorder.billing.booking import Money, book, hold_invoices
from foodorder.billing.heard import KINDS
from foodorder.billing.models import StripeBack, StripeIntent
from foodorder.billing.pay import NoteMissing
from foodorder.db import db
from foodorder.rules.cards import BackKind, BackState, Method
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.errors import Money as Sum
from foodorder.rules.payments import PaymentKind
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class MoreThanExcess(Refusal):
    """More set off, kept or given back than there is in excess."""

    message = N_("Only %(left)s was paid too much here.")
    default_field = "amount"


class OtherTwo(Refusal):
    """Set off against an invoice of somebody else, or one that is not approved."""

    message = N_("Choose an approved invoice of the same producer and the same institution.")
    default_field = "invoice"


@dataclass(frozen=True, slots=True)
class Excess:
    """What was paid too much of an invoice, cents: on it, and with Stripe beside it (of this intent)."""

    invoice_id: int
    number: str
    producer_id: int
    producer: str
    institution_id: int
    institution: str
    municipality_id: int
    cents: int
    at_stripe: int
    intent_id: int | None
    #: Whether it was paid through Stripe, so that it can go back to its card or account.
    by_stripe: bool

    @property
    def total(self) -> int:
        """All of it."""
        return self.cents + self.at_stripe


_EXCESS = text("""
SELECT i.id AS invoice_id, i.number, i.producer_id, p.name AS producer, i.institution_id,
       n.short_name AS institution, n.municipality_id,
       greatest(i.paid_cents + i.credited_cents - i.gross_cents, 0) AS cents,
       coalesce(s.cents, 0)::bigint AS at_stripe, s.id AS intent_id, s.id IS NOT NULL AS by_stripe
  FROM invoice i
  JOIN producer p ON p.id = i.producer_id
  JOIN institution n ON n.id = i.institution_id
  LEFT JOIN LATERAL (
       SELECT t.id, t.taken_cents - t.booked_cents
                    - coalesce(sum(b.amount_cents) FILTER (WHERE b.state <> 'failed'), 0)
                    + coalesce(sum(b.booked_cents), 0) AS cents
         FROM stripe_intent t LEFT JOIN stripe_back b ON b.intent_id = t.id
        WHERE t.invoice_id = i.id AND t.booked_cents IS NOT NULL
        GROUP BY t.id ORDER BY cents DESC, t.id LIMIT 1) s ON true
 WHERE i.kind = 'invoice'
   AND (i.paid_cents + i.credited_cents > i.gross_cents OR s.cents > 0)
   AND (CAST(:institution AS integer) IS NULL OR i.institution_id = :institution)
   AND (CAST(:producer AS integer) IS NULL OR i.producer_id = :producer)
   AND (CAST(:invoice AS bigint) IS NULL OR i.id = :invoice)
 ORDER BY i.id
""")

_SAME_TWO = text("""
SELECT EXISTS (SELECT FROM invoice a JOIN invoice b
                  ON b.producer_id = a.producer_id AND b.institution_id = a.institution_id AND b.id <> a.id
                WHERE a.id = :invoice AND b.id = :other AND b.kind = 'invoice' AND b.state = 'approved')
""")


def in_excess(*, institution_id: int | None = None, producer_id: int | None = None) -> list[Excess]:
    """What was paid too much, of one side."""
    return _found(institution_id, producer_id, None)


def set_off(invoice_id: int, other_id: int, amount: int, *, today: date, actor: Actor, now: datetime) -> None:
    """Let what was paid too much (cents) pay another approved invoice of the same two.

    What lies on the invoice is moved first, then what Stripe holds. Raises OtherTwo, MoreThanExcess,
    PaidTooMuch.
    """
    hold_invoices([invoice_id, other_id])
    if not db.session.execute(_SAME_TWO, {"invoice": invoice_id, "other": other_id}).scalar_one():
        raise OtherTwo
    excess = _of(invoice_id, amount)
    words = f"{excess.number} → {_number(other_id)}"
    moved = min(amount, excess.cents)
    if moved:
        for invoice, cents in ((invoice_id, -moved), (other_id, moved)):
            book(invoice, Money(PaymentKind.OFFSET, cents, today, words=words), actor=actor, now=now)
    if amount > moved and excess.intent_id is not None:
        _keep(excess, other_id, amount - moved, words, today, actor, now)


def came_back(invoice_id: int, amount: int, day: date, words: str, *, actor: Actor, now: datetime) -> None:
    """The institution says that what it paid too much came back (cash, a transfer no statement showed).

    Raises NoteMissing, MoreThanExcess: also for what Stripe holds, which goes back by a refund.
    """
    if not words.strip():
        raise NoteMissing
    hold_invoices([invoice_id])
    excess = _of(invoice_id, amount)
    if amount > excess.cents:
        raise MoreThanExcess(left=Sum(excess.cents))
    book(invoice_id, Money(PaymentKind.NOTED, -amount, day, words=words.strip()), actor=actor, now=now)


def _found(institution_id: int | None, producer_id: int | None, invoice_id: int | None) -> list[Excess]:
    rows = db.session.execute(
        _EXCESS, {"institution": institution_id, "producer": producer_id, "invoice": invoice_id}
    )
    return [Excess(**row._asdict()) for row in rows]


def _of(invoice_id: int, amount: int) -> Excess:
    """The excess of an invoice that is held, checked to be at least so much."""
    found = _found(None, None, invoice_id)
    if not found or not 0 < amount <= found[0].total:
        raise MoreThanExcess(left=Sum(found[0].total if found else 0))
    return found[0]


def _keep(
    excess: Excess, other_id: int, cents: int, words: str, today: date, actor: Actor, now: datetime
) -> None:
    """Money that Stripe took and no invoice could hold pays another one: it cannot be refunded any more."""
    intent = db.session.get_one(StripeIntent, excess.intent_id, with_for_update=True)
    kept = StripeBack(
        intent_id=intent.id,
        kind=BackKind.KEPT.value,
        amount_cents=cents,
        booked_cents=0,
        state=BackState.SUCCEEDED.value,
        words=words,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(kept)
    db.session.flush()
    kind = KINDS[Method(intent.method)]
    money = Money(kind, cents, today, stripe_id=f"{intent.intent}:kept:{kept.id}", words=words)
    book(other_id, money, actor=actor, now=now)
    trail.record(
        actor,
        "payment.kept",
        "invoice",
        excess.invoice_id,
        now=now,
        municipality_id=excess.municipality_id,
        after={"amount_cents": cents},
        reason=words,
    )


def _number(invoice_id: int) -> str:
    number: str = db.session.execute(
        text("SELECT number FROM invoice WHERE id = :invoice"), {"invoice": invoice_id}
    ).scalar_one()
    return number
