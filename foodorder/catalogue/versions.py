"""How an offer's terms are kept: the next version beside the ones before, with its event in the trail."""

from datetime import datetime

from foodorder.catalogue.models import Offer, OfferVersion
from foodorder.db import db
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: What a version copies and a comparison looks at.
TERMS = (
    "price_cents", "days", "stock_kind", "available", "farm_id", "name", "unit", "grams_per_unit",
    "order_step", "pack", "minimum_quantity", "allergens", "traces",
)  # fmt: skip


def stored(version: OfferVersion) -> dict[str, object]:
    return {name: getattr(version, name) for name in TERMS}


def add_version(
    offer: Offer,
    before: OfferVersion | None,
    terms: dict[str, object],
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
    action: str = "offer.published",
) -> None:
    """Write the next version and its event, which names only what differs from the version before."""
    number = before.version + 1 if before else 1
    old = stored(before) if before else {}
    differing = {name: value for name, value in terms.items() if name not in old or old[name] != value}
    db.session.add(
        OfferVersion(
            offer_id=offer.id,
            version=number,
            reason=reason,
            created_at=now,
            created_by_id=actor.person_id,
            **terms,
        )
    )
    trail.record(
        actor,
        action,
        "offer",
        offer.id,
        now=now,
        before={name: old[name] for name in differing} if before else None,
        after={"version": number, "week": offer.week, "product": offer.product_id, **differing},
        reason=reason,
    )
