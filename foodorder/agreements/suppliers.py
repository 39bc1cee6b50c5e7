"""Suppliers of lots: who was awarded what, in which rank or with which share, and who left."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select

from foodorder.accounts.changing import change
from foodorder.accounts.models import Admission, AdmissionState
from foodorder.agreements.ceilings import derive_limits
from foodorder.agreements.draft import record
from foodorder.agreements.models import AgreementLot, LotSupplier
from foodorder.agreements.states import check_impartial, hold_draft, hold_open, present_suppliers, stays_open
from foodorder.db import db
from foodorder.rules.agreements import AwardMode
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.thresholds import check_shares
from foodorder.trail.actor import Actor


class SupplierTwice(Refusal):
    """A producer who is a supplier of the lot already."""

    message = N_("%(producer)s is a supplier of this lot already.")
    default_field = "producer"


class StillSupplies(Refusal):
    """A producer who leaves on a day that has not come by the first day of the new row."""

    message = N_("%(producer)s supplies this lot until %(until)s: choose a day after that.")
    default_field = "producer"


class NotAdmittedHere(Refusal):
    """A producer whom the municipality has not admitted."""

    message = N_("Admit the producer to the municipality first; then it can be a supplier.")
    default_field = "producer"


class RankMissing(Refusal):
    """A ranked lot must say who comes first."""

    message = N_("Write the rank: 1 is asked first.")
    default_field = "rank"


class RankTaken(Refusal):
    """Two suppliers of a lot on one rank."""

    message = N_("Another supplier of this lot has rank %(rank)s.")
    default_field = "rank"


class ShareMissing(Refusal):
    """A parallel lot must say how it is divided."""

    message = N_("Write the supplier’s share of the lot, more than nothing and at most the whole.")
    default_field = "share_bp"


def add_supplier(
    lot: AgreementLot,
    producer_id: int,
    *,
    rank: int | None = None,
    share_bp: int | None = None,
    valid_from: date | None = None,
    actor: Actor,
    now: datetime,
) -> LotSupplier:
    """Let a producer supply a lot from a day on (the agreement's first if none is given).

    In a draft always; in force without an amendment only where lots stay open (DPS, open exempted lots).
    `rank` for ranked lots, by default after the others; `share_bp` for parallel ones.
    Raises NotADraft, SupplierTwice, StillSupplies, NotAdmittedHere, RankTaken, ShareMissing,
    SharesAboveWhole, OwnInterest.
    """
    agreement = lot.agreement
    check_impartial(agreement, [producer_id], actor, now)
    hold_open(agreement, stays_open(lot))
    supplier = join(lot, producer_id, rank, share_bp, valid_from or agreement.valid_from)
    record(actor, "agreement.supplier_added", agreement, now, after=told(supplier))
    return supplier


def join(
    lot: AgreementLot, producer_id: int, rank: int | None, share_bp: int | None, first: date
) -> LotSupplier:
    """The row of a new supplier, checked; ceilings follow. Who calls holds the agreement."""
    for other in present_suppliers(lot):
        if other.producer_id == producer_id:
            raise SupplierTwice(producer=other.producer.name)
    for other in lot.suppliers:
        until = other.valid_to
        if other.producer_id == producer_id and until is not None and max(first, other.valid_from) <= until:
            raise StillSupplies(producer=other.producer.name, until=until)
    admitted = exists().where(
        Admission.producer_id == producer_id,
        Admission.municipality_id == lot.agreement.municipality_id,
        Admission.state == AdmissionState.ADMITTED,
    )
    if not db.session.scalar(select(admitted)):
        raise NotAdmittedHere
    if rank is None and lot.mode == AwardMode.RANKED:
        rank = max((one.rank or 0 for one in present_suppliers(lot)), default=0) + 1
    supplier = LotSupplier(
        producer_id=producer_id, valid_from=first, **_place(lot, rank, share_bp)
    )  # fmt: skip
    lot.suppliers.append(supplier)
    db.session.flush()
    derive_limits(lot.agreement)
    return supplier


def edit_supplier(
    supplier: LotSupplier,
    *,
    rank: int | None = None,
    share_bp: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Change rank or share in a draft.

    Raises NotADraft, RankMissing, RankTaken, ShareMissing, SharesAboveWhole.
    """
    lot = supplier.lot
    check_impartial(lot.agreement, [supplier.producer_id], actor, now)
    hold_draft(lot.agreement)
    before, after = change(supplier, _place(lot, rank, share_bp, supplier))
    if after:
        db.session.flush()
        derive_limits(lot.agreement)
        who = {"lot": lot.number, "producer": supplier.producer.name}
        record(
            actor, "agreement.supplier_changed", lot.agreement, now, before=who | before, after=who | after
        )  # fmt: skip


def remove_supplier(supplier: LotSupplier, *, actor: Actor, now: datetime) -> None:
    """Take a supplier out of a draft. Raises NotADraft."""
    lot = supplier.lot
    check_impartial(lot.agreement, [supplier.producer_id], actor, now)
    hold_draft(lot.agreement)
    gone = told(supplier)
    lot.suppliers.remove(supplier)
    db.session.delete(supplier)
    db.session.flush()
    record(actor, "agreement.supplier_removed", lot.agreement, now, before=gone)


def supplier_of(lot: AgreementLot, producer_id: int) -> LotSupplier | None:
    """The row of a producer who supplies the lot and has not left."""
    return next((one for one in present_suppliers(lot) if one.producer_id == producer_id), None)


def replace(
    lot: AgreementLot,
    present: LotSupplier | None,
    producer_id: int,
    rank: int | None,
    share_bp: int | None,
    first: date,
) -> LotSupplier:
    """A new supplier from a day on; one who is there gets a row with the new place.

    Who calls holds the agreement.
    """
    if present is None:
        return join(lot, producer_id, rank, share_bp, first)
    if present.valid_from >= first:
        change(present, _place(lot, rank, share_bp, present))
        supplier = present
    else:
        place = _place(lot, rank, share_bp, present)
        leave(present, first)
        supplier = LotSupplier(producer_id=producer_id, valid_from=first, **place)
        lot.suppliers.append(supplier)
    db.session.flush()
    derive_limits(lot.agreement)
    return supplier


def leave(supplier: LotSupplier, first_without: date) -> None:
    """Keep the row with its last day, the one before; who had not begun then never supplied.

    Who calls holds the agreement.
    """
    supplier.valid_to = first_without - timedelta(days=1)
    db.session.flush()


def told(supplier: LotSupplier) -> dict[str, Any]:
    """A supplier as the trail and amendments keep it: plain JSON."""
    present: Mapping[str, Any] = {
        "lot": supplier.lot.number,
        "producer": supplier.producer.name,
        "producer_id": supplier.producer_id,
        "rank": supplier.rank,
        "share_bp": supplier.share_bp,
        "valid_from": supplier.valid_from.isoformat(),
        "valid_to": supplier.valid_to.isoformat() if supplier.valid_to else None,
    }
    return {name: value for name, value in present.items() if value is not None}


def _place(
    lot: AgreementLot, rank: int | None, share_bp: int | None, own: LotSupplier | None = None
) -> dict[str, int | None]:
    """Rank or share as the lot's mode wants it; the other stays empty."""
    others = [one for one in present_suppliers(lot) if one is not own]
    if lot.mode == AwardMode.RANKED:
        if rank is None or rank < 1:
            raise RankMissing
        if any(one.rank == rank for one in others):
            raise RankTaken(rank=rank)
        return {"rank": rank, "share_bp": None}
    if lot.mode == AwardMode.PARALLEL:
        if share_bp is None or not 0 < share_bp <= 10_000:
            raise ShareMissing
        check_shares(lot.number, [share_bp, *(one.share_bp or 0 for one in others)])
        return {"rank": None, "share_bp": share_bp}
    return {"rank": None, "share_bp": None}
