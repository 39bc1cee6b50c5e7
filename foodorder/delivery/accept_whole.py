"""Accept whole deliveries as they were announced: what `accept` does line by line, in a few statements.

Lines of which somebody wrote already stay as they are. So do those with a temperature limit that nobody
measured, or that are beyond it: they wait for a thermometer, or for a person's word.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.acceptance import Outcome
from foodorder.rules.errors import facts_to_json
from foodorder.rules.temperature import BEYOND, TemperatureLimit, judge
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

_HOLD = text("""
SELECT id FROM delivery_note
 WHERE id = ANY(CAST(:notes AS bigint[])) AND institution_id = :institution AND state <> 'cancelled'
 ORDER BY id FOR UPDATE
""")

_LIMITS = text("""
SELECT l.id, t.lowest, t.highest, t.tolerance
  FROM delivery_line l JOIN temperature_limit t ON t.code = l.temperature
 WHERE l.note_id = ANY(CAST(:notes AS bigint[])) AND l.acceptance_id IS NULL AND l.quantity > 0
 ORDER BY l.id
""")

_ACCEPT = text("""
INSERT INTO acceptance_line (delivery_line_id, version, key, outcome, quantity, grams, temperature,
                             temperature_facts, noted_at, received_at, person_id)
SELECT l.id, 1, gen_random_uuid(), 'accepted', l.quantity,
       CASE WHEN l.unit = 'KGM' THEN l.quantity ELSE (l.quantity * l.grams_per_unit + 500) / 1000 END,
       m.measured, coalesce(m.facts, '{"verdict": "no_limit"}'), :now, :now, :person
  FROM delivery_line l
  LEFT JOIN json_to_recordset(CAST(:measured AS json)) AS m (id bigint, measured smallint, facts jsonb)
         ON m.id = l.id
 WHERE l.note_id = ANY(CAST(:notes AS bigint[])) AND l.acceptance_id IS NULL AND l.quantity > 0
   AND (l.temperature IS NULL OR m.id IS NOT NULL)
 ORDER BY l.id
RETURNING id, delivery_line_id
""")

_POINT = text("""
UPDATE delivery_line l SET acceptance_id = x.acceptance
  FROM unnest(CAST(:lines AS bigint[]), CAST(:acceptances AS bigint[])) AS x (line, acceptance)
 WHERE l.id = x.line
RETURNING l.id, l.quantity, l.note_id
""")

_SENT = text("""
INSERT INTO record_line_sent (root_line_id, sent_at)
SELECT DISTINCT root_line_id, CAST(:now AS timestamptz) FROM delivery_line
 WHERE note_id = ANY(CAST(:notes AS bigint[]))
ON CONFLICT DO NOTHING
""")

_RECEIVE = text("""
UPDATE delivery_note n SET state = 'received', received_at = :now
 WHERE n.id = ANY(CAST(:notes AS bigint[])) AND n.state IN ('draft', 'prepared', 'on_the_way')
   AND NOT EXISTS (SELECT FROM delivery_line l
                    WHERE l.note_id = n.id AND l.acceptance_id IS NULL AND l.quantity > 0)
RETURNING n.id
""")

_MUNICIPALITY = text("SELECT municipality_id FROM institution WHERE id = :institution")


def accept_whole(
    note_ids: Collection[int],
    *,
    institution_id: int,
    temperatures: Mapping[int, int] | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Accept what is left of an institution's notes as it was announced; returns how many lines.

    `temperatures`: line → tenths of a degree Celsius. Notes of others, cancelled ones, and lines that
    somebody has written stay as they are.
    """
    notes = list(db.session.scalars(_HOLD, {"notes": sorted(note_ids), "institution": institution_id}))
    if not notes:
        return 0
    measured = json.dumps(_measured(notes, temperatures or {}))
    values = {"notes": notes, "now": now, "person": actor.person_id, "measured": measured}
    written = db.session.execute(_ACCEPT, values).all()
    lines = db.session.execute(
        _POINT,
        {
            "lines": [row.delivery_line_id for row in written],
            "acceptances": [row.id for row in written],
        },
    ).all()
    if lines:
        db.session.execute(_SENT, {"notes": sorted({line.note_id for line in lines}), "now": now})
    db.session.execute(_RECEIVE, {"notes": notes, "now": now})
    municipality = db.session.execute(_MUNICIPALITY, {"institution": institution_id}).scalar_one()
    events = [
        trail.Event(
            "delivery.accepted",
            "delivery_line",
            line.id,
            municipality,
            after={"outcome": Outcome.ACCEPTED.value, "accepted": line.quantity},
        )
        for line in sorted(lines)
    ]
    trail.record_all(actor, events, now=now)
    db.session.expire_all()
    return len(lines)


def _measured(notes: list[int], temperatures: Mapping[int, int]) -> list[dict[str, object]]:
    """The lines with a limit that were measured and are within it."""
    kept = []
    for row in db.session.execute(_LIMITS, {"notes": notes}):
        limit = TemperatureLimit(row.lowest, row.highest, row.tolerance)
        judged = judge(temperatures.get(row.id), limit)
        if row.id in temperatures and judged.verdict not in BEYOND:
            facts = {"verdict": judged.verdict.value, **facts_to_json(judged.facts)}
            kept.append({"id": row.id, "measured": temperatures[row.id], "facts": facts})
    return kept
