"""Kinds of purchases (istovrstne nabave): groups of CPV codes whose needs are added up (ZJN-3, art. 24).

A municipality defines its kinds by beginnings of CPV codes; the longest that fits a food type decides, so
that every food type is of one kind. Which food is of which kind is written down whenever kinds change, and
since when: a report of a past day adds up by the kinds of that day.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from sqlalchemy import delete, func, insert, select, update

from foodorder.accounts.changing import change
from foodorder.accounts.models import Municipality
from foodorder.agreements.lots import NoCpvCode
from foodorder.agreements.models import SubjectKind, SubjectKindPast, subject_kind_food
from foodorder.catalogue.models import FoodType
from foodorder.db import db
from foodorder.rules.agreements import Enforcement
from foodorder.rules.cpv import beginning, best, is_code
from foodorder.rules.errors import N_, NN_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class KindNameTaken(Refusal):
    """Two kinds of a municipality with one name."""

    message = N_("Another kind has this name. Choose another one.")
    default_field = "name"


class CpvTaken(Refusal):
    """The same beginning in two kinds: nobody would know which decides."""

    message = N_("“%(code)s” belongs to the kind “%(kind)s” already.")
    default_field = "cpv"


class NoCpv(Refusal):
    """A kind without codes has no food."""

    message = N_("Write at least one CPV code or its beginning.")
    default_field = "cpv"


class FoodsWithoutKind(Refusal):
    """The rules cannot be enforced while needs of some food are not counted."""

    message, plural = NN_(
        "%(count)s food type belongs to no kind: its needs could not be counted.",
        "%(count)s food types belong to no kind: their needs could not be counted.",
    )
    default_field = "lawful_basis"


@dataclass(frozen=True, slots=True)
class FoodOfKind:
    """A food type with the kind it is of; None: of none."""

    food: FoodType
    kind: SubjectKind | None


def kinds_of(municipality_id: int) -> Sequence[SubjectKind]:
    """The kinds of a municipality, in the order they were made."""
    return db.session.scalars(
        select(SubjectKind).where(SubjectKind.municipality_id == municipality_id).order_by(SubjectKind.id)
    ).all()


def kind_of(municipality_id: int, kind_id: int) -> SubjectKind | None:
    """A kind of this municipality."""
    return db.session.scalar(
        select(SubjectKind).where(SubjectKind.id == kind_id, SubjectKind.municipality_id == municipality_id)
    )


def foods_with_kinds(municipality_id: int) -> list[FoodOfKind]:
    """Every food type with its kind, in Slovene order; those without one first."""
    kinds = {kind.id: kind for kind in kinds_of(municipality_id)}
    table = subject_kind_food.c
    assigned = select(table.food_type_id, table.kind_id).where(table.municipality_id == municipality_id)
    known = {row.food_type_id: row.kind_id for row in db.session.execute(assigned)}
    foods = db.session.scalars(select(FoodType).order_by(FoodType.sort_key))
    rows = [FoodOfKind(food, kinds.get(known.get(food.id, 0))) for food in foods]
    return sorted(rows, key=lambda row: row.kind is not None)


def save_kind(
    municipality_id: int,
    name: str,
    cpv: Sequence[str],
    *,
    kind: SubjectKind | None = None,
    actor: Actor,
    now: datetime,
) -> SubjectKind:
    """A new kind, or another name and other codes of one that is there.

    Raises KindNameTaken, NoCpv, NoCpvCode, CpvTaken; FoodsWithoutKind where the rules are enforced.
    """
    codes = _checked(municipality_id, name, cpv, kind)
    values = {"name": name, "cpv": codes}
    before, after = None, values
    if kind is None:
        kind = SubjectKind(municipality_id=municipality_id, **values)
        db.session.add(kind)
    else:
        before, after = change(kind, values)
    db.session.flush()
    if after:
        assign(municipality_id, now=now)
        _check_enforced(municipality_id)
        trail.record(
            actor, "kind.changed" if before else "kind.created", "subject_kind", kind.id, now=now,
            municipality_id=municipality_id, before=before, after=after,
        )  # fmt: skip
    return kind


def remove_kind(kind: SubjectKind, *, actor: Actor, now: datetime) -> None:
    """Give a kind up; its foods fall to the next that fits.

    Raises FoodsWithoutKind where the rules are enforced and some foods would be of no kind.
    """
    municipality_id, kind_id, told = kind.municipality_id, kind.id, {"name": kind.name, "cpv": kind.cpv}
    db.session.execute(delete(subject_kind_food).where(subject_kind_food.c.kind_id == kind.id))
    db.session.delete(kind)
    db.session.flush()
    assign(municipality_id, now=now)
    _check_enforced(municipality_id)
    trail.record(
        actor, "kind.removed", "subject_kind", kind_id, now=now, municipality_id=municipality_id, before=told
    )  # fmt: skip


def assign(municipality_id: int, *, now: datetime) -> int:
    """Write down which food type is of which kind from now on; returns how many are of none.

    Done whenever kinds change; to be done again after food types were added.
    """
    kinds = {kind.id: kind for kind in kinds_of(municipality_id)}
    groups = {number: kind.cpv for number, kind in kinds.items()}
    foods = db.session.execute(select(FoodType.id, FoodType.cpv)).all()
    fitting = [(food.id, best(food.cpv, groups)) for food in foods]
    rows = [
        {"municipality_id": municipality_id, "food_type_id": food_id, "kind_id": kind_id}
        for food_id, kind_id in fitting
        if kind_id is not None
    ]
    table = subject_kind_food
    db.session.execute(delete(table).where(table.c.municipality_id == municipality_id))
    if rows:
        db.session.execute(insert(table), rows)
    _remember(municipality_id, {row["food_type_id"]: kinds[row["kind_id"]] for row in rows}, now)
    return len(fitting) - len(rows)


def assign_everywhere(*, now: datetime) -> int:
    """The same for every municipality that has kinds; returns how many there are."""
    numbers = db.session.scalars(select(SubjectKind.municipality_id).distinct()).all()
    for number in sorted(numbers):
        assign(number, now=now)
    return len(numbers)


def _remember(municipality_id: int, of: Mapping[int, SubjectKind], now: datetime) -> None:
    """End what no longer is, by food type, and begin what is new; what stays keeps its first moment."""
    past = SubjectKindPast
    standing = select(past.id, past.food_type_id, past.kind_id, past.name).where(
        past.municipality_id == municipality_id, past.until.is_(None)
    )
    wanted = {food_id: (kind.id, kind.name) for food_id, kind in of.items()}
    ended = []
    for row in db.session.execute(standing):
        if wanted.get(row.food_type_id) == (row.kind_id, row.name):
            del wanted[row.food_type_id]
        else:
            ended.append(row.id)
    db.session.execute(
        update(past).where(past.id.in_(ended)).values(until=now),
        execution_options={"synchronize_session": False},
    )
    db.session.add_all(
        past(municipality_id=municipality_id, food_type_id=food_id, kind_id=kind_id, name=name, since=now)
        for food_id, (kind_id, name) in sorted(wanted.items())
    )
    db.session.flush()


def without_kind(municipality_id: int) -> int:
    """How many food types are of no kind here."""
    counted = select(subject_kind_food.c.food_type_id).where(
        subject_kind_food.c.municipality_id == municipality_id
    )
    return db.session.scalar(select(func.count(FoodType.id)).where(FoodType.id.not_in(counted))) or 0


def copy_defaults(
    municipality_id: int, *, language: str = "sl", actor: Actor, now: datetime
) -> Sequence[SubjectKind]:
    """Give a municipality without kinds those of the reference data; one that has some keeps them."""
    if not kinds_of(municipality_id):
        for row in default_kinds():
            kind = SubjectKind(
                municipality_id=municipality_id, name=row[f"name_{language}"], cpv=row["cpv"].split()
            )
            db.session.add(kind)
            db.session.flush()
            trail.record(
                actor, "kind.created", "subject_kind", kind.id, now=now, municipality_id=municipality_id,
                after={"name": kind.name, "cpv": kind.cpv},
            )  # fmt: skip
    assign(municipality_id, now=now)
    return kinds_of(municipality_id)


def default_kinds() -> list[dict[str, str]]:
    """The kinds of the reference data, in their order."""
    text = resources.files("seeds").joinpath("reference", "subject_kinds.tsv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def set_enforcement(
    municipality: Municipality, enforcement: Enforcement, *, actor: Actor, now: datetime
) -> None:
    """Let kitchens order only what has a lawful basis, or whatever is offered. Raises FoodsWithoutKind."""
    before, after = change(municipality, {"lawful_basis": enforcement})
    if not after:
        return
    _check_enforced(municipality.id)
    trail.record(
        actor, "municipality.changed", "municipality", municipality.id, now=now,
        municipality_id=municipality.id, before=before, after=after,
    )  # fmt: skip


def begin_lawfully(municipality: Municipality, *, actor: Actor, now: datetime) -> None:
    """What a municipality has from its first day: the usual kinds, and the rules enforced."""
    copy_defaults(municipality.id, language=municipality.language, actor=actor, now=now)
    if not without_kind(municipality.id):
        set_enforcement(municipality, Enforcement.ENFORCED, actor=actor, now=now)


def _check_enforced(municipality_id: int) -> None:
    db.session.flush()
    enforced = select(Municipality.lawful_basis).where(Municipality.id == municipality_id)
    left = without_kind(municipality_id)
    if left and db.session.scalar(enforced) == Enforcement.ENFORCED:
        raise FoodsWithoutKind(count=left)


def _checked(municipality_id: int, name: str, cpv: Sequence[str], kind: SubjectKind | None) -> list[str]:
    others = [one for one in kinds_of(municipality_id) if one is not kind]
    if any(one.name.casefold() == name.casefold() for one in others):
        raise KindNameTaken
    codes = list(dict.fromkeys(code.strip() for code in cpv if code.strip()))
    if not codes:
        raise NoCpv
    for code in codes:
        if not is_code(code):
            raise NoCpvCode(code=code)
        for other in others:
            if beginning(code) in map(beginning, other.cpv):
                raise CpvTaken(code=code, kind=other.name)
    return codes
