"""From whom an institution may not order, and which declarations came late (ZIntPK, art. 35)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from foodorder.accounts.interests import as_declared, stands_on
from foodorder.accounts.models import InterestDeclaration
from foodorder.catalogue import law
from foodorder.db import db
from foodorder.rules.integrity import bars_orders, days_late


def barred_producers(institution_id: int, day: date) -> dict[int, InterestDeclaration]:
    """The producers from whom an institution may not order on a day, each with the declaration that bars it.

    One statement over few rows; the law's number is asked for only where there is a declaration.
    Raises ParameterUnknown.
    """
    rows = db.session.scalars(
        select(InterestDeclaration)
        .where(InterestDeclaration.institution_id == institution_id, stands_on(day))
        .order_by(InterestDeclaration.id)
    ).all()
    if not rows:
        return {}
    limit = law.value_on("integrity.functionary_share", day)
    return {row.producer_id: row for row in rows if bars_orders(as_declared(row), institution_id, day, limit)}


@dataclass(frozen=True, slots=True)
class Timeliness:
    """Whether a declaration came in time: the law's term in days, and how many days after it."""

    limit_days: int
    late_days: int
    #: It tells a change of what was declared before, for which the term is shorter.
    is_change: bool


def timeliness(rows: Sequence[InterestDeclaration]) -> dict[int, Timeliness]:
    """Of each declaration of a municipality, given all of them. Raises ParameterUnknown."""
    return {row.id: _timeliness(row, rows) for row in rows}


def _timeliness(row: InterestDeclaration, rows: Sequence[InterestDeclaration]) -> Timeliness:
    is_change = any(_same_tie(row, other) and other.valid_from < row.valid_from for other in rows)
    key = "integrity.report_change" if is_change else "integrity.report_first"
    limit = law.value_on(key, row.declared_on)
    return Timeliness(limit, days_late(row.declared_on, row.valid_from, limit), is_change)


def _same_tie(one: InterestDeclaration, other: InterestDeclaration) -> bool:
    if one.producer_id != other.producer_id or one.institution_id != other.institution_id:
        return False
    if one.person_id is not None and other.person_id is not None:
        return one.person_id == other.person_id
    return one.name.casefold() == other.name.casefold()
