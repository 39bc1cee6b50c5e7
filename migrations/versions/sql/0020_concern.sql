-- Whom events concern: the institution or producer that a thing belongs to, that somebody acted for, or that
-- the event itself names. Called by the sealing, after the act and outside of its transaction. It proves
-- nothing and can be made anew; it lets the trail of one organisation be read without walking through all.
CREATE FUNCTION foodorder_concern(events bigint[]) RETURNS void LANGUAGE sql AS $$
WITH e AS MATERIALIZED (
    SELECT id, at, object_type AS type, object_id AS number, body::jsonb AS told
      FROM trail_event WHERE id = ANY(events)
), belongs AS (
    SELECT e.id, e.at, CASE WHEN e.type = 'institution' THEN e.number END AS institution,
           CASE WHEN e.type = 'producer' THEN e.number END AS producer
      FROM e WHERE e.type IN ('institution', 'producer')
    UNION ALL
    SELECT e.id, e.at, x.institution_id, x.producer_id
      FROM e JOIN procurement_record x ON e.type = 'procurement_record' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, x.producer_id
      FROM e JOIN record_change x ON e.type = 'record_change' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, x.producer_id
      FROM e JOIN delivery_note x ON e.type = 'delivery_note' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, n.institution_id, n.producer_id
      FROM e JOIN delivery_line x ON e.type = 'delivery_line' AND x.id = e.number
             JOIN delivery_note n ON n.id = x.note_id
    UNION ALL
    SELECT e.id, e.at, n.institution_id, n.producer_id
      FROM e JOIN claim c ON e.type = 'claim' AND c.id = e.number
             JOIN delivery_line x ON x.id = c.delivery_line_id
             JOIN delivery_note n ON n.id = x.note_id
    UNION ALL
    SELECT e.id, e.at, x.institution_id, x.producer_id
      FROM e JOIN invoice x ON e.type = 'invoice' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, x.producer_id
      FROM e JOIN bank_statement x ON e.type = 'bank_statement' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, x.producer_id
      FROM e JOIN bank_entry b ON e.type = 'bank_entry' AND b.id = e.number
             JOIN bank_statement x ON x.id = b.statement_id
    UNION ALL
    SELECT e.id, e.at, x.institution_id, x.producer_id
      FROM e JOIN interest_declaration x ON e.type = 'interest' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, NULL
      FROM e JOIN weekly_order x ON e.type = 'weekly_order' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, NULL
      FROM e JOIN purchase_elsewhere x ON e.type = 'purchase_elsewhere' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, NULL
      FROM e JOIN payment_batch x ON e.type = 'payment_batch' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, x.institution_id, NULL
      FROM e JOIN delivery_point x ON e.type = 'delivery_point' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, NULL, x.producer_id FROM e JOIN offer x ON e.type = 'offer' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, NULL, x.producer_id FROM e JOIN product x ON e.type = 'product' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, NULL, x.producer_id FROM e JOIN farm x ON e.type = 'farm' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, NULL, x.producer_id FROM e JOIN permit x ON e.type = 'permit' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, NULL, x.producer_id FROM e JOIN certificate x ON e.type = 'certificate' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, NULL, x.producer_id
      FROM e JOIN lot_application x ON e.type = 'lot_application' AND x.id = e.number
    UNION ALL
    SELECT e.id, e.at, NULL, x.producer_id
      FROM e JOIN personal_detail x ON e.type = 'personal_detail' AND x.id = e.number
    UNION ALL
    -- "producer 12": whom a coordinator acted for.
    SELECT e.id, e.at, NULL, substring(told ->> 'behalf' from '^producer ([0-9]+)$')::bigint
      FROM e WHERE told ? 'behalf'
    UNION ALL
    SELECT e.id, e.at,
           CASE WHEN named.key IN ('institution', 'institution_id') THEN named.value::bigint END,
           CASE WHEN named.key IN ('producer', 'producer_id') THEN named.value::bigint END
      FROM e, LATERAL (SELECT * FROM jsonb_each(coalesce(told -> 'before', '{}'))
                       UNION SELECT * FROM jsonb_each(coalesce(told -> 'after', '{}'))) named
     WHERE named.key IN ('institution', 'institution_id', 'producer', 'producer_id')
       AND jsonb_typeof(named.value) = 'number'
)
INSERT INTO trail_concern (kind, organisation_id, at, event_id)
SELECT DISTINCT 'institution', institution, at, id FROM belongs WHERE institution IS NOT NULL
UNION
SELECT DISTINCT 'producer', producer, at, id FROM belongs WHERE producer IS NOT NULL
ON CONFLICT DO NOTHING
$$;
SELECT foodorder_concern(ARRAY(SELECT event_id FROM trail_sealed));
