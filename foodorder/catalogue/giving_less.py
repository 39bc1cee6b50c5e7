"""Giving less than was offered, or nothing: hail, frost, sold elsewhere.

The caller holds the week before (ordering.offers.hold, which also counts what was ordered of unlimited
offers) and tells those who ordered after it.
"""

from datetime import datetime

from sqlalchemy import select

from foodorder.catalogue.models import Offer, OfferState, OfferVersion, StockKind
from foodorder.catalogue.queries import newest_versions
from foodorder.catalogue.versions import municipalities_of, next_version, stored, tell
from foodorder.db import db
from foodorder.rules.errors import Amount
from foodorder.rules.offers import AlreadyOrdered, WithdrawnForGood, check_reason, check_reduction
from foodorder.rules.quantity import check_step
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


def reduce_offer(
    offer_id: int,
    available: int,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> Offer:
    """Offer less than before (hail, frost), even less than was ordered; `available` in thousandths.

    An unlimited offer becomes one that is shared. Orders stand until the close shares what there is.
    Raises WithdrawnForGood, NotAReduction, QuantityMissing, NotAMultiple, ReasonMissing or ReasonTooLong.
    """
    offer, version = _locked(offer_id)
    reason = check_reason(reason)
    check_reduction(offer.available, available, version.unit)
    check_step(available, version.order_step, unit=version.unit)
    if offer.stock_kind == StockKind.UNLIMITED:
        offer.stock_kind = StockKind.SHARE
    offer.available = available
    terms = stored(version) | {"stock_kind": offer.stock_kind, "available": available}
    reduced = next_version(offer, version, terms, actor=actor, now=now, reason=reason)
    db.session.add(reduced)
    db.session.flush()
    told = tell("offer.reduced", offer, version, reduced, municipalities_of(offer.producer_id))
    trail.record_all(actor, told, now=now)
    return offer


def withdraw_offer(
    offer_id: int,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> Offer:
    """Take an offer back for its week.

    With a reason it is final, and the close cancels what was ordered of it. Without one (None) it may come
    again, so this is open only while nobody has ordered.
    Raises WithdrawnForGood, AlreadyOrdered, ReasonMissing or ReasonTooLong.
    """
    offer, version = _locked(offer_id)
    if reason is None and offer.taken:
        raise AlreadyOrdered(taken=Amount(offer.taken, version.unit))
    offer.state = OfferState.WITHDRAWN
    offer.withdrawn_reason = None if reason is None else check_reason(reason)
    db.session.flush()
    trail.record_all(
        actor,
        [
            trail.Event(
                "offer.withdrawn",
                "offer",
                offer.id,
                municipality,
                {"state": OfferState.PUBLISHED, "taken": offer.taken},
                {"state": OfferState.WITHDRAWN},
                offer.withdrawn_reason,
            )
            for municipality in municipalities_of(offer.producer_id)
        ],
        now=now,
    )
    return offer


def _locked(offer_id: int) -> tuple[Offer, OfferVersion]:
    offer = db.session.scalars(
        select(Offer)
        .where(Offer.id == offer_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if offer.state == OfferState.WITHDRAWN:
        raise WithdrawnForGood
    return offer, newest_versions([offer.id])[offer.id]
