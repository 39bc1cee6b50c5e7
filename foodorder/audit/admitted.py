"""Who asked to sell, who was admitted or refused, when, by whom and why: what equal treatment is judged by.

To a municipality: from the trail, since an admission keeps only its last decision. To a lot of a dynamic
purchasing system: from the applications, of which each is kept.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import text

from foodorder.db import db


@dataclass(frozen=True, slots=True)
class Case:
    """One request and what became of it. `lot` None: to sell in the municipality at all.

    `state`: asked, admitted, refused, suspended, withdrawn. `asked_at` None: nobody asked (entered by the
    coordinator, suspended later); `decided_by` None: it waits, or a program decided.
    """

    producer_id: int
    producer: str
    #: What sells: 'farm', 'cooperative', 'processor', 'reseller', as it is entered now.
    kind: str
    lot: str | None
    asked_at: datetime | None
    state: str
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


_ADMISSIONS = text("""
SELECT a.producer_id, s.name AS producer, s.kind, a.state, a.applied_at, a.decided_at, a.reason,
       d.name AS decided_by, e.id AS event_id, e.at, e.action, e.body, p.name AS person
  FROM admission a
  JOIN producer s ON s.id = a.producer_id
  LEFT JOIN person d ON d.id = a.decided_by_id
  LEFT JOIN trail_event e
    ON e.object_type = 'producer' AND e.object_id = a.producer_id AND e.municipality_id = a.municipality_id
   AND e.action IN ('admission.applied', 'admission.admitted', 'admission.refused', 'admission.suspended')
  LEFT JOIN person p ON p.id = e.actor_id
 WHERE a.municipality_id = :municipality
 ORDER BY s.sort_key, a.producer_id, e.id
""")

_APPLICATIONS = text("""
SELECT x.producer_id, s.name AS producer, s.kind, t.number || ' ' || t.name || ', ' || a.title AS lot,
       x.applied_at, x.state, x.decided_at, d.name AS decided_by, x.reason
  FROM lot_application x
  JOIN agreement_lot t ON t.id = x.lot_id
  JOIN agreement a ON a.id = t.agreement_id
  JOIN producer s ON s.id = x.producer_id
  LEFT JOIN person d ON d.id = x.decided_by_id
 WHERE a.municipality_id = :municipality
 ORDER BY a.id, t.position, x.id
""")


def admission_cases(municipality_id: int) -> list[Case]:
    """Requests to sell in a municipality and their decisions, the newest first."""
    rows = db.session.execute(_ADMISSIONS, {"municipality": municipality_id}).all()
    found = [
        case for _producer, group in groupby(rows, lambda row: row.producer_id) for case in _cases(group)
    ]
    return _newest_first(found)


def application_cases(municipality_id: int) -> list[Case]:
    """Applications to a municipality's lots and their decisions, the newest first."""
    rows = db.session.execute(_APPLICATIONS, {"municipality": municipality_id})
    return _newest_first(
        Case(
            row.producer_id, row.producer, row.kind, row.lot, row.applied_at, row.state, row.decided_at,
            row.decided_by, row.reason,
        )
        for row in rows
    )  # fmt: skip


def _cases(rows: Iterable[Any]) -> Iterator[Case]:
    """One producer's events in their order: each request with the decision that follows it."""
    asked_at: datetime | None = None
    last: Any = None
    for row in rows:
        last = row
        if row.event_id is None:
            # Entered before there was a trail: the row tells what it knows.
            waits = row.state == "applied"
            yield Case(
                row.producer_id, row.producer, row.kind, None, row.applied_at,
                "asked" if waits else row.state, None if waits else row.decided_at, row.decided_by,
                row.reason,
            )  # fmt: skip
        elif row.action == "admission.applied":
            asked_at = row.at
        else:
            state = row.action.removeprefix("admission.")
            reason = json.loads(row.body).get("reason")
            yield Case(
                row.producer_id, row.producer, row.kind, None, asked_at, state, row.at, row.person, reason
            )
            asked_at = None
    if asked_at is not None:
        yield Case(last.producer_id, last.producer, last.kind, None, asked_at, "asked", None, None, None)


def _newest_first(cases: Iterable[Case]) -> list[Case]:
    def newest(case: Case) -> datetime:
        moments = [moment for moment in (case.asked_at, case.decided_at) if moment is not None]
        return max(moments)

    return sorted(cases, key=newest, reverse=True)
