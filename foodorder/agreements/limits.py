"""The ceilings that a person sets: of the agreement, of its lots, of its institutions; the rest follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from foodorder.accounts.models import Institution
from foodorder.agreements.ceilings import Limits, derive_limits, ensure_ceilings, set_limits
from foodorder.agreements.draft import record
from foodorder.agreements.models import Agreement, AgreementLot, Ceiling
from foodorder.agreements.states import hold_draft
from foodorder.db import db
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class LimitRow:
    """Something whose limits can be set; `ceiling` None: an institution that has none yet."""

    lot: AgreementLot | None
    institution: Institution | None
    ceiling: Ceiling | None

    @property
    def key(self) -> str:
        """Its name in a form."""
        if self.lot is not None:
            return f"lot{self.lot.id}"
        return f"institution{self.institution.id}" if self.institution else "whole"


def limit_rows(agreement: Agreement) -> list[LimitRow]:
    """The agreement, its lots, its institutions."""
    rows = db.session.scalars(
        select(Ceiling).where(
            Ceiling.agreement_id == agreement.id, Ceiling.producer_id.is_(None), ~Ceiling.exempted
        )
    )
    present = {(row.lot_id, row.institution_id): row for row in rows}
    return [
        LimitRow(None, None, present.get((None, None))),
        *(LimitRow(lot, None, present.get((lot.id, None))) for lot in agreement.lots),
        *(LimitRow(None, one, present.get((None, one.id))) for one in agreement.institutions),
    ]


def numbered(agreement: Agreement, wanted: Mapping[str, Limits]) -> dict[int, Limits]:
    """The limits by the number of their ceiling; rows that are missing are made where a limit is wanted."""
    ensure_ceilings(agreement)
    for row in limit_rows(agreement):
        if row.institution and row.ceiling is None and wanted.get(row.key, Limits()) != Limits():
            set_limits(agreement, Limits(), institution_id=row.institution.id)
    return {
        row.ceiling.id: wanted[row.key]
        for row in limit_rows(agreement)
        if row.ceiling is not None and row.key in wanted
    }


def limit_freely(agreement: Agreement, limits: Mapping[int, Limits], *, actor: Actor, now: datetime) -> None:
    """Set ceilings of a draft by their number. Raises NotADraft."""
    hold_draft(agreement)
    rows: Sequence[Ceiling] = db.session.scalars(
        select(Ceiling)
        .where(Ceiling.agreement_id == agreement.id, Ceiling.id.in_(limits))
        .order_by(Ceiling.id)
    ).all()
    changed = [row for row in rows if Limits(row.limit_cents, row.limit_grams) != limits[row.id]]
    before = {f"ceiling {row.id}": [row.limit_cents, row.limit_grams] for row in changed}
    for row in changed:
        row.limit_cents, row.limit_grams = limits[row.id].cents, limits[row.id].grams
    after = {f"ceiling {row.id}": [row.limit_cents, row.limit_grams] for row in changed}
    db.session.flush()
    if changed:
        derive_limits(agreement)
        record(actor, "agreement.ceilings_set", agreement, now, before=before, after=after)
