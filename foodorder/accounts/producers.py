"""Producers: what is written about them, their farms, what proves it, and their terms in each municipality.

A producer may sell in several municipalities; each of them finds the event in its trail.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from foodorder.accounts.changing import change
from foodorder.accounts.models import (
    Admission,
    AdmissionState,
    Certificate,
    Farm,
    Permit,
    Producer,
    ProducerKind,
)
from foodorder.accounts.sorting import sort_key
from foodorder.db import db
from foodorder.language.countries import countries
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.checkdigits import (
    check_holding_number,
    check_registration_number,
    check_tax_number,
)
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.green import HOME
from foodorder.rules.vat import TaxType
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Kinds of permits with the words a person knows them by.
PERMIT_KINDS: Mapping[str, str] = {
    "flat_rate": N_("Flat-rate VAT compensation"),
    "supplementary_activity": N_("Supplementary activity on the farm"),
    "food_business": N_("Registration as a food business"),
}


class TaxNumberTaken(Refusal):
    """A producer with this tax number is registered already."""

    message = N_("A producer with this tax number is registered already. Ask the coordinator to let you in.")
    default_field = "tax_number"


class EndsBeforeItBegins(Refusal):
    """A certificate or permit that ends before it begins."""

    message = N_("The last day comes before the first.")
    default_field = "valid_to"


class CountryUnknown(Refusal):
    """A country that is not on the list (ISO 3166-1)."""

    message = N_("Choose the country from the list.")
    default_field = "country"


class NoDays(Refusal):
    """Delivery terms without a single day."""

    message = N_("Choose at least one day on which you deliver.")
    default_field = "days"


class MinimumBelowZero(Refusal):
    """A minimum order below zero."""

    message = N_("This cannot be below zero.")
    default_field = "minimum_cents"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerData:
    """All that is written about a producer; coordinates rounded to the village."""

    name: str
    kind: ProducerKind = ProducerKind.FARM
    tax_type: TaxType
    tax_number: str
    registration_number: str | None = None
    kmg_mid: str | None = None
    village: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    email: str | None = None
    language: str = "sl"
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FarmData:
    """A farm of origin; `country` (ISO 3166-1 alpha-2) and `municipality_id` are where it lies."""

    name: str
    country: str = HOME
    kmg_mid: str | None = None
    village: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    municipality_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateData:
    """Proof of a scheme (code of rules.certificates); `farm_id` None: for all farms of the producer."""

    scheme: str
    number: str
    body: str
    valid_from: date
    valid_to: date
    farm_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitData:
    """A permit; `kind` is a key of PERMIT_KINDS, `valid_to` None: until further notice."""

    kind: str
    number: str
    valid_from: date
    valid_to: date | None = None


def create_producer(data: ProducerData, *, actor: Actor, now: datetime) -> Producer:
    """A new producer, without any municipality yet. Raises a refusal of rules.checkdigits, TaxNumberTaken."""
    values = _checked(data)
    _check_free(values["tax_number"])
    producer = Producer(**values, registered_at=now)
    db.session.add(producer)
    db.session.flush()
    record(actor, "producer.registered", "producer", producer.id, producer.id, now=now, after=_shown(values))
    return producer


def edit_producer(producer: Producer, data: ProducerData, *, actor: Actor, now: datetime) -> None:
    """Change what is written about a producer; raises what create_producer raises."""
    values = _checked(data)
    if values["tax_number"] != producer.tax_number:
        _check_free(values["tax_number"])
    before, after = change(producer, values)
    if after:
        record(
            actor, "producer.changed", "producer", producer.id, producer.id, now=now,
            before=_shown(before), after=_shown(after),
        )  # fmt: skip


def add_farm(producer: Producer, data: FarmData, *, actor: Actor, now: datetime) -> Farm:
    """A farm of origin of a producer. Raises WrongHoldingNumber, CountryUnknown."""
    values = _checked_farm(data)
    farm = Farm(producer_id=producer.id, **values)
    db.session.add(farm)
    db.session.flush()
    record(actor, "farm.added", "farm", farm.id, producer.id, now=now, after=values)
    return farm


def edit_farm(farm: Farm, data: FarmData, *, actor: Actor, now: datetime) -> None:
    """Change a farm of origin. Raises WrongHoldingNumber, CountryUnknown."""
    before, after = change(farm, _checked_farm(data))
    if after:
        record(actor, "farm.changed", "farm", farm.id, farm.producer_id, now=now, before=before, after=after)


def add_certificate(producer: Producer, data: CertificateData, *, actor: Actor, now: datetime) -> Certificate:
    """Proof of a scheme; it counts on the days it is valid. Raises EndsBeforeItBegins."""
    values = _checked_certificate(data)
    certificate = Certificate(producer_id=producer.id, **values)
    db.session.add(certificate)
    db.session.flush()
    record(actor, "certificate.added", "certificate", certificate.id, producer.id, now=now, after=values)
    return certificate


def edit_certificate(certificate: Certificate, data: CertificateData, *, actor: Actor, now: datetime) -> None:
    """Correct a certificate, for instance its number or its last day. Raises EndsBeforeItBegins."""
    before, after = change(certificate, _checked_certificate(data))
    if after:
        record(
            actor, "certificate.changed", "certificate", certificate.id, certificate.producer_id, now=now,
            before=before, after=after,
        )  # fmt: skip


def add_permit(producer: Producer, data: PermitData, *, actor: Actor, now: datetime) -> Permit:
    """A permit or registration. Raises EndsBeforeItBegins."""
    values = _checked_permit(data)
    permit = Permit(producer_id=producer.id, **values)
    db.session.add(permit)
    db.session.flush()
    record(actor, "permit.added", "permit", permit.id, producer.id, now=now, after=values)
    return permit


def edit_permit(permit: Permit, data: PermitData, *, actor: Actor, now: datetime) -> None:
    """Correct a permit, for instance its last day. Raises EndsBeforeItBegins."""
    before, after = change(permit, _checked_permit(data))
    if after:
        record(
            actor, "permit.changed", "permit", permit.id, permit.producer_id, now=now,
            before=before, after=after,
        )  # fmt: skip


def set_terms(admission: Admission, *, days: int, minimum_cents: int, actor: Actor, now: datetime) -> None:
    """On which days the producer drives to a municipality (bit 0 = Monday), and for what least net cents.

    Raises NoDays, MinimumBelowZero.
    """
    if not days:
        raise NoDays
    if minimum_cents < 0:
        raise MinimumBelowZero
    before, after = change(admission, {"days": days, "minimum_cents": minimum_cents})
    if after:
        trail.record(
            actor, "admission.terms_set", "producer", admission.producer_id, now=now,
            municipality_id=admission.municipality_id, before=before, after=after,
        )  # fmt: skip


def serves(producer_id: int) -> list[int]:
    """The municipalities a producer has applied to or is admitted in."""
    return list(
        db.session.scalars(
            select(Admission.municipality_id)
            .where(Admission.producer_id == producer_id, Admission.state != AdmissionState.REFUSED)
            .order_by(Admission.municipality_id)
        )
    )


def record(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: int,
    producer_id: int,
    *,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Leave an event with each municipality the producer serves; with the installation if there is none."""
    municipalities: Iterable[int | None] = serves(producer_id) or [None]
    for municipality_id in municipalities:
        trail.record(
            actor, action, object_type, object_id, now=now, municipality_id=municipality_id,
            before=before, after=after, reason=reason,
        )  # fmt: skip


