"""How an offer's terms are kept: the next version beside the ones before, with its event in the trail."""

from collections.abc import Iterable
from datetime import datetime

from foodorder.accounts.producers import serves
from foodorder.catalogue.models import Offer, OfferVersion
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: What a version copies and a comparison looks at.
TERMS = (
    "price_cents", "days", "stock_kind", "available", "farm_id", "name", "unit", "grams_per_unit",
    "order_step", "pack", "minimum_quantity", "allergens", "traces",
    "harvest_hours",
)  # fmt: skip


def stored(version: OfferVersion) -> dict[str, object]:
    return {name: getattr(version, name) for name in TERMS}


def next_version(
    offer: Offer,
    before: OfferVersion | None,
    terms: dict[str, object],
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> OfferVersion:
    """The version of an offer that follows `before`, to be added to the session."""
    return OfferVersion(
        offer_id=offer.id,
        version=before.version + 1 if before else 1,
        reason=reason,
        created_at=now,
        created_by_id=actor.person_id,
        **terms,
    )


def tell(
    action: str,
    offer: Offer,
    before: OfferVersion | None,
    version: OfferVersion,
    municipalities: Iterable[int | None],
) -> list[trail.Event]:
    """The event of a version, naming only what differs, for the trail of each municipality it concerns."""
    old, new = stored(before) if before else {}, stored(version)
    differing = [name for name in TERMS if name not in old or old[name] != new[name]]
    changed = {name: new[name] for name in differing}
    return [
        trail.Event(
            action,
            "offer",
            offer.id,
            municipality,
            {name: old[name] for name in differing} if before else None,
            {"version": version.version, "week": offer.week, "product": offer.product_id, **changed},
            version.reason,
        )
        for municipality in municipalities
    ]


def municipalities_of(producer_id: int) -> list[int | None]:
    """Whose trails an offer belongs in: those the producer serves; the installation's before any."""
    return list(serves(producer_id)) or [None]
