"""Institutions and their doors: addresses, delivery windows, how many eat there, what they may spend."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select

from foodorder.accounts.changing import change
from foodorder.accounts.models import (
    DeliveryPoint,
    DeliveryWindow,
    HeadCount,
    Institution,
    InstitutionKind,
    Unapproved,
)
from foodorder.accounts.sorting import sort_key
from foodorder.db import db
from foodorder.rules.checkdigits import check_iban, check_registration_number, check_tax_number
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Age groups of head-counts, in years; the order of forms and tables.
AGE_GROUPS = ("1-3", "3-6", "6-11", "11-15", "15-19", "staff")


class CodeTaken(Refusal):
    """Two institutions of a municipality with one code: their record numbers would be the same."""

    message = N_("Another institution has the code %(code)s. Choose another one.")
    default_field = "code"


class WindowEndsFirst(Refusal):
    """A delivery window that closes before it opens."""

    message = N_("The delivery time must end after it begins.")
    default_field = "ends"


class BelowZero(Refusal):
    """A number of people or a sum of money below zero."""

    message = N_("This cannot be below zero.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionData:
    """All that is written about an institution. Money in net cents a week; None: no budget, no limit set."""

    code: str
    name: str
    short_name: str
    kind: InstitutionKind
    address: str
    postcode: str
    town: str
    tax_number: str
    registration_number: str | None = None
    vat_payer: bool = False
    email: str | None = None
    phone: str | None = None
    weekly_budget_cents: int | None = None
    pack_choice: str = "down"
    approval_limit_cents: int | None = None
    unapproved: str = Unapproved.DROP.value
    #: The account that it pays from.
    iban: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """When a door is open, local time; `days` bit 0 = Monday."""

    days: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class PointData:
    """All that is written about a delivery point. Head-counts by age group, empty groups left out."""

    name: str
    address: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    instructions: str | None = None
    phone: str | None = None
    windows: Sequence[Window] = ()
    head_counts: Mapping[str, int] | None = None


def create_institution(
    municipality_id: int, data: InstitutionData, *, actor: Actor, now: datetime
) -> Institution:
    """A new institution. Raises WrongTaxNumber, WrongRegistrationNumber, CodeTaken, BelowZero."""
    values = _checked(data)
    _check_code(municipality_id, data.code)
    institution = Institution(municipality_id=municipality_id, **values)
    db.session.add(institution)
    db.session.flush()
    _record(actor, "institution.created", institution, now, None, values)
    return institution


def edit_institution(institution: Institution, data: InstitutionData, *, actor: Actor, now: datetime) -> None:
    """Change what is written about an institution; raises what create_institution raises."""
    values = _checked(data)
    if data.code != institution.code:
        _check_code(institution.municipality_id, data.code)
    before, after = change(institution, values)
    if after:
        _record(actor, "institution.changed", institution, now, before, after)


def set_budget(institution: Institution, cents: int | None, *, actor: Actor, now: datetime) -> None:
    """Set the weekly budget in net cents; None: nothing is checked. Raises BelowZero."""
    if cents is not None and cents < 0:
        raise BelowZero(field="weekly_budget_cents")
    before, after = change(institution, {"weekly_budget_cents": cents})
    if after:
        _record(actor, "institution.budget_set", institution, now, before, after)


def set_pack_choice(institution: Institution, choice: str, *, actor: Actor, now: datetime) -> None:
    """'up' or 'down': the kitchen's answer where the municipality asks what to do with broken packs."""
    if choice not in ("up", "down"):
        raise ValueError(choice)
    before, after = change(institution, {"pack_choice": choice})
    if after:
        _record(actor, "institution.pack_choice_set", institution, now, before, after)


def set_iban(institution: Institution, iban: str, *, actor: Actor, now: datetime) -> None:
    """The account that an institution pays from; empty: none is known. Raises WrongIban."""
    number = check_iban(iban) if iban.strip() else None
    before, after = change(institution, {"iban": number})
    if after:
        _record(actor, "institution.iban_set", institution, now, before, after)


def set_active(institution: Institution, active: bool, *, actor: Actor, now: datetime) -> None:
    """Let an institution take part, or rest."""
    before, after = change(institution, {"active": active})
    if after:
        _record(actor, "institution.changed", institution, now, before, after)


def add_point(institution: Institution, data: PointData, *, actor: Actor, now: datetime) -> DeliveryPoint:
    """A new door of an institution, after its others. Raises WindowEndsFirst, BelowZero."""
    _check_point(data)
    last = db.session.scalar(
        select(func.max(DeliveryPoint.position)).where(DeliveryPoint.institution_id == institution.id)
    )
    point = DeliveryPoint(
        institution_id=institution.id, position=0 if last is None else last + 1, **_columns(data)
    )
    point.windows = _windows(data.windows)
    point.head_counts = _head_counts(data.head_counts or {})
    db.session.add(point)
    db.session.flush()
    _record_point(actor, "delivery_point.created", institution, point, now, None, _described(point))
    return point


