"""Read flags: a page of them, one with all that is behind it, those that concern a selection, runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from foodorder.accounts.models import Institution, Producer
from foodorder.audit.flags.models import Flag, FlagNote, FlagRun
from foodorder.audit.selection import Selection
from foodorder.db import db
from foodorder.rules.red_flags.states import UNDECIDED, FlagState


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which flags of a municipality; None does not limit. Of a period those that touch it."""

    municipality_id: int
    state: str | None = None
    rule: str | None = None
    severity: int | None = None
    institution_id: int | None = None
    producer_id: int | None = None
    first: date | None = None
    last: date | None = None


def _where(chosen: Chosen, statement: Select[Any]) -> Select[Any]:
    conditions = [Flag.municipality_id == chosen.municipality_id]
    for column, value in (
        (Flag.state, chosen.state), (Flag.rule, chosen.rule), (Flag.severity, chosen.severity),
        (Flag.institution_id, chosen.institution_id), (Flag.producer_id, chosen.producer_id),
    ):  # fmt: skip
        if value is not None:
            conditions.append(column == value)
    if chosen.first is not None:
        conditions.append(Flag.last >= chosen.first)
    if chosen.last is not None:
        conditions.append(Flag.first <= chosen.last)
    return statement.where(*conditions)


def flags(chosen: Chosen, *, limit: int, offset: int = 0) -> Sequence[Flag]:
    """A page of flags: the gravest first, then the newest."""
    statement = _where(chosen, select(Flag)).options(joinedload(Flag.institution), joinedload(Flag.producer))
    order = (Flag.severity.desc(), Flag.last.desc(), Flag.id.desc())
    return db.session.scalars(statement.order_by(*order).limit(limit).offset(offset)).all()


def count(chosen: Chosen) -> int:
    """How many there are."""
    return db.session.scalar(_where(chosen, select(func.count()).select_from(Flag))) or 0


def by_state(chosen: Chosen) -> dict[FlagState, int]:
    """How many there are in each state, whatever state is chosen."""
    every = Chosen(
        chosen.municipality_id, None, chosen.rule, chosen.severity, chosen.institution_id, chosen.producer_id,
        chosen.first, chosen.last,
    )  # fmt: skip
    statement = _where(every, select(Flag.state)).add_columns(func.count()).group_by(Flag.state)
    counted = {FlagState(state): number for state, number in db.session.execute(statement).all()}
    return {state: counted.get(state, 0) for state in FlagState}


def present(municipality_id: int) -> tuple[list[str], list[tuple[int, str]], list[tuple[int, str]]]:
    """What there is to choose from: rules that found something, institutions and producers with flags."""
    own = Flag.municipality_id == municipality_id
    rules = db.session.scalars(select(Flag.rule).where(own).distinct()).all()
    institutions = db.session.execute(
        select(Institution.id, Institution.short_name)
        .where(Institution.id.in_(select(Flag.institution_id).where(own)))
        .order_by(Institution.sort_key, Institution.id)
    )
    producers = db.session.execute(
        select(Producer.id, Producer.name)
        .where(Producer.id.in_(select(Flag.producer_id).where(own)))
        .order_by(Producer.sort_key, Producer.id)
    )
    return list(rules), [(row.id, row.short_name) for row in institutions], [
        (row.id, row.name) for row in producers
    ]  # fmt: skip


def flag_of(flag_id: int, municipality_id: int, *, asked_only: bool = False) -> Flag | None:
    """One flag with its notes; `asked_only`: only if the coordinator was asked about it."""
    statement = (
        select(Flag)
        .where(Flag.id == flag_id, Flag.municipality_id == municipality_id)
        .options(
            joinedload(Flag.institution),
            joinedload(Flag.producer),
            selectinload(Flag.notes).joinedload(FlagNote.written_by),
        )
    )
    if asked_only:
        statement = statement.where(Flag.asked_at.is_not(None))
    return db.session.scalars(statement).one_or_none()


def asked(municipality_id: int, *, waiting_only: bool = True, limit: int = 100) -> Sequence[Flag]:
    """The flags that the coordinator was asked about, those without an answer first."""
    statement = select(Flag).where(Flag.municipality_id == municipality_id, Flag.asked_at.is_not(None))
    if waiting_only:
        statement = statement.where(Flag.answered_at.is_(None))
    order = (Flag.answered_at.is_not(None), Flag.asked_at.desc(), Flag.id.desc())
    return db.session.scalars(statement.order_by(*order).limit(limit)).all()


def waiting_count(municipality_id: int) -> int:
    """How many flags wait for the coordinator's answer."""
    return db.session.scalar(
        select(func.count()).where(
            Flag.municipality_id == municipality_id, Flag.asked_at.is_not(None), Flag.answered_at.is_(None)
        )
    ) or 0  # fmt: skip


def concerning(selection: Selection, limit: int = 5) -> Sequence[Flag]:
    """Undecided flags about what a selection shows, for its margin: the gravest first, then the newest.

    A flag without an institution (or producer, or food group) of its own is about all of them.
    """
    statement = select(Flag).where(
        Flag.municipality_id == selection.municipality_id,
        Flag.state.in_([state.value for state in UNDECIDED]),
        Flag.last >= selection.first,
        Flag.first <= selection.last,
    )
    for column, value in (
        (Flag.institution_id, selection.institution_id), (Flag.producer_id, selection.producer_id),
        (Flag.food_group_id, selection.food_group_id),
    ):  # fmt: skip
        if value is not None:
            statement = statement.where(or_(column == value, column.is_(None)))
    order = (Flag.severity.desc(), Flag.last.desc(), Flag.id.desc())
    return db.session.scalars(statement.order_by(*order).limit(limit)).all()


def runs(municipality_id: int, limit: int) -> Sequence[FlagRun]:
    """The last runs, newest first, also those that wait."""
    return db.session.scalars(
        select(FlagRun)
        .where(FlagRun.municipality_id == municipality_id)
        .options(joinedload(FlagRun.asked_by))
        .order_by(FlagRun.id.desc())
        .limit(limit)
    ).all()


def found_by_rule(municipality_id: int) -> Mapping[str, tuple[int, datetime]]:
    """Rule → how many flags it ever raised here, and when it last found one."""
    rows = db.session.execute(
        select(Flag.rule, func.count(), func.max(Flag.last_seen_at))
        .where(Flag.municipality_id == municipality_id)
        .group_by(Flag.rule)
    )
    return {rule: (number, seen) for rule, number, seen in rows}
