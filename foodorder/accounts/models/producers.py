"""Producers who sell, the farms their goods come from, and what proves it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.db import Model, one_of
from foodorder.rules.vat import TaxType


class ProducerKind(StrEnum):
    """Who sells. A cooperative is one supplier in law with many farms of origin; so may the others be.

    A processor makes what it sells of what others grew; a reseller sells on what it neither grew nor made.
    """

    FARM = "farm"
    COOPERATIVE = "cooperative"
    PROCESSOR = "processor"
    RESELLER = "reseller"


class AdmissionState(StrEnum):
    """Where a producer stands with one municipality."""

    APPLIED = "applied"
    ADMITTED = "admitted"
    REFUSED = "refused"
    SUSPENDED = "suspended"


class Producer(Model):
    """A supplier (ponudnik). IBAN, telephone and home address live in personal_detail."""

    __tablename__ = "producer"
    __table_args__ = (one_of("tax_type", TaxType), one_of("kind", ProducerKind))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, default=ProducerKind.FARM)
    name: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text)
    tax_type: Mapped[str] = mapped_column(Text)
    tax_number: Mapped[str] = mapped_column(Text, unique=True)
    registration_number: Mapped[str | None] = mapped_column(Text)
    #: Number of the holding in the national register (KMG-MID), nine digits.
    kmg_mid: Mapped[str | None] = mapped_column(Text)
    village: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(Text)
    town: Mapped[str] = mapped_column(Text)
    #: Rounded to the village: farms are homes.
    latitude: Mapped[float]
    longitude: Mapped[float]
    #: NULL: without e-mail; a coordinator enters offers and hands over prints.
    email: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="sl")
    description: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)

    farms: Mapped[list["Farm"]] = relationship(back_populates="producer", order_by="Farm.id")
    certificates: Mapped[list["Certificate"]] = relationship(back_populates="producer")
    permits: Mapped[list["Permit"]] = relationship()
    admissions: Mapped[list["Admission"]] = relationship(back_populates="producer")


class Admission(Model):
    """A producer's standing with one municipality: admitted or not, days and minimum there."""

    __tablename__ = "admission"
    __table_args__ = (one_of("state", AdmissionState), CheckConstraint("minimum_cents >= 0", name="minimum"))

    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(Text, default=AdmissionState.APPLIED)
    applied_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    #: Weekdays on which the producer drives there, bit 0 = Monday.
    days: Mapped[int] = mapped_column(SmallInteger, default=31)
    #: Least net value of one institution's weekly order, cents.
    minimum_cents: Mapped[int] = mapped_column(BigInteger, default=0)

    producer: Mapped[Producer] = relationship(back_populates="admissions")


class Registration(Model):
    """What a producer wrote about themselves, until the mailed link proves the address.

    Only then do person, producer and applications come to be: nobody can occupy another's tax number.
    """

    __tablename__ = "registration"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    #: Stored in lower case.
    email: Mapped[str] = mapped_column(Text, index=True)
    language: Mapped[str] = mapped_column(Text, default="sl")
    #: The form as it was sent (shape: accounts.registration.Registering).
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: SHA-256 of the link's secret.
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Farm(Model):
    """A farm of origin: where food was grown, and from where distance counts."""

    __tablename__ = "farm"
    __table_args__ = (
        UniqueConstraint("id", "producer_id"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    kmg_mid: Mapped[str | None] = mapped_column(Text)
    village: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(Text)
    town: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float]
    longitude: Mapped[float]
    #: Where it lies: ISO 3166-1 alpha-2. Goods of a farm abroad are from abroad, whoever sells them.
    country: Mapped[str] = mapped_column(Text, default="SI", server_default="SI")
    #: Municipality it lies in, for the distance classes.
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"))

    producer: Mapped[Producer] = relationship(back_populates="farms")


class Certificate(Model):
    """Proof of a scheme. It counts only on days between valid_from and valid_to."""

    __tablename__ = "certificate"
    __table_args__ = (CheckConstraint("valid_from <= valid_to", name="validity"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    #: The farm it was given to; NULL: all farms of the producer.
    farm_id: Mapped[int | None] = mapped_column(ForeignKey("farm.id"))
    #: Code in rules/certificates.py: organic, selected_quality, pdo, pgi, …
    scheme: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date]

    producer: Mapped[Producer] = relationship(back_populates="certificates")


class Permit(Model):
    """A permit or registration: flat-rate VAT, supplementary activity, food business."""

    __tablename__ = "permit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    #: 'flat_rate', 'supplementary_activity' (dopolnilna dejavnost), 'food_business' (UVHVVR).
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
