"""Declared interests: entered, corrected, ended; and who is kept out of which decision (rules/integrity.py).

A declaration is never deleted: one that was entered wrongly is corrected in place, a tie that changed ends
and the next one begins, and the trail keeps both.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from foodorder.accounts.changing import change
from foodorder.accounts.models import Admission, Institution, InterestDeclaration, Municipality, Producer
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.integrity import Declared, OwnInterest, Relation, must_withdraw
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class ShareMissing(Refusal):
    """An owner whose part was not told: whether orders are barred depends on it."""

    message = N_("Write how large the part is that they own.")
    default_field = "share_bp"


class ShareImpossible(Refusal):
    """A part below nothing or above the whole."""

    message = N_("The part lies between 0 and 100 per cent.")
    default_field = "share_bp"


class EndsBeforeItBegan(Refusal):
    """A tie whose last day comes before its first."""

    message = N_("The last day comes before the first.")
    default_field = "valid_to"


class DeclaredInTheFuture(Refusal):
    """A declaration that nobody has made yet."""

    message = N_("The day of the declaration has not come yet.")
    default_field = "declared_on"


class NotOurs(Refusal):
    """An institution or a producer that the municipality does not know."""

    message = N_("Choose one of the municipality’s institutions and producers.")


class EndedAlready(Refusal):
    """An end of what has ended."""

    message = N_("This declaration has ended already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaring:
    """All that is written of a declaration. `institution_id` None: the municipality itself (a councillor).

    `person_id` the functionary where they use this system; `share_bp` in basis points, None: not told;
    `valid_from` the day from which the tie stands, `valid_to` its last.
    """

    name: str
    office: str
    producer_id: int
    relation: Relation
    declared_on: date
    valid_from: date
    institution_id: int | None = None
    person_id: int | None = None
    share_bp: int | None = None
    valid_to: date | None = None
    note: str | None = None


def declare(
    municipality: Municipality, data: Declaring, *, actor: Actor, now: datetime
) -> InterestDeclaration:
    """Enter what a functionary declared.

    Raises ShareMissing, ShareImpossible, EndsBeforeItBegan, DeclaredInTheFuture, NotOurs.
    """
    _check(municipality, data, now)
    row = InterestDeclaration(
        municipality_id=municipality.id, entered_at=now, entered_by_id=actor.person_id, **asdict(data)
    )
    db.session.add(row)
    db.session.flush()
    _record("interest.declared", row, actor, now, after=asdict(data))
    return row


def correct(row: InterestDeclaration, data: Declaring, *, actor: Actor, now: datetime) -> None:
    """Mend what was entered wrongly; the trail keeps what stood there. Raises what declare raises."""
    _check(db.session.get_one(Municipality, row.municipality_id), data, now)
    before, after = change(row, asdict(data))
    if after:
        db.session.flush()
        db.session.expire(row, ["institution", "producer", "person"])
        _record("interest.corrected", row, actor, now, before=before, after=after)


def end(row: InterestDeclaration, last: date, *, actor: Actor, now: datetime) -> None:
    """Write the last day of a tie: sold, left office. Raises EndedAlready, EndsBeforeItBegan."""
    if row.valid_to is not None:
        raise EndedAlready
    if last < row.valid_from:
        raise EndsBeforeItBegan
    row.valid_to = last
    db.session.flush()
    _record("interest.ended", row, actor, now, before={"valid_to": None}, after={"valid_to": last})


# Reads


def declarations(municipality_id: int) -> list[InterestDeclaration]:
    """All declarations of a municipality, those that stand first, then the newest."""
    return list(
        db.session.scalars(
            select(InterestDeclaration)
            .where(InterestDeclaration.municipality_id == municipality_id)
            .order_by(
                InterestDeclaration.valid_to.is_not(None),
                InterestDeclaration.declared_on.desc(),
                InterestDeclaration.id.desc(),
            )
            .options(
                joinedload(InterestDeclaration.institution),
                joinedload(InterestDeclaration.producer),
                joinedload(InterestDeclaration.person),
            )
        )
    )


def declaration_of(municipality_id: int, interest_id: int) -> InterestDeclaration | None:
    """A declaration of this municipality; None for every other's."""
    return db.session.scalar(
        select(InterestDeclaration).where(
            InterestDeclaration.id == interest_id, InterestDeclaration.municipality_id == municipality_id
        )
    )


def interests_of_person(person_id: int, day: date) -> list[InterestDeclaration]:
    """The ties of one person that stand on a day, in every municipality."""
    return list(
        db.session.scalars(
            select(InterestDeclaration).where(InterestDeclaration.person_id == person_id, stands_on(day))
        )
    )


def withdrawn_from(actor: Actor, day: date) -> frozenset[int]:
    """The producers that a person is kept out of deciding about; for lists, in one statement."""
    if actor.person_id is None:
        return frozenset()
    return frozenset(row.producer_id for row in interests_of_person(actor.person_id, day))


def check_may_decide(actor: Actor, producer_ids: Collection[int], day: date) -> None:
    """Refuse a decision about any of these producers by somebody who declared an interest in it.

    Programs and the clock have none. Raises OwnInterest.
    """
    if actor.person_id is None or not producer_ids:
        return
    ties = [as_declared(row) for row in interests_of_person(actor.person_id, day)]
    for producer_id in sorted(producer_ids):
        if must_withdraw(ties, actor.person_id, producer_id, day):
            raise OwnInterest(producer=db.session.get_one(Producer, producer_id).name)


def local_day(municipality: Municipality, now: datetime) -> date:
    """The day it is in a municipality."""
    return now.astimezone(ZoneInfo(municipality.zone)).date()


def as_declared(row: InterestDeclaration) -> Declared:
    """A row as the rules read it."""
    return Declared(
        row.producer_id, row.institution_id, row.person_id, Relation(row.relation), row.share_bp,
        row.valid_from, row.valid_to,
    )  # fmt: skip


def stands_on(day: date) -> ColumnElement[bool]:
    """Condition on interest_declaration: the tie stands on a day."""
    return and_(
        InterestDeclaration.valid_from <= day,
        or_(InterestDeclaration.valid_to.is_(None), InterestDeclaration.valid_to >= day),
    )


def _check(municipality: Municipality, data: Declaring, now: datetime) -> None:
    if data.share_bp is not None and not 0 <= data.share_bp <= 10_000:
        raise ShareImpossible
    if data.relation is Relation.OWNER and data.share_bp is None:
        raise ShareMissing
    if data.valid_to is not None and data.valid_to < data.valid_from:
        raise EndsBeforeItBegan
    if data.declared_on > local_day(municipality, now):
        raise DeclaredInTheFuture
    institution = db.session.get(Institution, data.institution_id) if data.institution_id else None
    if data.institution_id and (institution is None or institution.municipality_id != municipality.id):
        raise NotOurs(field="institution_id")
    if db.session.get(Admission, (data.producer_id, municipality.id)) is None:
        raise NotOurs(field="producer_id")


def _record(
    action: str,
    row: InterestDeclaration,
    actor: Actor,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    trail.record(
        actor, action, "interest", row.id, now=now, municipality_id=row.municipality_id,
        before=before, after=after,
    )  # fmt: skip
