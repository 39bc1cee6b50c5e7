"""Leave the trail of a close, and write to those whom it concerns.

A message goes to each person who works for the producer or kitchen, or else to its own address.
"""

from foodorder.procurement.close.work import Work
from foodorder.trail import service as trail

#: The event's text is made once in its canonical form and filled in per record: keys sorted, no spaces.
TRAIL = """
INSERT INTO trail_event (at, actor_id, role, municipality_id, action, object_type, object_id, body)
SELECT :clock, :actor_id, :role, :municipality, 'record.written', 'procurement_record', r.id,
       replace(replace(:body, '"after":"?"', '"after":' || format(
           '{"cycle":%s,"gross_cents":%s,"institution":%s,"lines":%s,"net_cents":%s,"number":%s,"producer":%s}',
           CAST(:cycle AS integer), r.net_cents + r.vat_cents, r.institution_id, r.lines, r.net_cents,
           to_json(r.number), r.producer_id)),
           '"object":["procurement_record",0]', format('"object":["procurement_record",%s]', r.id))
FROM close_record r
ORDER BY r.id
"""

PRODUCERS = """
INSERT INTO message (
    dedupe_key, template, language, recipient_name, recipient_email, municipality_id, data, attachments,
    object_type, object_id, state, attempts, created_at)
SELECT format('cycle %s recorded, producer %s|%s',
              CAST(:cycle AS integer), p.id, coalesce(h.email, p.email, p.name)),
       'close_producer', coalesce(h.language, p.language), coalesce(h.name, p.name),
       coalesce(h.email, p.email), :municipality,
       jsonb_build_object('cycle', CAST(:name AS text), 'cycle_id', CAST(:cycle AS integer),
                          'week', c.week, 'days', c.days,
                          'municipality', m.name, 'producer', p.name,
                          'records', r.records, 'stops', route.stops,
                          'net_cents', r.net_cents, 'products', harvest.products),
       jsonb_build_array(
           jsonb_build_object('document', 'supply', 'format', 'pdf', 'arguments', arguments),
           jsonb_build_object('document', 'supply', 'format', 'xlsx', 'arguments', arguments)),
       'cycle', :cycle,
       CASE WHEN coalesce(h.email, p.email) IS NULL THEN 'no_address' ELSE 'queued' END, 0, :clock
FROM (
    SELECT producer_id, count(*) AS records, sum(net_cents)::bigint AS net_cents
    FROM close_record GROUP BY producer_id
) r
JOIN (
    SELECT producer_id,
           jsonb_agg(jsonb_build_object('name', name, 'unit', unit, 'quantity', quantity)
                     ORDER BY name, unit) AS products
    FROM (
        SELECT producer_id, name, unit, sum(quantity)::bigint AS quantity
        FROM close_line WHERE quantity > 0 GROUP BY producer_id, name, unit
    ) sums
    GROUP BY producer_id
) harvest USING (producer_id)
JOIN (
    SELECT producer_id, count(DISTINCT delivery_point_id) AS stops
    FROM close_line WHERE quantity > 0 GROUP BY producer_id
) route USING (producer_id)
JOIN producer p ON p.id = r.producer_id
LEFT JOIN (role_grant g JOIN person h ON h.id = g.person_id AND h.active)
       ON g.producer_id = p.id AND g.role = 'producer' AND g.revoked_at IS NULL
      AND (g.valid_until IS NULL OR g.valid_until > :clock)
JOIN cycle c ON c.id = :cycle
JOIN municipality m ON m.id = c.municipality_id
CROSS JOIN LATERAL (SELECT jsonb_build_object('cycle_id', c.id, 'producer_id', p.id) AS arguments) a
ON CONFLICT (dedupe_key) DO NOTHING
"""

#: Of an order that waited for approval in vain the approvers read too.
INSTITUTIONS = """
INSERT INTO message (
    dedupe_key, template, language, recipient_name, recipient_email, municipality_id, data, attachments,
    object_type, object_id, state, attempts, created_at)
SELECT format('cycle %s recorded, institution %s|%s',
              CAST(:cycle AS integer), i.id, coalesce(h.email, i.email, i.name)),
       'close_institution', coalesce(h.language, m.language), coalesce(h.name, i.name),
       coalesce(h.email, i.email), :municipality,
       jsonb_build_object('cycle', CAST(:name AS text), 'cycle_id', CAST(:cycle AS integer),
                          'week', c.week, 'days', c.days,
                          'institution', i.name, 'records', coalesce(r.records, '[]'),
                          'net_cents', coalesce(r.net_cents, 0), 'gross_cents', coalesce(r.gross_cents, 0),
                          'unapproved', CASE WHEN w.submission_id IS NOT NULL THEN i.unapproved END,
                          'differences', coalesce(d.differences, '[]')),
       '[]', 'cycle', :cycle,
       CASE WHEN coalesce(h.email, i.email) IS NULL THEN 'no_address' ELSE 'queued' END, 0, :clock
FROM (SELECT DISTINCT institution_id FROM close_line) l
JOIN institution i ON i.id = l.institution_id
LEFT JOIN (
    SELECT o.institution_id, a.submission_id
    FROM weekly_order o JOIN order_approval a ON a.submission_id = o.current_submission_id
    WHERE o.cycle_id = :cycle AND a.state = 'waiting'
) w ON w.institution_id = i.id
LEFT JOIN (role_grant g JOIN person h ON h.id = g.person_id AND h.active)
       ON g.institution_id = i.id AND g.revoked_at IS NULL
      AND (g.role = 'kitchen_manager' OR g.role = 'approver' AND w.submission_id IS NOT NULL)
      AND (g.valid_until IS NULL OR g.valid_until > :clock)
JOIN cycle c ON c.id = :cycle
JOIN municipality m ON m.id = c.municipality_id
LEFT JOIN (
    SELECT r.institution_id, sum(r.net_cents)::bigint AS net_cents,
           sum(r.net_cents + r.vat_cents)::bigint AS gross_cents,
           jsonb_agg(jsonb_build_object(
               'id', r.id, 'number', r.number, 'producer', p.name, 'gross_cents', r.net_cents + r.vat_cents)
               ORDER BY r.sequence) AS records
    FROM close_record r JOIN producer p ON p.id = r.producer_id
    GROUP BY r.institution_id
) r ON r.institution_id = i.id
LEFT JOIN (
    SELECT l.institution_id,
           jsonb_agg(jsonb_build_object(
               'name', l.name, 'unit', l.unit, 'date', l.delivery_date, 'ordered', l.ordered,
               'recorded', l.quantity, 'reason', d.reason, 'facts', d.facts)
               ORDER BY l.name, l.delivery_date, l.id, d.id) AS differences
    FROM difference d JOIN close_line l ON l.id = d.order_line_id
    WHERE d.cycle_id = :cycle
    GROUP BY l.institution_id
) d ON d.institution_id = i.id
ON CONFLICT (dedupe_key) DO NOTHING
"""


def leave_trail(work: Work) -> None:
    """One event per record."""
    actor = work.actor
    body = trail.canonical(
        actor, "record.written", "procurement_record", 0,
        now=work.clock, municipality_id=work.municipality_id, after="?",
    )  # fmt: skip
    work.run(TRAIL, body=body, actor_id=actor.person_id, role=actor.role)


def write_messages(work: Work) -> None:
    """One message per producer with what to harvest, one per institution with its records and differences."""
    work.run(PRODUCERS, name=work.name)
    work.run(INSTITUTIONS, name=work.name)
