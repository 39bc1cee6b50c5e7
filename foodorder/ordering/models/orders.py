"""Weekly orders: drafts, submissions and their lines."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import DeliveryPoint, Institution
from foodorder.catalogue.models import OfferVersion
from foodorder.db import Model, one_of
from foodorder.ordering.models.cycles import Cycle
from foodorder.rules.agreements import Basis, Funding, Substitution


class WeeklyOrder(Model):
    """A kitchen's order in a cycle: the newest submission counts, the draft beside it does not."""

    __tablename__ = "weekly_order"
    __table_args__ = (
        UniqueConstraint("cycle_id", "institution_id"),
        UniqueConstraint("id", "cycle_id", "institution_id"),
        ForeignKeyConstraint(["current_submission_id"], ["order_submission.id"], use_alter=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    #: NULL: never submitted, or withdrawn.
    current_submission_id: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_at: Mapped[datetime | None]
    #: Grows with every saved draft; a stale page is told so.
    draft_version: Mapped[int] = mapped_column(default=0)
    draft_saved_at: Mapped[datetime | None]
    draft_saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Whether the draft differs from what is submitted.
    has_draft: Mapped[bool] = mapped_column(default=False)

    cycle: Mapped[Cycle] = relationship()
    institution: Mapped[Institution] = relationship()


class DraftLine(Model):
    """A cell of the order form, exactly as typed, wrong or not: nothing typed is ever lost."""

    __tablename__ = "draft_line"

    order_id: Mapped[int] = mapped_column(ForeignKey("weekly_order.id"), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_point.id"), primary_key=True)
    delivery_date: Mapped[date] = mapped_column(primary_key=True)
    typed: Mapped[str] = mapped_column(Text)


class OrderSubmission(Model):
    """One submitted version of an order: the receipt (potrdilo o oddaji)."""

    __tablename__ = "order_submission"
    __table_args__ = (
        UniqueConstraint("order_id", "version"),
        UniqueConstraint("id", "cycle_id", "institution_id"),
        ForeignKeyConstraint(
            ["order_id", "cycle_id", "institution_id"],
            ["weekly_order.id", "weekly_order.cycle_id", "weekly_order.institution_id"],
        ),
        CheckConstraint("pack_choice IN ('up', 'down')", name="pack_choice"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger)
    cycle_id: Mapped[int]
    institution_id: Mapped[int]
    version: Mapped[int]
    #: Shown to people: KV-2026-W49/2.
    number: Mapped[str] = mapped_column(Text)
    #: The database's clock after the cycle's lock was taken.
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: What the kitchen wants at the close where a sum is not whole packs.
    pack_choice: Mapped[str] = mapped_column(Text)
    lines: Mapped[int]
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)


class OrderLine(Model):
    """One quantity of one offer for one door on one day, with everything that was agreed copied in."""

    __tablename__ = "order_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "cycle_id", "institution_id"],
            ["order_submission.id", "order_submission.cycle_id", "order_submission.institution_id"],
        ),
        ForeignKeyConstraint(
            ["delivery_point_id", "institution_id"], ["delivery_point.id", "delivery_point.institution_id"]
        ),
        UniqueConstraint("submission_id", "offer_id", "delivery_point_id", "delivery_date"),
        one_of("basis", Basis),
        one_of("funding", Funding),
        one_of("substitution", Substitution),
        CheckConstraint("(lot_id IS NOT NULL) = (basis IN ('call_off', 'exempted'))", name="lot"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("net_cents = (price_cents * quantity + 500) / 1000", name="net"),
        Index("ix_order_line_cycle", "cycle_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    submission_id: Mapped[int] = mapped_column(BigInteger)
    cycle_id: Mapped[int]
    institution_id: Mapped[int]
    delivery_point_id: Mapped[int]
    delivery_date: Mapped[date]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    offer_version_id: Mapped[int] = mapped_column(ForeignKey("offer_version.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    #: Thousandths of the unit.
    quantity: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)
    grams_per_unit: Mapped[int]
    order_step: Mapped[int] = mapped_column(BigInteger)
    pack: Mapped[int | None] = mapped_column(BigInteger)
    price_cents: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    #: 'vat', 'flat_rate' or 'exempt' (rules/vat.py), and the rate that applies, basis points.
    vat_treatment: Mapped[str] = mapped_column(Text)
    vat_bp: Mapped[int]
    #: Lawful basis of the purchase, chosen by rule at submission; 'unclassified' where none is asked for.
    basis: Mapped[str] = mapped_column(Text, server_default=text("'unclassified'"))
    #: Of call-offs and exempted lots. Under an award the price is `agreed_price_id`'s.
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_lot.id"))
    agreed_price_id: Mapped[int | None] = mapped_column(ForeignKey("agreed_price.id"))
    funding: Mapped[str] = mapped_column(Text, server_default=text("'regular'"))
    #: What may come instead, if it cannot be delivered.
    substitution: Mapped[str] = mapped_column(Text, server_default=text("'ask'"))

    delivery_point: Mapped[DeliveryPoint] = relationship(overlaps="institution")
    offer_version: Mapped[OfferVersion] = relationship()
