"""Offers that change while a cycle sells them: taken up late, reduced, withdrawn, or sold at another price.

The catalogue knows nothing of cycles. Whoever changes offers of a week (a producer's page) does it in one
transaction in this order: `hold`, the catalogue's own verb, then `take_up` or `tell_affected`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.accounts.recipients import Recipients
from foodorder.db import db, lock_cycle
from foodorder.ordering import notices
from foodorder.ordering.cycles import ReasonNeeded
from foodorder.ordering.lots import freeze_lots
from foodorder.ordering.models import cycle_name
from foodorder.ordering.queries import cycle_now
from foodorder.ordering.substitutes import substitutes_of_offer
from foodorder.outbox import service as outbox
from foodorder.rules.cycle import State, check_accepts_orders
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

_SELLING = text("SELECT id FROM cycle WHERE week = :week AND state IN ('planned', 'open') ORDER BY id")

# What is unlimited is not counted while kitchens submit; it is counted here, when it comes to matter.
_COUNT = text("""
UPDATE offer o SET taken = asked.quantity
  FROM (SELECT offer.id, coalesce(sum(l.quantity), 0)::bigint AS quantity
          FROM offer
          LEFT JOIN (order_line l JOIN weekly_order w ON w.current_submission_id = l.submission_id
                                  JOIN cycle c ON c.id = w.cycle_id AND c.state <> 'cancelled')
                 ON l.offer_id = offer.id
         WHERE offer.producer_id = :producer AND offer.week = :week AND offer.stock_kind = 'unlimited'
         GROUP BY offer.id) asked
 WHERE o.id = asked.id AND o.taken <> asked.quantity
""")

_TAKE_UP = text("""
INSERT INTO cycle_offer (cycle_id, offer_id, offer_version_id, days)
SELECT c.id, o.id, v.id, v.days & a.days & c.days
  FROM offer o
  JOIN cycle c ON c.week = o.week AND c.state = 'open'
  JOIN admission a ON a.producer_id = o.producer_id AND a.municipality_id = c.municipality_id
                  AND a.state = 'admitted'
  JOIN producer p ON p.id = o.producer_id AND p.active
  JOIN LATERAL (SELECT id, days FROM offer_version WHERE offer_id = o.id
                 ORDER BY version DESC LIMIT 1) v ON true
 WHERE o.id = ANY(CAST(:offers AS integer[])) AND o.state = 'published' AND v.days & a.days & c.days <> 0
ON CONFLICT (cycle_id, offer_id) DO NOTHING
RETURNING cycle_id, offer_id
""")

_CHANGE = text("""
UPDATE cycle_offer co SET offer_version_id = v.id, days = v.days & a.days & c.days
  FROM offer_version v, offer o, admission a, cycle c
 WHERE co.cycle_id = :cycle AND co.offer_id = :offer AND v.id = :version AND v.offer_id = co.offer_id
   AND o.id = co.offer_id AND c.id = co.cycle_id
   AND a.producer_id = o.producer_id AND a.municipality_id = c.municipality_id
RETURNING v.name, v.unit, v.price_cents
""")

# Lines that count: of the newest submission, in cycles that are open.
_AFFECTED = text("""
SELECT c.id AS cycle_id, c.municipality_id, m.name AS municipality, c.week, c.sequence, c.closes_at,
       i.id AS institution_id, i.short_name AS institution, sum(l.quantity)::bigint AS quantity
  FROM cycle c
  JOIN municipality m ON m.id = c.municipality_id
  JOIN weekly_order w ON w.cycle_id = c.id
  JOIN order_line l ON l.submission_id = w.current_submission_id AND l.offer_id = :offer
  JOIN institution i ON i.id = w.institution_id
 WHERE c.state = 'open'
 GROUP BY c.id, m.name, i.id
 ORDER BY c.id, i.sort_key, i.id
""")

_OFFER = text("""
SELECT o.id, o.state, o.available, o.taken, o.withdrawn_reason, v.name, v.unit, v.version, v.reason,
       p.name AS producer
  FROM offer o
  JOIN producer p ON p.id = o.producer_id
  JOIN LATERAL (SELECT * FROM offer_version WHERE offer_id = o.id ORDER BY version DESC LIMIT 1) v ON true
 WHERE o.id = :offer
