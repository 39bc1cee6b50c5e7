"""Who read the offers of a cycle before its close: noted once per person, role, cycle and day.

Prices are no secret among kitchens, but until the close whoever reads them could tell a rival farm. Farms see
only their own; so those who read are kitchens, coordinators and auditors. The trail holds each reading too.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foodorder.db import db
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

_KNOWN = text("""
SELECT c.municipality_id, m.zone, foodorder_clock() AS now,
       EXISTS (SELECT FROM offer_reading r
                WHERE r.cycle_id = c.id AND r.person_id = :person AND r.role = :role
                  AND r.day = (foodorder_clock() AT TIME ZONE m.zone)::date) AS known
  FROM cycle c JOIN municipality m ON m.id = c.municipality_id
 WHERE c.id = :cycle AND c.state IN ('planned', 'open') AND foodorder_clock() < c.closes_at
""")

_NOTE = text("""
INSERT INTO offer_reading (cycle_id, person_id, role, day, institution_id, first_at)
VALUES (:cycle, :person, :role, :day, :institution, :now)
ON CONFLICT DO NOTHING RETURNING cycle_id
""")

_READINGS = text("""
SELECT r.day, r.first_at, r.role, r.person_id, p.name AS person, i.short_name AS institution,
       r.first_at < coalesce(c.opened_at, c.opens_at) AS before_opening
  FROM offer_reading r
  JOIN cycle c ON c.id = r.cycle_id
  JOIN person p ON p.id = r.person_id
  LEFT JOIN institution i ON i.id = r.institution_id
 WHERE r.cycle_id = :cycle
 ORDER BY r.first_at DESC, r.person_id
""")


_SELLING = text("""
SELECT c.id FROM cycle_offer co JOIN cycle c ON c.id = co.cycle_id
 WHERE co.offer_id = :offer AND c.municipality_id = :municipality AND c.state IN ('planned', 'open')
""")


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody read the offers on a day; `first_at` the first time, `before_opening` before others could."""

    day: date
    first_at: datetime
    role: str
    person_id: int
    person: str
    institution: str | None
    before_opening: bool


def note_reading(cycle_id: int, institution_id: int | None, *, actor: Actor) -> bool:
    """Note that somebody reads the offers of a cycle, unless it is closed or they did so today; was it new?

    Called by pages that show offers: most readings are known, and cost one question.
    """
    who = {"cycle": cycle_id, "person": actor.person_id, "role": actor.role}
    if actor.person_id is None or actor.role is None:
        return False
    row = db.session.execute(_KNOWN, who).one_or_none()
    if row is None or row.known:
        return False
    day = row.now.astimezone(ZoneInfo(row.zone)).date()
    new = db.session.execute(
        _NOTE, {**who, "day": day, "institution": institution_id, "now": row.now}
    ).one_or_none()
    if new is not None:
        told = {"day": day.isoformat(), "institution": institution_id}
        after = {key: value for key, value in told.items() if value is not None}
        trail.record(
            actor, "offers.read", "cycle", cycle_id, now=row.now, municipality_id=row.municipality_id,
            after=after,
        )  # fmt: skip
    return new is not None


def selling(offer_id: int, municipality_id: int) -> list[int]:
    """The cycles of a municipality that sell an offer now."""
    of = {"offer": offer_id, "municipality": municipality_id}
    return list(db.session.scalars(_SELLING, of))


def readings(cycle_id: int) -> list[Reading]:
    """Who read the offers of a cycle before its close, the latest first."""
    return [Reading(**row._mapping) for row in db.session.execute(_READINGS, {"cycle": cycle_id})]
