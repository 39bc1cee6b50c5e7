"""Invoices and credit notes: what is asked to be paid for what was accepted."""

from datetime import date, datetime
from typing import Any

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import Institution, Producer
from foodorder.db import Model, one_of
from foodorder.delivery.models import AcceptanceLine
from foodorder.procurement.models import RecordLine
from foodorder.rules.settlement import InvoiceKind, InvoiceOrigin, InvoiceState, Rhythm
from foodorder.rules.vat import TaxType


class InvoicingTerm(Model):
    """How a producer invoices an institution, by agreement; without a row the usual way."""

    __tablename__ = "invoicing_term"
    __table_args__ = (
        one_of("rhythm", Rhythm),
        UniqueConstraint("producer_id", "institution_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("payment_days > 0", name="payment_days"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    #: NULL: with every institution that has no row of its own.
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    rhythm: Mapped[str] = mapped_column(Text)
    #: Days from receipt; NULL: the most that the law allows.
    payment_days: Mapped[int | None] = mapped_column(SmallInteger)
    agreed_at: Mapped[datetime]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class IssuingConsent(Model):
    """A producer's written consent that invoices are issued on their behalf, kept on file."""

    __tablename__ = "issuing_consent"
    __table_args__ = (
        Index(
            "uq_issuing_consent", "producer_id", unique=True, postgresql_where=text("withdrawn_at IS NULL")
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    #: The sentence that was agreed to, in the language it was shown.
    words: Mapped[str] = mapped_column(Text)
    #: A signed paper, where consent was not given on the page.
    document_name: Mapped[str | None] = mapped_column(Text)
    document_type: Mapped[str | None] = mapped_column(Text)
    document: Mapped[bytes | None]
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class InvoiceCounter(Model):
    """Last number given by an issuer in a year; taken in the transaction of the invoice, so without gaps."""

    __tablename__ = "invoice_counter"
    __table_args__ = (one_of("kind", InvoiceKind),)

    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int]


class Invoice(Model):
    """An invoice (račun) or a credit note (dobropis), frozen but for state, payments and credits."""

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("kind", InvoiceKind),
        one_of("origin", InvoiceOrigin),
        one_of("state", InvoiceState),
        one_of("tax_type", TaxType),
        UniqueConstraint("producer_id", "kind", "year", "sequence"),
        CheckConstraint("gross_cents = net_cents + vat_cents", name="gross"),
        CheckConstraint("paid_cents BETWEEN 0 AND gross_cents", name="paid"),
        CheckConstraint("credited_cents BETWEEN 0 AND gross_cents", name="credited"),
        CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="corrects"),
        CheckConstraint("(sequence IS NULL) = (origin IN ('entered', 'uploaded'))", name="sequence"),
        # What is written elsewhere may have a number that is still to be given here: that series is its own.
        Index(
            "uq_invoice_number_ours",
            "producer_id",
            "number",
            unique=True,
            postgresql_where=text("sequence IS NOT NULL"),
        ),
        Index(
            "uq_invoice_number_theirs",
            "producer_id",
            "number",
            unique=True,
            postgresql_where=text("sequence IS NULL"),
        ),
        Index("ix_invoice_institution", "institution_id", "issue_date"),
        Index("ix_invoice_producer", "producer_id", "issue_date"),
        Index("ix_invoice_corrects", "corrects_id"),
        Index("ix_invoice_reference", "reference"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    #: Gap-free per issuer, kind and year; NULL for an invoice written elsewhere, which brings its own number.
    year: Mapped[int | None] = mapped_column(SmallInteger)
    sequence: Mapped[int | None]
    number: Mapped[str] = mapped_column(Text)
    issue_date: Mapped[date]
    supplied_from: Mapped[date]
    supplied_to: Mapped[date]
    received_on: Mapped[date]
    due_date: Mapped[date]
    tax_type: Mapped[str] = mapped_column(Text)
    #: Seller and buyer as they were when it was issued (exchange.model.Party as plain values).
    parties: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: The account to be paid to, as on the invoice.
    iban: Mapped[str | None] = mapped_column(Text)
    #: Payment reference, SI00… or RF….
    reference: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)
    gross_cents: Mapped[int] = mapped_column(BigInteger)
    #: The invoice that a credit note corrects, and why.
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("issuing_consent.id"))
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: What of it is paid, and what credit notes took off: written with each payment and credit note.
    paid_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    credited_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    producer: Mapped[Producer] = relationship()
    institution: Mapped[Institution] = relationship()
    corrects: Mapped["Invoice | None"] = relationship(remote_side=[id])
    lines: Mapped[list["InvoiceLine"]] = relationship(
        back_populates="invoice", order_by="InvoiceLine.position", foreign_keys="InvoiceLine.invoice_id"
    )
    vat_rows: Mapped[list["InvoiceVat"]] = relationship(
        order_by="InvoiceVat.vat_treatment, InvoiceVat.vat_bp"
    )
    files: Mapped[list["InvoiceFile"]] = relationship(order_by="InvoiceFile.id")


class InvoiceLine(Model):
    """One accepted line at its agreed price; of an invoice written elsewhere, whatever it says."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        CheckConstraint("counted >= 0 AND (counted IS NULL) = (counted_cents IS NULL)", name="counted"),
        Index("ix_invoice_line_credits", "credits_line_id"),
        Index("ix_invoice_line_record_line", "record_line_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    #: What it is paid for; NULL on an invoice written elsewhere where nothing was found.
    delivery_line_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_line.id"), index=True)
    acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("acceptance_line.id"))
    record_line_id: Mapped[int | None] = mapped_column(ForeignKey("record_line.id"))
    #: The line that a credit note's line takes off.
    credits_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))
    delivery_date: Mapped[date | None]
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    #: Thousandths of the unit; net price in millionths of a euro (others write more than cents); net cents.
    quantity: Mapped[int] = mapped_column(BigInteger)
    price_micros: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_treatment: Mapped[str] = mapped_column(Text)
    vat_bp: Mapped[int]
    #: Number of the procurement record it belongs to, as written on the invoice.
    order_number: Mapped[str | None] = mapped_column(Text)
    #: What of it counts as invoiced, thousandths, and at the agreed price in cents: of an invoice written
    #: elsewhere only what was accepted and is on no other. NULL: written here, all of it counts.
    counted: Mapped[int | None] = mapped_column(BigInteger)
    counted_cents: Mapped[int | None] = mapped_column(BigInteger)

    invoice: Mapped[Invoice] = relationship(back_populates="lines", foreign_keys=[invoice_id])
    acceptance: Mapped[AcceptanceLine | None] = relationship()
    record_line: Mapped[RecordLine | None] = relationship()


class InvoiceVat(Model):
    """VAT recapitulation: a rate's net sum and the VAT rounded once from it (EN 16931)."""

    __tablename__ = "invoice_vat"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    vat_treatment: Mapped[str] = mapped_column(Text, primary_key=True)
    vat_bp: Mapped[int] = mapped_column(primary_key=True)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)


class InvoiceFile(Model):
    """The file that an invoice written elsewhere came as."""

    __tablename__ = "invoice_file"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes]
    #: SHA-256: the same file is not taken in twice.
    digest: Mapped[bytes] = mapped_column(unique=True)
