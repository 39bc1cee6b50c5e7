"""Giving a draft up: the agreement goes with everything in it; what it was stays in the trail alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select

from foodorder.agreements.ceilings import limits_of
from foodorder.agreements.documents import documents_of
from foodorder.agreements.models import (
    AgreedPrice,
    Agreement,
    AgreementDocument,
    AgreementLot,
    Ceiling,
    Criteria,
    LotSupplier,
    PriceImport,
    agreement_institution,
    lot_food_type,
)
from foodorder.agreements.prices import all_prices
from foodorder.agreements.states import hold_draft
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class CriteriaPublished(Refusal):
    """A draft for whose exempted lots criteria were published: what was published stays."""

    message = N_(
        "Criteria are published for this agreement, so it stays. Put it in force and end it instead."
    )


def check_given_up(agreement: Agreement) -> None:
    """Refuse to give up what something that is frozen rests on. Raises CriteriaPublished."""
    if db.session.scalar(select(exists().where(Criteria.agreement_id == agreement.id))):
        raise CriteriaPublished


def give_up(agreement: Agreement, *, actor: Actor, now: datetime) -> None:
    """Delete a draft with its lots, suppliers, prices, ceilings, price lists and documents.

    Nothing was ever bought under a draft, so nothing else rests on it. Raises NotADraft, CriteriaPublished.
    """
    hold_draft(agreement)
    check_given_up(agreement)
    number, municipality_id, told = agreement.id, agreement.municipality_id, _told(agreement)
    lots = select(AgreementLot.id).where(AgreementLot.agreement_id == number)
    for statement in (
        delete(AgreedPrice).where(AgreedPrice.lot_id.in_(lots)),
        delete(PriceImport).where(PriceImport.agreement_id == number),
        delete(AgreementDocument).where(AgreementDocument.agreement_id == number),
        delete(Ceiling).where(Ceiling.agreement_id == number),
        delete(LotSupplier).where(LotSupplier.lot_id.in_(lots)),
        delete(lot_food_type).where(lot_food_type.c.lot_id.in_(lots)),
        delete(AgreementLot).where(AgreementLot.agreement_id == number),
        delete(agreement_institution).where(agreement_institution.c.agreement_id == number),
        delete(Agreement).where(Agreement.id == number),
    ):
        db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.expire_all()
    trail.record(
        actor, "agreement.given_up", "agreement", number, now=now, municipality_id=municipality_id,
        before=told,
    )  # fmt: skip


def _told(agreement: Agreement) -> dict[str, Any]:
    """All that goes, as the trail keeps it."""
    limits = limits_of(agreement)
    return {
        "kind": agreement.kind,
        "title": agreement.title,
        "portal_number": agreement.portal_number,
        "valid_from": agreement.valid_from,
        "valid_to": agreement.valid_to,
        "value_cents": agreement.value_cents,
        "limit_cents": limits.cents,
        "limit_grams": limits.grams,
        "institutions": sorted(one.id for one in agreement.institutions),
        "lots": [
            {
                "number": lot.number,
                "name": lot.name,
                "suppliers": [one.producer.name for one in lot.suppliers],
                "foods": [food.name_sl for food in lot.food_types],
            }
            for lot in agreement.lots
        ],
        "prices": len(list(all_prices(agreement))),
        "documents": [one.name for one in documents_of(agreement.id)],
    }
