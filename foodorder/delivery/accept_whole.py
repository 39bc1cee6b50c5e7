"""Accept whole deliveries as they were announced: what `accept` does line by line, in a few statements.

Lines of which somebody wrote already stay as they are, and so do those whose temperature is to be measured
where `measured` says so: they wait for a thermometer.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.acceptance import Outcome
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

_HOLD = text("""
SELECT id FROM delivery_note
 WHERE id = ANY(CAST(:notes AS bigint[])) AND institution_id = :institution AND state <> 'cancelled'
 ORDER BY id FOR UPDATE
""")

_ACCEPT = text("""
INSERT INTO acceptance_line (delivery_line_id, version, key, outcome, quantity, grams, temperature_facts,
                             noted_at, received_at, person_id)
SELECT l.id, 1, gen_random_uuid(), 'accepted', l.quantity,
       CASE WHEN l.unit = 'KGM' THEN l.quantity ELSE (l.quantity * l.grams_per_unit + 500) / 1000 END,
       '{"verdict": "not_measured"}', :now, :now, :person
  FROM delivery_line l
 WHERE l.note_id = ANY(CAST(:notes AS bigint[])) AND l.acceptance_id IS NULL AND l.quantity > 0
   AND (l.temperature IS NULL OR NOT :measured)
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
    note_ids: Collection[int], *, institution_id: int, measured: bool = True, actor: Actor, now: datetime
) -> int:
    """Accept what is left of an institution's notes as it was announced; returns how many lines.

    `measured`: leave lines with a temperature limit to be measured one by one. Notes of others, cancelled
    ones, and lines that somebody has written stay as they are.
    """
    notes = list(db.session.scalars(_HOLD, {"notes": sorted(note_ids), "institution": institution_id}))
    if not notes:
        return 0
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
