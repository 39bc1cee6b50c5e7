-- What raw rows put into cells: four views, each with its cell (a row of spend_cell) beside what chooses it.

-- Recorded lines, each with its place in the price list. Repriced: at a price that is neither its offer version's nor
-- one that was agreed under the record's lot when it was recorded.
CREATE VIEW spend_recorded AS
SELECT l.id, l.record_id, l.delivery_date, r.superseded_by_id IS NULL AS in_force, r.institution_id, r.producer_id,
       i.municipality_id, c.week, p.food_type_id, l.unit, l.price_cents, l.quantity, l.grams, l.net_cents,
       ROW(r.institution_id, r.producer_id, p.food_type_id, foodorder_month(l.delivery_date), r.basis, t.proof,
           1, CASE WHEN l.price_cents = v.price_cents THEN 0
                   WHEN r.lot_id IS NOT NULL AND EXISTS (
                       SELECT FROM agreed_price a
                        WHERE a.lot_id = r.lot_id AND a.producer_id = r.producer_id
                          AND a.food_type_id = p.food_type_id AND a.price_cents = l.price_cents
                          AND a.valid_from <= l.delivery_date AND a.created_at <= r.recorded_at) THEN 0
                   ELSE 1 END, l.net_cents, l.grams,
           CASE WHEN t.proof = 'organic' THEN l.grams ELSE 0 END,
           CASE WHEN t.proof = 'quality' THEN l.grams ELSE 0 END,
           CASE WHEN t.metres <= 30000 THEN l.grams ELSE 0 END,
           CASE WHEN t.metres IS NOT NULL THEN l.grams ELSE 0 END, coalesce(l.grams * t.metres, 0),
           0, 0, 0, 0, 0, 0, 0, 0)::spend_cell AS cell
  FROM record_line l
  JOIN procurement_record r ON r.id = l.record_id
  JOIN institution i ON i.id = r.institution_id
  JOIN cycle c ON c.id = r.cycle_id
  JOIN product p ON p.id = l.product_id
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN farm w ON w.id = v.farm_id
  JOIN delivery_point d ON d.id = l.delivery_point_id
  LEFT JOIN product_proof f ON f.product_id = l.product_id
 CROSS JOIN LATERAL (
       SELECT foodorder_counts_as(f.organic, f.quality, l.delivery_date) AS proof,
              foodorder_air_metres(w.latitude, w.longitude, d.latitude, d.longitude) AS metres OFFSET 0) t;

-- Order lines that counted at the close of a recorded cycle.
CREATE VIEW spend_ordered AS
SELECT l.id, l.delivery_date, o.cycle_id, o.institution_id, l.producer_id,
       ROW(o.institution_id, l.producer_id, p.food_type_id, foodorder_month(l.delivery_date), l.basis,
           foodorder_counts_as(f.organic, f.quality, l.delivery_date),
           0, 0, 0, 0, 0, 0, 0, 0, 0, l.net_cents, l.grams, 0, 0, 0, 0, 0, 0)::spend_cell AS cell
  FROM weekly_order o
  JOIN cycle c ON c.id = o.cycle_id AND c.recorded_at IS NOT NULL
  JOIN order_line l ON l.submission_id = o.current_submission_id
  JOIN product p ON p.id = l.product_id
  LEFT JOIN product_proof f ON f.product_id = l.product_id;

-- Delivered lines: `gone` once their note left or was received, or something of them was accepted. They belong
-- to the cell of their recorded line; a door's part that follows later, too. Whose they are says the note, by which
-- they are found.
CREATE VIEW spend_delivered AS
SELECT d.id, l.delivery_date, d.note_id, d.acceptance_id, n.institution_id, n.producer_id,
       n.state IN ('on_the_way', 'received') OR d.acceptance_id IS NOT NULL AS gone,
       ROW(r.institution_id, r.producer_id, p.food_type_id, foodorder_month(l.delivery_date), r.basis,
           foodorder_counts_as(f.organic, f.quality, l.delivery_date),
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           (l.price_cents * d.quantity + 500) / 1000, d.grams, 0, 0, 0, 0)::spend_cell AS cell,
       (l.price_cents * a.quantity + 500) / 1000 AS accepted_cents, a.grams AS accepted_grams
  FROM delivery_line d
  JOIN delivery_note n ON n.id = d.note_id
  JOIN record_line l ON l.id = d.root_line_id
  JOIN procurement_record r ON r.id = l.record_id
  JOIN product p ON p.id = l.product_id
  LEFT JOIN acceptance_line a ON a.id = d.acceptance_id
  LEFT JOIN product_proof f ON f.product_id = l.product_id;

