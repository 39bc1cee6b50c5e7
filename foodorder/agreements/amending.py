"""What all amendments share: when one holds, that it changes something, and how it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from foodorder.agreements.draft import record
from foodorder.agreements.force import NoReason
from foodorder.agreements.models import Agreement, Amendment
from foodorder.agreements.states import hold_in_force, legal_day
from foodorder.catalogue import law
from foodorder.db import db
from foodorder.language.times import local
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.thresholds import ChangeAboveShare, change_warning
from foodorder.trail.actor import Actor

CHANGE_SHARE = "procurement.contract_change_share"


class Subject(StrEnum):
    """What an amendment changes."""

    PRICES = "prices"
    CEILING = "ceiling"
    TERM = "term"
    SUPPLIERS = "suppliers"
    INSTITUTIONS = "institutions"
    FOODS = "foods"


SUBJECTS: Mapping[Subject, str] = {
    Subject.PRICES: N_("Prices"),
    Subject.CEILING: N_("Ceilings"),
    Subject.TERM: N_("Term"),
    Subject.SUPPLIERS: N_("Suppliers"),
    Subject.INSTITUTIONS: N_("Institutions"),
    Subject.FOODS: N_("Foods of a lot"),
}


class EffectBeforeSignature(Refusal):
    """An amendment that would change what was lawful yesterday."""

    message = N_("An amendment takes effect on the day of its signature at the earliest.")
    default_field = "effective_on"


class EffectLater(Refusal):
    """A change without days of its own, entered before it holds."""

    message = N_("This change holds at once: enter it on the day it takes effect.")
    default_field = "effective_on"


class OutsideTerm(Refusal):
    """A day on which nothing is delivered under the agreement."""

    message = N_("The agreement runs from %(first)s to %(last)s: choose a day within it.")
    default_field = "effective_on"


class NothingChanges(Refusal):
    """An amendment after which everything is as before."""

    message = N_("Nothing changes by this amendment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentData:
    """When an amendment was signed, from when it holds, and why."""

    signed_on: date
    effective_on: date
    reason: str


def hold_for(agreement: Agreement, data: AmendmentData, now: datetime | None = None) -> None:
    """Hold the agreement and check the days; `now` for changes that hold at once."""
    hold_in_force(agreement)
    if not data.reason.strip():
        raise NoReason
    if data.effective_on < data.signed_on:
        raise EffectBeforeSignature
    if now is not None:
        if data.effective_on > local(now).date():
            raise EffectLater
    elif not agreement.valid_from <= data.effective_on <= agreement.valid_to:
        raise OutsideTerm(first=agreement.valid_from, last=agreement.valid_to)


def write(
    agreement: Agreement,
    subject: Subject,
    data: AmendmentData,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Amendment:
    data = replace(data, reason=data.reason.strip())
    last = db.session.scalar(select(func.max(Amendment.number)).where(Amendment.agreement_id == agreement.id))
    amendment = Amendment(
        agreement_id=agreement.id, number=(last or 0) + 1, subject=subject, signed_on=data.signed_on,
        effective_on=data.effective_on, reason=data.reason, before=before, after=after, created_at=now,
        created_by_id=actor.person_id,
    )  # fmt: skip
    db.session.add(amendment)
    db.session.flush()
    number = {"amendment": amendment.number, "subject": subject}
    record(
        actor, "agreement.amended", agreement, now, reason=data.reason, before=dict(before),
        after=number | dict(after),
    )  # fmt: skip
    return amendment


def growth_warning(agreement: Agreement) -> ChangeAboveShare | None:
    """A warning when amendments made the ceilings grow by more than a small change of the value (art. 95)."""
    grown: dict[int, int] = {}
    of_agreement: set[int] = set()
    for amendment in amendments_of(agreement):
        if amendment.subject == Subject.CEILING:
            pairs = zip(amendment.before["ceilings"], amendment.after["ceilings"], strict=True)
            for was, became in pairs:
                grown[was["id"]] = grown.get(was["id"], 0) + _grown(was["cents"], became["cents"])
                if was["lot"] is None and was["institution"] is None:
                    of_agreement.add(was["id"])
    lots = sum(cents for number, cents in grown.items() if number not in of_agreement)
    whole = sum(cents for number, cents in grown.items() if number in of_agreement)
    share = law.value_on(CHANGE_SHARE, legal_day(agreement))
    return change_warning(agreement.value_cents, max(lots, whole), share_bp=share)


def amendments_of(agreement: Agreement) -> Sequence[Amendment]:
    """All amendments by their number."""
    return db.session.scalars(
        select(Amendment).where(Amendment.agreement_id == agreement.id).order_by(Amendment.number)
    ).all()


def _grown(was: int | None, became: int | None) -> int:
    return 0 if was is None or became is None else became - was
