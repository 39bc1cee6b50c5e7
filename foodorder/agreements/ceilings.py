"""Upper limits (zgornje meje) of an agreement: one row for each thing that is counted.

The whole agreement, its exempted lots together, each lot, each supplier of a parallel lot, and, where
somebody set one, an institution. Ordering counts on these rows; here they are made and their limits set.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from foodorder.agreements.models import Agreement, AgreementLot, Ceiling
from foodorder.agreements.states import legal_day, present_suppliers
from foodorder.catalogue import law
from foodorder.db import db
from foodorder.rules.agreements import AwardMode, LotKind
from foodorder.rules.thresholds import exempted_share, part

Key = dict[str, int | bool | None]

EXEMPTED_SHARE = "procurement.exempted_lots_share"


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper limits of a whole term: net cents and grams; None: counted, not limited."""

    cents: int | None = None
    grams: int | None = None


def ensure_ceilings(agreement: Agreement) -> None:
    """Make the rows that are missing, without limits: the agreement's own, its lots', parallel suppliers'."""
    wanted: list[dict[str, object]] = [_key()]
    if any(lot.kind == LotKind.EXEMPTED for lot in agreement.lots):
        wanted.append(_key(exempted=True))
    for lot in agreement.lots:
        wanted.append(_key(lot.id))
        if lot.mode == AwardMode.PARALLEL:
            wanted += [_key(lot.id, one.producer_id) for one in present_suppliers(lot)]
    rows = [
        {"agreement_id": agreement.id, **key} for key in {tuple(row.items()): row for row in wanted}.values()
    ]
    db.session.execute(insert(Ceiling).values(rows).on_conflict_do_nothing())


def _key(
    lot_id: int | None = None, producer_id: int | None = None, *, exempted: bool = False
) -> dict[str, object]:
    return {"lot_id": lot_id, "producer_id": producer_id, "institution_id": None, "exempted": exempted}


def ceiling_of(
    agreement_id: int,
    lot_id: int | None = None,
    producer_id: int | None = None,
    institution_id: int | None = None,
    *,
    exempted: bool = False,
) -> Ceiling | None:
    """The ceiling of exactly this: of the agreement as a whole if nothing is named."""
    return db.session.scalar(_exactly(agreement_id, lot_id, producer_id, institution_id, exempted=exempted))


def _exactly(
    agreement_id: int,
    lot_id: int | None,
    producer_id: int | None,
    institution_id: int | None,
    *,
    exempted: bool,
) -> Select[Ceiling]:
    return select(Ceiling).where(
        Ceiling.agreement_id == agreement_id,
        Ceiling.lot_id.is_not_distinct_from(lot_id),
        Ceiling.producer_id.is_not_distinct_from(producer_id),
        Ceiling.institution_id.is_not_distinct_from(institution_id),
        Ceiling.exempted == exempted,
    )


def set_limits(
    agreement: Agreement, limits: Limits, lot_id: int | None = None, *, institution_id: int | None = None
) -> None:
    """Write the limits of the agreement, of a lot, or of one institution (its row is made if need be)."""
    key = _key(lot_id) | {"institution_id": institution_id, "agreement_id": agreement.id}
    db.session.execute(insert(Ceiling).values(key).on_conflict_do_nothing())
    ceiling = db.session.scalars(_exactly(agreement.id, lot_id, None, institution_id, exempted=False)).one()
    ceiling.limit_cents, ceiling.limit_grams = limits.cents, limits.grams
    db.session.flush()


def derive_limits(agreement: Agreement) -> None:
    """Set the limits that follow from others: of all exempted lots, and of suppliers of parallel lots."""
    ensure_ceilings(agreement)
    rows = _rows(agreement)
    exempted = rows.get((None, None, True))
    if exempted is not None:
        share = law.value_on(EXEMPTED_SHARE, legal_day(agreement))
        exempted.limit_cents = exempted_share(agreement.value_cents, share)
    for lot in agreement.lots:
        whole = rows[lot.id, None, False]
        if lot.mode == AwardMode.PARALLEL:
            for one in present_suppliers(lot):
                own = rows[lot.id, one.producer_id, False]
                own.limit_cents = part(whole.limit_cents, one.share_bp or 0)
                own.limit_grams = part(whole.limit_grams, one.share_bp or 0)
    db.session.flush()


def lot_limits(agreement: Agreement) -> Mapping[int, Limits]:
    """Lot → its limits."""
    return {
        lot_id: Limits(row.limit_cents, row.limit_grams)
        for (lot_id, producer_id, _), row in _rows(agreement).items()
        if lot_id is not None and producer_id is None
    }


def limits_of(agreement: Agreement, lot: AgreementLot | None = None) -> Limits:
    """The limits of the agreement as a whole, or of one of its lots."""
    row = ceiling_of(agreement.id, lot.id if lot else None)
    return Limits(row.limit_cents, row.limit_grams) if row else Limits()


def _rows(agreement: Agreement) -> dict[tuple[int | None, int | None, bool], Ceiling]:
    rows = db.session.scalars(
        select(Ceiling)
        .where(Ceiling.agreement_id == agreement.id, Ceiling.institution_id.is_(None))
        .order_by(Ceiling.id)
    )
    return {(row.lot_id, row.producer_id, row.exempted): row for row in rows}