-- Acceptances, each with the cell of what it says was accepted. One of each delivered line is in force.
CREATE VIEW spend_accepted AS
SELECT a.id, l.delivery_date, n.institution_id, n.producer_id, d.acceptance_id = a.id AS in_force,
       ROW(r.institution_id, r.producer_id, p.food_type_id, foodorder_month(l.delivery_date), r.basis,
           foodorder_counts_as(f.organic, f.quality, l.delivery_date),
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           (l.price_cents * a.quantity + 500) / 1000, a.grams, 0, 0)::spend_cell AS cell
  FROM acceptance_line a
  JOIN delivery_line d ON d.id = a.delivery_line_id
  JOIN delivery_note n ON n.id = d.note_id
  JOIN record_line l ON l.id = d.root_line_id
  JOIN procurement_record r ON r.id = l.record_id
  JOIN product p ON p.id = l.product_id
  LEFT JOIN product_proof f ON f.product_id = l.product_id;

-- Lines of invoices and credit notes that were not rejected, net, credit notes negative, with what of them is paid.
-- Their cell is that of the delivered or of the recorded line; lines with neither (charges, and what was written
-- elsewhere and fits nothing) have no cell: `placed` tells them apart.
CREATE VIEW spend_invoiced AS
SELECT y.id, l.delivery_date, y.invoice_id, y.credits_line_id, v.kind, v.issue_date, y.name,
       v.state <> 'rejected' AS counts, l.id IS NOT NULL AS placed, v.institution_id, v.producer_id,
       CASE v.kind WHEN 'invoice' THEN y.net_cents ELSE -y.net_cents END AS invoiced_cents, y.net_cents,
       coalesce(x.net_cents, 0)::bigint AS credited_net, v.paid_cents AS paid, v.credited_cents AS credited,
       v.gross_cents AS gross,
       ROW(r.institution_id, r.producer_id, p.food_type_id, foodorder_month(l.delivery_date), r.basis,
           foodorder_counts_as(f.organic, f.quality, l.delivery_date),
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           CASE v.kind WHEN 'invoice' THEN y.net_cents ELSE -y.net_cents END,
           CASE v.kind WHEN 'invoice' THEN foodorder_paid(
               y.net_cents, coalesce(x.net_cents, 0)::bigint, v.paid_cents, v.credited_cents, v.gross_cents)
           ELSE 0 END)::spend_cell AS cell
  FROM invoice_line y
  JOIN invoice v ON v.id = y.invoice_id
  LEFT JOIN delivery_line d ON d.id = y.delivery_line_id
  LEFT JOIN record_line l ON l.id = coalesce(d.root_line_id, y.record_line_id)
  LEFT JOIN procurement_record r ON r.id = l.record_id
  LEFT JOIN product p ON p.id = l.product_id
  LEFT JOIN product_proof f ON f.product_id = l.product_id
  LEFT JOIN LATERAL (
       SELECT sum(z.net_cents) AS net_cents FROM invoice_line z WHERE z.credits_line_id = y.id) x ON true;

-- The cells of an institution as raw rows say: with these producers (NULL: all), of days of delivery from first to
-- last, which are whole months.
CREATE FUNCTION foodorder_spend_raw(institution integer, producers integer[], first date, last date)
    RETURNS SETOF spend_cell LANGUAGE sql STABLE AS $$
SELECT institution_id, producer_id, food_type_id, month, basis, certificate,
       sum(lines)::bigint, sum(repriced)::bigint, sum(net_cents)::bigint, sum(grams)::bigint,
       sum(organic_grams)::bigint, sum(quality_grams)::bigint, sum(local_grams)::bigint,
       sum(placed_grams)::bigint, sum(gram_metres)::bigint, sum(ordered_cents)::bigint, sum(ordered_grams)::bigint,
       sum(delivered_cents)::bigint, sum(delivered_grams)::bigint, sum(accepted_cents)::bigint,
       sum(accepted_grams)::bigint, sum(invoiced_cents)::bigint, sum(paid_cents)::bigint
  FROM (
    SELECT (v.cell).* FROM spend_recorded v WHERE v.institution_id = institution AND v.in_force
       AND (producers IS NULL OR v.producer_id = ANY(producers)) AND v.delivery_date BETWEEN first AND last
    UNION ALL
    SELECT (v.cell).* FROM spend_ordered v WHERE v.institution_id = institution
       AND (producers IS NULL OR v.producer_id = ANY(producers)) AND v.delivery_date BETWEEN first AND last
    UNION ALL
    SELECT (v.cell).* FROM spend_delivered v WHERE v.institution_id = institution AND v.gone
       AND (producers IS NULL OR v.producer_id = ANY(producers)) AND v.delivery_date BETWEEN first AND last
    UNION ALL
    SELECT (v.cell).* FROM spend_accepted v WHERE v.institution_id = institution AND v.in_force
       AND (producers IS NULL OR v.producer_id = ANY(producers)) AND v.delivery_date BETWEEN first AND last
    UNION ALL
    SELECT (v.cell).* FROM spend_invoiced v WHERE v.institution_id = institution AND v.counts AND v.placed
       AND (producers IS NULL OR v.producer_id = ANY(producers)) AND v.delivery_date BETWEEN first AND last
  ) found
 GROUP BY institution_id, producer_id, food_type_id, month, basis, certificate
