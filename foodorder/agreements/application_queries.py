"""Read applications to dynamic purchasing systems: what is open, who asked, how long there is to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, defer, joinedload, selectinload

from foodorder.accounts.calendar import periods
from foodorder.accounts.interests import local_day
from foodorder.accounts.models import Municipality
from foodorder.agreements.models import (
    Agreement,
    AgreementLot,
    ApplicationDocument,
    LotApplication,
    LotSupplier,
)
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind, AgreementState, ApplicationState
from foodorder.rules.applications import working_days_left
from foodorder.rules.calendar import Period

#: How far ahead public holidays are looked for: no term of working days is longer.
AHEAD = timedelta(days=120)


def holidays(municipality_id: int, first: date, last: date | None = None) -> tuple[Period, ...]:
    """The days between on which nobody works, for terms of working days."""
    found = periods(municipality_id, first, last or first + AHEAD)
    return tuple(Period(one.starts_on, one.ends_on) for one in found if one.closes_all)


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot that takes applications, and how one producer stands with it."""

    lot: AgreementLot
    #: The last application, whatever became of it.
    application: LotApplication | None
    is_supplier: bool


def open_lots(producer_id: int, now: datetime) -> list[OpenLot]:
    """The lots of all dynamic purchasing systems in force, by municipality, and how the producer stands."""
    lots = db.session.scalars(
        select(AgreementLot)
        .join(AgreementLot.agreement)
        .join(Agreement.municipality)
        .where(Agreement.kind == AgreementKind.DPS, Agreement.state == AgreementState.IN_FORCE)
        .order_by(Municipality.sort_key, Agreement.id, AgreementLot.position)
        .options(
            contains_eager(AgreementLot.agreement).contains_eager(Agreement.municipality),
            selectinload(AgreementLot.food_types),
        )
    ).all()
    lots = [lot for lot in lots if local_day(lot.agreement.municipality, now) <= lot.agreement.valid_to]
    last = {one.lot_id: one for one in applications_of_producer(producer_id)[::-1]}
    days = {lot.id: local_day(lot.agreement.municipality, now) for lot in lots}
    supplied = {
        row.lot_id
        for row in db.session.scalars(select(LotSupplier).where(LotSupplier.producer_id == producer_id))
        if row.lot_id in days and (row.valid_to is None or row.valid_to >= days[row.lot_id])
    }
    return [OpenLot(lot, last.get(lot.id), lot.id in supplied) for lot in lots]


def open_lot_of(lot_id: int, producer_id: int, now: datetime) -> OpenLot | None:
    """One of the lots that take applications; None for every other."""
    return next((one for one in open_lots(producer_id, now) if one.lot.id == lot_id), None)


def applications_of_producer(producer_id: int) -> list[LotApplication]:
    """A producer's own applications, the newest first, with their files' names."""
    return _found(LotApplication.producer_id == producer_id)


def applications_of_municipality(municipality_id: int, *, waiting: bool = False) -> list[LotApplication]:
    """Applications to a municipality's lots: all, newest first, or those that wait, the most urgent first."""
    found = _found(
        Agreement.municipality_id == municipality_id,
        *([LotApplication.state == ApplicationState.ASKED] if waiting else []),
    )
    return sorted(found, key=lambda one: (one.decide_by, one.id)) if waiting else found


def application_of(
    application_id: int, *, municipality_id: int | None = None, producer_id: int | None = None
) -> LotApplication | None:
    """An application of this municipality, or of this producer; None for every other's."""
    if municipality_id is None and producer_id is None:
        return None
    conditions: list[Any] = [LotApplication.id == application_id]
    if municipality_id is not None:
        conditions.append(Agreement.municipality_id == municipality_id)
    if producer_id is not None:
        conditions.append(LotApplication.producer_id == producer_id)
    return next(iter(_found(*conditions)), None)


def document_of(application: LotApplication, document_id: int) -> ApplicationDocument | None:
    """A file of an application that its reader may see."""
    return next((one for one in application.documents if one.id == document_id), None)


def days_left(application: LotApplication, now: datetime) -> int:
    """Working days left to decide an application; less than 0 once it is late."""
    return counted([application], now)[application.id]


def counted(applications: Iterable[LotApplication], now: datetime) -> dict[int, int]:
    """Working days left to decide each of a municipality's applications, in one statement for all."""
    given = list(applications)
    if not given:
        return {}
    municipality = given[0].lot.agreement.municipality
    today = local_day(municipality, now)
    first = min(today, *(one.decide_by for one in given), today)
    last = max(today, *(one.decide_by for one in given), today)
    free = holidays(municipality.id, first, last)
    return {one.id: working_days_left(today, one.decide_by, free) for one in given}


def _found(*conditions: Any) -> list[LotApplication]:
    return list(
        db.session.scalars(
            select(LotApplication)
            .join(LotApplication.lot)
            .join(AgreementLot.agreement)
            .where(*conditions)
            .order_by(LotApplication.applied_at.desc(), LotApplication.id.desc())
            .options(
                contains_eager(LotApplication.lot)
                .contains_eager(AgreementLot.agreement)
                .joinedload(Agreement.municipality),
                joinedload(LotApplication.producer),
                selectinload(LotApplication.documents).options(defer(ApplicationDocument.content)),
            )
        ).unique()
    )
