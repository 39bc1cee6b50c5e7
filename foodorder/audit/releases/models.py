"""In: every event of a cycle or an agreement, noted by triggers in the transaction that writes it.
Out: releases by the Open Contracting Data Standard, for auditors and the public.
Frozen when: at once. What changes later is another release of the same process.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from foodorder.db import Model, one_of


class News(StrEnum):
    """What something new was written of."""

    CYCLE = "cycle"
    RECORD = "record"
    NOTE = "note"
    ACCEPTANCE = "acceptance"
    INVOICE = "invoice"
    PAYMENT = "payment"
    AGREEMENT = "agreement"


class ReleaseDue(Model):
    """Something of which no release was looked for yet: written by triggers, emptied by the job."""

    __tablename__ = "release_due"
    __table_args__ = (one_of("what", News),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    what: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int] = mapped_column(BigInteger)


class OcdsProcess(Model):
    """A contracting process and the number it is known by: an institution's part of a cycle, or an agreement.

    The number stays, whatever becomes of the prefix and the codes that it was made of.
    """

    __tablename__ = "ocds_process"
    __table_args__ = (
        UniqueConstraint("cycle_id", "institution_id"),
        UniqueConstraint("agreement_id"),
        UniqueConstraint("ocid", "municipality_id"),
        CheckConstraint(
            "num_nonnulls(agreement_id, cycle_id) = 1"
            " AND (cycle_id IS NULL) = (institution_id IS NULL)",
            name="whose",
        ),
        Index("ix_ocds_process_municipality", "municipality_id", "ocid"),
    )  # fmt: skip

    ocid: Mapped[str] = mapped_column(Text, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    cycle_id: Mapped[int | None] = mapped_column(ForeignKey("cycle.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreement.id"))


class OcdsRelease(Model):
    """One release, as it was written: its text is what is exported, never made again."""

    __tablename__ = "ocds_release"
    __table_args__ = (
        UniqueConstraint("ocid", "event"),
        UniqueConstraint("release_id"),
        CheckConstraint("cardinality(tags) > 0", name="tags"),
        ForeignKeyConstraint(
            ["ocid", "municipality_id"], ["ocds_process.ocid", "ocds_process.municipality_id"],
            name="fk_ocds_release_process",
        ),
        Index("ix_ocds_release_date", "municipality_id", "date", "sequence"),
        Index("ix_ocds_release_process", "ocid", "date", "sequence"),
    )  # fmt: skip

    #: The order in which releases were written; of equal dates the later written one is the newer.
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    ocid: Mapped[str] = mapped_column(Text)
    municipality_id: Mapped[int]
    #: What happened, once for each process: 'opened', 'record-17', 'payment-4'.
    event: Mapped[str] = mapped_column(Text)
    release_id: Mapped[str] = mapped_column(Text)
    #: When it happened; when it was written.
    date: Mapped[datetime]
    written_at: Mapped[datetime]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: JSON text, amounts with both decimals (exchange/ocds/text.py).
    body: Mapped[str] = mapped_column(Text)
