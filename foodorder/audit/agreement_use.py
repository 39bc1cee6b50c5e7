"""How much of each agreement's upper limits is used, beside how much of its time is over."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from foodorder.agreements.models import Agreement, AgreementLot, Ceiling
from foodorder.agreements.queries import PUBLISHED, agreements_of
from foodorder.audit.selection import Selection
from foodorder.db import db
from foodorder.rules.forecast import WHOLE, Term, used_up


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One upper limit of an agreement: whose it is, what is used of it, when it will be used up.

    `lot`, `producer`, `institution` name what it belongs to, all None: the whole agreement; with `exempted`
    all exempted lots together. Net cents, or grams where `by_weight`.
    """

    agreement_id: int
    agreement: str
    term: Term
    lot: str | None
    producer: str | None
    institution: str | None
    exempted: bool
    by_weight: bool
    used: int
    limit: int
    used_bp: int
    gone_bp: int
    used_up_on: date | None
    lot_id: int | None = None
    producer_id: int | None = None
    institution_id: int | None = None

    @property
    def ahead_bp(self) -> int:
        """By how much use runs ahead of time; below zero: behind it."""
        return self.used_bp - self.gone_bp


def limit_uses(selection: Selection, day: date) -> list[LimitUse]:
    """The limits of the municipality's agreements whose term touches a selection, the fastest first.

    An institution or a producer of the selection keeps the agreements that are theirs, without the limits
    that are another's alone.
    """
    published = [one for one in agreements_of(selection.municipality_id) if _touches(one, selection)]
    ceilings: dict[int, list[Ceiling]] = {one.id: [] for one in published}
    for row in db.session.scalars(
        select(Ceiling).where(Ceiling.agreement_id.in_(ceilings)).order_by(Ceiling.id)
    ):
        ceilings[row.agreement_id].append(row)
    found = [limit for one in published for limit in _limits(one, ceilings[one.id], selection, day)]
    return sorted(found, key=lambda one: (-one.ahead_bp, one.agreement_id))


def _touches(agreement: Agreement, selection: Selection) -> bool:
    kitchens = {one.id for one in agreement.institutions}
    farms = {one.producer_id for lot in agreement.lots for one in lot.suppliers}
    return (
        agreement.state in PUBLISHED
        and agreement.valid_from <= selection.last
        and agreement.valid_to >= selection.first
        and selection.institution_id in {None, *kitchens}
        and selection.producer_id in {None, *farms}
    )


def _limits(agreement: Agreement, ceilings: list[Ceiling], selection: Selection, day: date) -> list[LimitUse]:
    kitchens = {one.id: one.short_name for one in agreement.institutions}
    # Under the limit of a kitchen that left nobody calls off any more.
    held = [one for one in ceilings if one.institution_id in {None, *kitchens}]
    return [
        limit for one in held if _concerns(one, selection) for limit in _of(agreement, one, kitchens, day)
    ]


def _concerns(ceiling: Ceiling, selection: Selection) -> bool:
    return (
        selection.institution_id is None or ceiling.institution_id in (None, selection.institution_id)
    ) and (selection.producer_id is None or ceiling.producer_id in (None, selection.producer_id))


def _of(agreement: Agreement, ceiling: Ceiling, kitchens: dict[int, str], day: date) -> list[LimitUse]:
    """A limit by value, by weight, or both."""
    lot = next((one for one in agreement.lots if one.id == ceiling.lot_id), None)
    term = Term(agreement.valid_from, agreement.valid_to)
    sides = (
        (False, ceiling.used_cents, ceiling.limit_cents), (True, ceiling.used_grams, ceiling.limit_grams),
    )  # fmt: skip
    return [
        LimitUse(
            agreement.id, agreement.title, term,
            f"{lot.number} {lot.name}" if lot else None,
            _supplier(lot, ceiling.producer_id) if lot and ceiling.producer_id else None,
            kitchens.get(ceiling.institution_id) if ceiling.institution_id else None,
            ceiling.exempted, by_weight, used, limit, used * WHOLE // limit, term.gone_bp(day),
            used_up(term, day, used, limit), ceiling.lot_id, ceiling.producer_id, ceiling.institution_id,
        )
        for by_weight, used, limit in sides
        if limit
    ]  # fmt: skip


def _supplier(lot: AgreementLot, producer_id: int) -> str:
    return next((one.producer.name for one in lot.suppliers if one.producer_id == producer_id), "")
