"""What was wrong with goods that came, and what became of it."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.db import Model, one_of
from foodorder.delivery.models.acceptance import AcceptanceLine
from foodorder.delivery.models.notes import DeliveryLine
from foodorder.rules.claims import ClaimKind, ClaimOutcome, ClaimState


class Claim(Model):
    """A claim (reklamacija) about a delivered line, with its clock and its end."""

    __tablename__ = "claim"
    __table_args__ = (
        one_of("kind", ClaimKind),
        one_of("state", ClaimState),
        one_of("outcome", ClaimOutcome),
        CheckConstraint("quantity > 0 AND replaced BETWEEN 0 AND quantity", name="quantity"),
        CheckConstraint("(outcome IS NULL) = (resolved_at IS NULL)", name="resolved"),
        Index("ix_claim_line", "delivery_line_id"),
        Index("ix_claim_open", "due_at", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_line.id"))
    acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("acceptance_line.id"))
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    #: Thousandths of the unit that are not as they should be, and whether they were accepted first.
    quantity: Mapped[int] = mapped_column(BigInteger)
    was_accepted: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Until when the producer replaces it; the kitchen may buy elsewhere after.
    due_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When the producer promised to bring other goods.
    promised_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    #: What came instead and was accepted, thousandths, with its lot and date.
    replaced: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    replacement_lot: Mapped[str | None] = mapped_column(Text)
    replacement_use_by: Mapped[date | None]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    delivery_line: Mapped[DeliveryLine] = relationship(foreign_keys=[delivery_line_id])
    acceptance: Mapped[AcceptanceLine | None] = relationship()
    cover: Mapped["CoverPurchase | None"] = relationship(back_populates="claim")


class CoverPurchase(Model):
    """What a kitchen bought elsewhere instead (kritni kup); the supplier bears the extra cost."""

    __tablename__ = "cover_purchase"
    __table_args__ = (
        UniqueConstraint("claim_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("gross_cents = net_cents + vat_cents", name="gross"),
        CheckConstraint("extra_cents >= 0", name="extra"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    supplier: Mapped[str] = mapped_column(Text)
    #: Number of the receipt or invoice it was bought with.
    document: Mapped[str] = mapped_column(Text)
    bought_on: Mapped[date]
    quantity: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)
    gross_cents: Mapped[int] = mapped_column(BigInteger)
    #: What the kitchen paid above the agreed price: claimed from the supplier.
    extra_cents: Mapped[int] = mapped_column(BigInteger)
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    claim: Mapped[Claim] = relationship(back_populates="cover")
