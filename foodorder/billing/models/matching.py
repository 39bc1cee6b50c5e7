"""What of an invoice does not agree with the order and the acceptance, and who decided what of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.billing.models.invoices import Invoice, InvoiceLine
from foodorder.db import Model, one_of
from foodorder.rules.findings import FindingAction
from foodorder.rules.matching import FindingKind, FindingState


class Finding(Model):
    """A difference found by the three-way match (rules/matching.py); `line_id` NULL: of the whole invoice."""

    __tablename__ = "invoice_finding"
    __table_args__ = (one_of("kind", FindingKind), one_of("state", FindingState))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))
    kind: Mapped[str] = mapped_column(Text)
    #: Ordered, accepted, invoiced, agreed: the values that the rule saw.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Net cents that it asks for above accepted × agreed price; below zero: less.
    cents: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default=FindingState.HELD)
    found_at: Mapped[datetime]

    invoice: Mapped[Invoice] = relationship()
    line: Mapped[InvoiceLine | None] = relationship()
    decisions: Mapped[list["FindingDecision"]] = relationship(order_by="FindingDecision.id")


class FindingDecision(Model):
    """What a person (or a credit note) did with a finding, and their words. Never changed."""

    __tablename__ = "invoice_finding_decision"
    __table_args__ = (one_of("action", FindingAction), one_of("state", FindingState))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("invoice_finding.id"), index=True)
    action: Mapped[str] = mapped_column(Text)
    #: The finding's state after it.
    state: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
