"""Declared interests of functionaries, and statements of who owns a supplier."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models.organisations import Institution
from foodorder.accounts.models.people import Person
from foodorder.accounts.models.producers import Producer
from foodorder.db import Model, one_of
from foodorder.rules.integrity import Relation


class InterestDeclaration(Model):
    """A functionary who, or whose family, has a part in a producer (ZIntPK, art. 35).

    `institution_id` names the body they serve; NULL: the municipality itself (a councillor).
    """

    __tablename__ = "interest_declaration"
    __table_args__ = (
        one_of("relation", Relation),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="validity"),
        Index("ix_interest_declaration_producer", "producer_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    #: The functionary, if they use this system; they are kept out of decisions about the producer.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(Text)
    #: Their office: head teacher, member of the council, …
    office: Mapped[str] = mapped_column(Text)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    relation: Mapped[str] = mapped_column(Text)
    #: Their or their family's part of the producer, basis points; NULL: not told.
    share_bp: Mapped[int | None]
    declared_on: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    institution: Mapped[Institution | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    producer: Mapped[Producer] = relationship()


class OwnershipStatement(Model):
    """A supplier's statement of its owners (izjava o lastniški strukturi, ZIntPK, art. 14(6))."""

    __tablename__ = "ownership_statement"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    signed_on: Mapped[date]
    #: Owners as stated, and the file it came in.
    owners: Mapped[str] = mapped_column(Text)
    document_name: Mapped[str | None] = mapped_column(Text)
    document: Mapped[bytes | None]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
