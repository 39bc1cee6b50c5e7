"""In: every record, note, acceptance, invoice and payment, in the transaction that writes it (triggers).
Out: sums of them by cell, so that no page adds up history.
Frozen when: never; they are what raw rows say, and can be counted anew (`foodorder audit rebuild`).

Cells name institutions, producers and foods by number without a foreign key: the rows that they sum up have
one, and checking it again for each cell would cost the close more than everything else here.

Only records in force count. A month is that of the day of delivery that was agreed, for every step from order
to payment, so that steps compare for the same goods. Money is net cents, weight grams.
"""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, Text
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from foodorder.db import Model


def _sum() -> Mapped[int]:
    return mapped_column(BigInteger, server_default="0")


class _Measures:
    """What is added up. All by the recorded line's cell."""

    #: Recorded lines, and those whose price is neither their offer version's nor one agreed under the lot.
    lines: Mapped[int] = _sum()
    repriced: Mapped[int] = _sum()
    net_cents: Mapped[int] = _sum()
    grams: Mapped[int] = _sum()
    #: Of products with a certificate on the day of delivery: organic; of another quality scheme, not organic.
    organic_grams: Mapped[int] = _sum()
    quality_grams: Mapped[int] = _sum()
    #: From farms up to LOCAL_METRES of air distance from the door.
    local_grams: Mapped[int] = _sum()
    #: Weight whose distance is known, and its grams × metres of air distance.
    placed_grams: Mapped[int] = _sum()
    gram_metres: Mapped[int] = _sum()
    #: Order lines that counted at the close (additions after it: 0).
    ordered_cents: Mapped[int] = _sum()
    ordered_grams: Mapped[int] = _sum()
    #: Lines of notes that left (or of which something was accepted), at the recorded price.
    delivered_cents: Mapped[int] = _sum()
    delivered_grams: Mapped[int] = _sum()
    #: The acceptances in force, at the recorded price. What was replaced after a claim is not in them.
    accepted_cents: Mapped[int] = _sum()
    accepted_grams: Mapped[int] = _sum()
    #: Lines of invoices that were not rejected, less those of credit notes.
    invoiced_cents: Mapped[int] = _sum()
    #: The net part of it that is paid, each line in whole cents; all of it once nothing is open.
    paid_cents: Mapped[int] = _sum()


class SpendCell(_Measures, Model):
    """Sums of one institution, producer, food type, month, lawful basis and what the goods count as."""

    __tablename__ = "spend_cell"
    __table_args__ = (
        PrimaryKeyConstraint(
            "institution_id", "month", "producer_id", "food_type_id", "basis", "certificate"
        ),
        CheckConstraint("certificate IN ('organic', 'quality', 'conventional')", name="certificate"),
        Index("ix_spend_cell_producer", "producer_id", "month"),
    )

    institution_id: Mapped[int]
    producer_id: Mapped[int]
    food_type_id: Mapped[int]
    month: Mapped[date]
    basis: Mapped[str] = mapped_column(Text)
    #: rules.certificates.CountsAs, or 'conventional'.
    certificate: Mapped[str] = mapped_column(Text)


class SpendPair(_Measures, Model):
    """Sums of one institution, producer and month. The view `spend_month` adds them up without producer."""

    __tablename__ = "spend_pair"
    __table_args__ = (
        PrimaryKeyConstraint("institution_id", "month", "producer_id"),
        Index("ix_spend_pair_producer", "producer_id", "month"),
    )

    institution_id: Mapped[int]
    producer_id: Mapped[int]
    month: Mapped[date]
    #: Records in force, each in the month of its first day of delivery.
    records: Mapped[int] = _sum()


class PriceCell(Model):
    """What was recorded at one net price (cents of one unit) in a municipality and month."""

    __tablename__ = "price_cell"
    __table_args__ = (
        PrimaryKeyConstraint("municipality_id", "food_type_id", "unit", "month", "price_cents"),
        Index("ix_price_cell_food_type", "food_type_id", "month"),
    )

    municipality_id: Mapped[int]
    food_type_id: Mapped[int]
    unit: Mapped[str] = mapped_column(Text)
    month: Mapped[date]
    price_cents: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = _sum()
    #: Thousandths of the unit.
    quantity: Mapped[int] = _sum()
    grams: Mapped[int] = _sum()
    net_cents: Mapped[int] = _sum()


class OfferCell(Model):
    """What recorded cycles of a municipality sold of a food type in a delivery week (its Monday)."""

    __tablename__ = "offer_cell"
    __table_args__ = (PrimaryKeyConstraint("municipality_id", "week", "food_type_id"),)

    municipality_id: Mapped[int]
    week: Mapped[date]
    food_type_id: Mapped[int]
    #: Offers, and the different producers who made them.
    offers: Mapped[int] = _sum()
    producers: Mapped[int] = _sum()
    #: Institutions that ordered any of it, and what was recorded.
    ordering_institutions: Mapped[int] = _sum()
    net_cents: Mapped[int] = _sum()


class ProductProof(Model):
    """On which days a product is proven organic, and on which of a quality scheme. Written by triggers."""

    __tablename__ = "product_proof"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    organic: Mapped[Any] = mapped_column(DATEMULTIRANGE)
    quality: Mapped[Any] = mapped_column(DATEMULTIRANGE)


class SummaryDue(Model):
    """A cycle recorded in this transaction: what was ordered and offered is counted with its lines."""

    __tablename__ = "summary_due"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
