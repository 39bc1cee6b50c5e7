"""Agreements as releases tell them."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from foodorder.agreements.models import Agreement, AgreementLot, Amendment, Ceiling
from foodorder.audit.releases import parties
from foodorder.db import db
from foodorder.exchange.ocds.agreement import Agreed, AgreedLot, Amended
from foodorder.exchange.ocds.model import Food, Party, Technique
from foodorder.rules.agreements import AgreementState, LotKind

_MOMENTS = text("""
SELECT min(at) FILTER (WHERE action = 'agreement.put_in_force') AS in_force_at,
       min(at) FILTER (WHERE action = 'agreement.ended') AS ended_at
  FROM trail_event
 WHERE object_type = 'agreement' AND object_id = :agreement
   AND action IN ('agreement.put_in_force', 'agreement.ended')
""")


def agreed(agreement_id: int, ocid: str, now: datetime) -> Agreed:
    """An agreement with its lots and suppliers as they stand now."""
    agreement = db.session.get_one(Agreement, agreement_id)
    moments = db.session.execute(_MOMENTS, {"agreement": agreement_id}).one()
    in_force_at = moments.in_force_at
    zone = ZoneInfo(agreement.municipality.zone)
    if in_force_at is None and agreement.state != AgreementState.DRAFT:
        # Taken over from before the trail.
        in_force_at = datetime.combine(agreement.signed_on or agreement.valid_from, time(), zone)
    sellers = parties.producers({row.producer_id for lot in agreement.lots for row in lot.suppliers})
    buyers = parties.institutions({one.id for one in agreement.institutions})
    today, limits = now.astimezone(zone).date(), _limits(agreement_id)
    amendments = db.session.scalars(
        select(Amendment).where(Amendment.agreement_id == agreement_id).order_by(Amendment.number)
    )
    return Agreed(
        ocid=ocid, id=agreement.id, kind=Technique(agreement.kind), title=agreement.title,
        portal_number=agreement.portal_number,
        procured_by=parties.municipality(agreement.municipality_id, agreement.municipality.name),
        institutions=tuple(buyers[key] for key in sorted(buyers)),
        lots=tuple(_lot(lot, limits.get(lot.id), sellers, today) for lot in agreement.lots),
        signed_on=agreement.signed_on, valid_from=agreement.valid_from, valid_to=agreement.valid_to,
        value_cents=agreement.value_cents, zone=agreement.municipality.zone, in_force_at=in_force_at,
        ended_at=moments.ended_at, amendments=tuple(_amended(row) for row in amendments),
    )  # fmt: skip


def _limits(agreement_id: int) -> dict[int, int]:
    """The ceilings of whole lots, net cents."""
    rows = db.session.execute(
        select(Ceiling.lot_id, Ceiling.limit_cents).where(
            Ceiling.agreement_id == agreement_id, Ceiling.lot_id.is_not(None),
            Ceiling.producer_id.is_(None), Ceiling.institution_id.is_(None), Ceiling.limit_cents.is_not(None),
        )
    )  # fmt: skip
    return {lot: cents for lot, cents in rows if lot is not None and cents is not None}


def _lot(lot: AgreementLot, limit: int | None, sellers: dict[int, Party], today: date) -> AgreedLot:
    staying = {row.producer_id for row in lot.suppliers if row.valid_to is None or row.valid_to >= today}
    foods = [
        Food(
            id=food.id, name=food.name_sl, cpv=food.cpv, cpv_name=food.cpv_name_sl, unit=food.unit, lot=lot.id
        )
        for food in lot.food_types
    ]
    return AgreedLot(
        id=lot.id, number=lot.number, name=lot.name, exempted=lot.kind == LotKind.EXEMPTED,
        limit_cents=limit, foods=tuple(foods), suppliers=tuple(sellers[key] for key in sorted(staying)),
    )  # fmt: skip


def _amended(row: Amendment) -> Amended:
    return Amended(
        number=row.number, subject=row.subject, signed_on=row.signed_on, at=row.created_at, reason=row.reason
    )