def _checked(data: ProducerData) -> dict[str, Any]:
    values = asdict(data)
    values["sort_key"] = sort_key(data.name)
    values["tax_number"] = check_tax_number(data.tax_number)
    if data.registration_number:
        values["registration_number"] = check_registration_number(data.registration_number)
    if data.kmg_mid:
        values["kmg_mid"] = check_holding_number(data.kmg_mid)
    return values


def _checked_farm(data: FarmData) -> dict[str, Any]:
    values = asdict(data)
    if data.country not in countries():
        raise CountryUnknown
    if data.kmg_mid:
        values["kmg_mid"] = check_holding_number(data.kmg_mid)
    return values


def _checked_certificate(data: CertificateData) -> dict[str, Any]:
    if data.scheme not in SCHEMES:
        raise ValueError(data.scheme)
    if data.valid_to < data.valid_from:
        raise EndsBeforeItBegins
    return asdict(data)


def _checked_permit(data: PermitData) -> dict[str, Any]:
    if data.kind not in PERMIT_KINDS:
        raise ValueError(data.kind)
    if data.valid_to is not None and data.valid_to < data.valid_from:
        raise EndsBeforeItBegins
    return asdict(data)


def _check_free(tax_number: str) -> None:
    if db.session.scalar(select(Producer.id).where(Producer.tax_number == tax_number)) is not None:
        raise TaxNumberTaken


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail keeps: all but the e-mail address, which may have to be erased one day."""
    return {name: "changed" if name == "email" and value else value for name, value in values.items()}
