"""Whom a cycle concerns, and telling them: one message per person, in their language.

An institution or producer without a person who logs in is written to at its own address.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.models import cycle_name
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient

_KITCHENS = text("""
SELECT i.id, coalesce(p.name, i.short_name) AS name, coalesce(p.email, i.email) AS email,
       coalesce(p.language, m.language) AS language
  FROM institution i
  JOIN municipality m ON m.id = i.municipality_id
  LEFT JOIN (role_grant g JOIN person p ON p.id = g.person_id AND p.active)
         ON g.institution_id = i.id AND g.role = 'kitchen_manager' AND g.revoked_at IS NULL
        AND (g.valid_until IS NULL OR g.valid_until > foodorder_clock())
 WHERE i.active AND i.municipality_id = :municipality
 ORDER BY i.id, p.id
""")

_PRODUCERS = text("""
SELECT DISTINCT pr.id, coalesce(p.name, pr.name) AS name, coalesce(p.email, pr.email) AS email,
       coalesce(p.language, pr.language) AS language
  FROM cycle_offer co
  JOIN offer o ON o.id = co.offer_id
  JOIN producer pr ON pr.id = o.producer_id
  LEFT JOIN (role_grant g JOIN person p ON p.id = g.person_id AND p.active)
         ON g.producer_id = pr.id AND g.role = 'producer' AND g.revoked_at IS NULL
        AND (g.valid_until IS NULL OR g.valid_until > foodorder_clock())
 WHERE co.cycle_id = :cycle
 ORDER BY pr.id
""")


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

    def as_json(self) -> dict[str, Any]:
        """As a message's data holds it: dates and instants in ISO form."""
        return {
            "cycle": self.name,
            "municipality": self.municipality,
            "week": self.week,
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
    )


def kitchens(municipality_id: int) -> dict[int, list[Recipient]]:
    """The kitchen managers of each active institution of a municipality, by institution."""
    return _by_id(db.session.execute(_KITCHENS, {"municipality": municipality_id}))


def producers(cycle_id: int) -> dict[int, list[Recipient]]:
    """The people of each producer whose offers a cycle sells, by producer."""
    return _by_id(db.session.execute(_PRODUCERS, {"cycle": cycle_id}))


def _by_id(rows: Iterable[Any]) -> dict[int, list[Recipient]]:
    people: dict[int, list[Recipient]] = {}
    for row in rows:
        people.setdefault(row.id, []).append(Recipient(row.name, row.email, row.language))
    return people


def tell(
    template: str,
    people: Mapping[int, list[Recipient]],
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
