"""Who belongs where, and whose rows a counter may touch: a scoped loader answers None for a stranger's."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from foodorder.accounts.models import (
    Admission,
    AdmissionState,
    Certificate,
    DeliveryPoint,
    Farm,
    Institution,
    Permit,
    Person,
    Producer,
    RoleGrant,
)
from foodorder.db import db
from foodorder.rules.permissions import Role


def is_live() -> ColumnElement[bool]:
    """Condition on role_grant: neither revoked nor past its end, by the database's clock."""
    return and_(
        RoleGrant.revoked_at.is_(None),
        or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > func.foodorder_clock()),
    )


# Institutions


def institutions_of(municipality_id: int, *, active: bool = True) -> list[Institution]:
    """The institutions of a municipality with their delivery points, in Slovene order."""
    statement = select(Institution).where(Institution.municipality_id == municipality_id)
    if active:
        statement = statement.where(Institution.active)
    return list(
        db.session.scalars(
            statement.order_by(Institution.sort_key).options(selectinload(Institution.delivery_points))
        )
    )


def institution_of(municipality_id: int, institution_id: int) -> Institution | None:
    """An institution of this municipality with its doors, windows and head-counts."""
    return db.session.scalar(
        select(Institution)
        .where(Institution.id == institution_id, Institution.municipality_id == municipality_id)
        .options(*_whole_institution())
    )


def whole_institution(institution_id: int) -> Institution:
    """One's own institution with its doors, windows and head-counts."""
    return db.session.scalars(
        select(Institution).where(Institution.id == institution_id).options(*_whole_institution())
    ).one()


def _whole_institution() -> tuple[Any, ...]:
    points = selectinload(Institution.delivery_points)
    return (
        points.selectinload(DeliveryPoint.windows),
        points.selectinload(DeliveryPoint.head_counts),
        joinedload(Institution.municipality),
    )


def point_of(institution_id: int, point_id: int) -> DeliveryPoint | None:
    """A delivery point of this institution."""
    return db.session.scalar(
        select(DeliveryPoint).where(
            DeliveryPoint.id == point_id, DeliveryPoint.institution_id == institution_id
        )
    )


# Producers


def producers_of(
    municipality_id: int, states: Collection[AdmissionState] = (AdmissionState.ADMITTED,)
) -> list[Admission]:
    """Admissions in these states with their producers, farms and certificates, in Slovene order of names."""
    return list(
        db.session.scalars(
            select(Admission)
            .join(Admission.producer)
            .where(Admission.municipality_id == municipality_id, Admission.state.in_(states))
            .order_by(Producer.sort_key)
            .options(
                joinedload(Admission.producer).options(
                    selectinload(Producer.farms), selectinload(Producer.certificates)
                )
            )
        )
    )


def applications(municipality_id: int) -> list[Admission]:
    """Producers who wait for a decision, those who wait longest first."""
    return sorted(
        producers_of(municipality_id, (AdmissionState.APPLIED,)), key=lambda admission: admission.applied_at
    )


def admission_of(municipality_id: int, producer_id: int) -> Admission | None:
    """A producer's standing with this municipality, with all that is written about the producer."""
    return db.session.scalar(
        select(Admission)
        .where(Admission.producer_id == producer_id, Admission.municipality_id == municipality_id)
        .options(joinedload(Admission.producer).options(*_whole_producer()))
    )


def producer_of(municipality_id: int, producer_id: int) -> Producer | None:
    """A producer whom this municipality knows (applied, admitted, suspended or refused)."""
    return db.session.scalar(
        select(Producer)
        .where(
            Producer.id == producer_id,
            exists().where(
                Admission.producer_id == Producer.id, Admission.municipality_id == municipality_id
            ),
        )
        .options(*_whole_producer())
    )


def whole_producer(producer_id: int) -> Producer:
    """One's own producer with farms, certificates, permits and admissions."""
    return db.session.scalars(
        select(Producer).where(Producer.id == producer_id).options(*_whole_producer())
    ).one()


