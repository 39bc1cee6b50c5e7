"""Which institutions may call off under an agreement, and from when to when (upravičeni naročniki)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text, update

from foodorder.accounts.models import Institution
from foodorder.agreements.models import Agreement, agreement_institution
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal


class StillEntitled(Refusal):
    """An institution that leaves on a day that has not come, and is to join again after a gap."""

    message = N_("%(institution)s may call off until %(until)s: let it join again when that day is over.")
    default_field = "institutions"


# Who leaves and joins again without a gap never left.
_JOIN = text("""
INSERT INTO agreement_institution AS ai (agreement_id, institution_id, valid_from)
VALUES (:agreement, :institution, :first)
ON CONFLICT (agreement_id, institution_id) DO UPDATE
   SET valid_from = CASE WHEN ai.valid_to < excluded.valid_from - 1 THEN excluded.valid_from
                         ELSE ai.valid_from END,
       valid_to = NULL
""")


@dataclass(frozen=True, slots=True)
class Entitled:
    """An institution that may call off on some days of the term only; None: as long as the agreement."""

    institution: str
    valid_from: date | None
    valid_to: date | None


def change_entitled(agreement: Agreement, wanted: Collection[Institution], first: date, today: date) -> None:
    """Let institutions join or leave: `first` is the first day with, or without, them.

    Who calls holds the agreement. Raises StillEntitled.
    """
    present = {one.id for one in agreement.institutions}
    leaving, joining = present - {one.id for one in wanted}, [one for one in wanted if one.id not in present]
    last = {row.institution_id: row.valid_to for row in _rows(agreement)}
    for one in joining:
        until = last.get(one.id)
        if until is not None and today <= until < first - timedelta(days=1):
            raise StillEntitled(institution=one.short_name, until=until)
    db.session.execute(
        update(agreement_institution)
        .where(
            agreement_institution.c.agreement_id == agreement.id,
            agreement_institution.c.institution_id.in_(leaving),
        )
        .values(valid_to=first - timedelta(days=1))
    )
    for one in joining:
        db.session.execute(_JOIN, {"agreement": agreement.id, "institution": one.id, "first": first})
    db.session.expire(agreement, ["institutions"])


def entitled_for_a_time(agreement: Agreement) -> Sequence[Entitled]:
    """The institutions that joined or left by an amendment, by name."""
    return [
        Entitled(row.short_name, row.valid_from, row.valid_to)
        for row in _rows(agreement)
        if row.valid_from is not None or row.valid_to is not None
    ]


def _rows(agreement: Agreement) -> Sequence[Any]:
    entitled = agreement_institution.c
    return db.session.execute(
        select(entitled.institution_id, Institution.short_name, entitled.valid_from, entitled.valid_to)
        .join(Institution, Institution.id == entitled.institution_id)
        .where(entitled.agreement_id == agreement.id)
        .order_by(Institution.sort_key)
    ).all()
