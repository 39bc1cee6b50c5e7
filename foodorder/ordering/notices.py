"""Whom a cycle concerns, and telling them: one message per person, in their language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from foodorder.accounts.models import Institution
from foodorder.accounts.recipients import Recipients, recipients_of_institutions, recipients_of_producers
from foodorder.catalogue.models import Offer
from foodorder.db import db
from foodorder.ordering.models import CycleOffer, cycle_name
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient


@dataclass(frozen=True, slots=True)
class CycleFacts:
    """What every message about a cycle says."""

    cycle_id: int
    municipality_id: int
    municipality: str
    name: str
    opens_at: datetime
    closes_at: datetime
    week: str
    days: int

    def as_json(self) -> dict[str, Any]:
        """As a message's data holds it: dates and instants in ISO form."""
        return {
            "cycle": self.name,
            "municipality": self.municipality,
            "week": self.week,
            "days": self.days,
            "opens_at": self.opens_at.isoformat(),
            "closes_at": self.closes_at.isoformat(),
        }


def facts(row: Any) -> CycleFacts:
    """What messages say of a cycle, from the row that `queries.cycle_now` reads."""
    return CycleFacts(
        cycle_id=row.id,
        municipality_id=row.municipality_id,
        municipality=row.municipality,
        name=cycle_name(row.week, row.sequence),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        week=row.week.isoformat(),
        days=row.days,
    )


def kitchens(municipality_id: int) -> Recipients:
    """The kitchen managers of each active institution of a municipality, by institution."""
    active = select(Institution.id).where(Institution.municipality_id == municipality_id, Institution.active)
    return recipients_of_institutions(db.session.scalars(active.order_by(Institution.id)).all())


def producers(cycle_id: int) -> Recipients:
    """The people of each producer whose offers a cycle sells, by producer."""
    selling = (
        select(Offer.producer_id)
        .join(CycleOffer, CycleOffer.offer_id == Offer.id)
        .where(CycleOffer.cycle_id == cycle_id)
        .group_by(Offer.producer_id)
        .order_by(Offer.producer_id)
    )
    return recipients_of_producers(db.session.scalars(selling).all())


def tell(
    template: str,
    people: Recipients,
    facts: CycleFacts,
    occasion: str,
    more: Mapping[str, Any] | None = None,
) -> int:
    """Write the same message to all of them; returns how many are new. `occasion` tells it from others."""
    return outbox.queue(
        template,
        _once(recipient for recipients in people.values() for recipient in recipients),
        key=f"cycle {facts.cycle_id} {occasion}",
        data={**facts.as_json(), **(more or {})},
        municipality_id=facts.municipality_id,
        object_type="cycle",
        object_id=facts.cycle_id,
    )


def _once(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Who manages two kitchens is told once."""
    return list({recipient.email or recipient.name: recipient for recipient in recipients}.values())