def _whole_producer() -> tuple[Any, ...]:
    return (
        selectinload(Producer.farms),
        selectinload(Producer.certificates),
        selectinload(Producer.permits),
        selectinload(Producer.admissions),
    )


def farm_of(producer_id: int, farm_id: int) -> Farm | None:
    """A farm of origin of this producer."""
    return db.session.scalar(select(Farm).where(Farm.id == farm_id, Farm.producer_id == producer_id))


def certificate_of(producer_id: int, certificate_id: int) -> Certificate | None:
    """A certificate of this producer."""
    return db.session.scalar(
        select(Certificate).where(Certificate.id == certificate_id, Certificate.producer_id == producer_id)
    )


def permit_of(producer_id: int, permit_id: int) -> Permit | None:
    """A permit of this producer."""
    return db.session.scalar(select(Permit).where(Permit.id == permit_id, Permit.producer_id == producer_id))


def ending_certificates(municipality_id: int, first: date, last: date) -> list[Certificate]:
    """Certificates of admitted producers that end between `first` and `last`, with no newer one after."""
    return list(
        db.session.scalars(
            _certificates_of(municipality_id)
            .where(Certificate.valid_to.between(first, last), ~_followed())
            .order_by(Certificate.valid_to, Certificate.id)
            .options(joinedload(Certificate.producer))
        )
    )


def _certificates_of(municipality_id: int) -> Select[Certificate]:
    return select(Certificate).join(
        Admission,
        and_(
            Admission.producer_id == Certificate.producer_id,
            Admission.municipality_id == municipality_id,
            Admission.state == AdmissionState.ADMITTED,
        ),
    )


def _followed() -> ColumnElement[bool]:
    later = Certificate.__table__.alias("later")
    return exists().where(
        later.c.producer_id == Certificate.producer_id,
        later.c.scheme == Certificate.scheme,
        later.c.farm_id.is_not_distinct_from(Certificate.farm_id),
        later.c.valid_to > Certificate.valid_to,
    )


# People


def people_of_municipality(municipality_id: int) -> list[RoleGrant]:
    """The live roles in a municipality, its institutions and its producers, with person and place."""
    serving = select(Admission.producer_id).where(Admission.municipality_id == municipality_id)
    kitchens = select(Institution.id).where(Institution.municipality_id == municipality_id)
    return _grants(
        or_(
            RoleGrant.municipality_id == municipality_id,
            RoleGrant.institution_id.in_(kitchens),
            RoleGrant.producer_id.in_(serving),
        )
    )


def people_of_institution(institution_id: int) -> list[RoleGrant]:
    """The live roles in one institution."""
    return _grants(RoleGrant.institution_id == institution_id)


def people_of_producer(producer_id: int) -> list[RoleGrant]:
    """The live roles of one producer."""
    return _grants(RoleGrant.producer_id == producer_id)


def grant_of(municipality_id: int, grant_id: int) -> RoleGrant | None:
    """A live role within this municipality."""
    return next((grant for grant in people_of_municipality(municipality_id) if grant.id == grant_id), None)


def staff_of_installation() -> list[RoleGrant]:
    """Administrators, coordinators and auditors of all municipalities."""
    return _grants(RoleGrant.role.in_((Role.ADMINISTRATOR, Role.COORDINATOR, Role.AUDITOR)))


def grant_by_id(grant_id: int) -> RoleGrant | None:
    """Any live role; for administrators."""
    return next(iter(_grants(RoleGrant.id == grant_id)), None)


def _grants(condition: ColumnElement[bool]) -> list[RoleGrant]:
    return list(
        db.session.scalars(
            select(RoleGrant)
            .join(RoleGrant.person)
            .where(condition, is_live())
            .order_by(RoleGrant.role, Person.name, RoleGrant.id)
            .options(
                joinedload(RoleGrant.person),
                joinedload(RoleGrant.institution),
                joinedload(RoleGrant.producer),
                joinedload(RoleGrant.municipality),
            )
        )
    )
