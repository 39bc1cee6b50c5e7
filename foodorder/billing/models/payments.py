"""Money that moved, and what moved it: a bank's entry, Stripe, or a person's word."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.billing.models.bank import BankEntry
from foodorder.billing.models.invoices import Invoice
from foodorder.db import Model, one_of
from foodorder.rules.cards import BackKind, BackState, IntentState, Method
from foodorder.rules.payments import PaymentKind


class Payment(Model):
    """Money for one invoice; negative where it went back. Never changed: a mistake is a payment back."""

    __tablename__ = "payment"
    __table_args__ = (
        one_of("kind", PaymentKind),
        CheckConstraint("amount_cents <> 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    value_date: Mapped[date]
    bank_entry_id: Mapped[int | None] = mapped_column(ForeignKey("bank_entry.id"), index=True)
    #: Stripe's own number of the payment, refund or dispute: the same event twice is one payment.
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    words: Mapped[str | None] = mapped_column(Text)
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    invoice: Mapped[Invoice] = relationship()
    bank_entry: Mapped[BankEntry | None] = relationship()


class StripeAccount(Model):
    """A producer's own account at Stripe: money goes there directly, the platform never holds it."""

    __tablename__ = "stripe_account"

    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), primary_key=True)
    account: Mapped[str] = mapped_column(Text, unique=True)
    charges_enabled: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: When Stripe last said so, by its own clock.
    heard_at: Mapped[datetime | None]
    connected_at: Mapped[datetime]
    connected_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class StripeIntent(Model):
    """A PaymentIntent on the producer's account for what is open of one invoice."""

    __tablename__ = "stripe_intent"
    __table_args__ = (
        one_of("method", Method),
        one_of("state", IntentState),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("booked_cents BETWEEN 0 AND taken_cents", name="booked"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    account: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text, default=Method.CARD, server_default=Method.CARD.value)
    #: Ours, sent along so that asking twice makes one intent.
    idempotency_key: Mapped[str] = mapped_column(Text, unique=True)
    #: Stripe's; NULL until it answered.
    intent: Mapped[str | None] = mapped_column(Text, unique=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    #: Stripe's word for its state, as last heard (`asked`: it has not answered yet); and when it said so, by
    #: Stripe's own clock.
    state: Mapped[str] = mapped_column(Text)
    heard_at: Mapped[datetime | None]
    #: What Stripe took, and what of it the invoice could hold; NULL until it was paid.
    taken_cents: Mapped[int | None] = mapped_column(BigInteger)
    booked_cents: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    invoice: Mapped[Invoice] = relationship()
    backs: Mapped[list["StripeBack"]] = relationship(back_populates="intent", order_by="StripeBack.id")


class StripeBack(Model):
    """Money of an intent that leaves its invoice: a refund, a payment that the bank disputes, or an
    excess that pays another one.
    """

    __tablename__ = "stripe_back"
    __table_args__ = (
        one_of("kind", BackKind),
        one_of("state", BackState),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("booked_cents BETWEEN 0 AND amount_cents", name="booked"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    intent_id: Mapped[int] = mapped_column(ForeignKey("stripe_intent.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    #: Ours, for a refund that was asked for here.
    idempotency_key: Mapped[str | None] = mapped_column(Text, unique=True)
    #: Stripe's number of the refund or the dispute; NULL until it answered.
    stripe_id: Mapped[str | None] = mapped_column(Text, unique=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    #: What of it was taken off the invoice; less where the invoice never held it. NULL: nothing yet.
    booked_cents: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    intent: Mapped[StripeIntent] = relationship(back_populates="backs")


class StripeEvent(Model):
    """A webhook that was received with a good signature, kept so that it is done once."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        Index("ix_stripe_event_undone", "received_at", postgresql_where=text("done_at IS NULL")),
    )

    event: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
