"""Files to and from the bank: batches of transfers (pain.001) and statements (camt.053)."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.billing.models.invoices import Invoice
from foodorder.db import Model, one_of
from foodorder.rules.payments import EntryState


class PaymentBatch(Model):
    """Transfers that an institution gives its bank in one file. The file is kept as it was made."""

    __tablename__ = "payment_batch"
    __table_args__ = (
        CheckConstraint("total_cents > 0", name="total"),
        Index("ix_payment_batch_institution", "institution_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    message: Mapped[str] = mapped_column(Text, unique=True)
    iban: Mapped[str] = mapped_column(Text)
    execute_on: Mapped[date]
    count: Mapped[int]
    total_cents: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Given up before the bank took it: its invoices may go into another.
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    lines: Mapped[list["PaymentBatchLine"]] = relationship(
        back_populates="batch", order_by="PaymentBatchLine.id"
    )


class PaymentBatchLine(Model):
    """One transfer of a batch."""

    __tablename__ = "payment_batch_line"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payment_batch.id"), index=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    #: Ours, which the bank's statement repeats.
    end_to_end: Mapped[str] = mapped_column(Text, unique=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    payee: Mapped[str] = mapped_column(Text)
    iban: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)

    batch: Mapped[PaymentBatch] = relationship(back_populates="lines")
    invoice: Mapped[Invoice] = relationship()


class BankStatement(Model):
    """A statement that was read in: of an institution's account, or of a producer's."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        CheckConstraint("(institution_id IS NULL) <> (producer_id IS NULL)", name="owner"),
        UniqueConstraint("iban", "statement"),
        Index("ix_bank_statement_institution", "institution_id"),
        Index("ix_bank_statement_producer", "producer_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"))
    iban: Mapped[str] = mapped_column(Text)
    #: The bank's number of the statement: the same one twice is refused.
    statement: Mapped[str] = mapped_column(Text)
    from_date: Mapped[date]
    to_date: Mapped[date]
    opening_cents: Mapped[int] = mapped_column(BigInteger)
    closing_cents: Mapped[int] = mapped_column(BigInteger)
    filename: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    entries: Mapped[list["BankEntry"]] = relationship(
        back_populates="statement", order_by="BankEntry.position"
    )


class BankEntry(Model):
    """One transaction of a statement. Only what became of it changes."""

    __tablename__ = "bank_entry"
    __table_args__ = (
        one_of("state", EntryState),
        UniqueConstraint("statement_id", "position"),
        Index("ix_bank_entry_waiting", "state", postgresql_where=text("state IN ('unmatched', 'excess')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    #: As the owner of the account sees it: negative where money left.
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    booked_on: Mapped[date]
    value_date: Mapped[date]
    reference: Mapped[str | None] = mapped_column(Text)
    end_to_end: Mapped[str | None] = mapped_column(Text)
    counterparty: Mapped[str | None] = mapped_column(Text)
    counterparty_iban: Mapped[str | None] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    #: The bank's code where a transfer came back (AC04 …).
    return_reason: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    #: What of it is on invoices, cents, with the sign of the amount.
    settled_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    decision: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    statement: Mapped[BankStatement] = relationship(back_populates="entries")