""")


@dataclass(frozen=True, slots=True)
class Affected:
    """A kitchen that has ordered of an offer in an open cycle; `quantity` in thousandths of the unit."""

    cycle_id: int
    municipality_id: int
    municipality: str
    cycle: str
    institution_id: int
    institution: str
    quantity: int


def hold(producer_id: int, week: date) -> None:
    """Before a producer changes offers of a week: nobody orders of them until this transaction ends.

    Takes the locks of the week's cycles in the order of their numbers, then brings up to date how much was
    ordered of the producer's unlimited offers, which is not counted while kitchens submit.
    """
    for cycle_id in db.session.scalars(_SELLING, {"week": week}).all():
        lock_cycle(cycle_id, exclusive=True)
    db.session.execute(_COUNT, {"producer": producer_id, "week": week})


def take_up(offer_ids: Collection[int]) -> int:
    """Sell newly published offers in the week's open cycles of every municipality that admitted the producer.

    What a cycle sells already stays at its frozen version. Returns how many (cycle, offer) pairs are new.
    """
    taken = db.session.execute(_TAKE_UP, {"offers": sorted(offer_ids)}).all()
    for cycle_id in sorted({row.cycle_id for row in taken}):
        freeze_lots(cycle_id, [row.offer_id for row in taken if row.cycle_id == cycle_id])
    return len(taken)


def change_in_open_cycle(
    cycle_id: int, offer_id: int, offer_version_id: int, reason: str, *, actor: Actor
) -> None:
    """Sell another version of an offer (a new price) in an open cycle: chosen, announced and logged.

    Orders that are submitted keep their price until they are submitted again. Raises ReasonNeeded,
    CycleNotOpen, or ValueError when the version is none of this offer.
    """
    if not reason.strip():
        raise ReasonNeeded
    lock_cycle(cycle_id, exclusive=True)
    now = cycle_now(cycle_id)
    check_accepts_orders(State(now.state), now.opens_at, now.closes_at, now.clock)
    changed = db.session.execute(
        _CHANGE, {"cycle": cycle_id, "offer": offer_id, "version": offer_version_id}
    ).one_or_none()
    if changed is None:
        raise ValueError(f"version {offer_version_id} is not sold in cycle {cycle_id} as offer {offer_id}")
    trail.record(
        actor,
        "cycle.offer_changed",
        "cycle",
        cycle_id,
        now=now.clock,
        municipality_id=now.municipality_id,
        after={"offer": offer_id, "version": offer_version_id, "price_cents": changed.price_cents},
        reason=reason.strip(),
    )
    notices.tell(
        "offer_price_changed",
        notices.kitchens(now.municipality_id),
        notices.facts(now),
        f"offer {offer_id} version {offer_version_id}",
        {
            "name": changed.name,
            "unit": changed.unit,
            "price_cents": changed.price_cents,
            "reason": reason.strip(),
        },
    )


def affected_by(offer_id: int) -> Sequence[Affected]:
    """The kitchens that have ordered of an offer in cycles that are open."""
    return [
        Affected(
            row.cycle_id,
            row.municipality_id,
            row.municipality,
            cycle_name(row.week, row.sequence),
            row.institution_id,
            row.institution,
            row.quantity,
        )
        for row in db.session.execute(_AFFECTED, {"offer": offer_id})
    ]


def tell_affected(offer_id: int) -> int:
    """After an offer was reduced or withdrawn: tell each kitchen that ordered of it, with its own quantity.

    Their orders stand until they change them; the close cancels or shares what there is not. Returns how
    many messages are new.
    """
    offer: Any = db.session.execute(_OFFER, {"offer": offer_id}).one()
    people: dict[int, Recipients] = {}
    told = 0
    for kitchen in affected_by(offer_id):
        if kitchen.municipality_id not in people:
            people[kitchen.municipality_id] = notices.kitchens(kitchen.municipality_id)
        told += outbox.queue(
            "offer_reduced",
            people[kitchen.municipality_id].get(kitchen.institution_id, []),
            key=f"offer {offer_id}/{offer.version} {offer.state} institution {kitchen.institution_id}",
            data={
                "cycle": kitchen.cycle,
                "municipality": kitchen.municipality,
                "institution": kitchen.institution,
                "name": offer.name,
                "producer": offer.producer,
                "unit": offer.unit,
                "withdrawn": offer.state == "withdrawn",
                "available": offer.available,
                "asked": offer.taken,
                "quantity": kitchen.quantity,
                "reason": offer.withdrawn_reason or offer.reason,
                "cycle_id": kitchen.cycle_id,
                "substitutes": substitutes_of_offer(kitchen.cycle_id, kitchen.institution_id, offer_id),
            },
            municipality_id=kitchen.municipality_id,
            object_type="offer",
            object_id=offer_id,
        )
    return told