$$;

-- Records in force of an institution, with the month of their first day of delivery.
CREATE FUNCTION foodorder_records_raw(institution integer, producers integer[], first date, last date)
    RETURNS TABLE (institution_id integer, producer_id integer, month date, records bigint) LANGUAGE sql STABLE AS $$
SELECT institution, r.producer_id, t.month, count(*)
  FROM procurement_record r
 CROSS JOIN LATERAL (
       SELECT foodorder_month(min(l.delivery_date)) AS month FROM record_line l WHERE l.record_id = r.id) t
 WHERE r.institution_id = institution AND r.superseded_by_id IS NULL
   AND (producers IS NULL OR r.producer_id = ANY(producers)) AND t.month BETWEEN first AND last
 GROUP BY r.producer_id, t.month
$$;

-- The prices of a municipality as raw rows say.
CREATE FUNCTION foodorder_prices_raw(municipality integer) RETURNS SETOF price_cell LANGUAGE sql STABLE AS $$
SELECT v.municipality_id, v.food_type_id, v.unit, foodorder_month(v.delivery_date), v.price_cents,
       count(*), sum(v.quantity)::bigint, sum(v.grams)::bigint, sum(v.net_cents)::bigint
  FROM spend_recorded v WHERE v.municipality_id = municipality AND v.in_force
 GROUP BY 1, 2, 3, 4, 5
$$;

-- What recorded cycles of a municipality offered and recorded by week and food type (weeks NULL: all).
CREATE FUNCTION foodorder_offers_raw(municipality integer, weeks date[]) RETURNS SETOF offer_cell
    LANGUAGE sql STABLE AS $$
WITH mine AS (
    SELECT c.id, c.week FROM cycle c
     WHERE c.municipality_id = municipality AND c.recorded_at IS NOT NULL AND (weeks IS NULL OR c.week = ANY(weeks))
), offered AS (
    SELECT m.week, p.food_type_id, count(DISTINCT o.id) AS offers, count(DISTINCT o.producer_id) AS producers
      FROM mine m JOIN cycle_offer x ON x.cycle_id = m.id JOIN offer o ON o.id = x.offer_id
      JOIN product p ON p.id = o.product_id
     GROUP BY 1, 2
), ordering AS (
    SELECT m.week, p.food_type_id, count(DISTINCT w.institution_id) AS institutions
      FROM mine m JOIN weekly_order w ON w.cycle_id = m.id
      JOIN order_line l ON l.submission_id = w.current_submission_id
      JOIN product p ON p.id = l.product_id
     GROUP BY 1, 2
), recorded AS (
    SELECT m.week, p.food_type_id, sum(l.net_cents)::bigint AS net_cents
      FROM mine m JOIN procurement_record r ON r.cycle_id = m.id AND r.superseded_by_id IS NULL
      JOIN record_line l ON l.record_id = r.id
      JOIN product p ON p.id = l.product_id
     GROUP BY 1, 2
)
SELECT municipality, week, food_type_id, coalesce(offers, 0), coalesce(producers, 0), coalesce(institutions, 0),
       coalesce(net_cents, 0)
  FROM offered FULL JOIN ordering USING (week, food_type_id) FULL JOIN recorded USING (week, food_type_id)
$$;

-- Products that are proven anything: the days on which one is organic, and those on which it is of a quality scheme.
-- Other schemes are shown and count for nothing.
CREATE VIEW product_proof_raw AS
SELECT x.product_id,
       coalesce(range_agg(x.days) FILTER (WHERE x.organic), '{}'::datemultirange) AS organic,
       coalesce(range_agg(x.days) FILTER (WHERE NOT x.organic), '{}'::datemultirange) AS quality
  FROM (SELECT l.product_id, daterange(c.valid_from, c.valid_to, '[]') AS days, c.scheme = 'organic' AS organic
          FROM product_certificate l JOIN certificate c ON c.id = l.certificate_id
         WHERE c.scheme IN ('organic', 'pdo', 'pgi', 'tsg', 'selected_quality', 'selected_quality_si',
                            'higher_quality', 'integrated')) x
 GROUP BY x.product_id;