def edit_point(point: DeliveryPoint, data: PointData, *, actor: Actor, now: datetime) -> None:
    """Change a door, its windows and (where given) its head-counts. Raises WindowEndsFirst, BelowZero."""
    _check_point(data)
    before = _described(point)
    change(point, _columns(data))
    if before["windows"] != [[window.days, window.starts, window.ends] for window in data.windows]:
        point.windows = _windows(data.windows)
    if data.head_counts is not None:
        _count(point, data.head_counts)
    _record_difference(actor, "delivery_point.changed", point, before, now)


def set_head_counts(point: DeliveryPoint, counts: Mapping[str, int], *, actor: Actor, now: datetime) -> None:
    """How many eat at a door, by age group. Raises BelowZero."""
    _check_counts(counts)
    before = _described(point)
    _count(point, counts)
    _record_difference(actor, "delivery_point.head_counts_set", point, before, now)


def close_point(point: DeliveryPoint, *, actor: Actor, now: datetime) -> None:
    """Take a door out of use; what was ordered for it stays."""
    before = _described(point)
    point.active = False
    _record_difference(actor, "delivery_point.changed", point, before, now)


def _checked(data: InstitutionData) -> dict[str, Any]:
    values = asdict(data) | {"sort_key": sort_key(data.name), "tax_number": check_tax_number(data.tax_number)}
    if data.registration_number:
        values["registration_number"] = check_registration_number(data.registration_number)
    if data.iban:
        values["iban"] = check_iban(data.iban)
    if data.weekly_budget_cents is not None and data.weekly_budget_cents < 0:
        raise BelowZero(field="weekly_budget_cents")
    if data.approval_limit_cents is not None and data.approval_limit_cents < 0:
        raise BelowZero(field="approval_limit_cents")
    return values


def _check_code(municipality_id: int, code: str) -> None:
    taken = select(Institution.id).where(
        Institution.municipality_id == municipality_id, Institution.code == code
    )
    if db.session.scalar(taken) is not None:
        raise CodeTaken(code=code)


def _check_point(data: PointData) -> None:
    if any(window.ends <= window.starts for window in data.windows):
        raise WindowEndsFirst
    _check_counts(data.head_counts or {})


def _check_counts(counts: Mapping[str, int]) -> None:
    for group, persons in counts.items():
        if group not in AGE_GROUPS:
            raise ValueError(group)
        if persons < 0:
            raise BelowZero(field="head_counts")


def _columns(data: PointData) -> dict[str, Any]:
    apart = {"windows", "head_counts"}
    return {name: value for name, value in asdict(data).items() if name not in apart}


def _windows(windows: Sequence[Window]) -> list[DeliveryWindow]:
    return [DeliveryWindow(days=one.days, starts=one.starts, ends=one.ends) for one in windows]


def _head_counts(counts: Mapping[str, int]) -> list[HeadCount]:
    return [HeadCount(age_group=group, persons=persons) for group, persons in counts.items() if persons]


def _count(point: DeliveryPoint, counts: Mapping[str, int]) -> None:
    present = {count.age_group: count for count in point.head_counts}
    for group, persons in counts.items():
        if group in present:
            present[group].persons = persons
        elif persons:
            point.head_counts.append(HeadCount(age_group=group, persons=persons))


def _described(point: DeliveryPoint) -> dict[str, Any]:
    """A door with its windows and head-counts, as the trail keeps it."""
    columns = (
        "name",
        "address",
        "postcode",
        "town",
        "latitude",
        "longitude",
        "instructions",
        "phone",
        "active",
    )
    return {name: getattr(point, name) for name in columns} | {
        "windows": [[window.days, window.starts, window.ends] for window in point.windows],
        "head_counts": {count.age_group: count.persons for count in point.head_counts},
    }


def _record_difference(
    actor: Actor, action: str, point: DeliveryPoint, before: dict[str, Any], now: datetime
) -> None:
    db.session.flush()
    after = _described(point)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        old, new = {name: before[name] for name in changed}, {name: after[name] for name in changed}
        _record_point(actor, action, point.institution, point, now, old, new)


def _record_point(
    actor: Actor,
    action: str,
    institution: Institution,
    point: DeliveryPoint,
    now: datetime,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    trail.record(
        actor, action, "delivery_point", point.id, now=now, municipality_id=institution.municipality_id,
        before=before, after={"institution": institution.id, **after},
    )  # fmt: skip


def _record(
    actor: Actor,
    action: str,
    institution: Institution,
    now: datetime,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    trail.record(
        actor, action, "institution", institution.id, now=now, municipality_id=institution.municipality_id,
        before=before, after=after,
    )  # fmt: skip
