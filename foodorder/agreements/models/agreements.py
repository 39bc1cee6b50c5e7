"""Agreements, their lots, suppliers and agreed prices; how they came to be and how they changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import Institution, Municipality, Producer
from foodorder.catalogue.models import FoodType
from foodorder.db import Model, db, one_of
from foodorder.rules.agreements import AgreementKind, AgreementState, ApplicationState, AwardMode, LotKind

#: The institutions entitled to call off (upravičeni naročniki): joint procurement has many. Who joined or
#: left by an amendment is so from a day on: first and last day of delivery, NULL: as the agreement itself.
agreement_institution = Table(
    "agreement_institution",
    db.metadata,
    Column("agreement_id", ForeignKey("agreement.id"), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), primary_key=True, index=True),
    Column("valid_from", Date),
    Column("valid_to", Date),
)

lot_food_type = Table(
    "lot_food_type",
    db.metadata,
    Column("lot_id", ForeignKey("agreement_lot.id"), primary_key=True),
    Column("food_type_id", ForeignKey("food_type.id"), primary_key=True, index=True),
)


class Agreement(Model):
    """A contract, framework agreement or dynamic purchasing system, with the procurement it stands for."""

    __tablename__ = "agreement"
    __table_args__ = (
        one_of("kind", AgreementKind),
        one_of("state", AgreementState),
        CheckConstraint("valid_from <= valid_to", name="term"),
        CheckConstraint("value_cents > 0", name="value"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    #: Number of the procedure on the national portal: JN004321/2024-EUe17/01.
    portal_number: Mapped[str | None] = mapped_column(Text)
    signed_on: Mapped[date | None]
    #: First and last day on which goods may be delivered under it.
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    #: Estimated value of the whole procurement, exempted lots included, net cents: the base of their share.
    value_cents: Mapped[int] = mapped_column(BigInteger)
    #: The indexation clause, as it stands in the agreement.
    indexation: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=AgreementState.DRAFT)

    municipality: Mapped[Municipality] = relationship()
    #: Those who have not left, nor will.
    institutions: Mapped[list[Institution]] = relationship(
        secondary=agreement_institution,
        secondaryjoin=and_(
            agreement_institution.c.institution_id == Institution.id,
            agreement_institution.c.valid_to.is_(None),
        ),
        order_by=Institution.sort_key,
    )
    lots: Mapped[list["AgreementLot"]] = relationship(
        back_populates="agreement", order_by="AgreementLot.position"
    )
    documents: Mapped[list["AgreementDocument"]] = relationship(order_by="AgreementDocument.id")


class AgreementDocument(Model):
    """A file of an agreement: the contract, the notice, an annex. It goes with a draft only."""

    __tablename__ = "agreement_document"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(deferred=True)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AgreementLot(Model):
    """A lot (sklop), or a category of a dynamic purchasing system: food types that are bought together."""

    __tablename__ = "agreement_lot"
    __table_args__ = (
        one_of("kind", LotKind),
        one_of("mode", AwardMode),
        UniqueConstraint("agreement_id", "number"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    #: As in the notice: '3', '3a'.
    number: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, default=LotKind.AWARDED)
    mode: Mapped[str] = mapped_column(Text, default=AwardMode.RANKED)
    #: Codes or their beginnings (without check digit) that the notice names.
    cpv: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Certificate scheme that goods of this lot must have ('organic', …); NULL: none.
    scheme: Mapped[str | None] = mapped_column(Text)
    #: Why it is exempted.
    reason: Mapped[str | None] = mapped_column(Text)

    agreement: Mapped[Agreement] = relationship(back_populates="lots")
    food_types: Mapped[list[FoodType]] = relationship(secondary=lot_food_type, order_by=FoodType.sort_key)
    suppliers: Mapped[list["LotSupplier"]] = relationship(
        back_populates="lot", order_by="LotSupplier.rank, LotSupplier.id"
    )


class LotSupplier(Model):
    """A producer that the lot was awarded to. A supplier who left keeps the row, with its last day."""

    __tablename__ = "lot_supplier"
    __table_args__ = (
        UniqueConstraint("lot_id", "producer_id", "valid_from"),
        CheckConstraint("rank > 0", name="rank"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share"),
        ExcludeConstraint(
            (text("int4range(lot_id, lot_id, '[]')"), "="),
            (text("int4range(producer_id, producer_id, '[]')"), "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            name="ex_lot_supplier_days",
            where=text("valid_to IS NULL OR valid_to >= valid_from"),
        ),
        Index("ix_lot_supplier_producer", "producer_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("agreement_lot.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    #: Ranked lots: 1 comes first. Parallel lots: its share of the lot's ceiling, basis points.
    rank: Mapped[int | None] = mapped_column(SmallInteger)
    share_bp: Mapped[int | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    lot: Mapped[AgreementLot] = relationship(back_populates="suppliers")
    producer: Mapped[Producer] = relationship()


class AgreedPrice(Model):
    """A unit price under a lot. The newest row whose `valid_from` has come holds.

    Rows are never changed; they go only with a draft that is given up.
    """

    __tablename__ = "agreed_price"
    __table_args__ = (
        CheckConstraint("price_cents > 0", name="price"),
        Index("ix_agreed_price_lot", "lot_id", "producer_id", "food_type_id", "valid_from"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("agreement_lot.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    food_type_id: Mapped[int] = mapped_column(ForeignKey("food_type.id"))
    #: Of this product only; NULL: of all the producer's products of the food type.
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    #: Net cents of the food type's unit.
    price_cents: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[date]
    amendment_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_amendment.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("price_import.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Amendment(Model):
    """A change of an agreement in force (aneks): what, from when, why, with the values before and after."""

    __tablename__ = "agreement_amendment"
    __table_args__ = (UniqueConstraint("agreement_id", "number"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    #: 'prices', 'ceiling', 'term', 'suppliers', 'institutions', 'foods'.
    subject: Mapped[str] = mapped_column(Text)
    signed_on: Mapped[date]
    effective_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class PriceImport(Model):
    """A price list read from a spreadsheet: kept as read, shown with its differences, applied whole."""

    __tablename__ = "price_import"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    filename: Mapped[str] = mapped_column(Text)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class LotApplication(Model):
    """A producer asks to be admitted to a category (prijava v DNS); decided with a reason, within a term."""

    __tablename__ = "lot_application"
    __table_args__ = (
        one_of("state", ApplicationState),
        Index(
            "uq_lot_application_waiting",
            "lot_id",
            "producer_id",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("agreement_lot.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    state: Mapped[str] = mapped_column(Text, default=ApplicationState.ASKED)
    note: Mapped[str | None] = mapped_column(Text)
    applied_at: Mapped[datetime]
    #: Last day of the term in which it must be decided (working days).
    decide_by: Mapped[date]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(Text)

    lot: Mapped[AgreementLot] = relationship()
    producer: Mapped[Producer] = relationship()
    documents: Mapped[list["ApplicationDocument"]] = relationship(order_by="ApplicationDocument.id")


class ApplicationDocument(Model):
    """A file that came with an application."""

    __tablename__ = "application_document"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("lot_application.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes]
