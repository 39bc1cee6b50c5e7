"""What the clock asks of cycles: everything due and not done, however long ago, never a window of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.cycle import State, reminder_due

# Of what waits equally long each scheduler begins elsewhere: several share the work of a deadline that many
# municipalities have in common, instead of waiting for each other at every cycle.
_DUE = text("""
SELECT id, CASE state WHEN 'planned' THEN opens_at ELSE closes_at END AS at
  FROM cycle
 WHERE state = :state AND CASE state WHEN 'planned' THEN opens_at ELSE closes_at END <= foodorder_clock()
 ORDER BY at, hashint8(id # CAST(pg_backend_pid() AS bigint))
""")

_REMINDERS = text("""
SELECT id, state, opens_at, closes_at, (SELECT foodorder_clock()) AS clock,
       ARRAY(SELECT hours_before FROM reminder_sent WHERE cycle_id = cycle.id) AS sent
  FROM cycle WHERE state = 'open' AND closes_at > (SELECT foodorder_clock()) ORDER BY closes_at, id
""")


@dataclass(frozen=True, slots=True)
class Due:
    """A cycle that waits for the clock since `at` (UTC); `hours` before the deadline, for a reminder."""

    cycle_id: int
    at: datetime
    hours: int = 0


def due_to_open() -> list[Due]:
    """Planned cycles whose opening has come, longest waiting first."""
    return _due(State.PLANNED)


def due_to_close() -> list[Due]:
    """Open cycles whose deadline has passed, longest waiting first. A failed close waits for a person."""
    return _due(State.OPEN)


def _due(state: State) -> list[Due]:
    return [Due(row.id, row.at) for row in db.session.execute(_DUE, {"state": state})]


def due_to_remind() -> list[Due]:
    """Open cycles with a reminder that is due and was not sent; after an outage only the latest of them."""
    found = []
    for row in db.session.execute(_REMINDERS):
        hours = reminder_due(State(row.state), row.opens_at, row.closes_at, row.clock, row.sent)
        if hours is not None:
            found.append(Due(row.id, row.closes_at - timedelta(hours=hours), hours))
    return found
