# ruff: noqa: E501 - statements are read better whole
"""What is around the lines of five years, as statements: who orders from whom, offers, deliveries, invoices.

Lines, records, cycles and offers are there for all weeks (bench/lines.py); deliveries, acceptances, invoices and
payments for the last eight weeks, with an older invoice for each record of every fourth week; the trail has an event
for each record. Names after a colon are numbers of bench/history.py.
"""

WORLD = """
INSERT INTO institution (id, municipality_id, code, name, short_name, sort_key, kind, address, postcode, town, tax_number,
                         vat_payer, weekly_budget_cents, pack_choice, active)
SELECT i, (i - 1) / :town + 1, 'K' || i, 'Osnovna šola ' || i, 'OŠ ' || i, lpad(i::text, 8, '0'),
       CASE WHEN i % 2 = 0 THEN 'school' ELSE 'kindergarten' END, 'Pot ' || i, '4000', 'Kranj', lpad(i::text, 8, '0'),
       false, 800000, 'down', true
FROM generate_series(1, :institutions) i;

INSERT INTO delivery_point (id, institution_id, position, name, address, postcode, town, latitude, longitude, active)
SELECT id, id, 0, name, address, postcode, town, 45.8 + (id % 97) * 0.008, 13.6 + (id % 89) * 0.02, true FROM institution;

INSERT INTO head_count (delivery_point_id, age_group, persons)
SELECT d.id, CASE i.kind WHEN 'school' THEN '6-14' ELSE '3-6' END, 200 + d.id % 300
FROM delivery_point d JOIN institution i ON i.id = d.institution_id;

INSERT INTO producer (id, kind, name, sort_key, tax_type, tax_number, village, postcode, town, latitude, longitude, language,
                      registered_at, active)
SELECT p, 'farm', 'Kmetija ' || p, lpad(p::text, 8, '0'), 'vat_payer', lpad((90000000 + p)::text, 8, '0'), 'Voklo', '4208',
       'Šenčur', 45.9 + (p % 83) * 0.008, 13.7 + (p % 79) * 0.02, 'sl', date :first_week, true
FROM generate_series(1, :producers) p;

INSERT INTO farm (id, producer_id, name, village, postcode, town, latitude, longitude)
SELECT id, id, name, village, postcode, town, latitude, longitude FROM producer;

INSERT INTO admission (producer_id, municipality_id, state, applied_at, decided_at, days, minimum_cents)
SELECT (m * 6 + k) % :producers + 1, m, 'admitted', date :first_week, date :first_week, 31, 0
FROM generate_series(1, :towns) m, generate_series(0, :admitted - 1) k;

INSERT INTO product (id, producer_id, farm_id, food_type_id, name, sort_key, order_step, minimum_quantity, allergens, traces,
                     active)
SELECT (p - 1) * :products + n + 1, p, p, t.id, t.name_sl || ' ' || p, t.sort_key, 500, 0, '{}', '{}', true
FROM generate_series(1, :producers) p
CROSS JOIN generate_series(0, :products - 1) n
JOIN (SELECT id, name_sl, sort_key, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS foods FROM food_type) t
  ON t.place = (p * :products + n) * 7 % t.foods;

INSERT INTO certificate (id, producer_id, scheme, number, body, valid_from, valid_to)
SELECT p, p, CASE WHEN p % 3 = 0 THEN 'organic' ELSE 'selected_quality' END, p::text, 'KON', '2021-01-01', '2026-12-31'
FROM generate_series(1, :producers) p WHERE p % 3 = 0 OR p % 5 = 1;

INSERT INTO product_certificate (product_id, certificate_id)
SELECT (id - 1) * :products + 1, id FROM certificate;

INSERT INTO agreement (id, municipality_id, kind, title, portal_number, valid_from, valid_to, value_cents, state)
SELECT m, m, 'framework', 'Živila ' || m, 'JN' || m, :first_week, '2027-01-01', 900000000, 'in_force'
FROM generate_series(1, :towns) m;

INSERT INTO agreement_institution (agreement_id, institution_id)
SELECT municipality_id, id FROM institution;

INSERT INTO agreement_lot (id, agreement_id, number, position, name, kind, mode, cpv)
SELECT m, m, '1', 1, 'Živila', 'awarded', 'parallel', '{}' FROM generate_series(1, :towns) m;

INSERT INTO subject_kind (id, municipality_id, name, cpv)
SELECT m * 100 + g.id, m, g.name_sl, '{}' FROM generate_series(1, :towns) m, food_group g;

INSERT INTO subject_kind_food (municipality_id, food_type_id, kind_id)
SELECT m, id, m * 100 + food_group_id FROM generate_series(1, :towns) m, food_type;

INSERT INTO subject_kind_past (municipality_id, food_type_id, kind_id, name, since)
SELECT k.municipality_id, f.food_type_id, k.id, k.name, date :first_week - 30
FROM subject_kind k JOIN subject_kind_food f ON f.kind_id = k.id;

INSERT INTO person (id, email, name, language, active, created_at)
SELECT :auditor, 'auditor@example.org', 'Revizorka', 'sl', true, date :first_week;

INSERT INTO role_grant (person_id, role, municipality_id, granted_at) SELECT :auditor, 'auditor', 1, date :first_week
"""

MARKET = """
INSERT INTO offer (id, product_id, producer_id, week, state, stock_kind, available, taken)
SELECT w * :goods + x.id, x.id, x.producer_id, date :first_week + 7 * w, 'published',
       CASE WHEN x.id % 3 = 0 THEN 'share' ELSE 'unlimited' END, CASE WHEN x.id % 3 = 0 THEN 400000 END, 0
FROM product x, generate_series(0, :weeks - 1) w ORDER BY 1;

INSERT INTO offer_version (id, offer_id, version, price_cents, days, stock_kind, available, farm_id, name, unit, grams_per_unit,
                           order_step, minimum_quantity, allergens, traces, created_at)
SELECT o.id, o.id, 1, 100 + (x.producer_id * 7 + ((x.id - 1) % :products) * 13 + (o.id - 1) / :goods / 4) % 300, 31,
       o.stock_kind, o.available, x.farm_id, x.name, 'KGM', 1000, 500, 0, '{}', '{}', o.week - 14
FROM offer o JOIN product x ON x.id = o.product_id ORDER BY o.id;

INSERT INTO cycle (id, municipality_id, week, sequence, days, school_days, opens_at, closes_at, state, pack_rounding,
                   minimum_rule, opened_at, closed_at, recorded_at, failures)
SELECT w * :towns + m, m, date :first_week + 7 * w, 1, 31, 31, t.closes - interval '6 days', t.closes, 'recorded',
       'down', 'waive', t.closes - interval '6 days', t.closes, t.closes, 0
FROM generate_series(1, :towns) m, generate_series(0, :weeks - 1) w,
     LATERAL (SELECT (date :first_week + 7 * w - 4)::timestamptz + interval '11 hours' AS closes) t;

INSERT INTO cycle_offer (cycle_id, offer_id, offer_version_id, days)
SELECT w * :towns + m, v.v, v.v, 31
FROM generate_series(1, :towns) m, generate_series(0, :weeks - 1) w, generate_series(0, :admitted - 1) k,
     generate_series(0, :products - 1) n,
     LATERAL (SELECT w * :goods + ((m * 6 + k) % :producers) * :products + n + 1 AS v) v
ORDER BY 1, 2
"""

ORDERS = """
INSERT INTO weekly_order (id, cycle_id, institution_id, current_submission_id, draft_version, has_draft)
SELECT o, w * :towns + (i - 1) / :town + 1, i, o, 1, false
FROM generate_series(1, :weeks * :institutions) o,
     LATERAL (SELECT (o - 1) / :institutions AS w, (o - 1) % :institutions + 1 AS i) t;

INSERT INTO order_submission (id, order_id, cycle_id, institution_id, version, number, submitted_at, pack_choice, lines,
                              net_cents, vat_cents, grams)
SELECT o.id, o.id, o.cycle_id, o.institution_id, 1, 'K' || o.institution_id || '/' || o.id, c.closes_at - interval '1 day',
       'down', s.lines, s.net, 0, s.grams
FROM weekly_order o JOIN cycle c ON c.id = o.cycle_id
JOIN (SELECT submission_id, count(*) AS lines, sum(net_cents) AS net, sum(grams) AS grams FROM order_line GROUP BY 1) s
  ON s.submission_id = o.id
"""

TRAIL = """
INSERT INTO record_vat (record_id, vat_treatment, vat_bp, net_cents, vat_cents)
SELECT id, 'vat', 950, net_cents, vat_cents FROM procurement_record;

INSERT INTO difference (cycle_id, order_line_id, kind, quantity, grams, reason, facts)
SELECT cycle_id, id, 'cut', -500, -500, 'scarce', '{}' FROM order_line WHERE id % 50 = 0;

INSERT INTO trail_event (id, at, municipality_id, action, object_type, object_id, body)
SELECT 1000000 + r.id, r.recorded_at, i.municipality_id, 'record.written', 'procurement_record', r.id,
       format('{"action":"record.written","after":{"cycle":%s,"gross_cents":%s,"lines":4,"net_cents":%s},"at":"%s",'
              '"municipality":%s,"object":["procurement_record",%s],"source":"scheduler"}', r.cycle_id, r.gross_cents,
              r.net_cents, to_char(r.recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'), i.municipality_id, r.id)
FROM procurement_record r JOIN institution i ON i.id = r.institution_id;

INSERT INTO trail_block (id, sealed_at, events, previous_hash, hash)
SELECT b, now(), 1000, sha256('0'), sha256(b::text::bytea) FROM generate_series(1, (SELECT max(id) / 1000 + 1 FROM trail_event)) b;

INSERT INTO trail_sealed (event_id, block_id, position, hash)
SELECT id, id / 1000 + 1, id % 1000, sha256(id::text::bytea) FROM trail_event;

INSERT INTO trail_concern (kind, organisation_id, at, event_id)
SELECT 'institution', institution_id, recorded_at, 1000000 + id FROM procurement_record
UNION ALL SELECT 'producer', producer_id, recorded_at, 1000000 + id FROM procurement_record
"""

DELIVERED = """
INSERT INTO delivery_note (id, cycle_id, producer_id, institution_id, delivery_point_id, delivery_date, year, sequence, number,
                           state, created_at, prepared_at, left_at, received_at)
SELECT r.id, r.cycle_id, r.producer_id, r.institution_id, r.institution_id, l.delivery_date, r.year, r.id, 'D-' || r.id,
       CASE WHEN c.week + 7 > date :last_week THEN 'on_the_way' ELSE 'received' END, r.recorded_at,
       l.delivery_date, l.delivery_date, CASE WHEN c.week + 7 <= date :last_week THEN l.delivery_date END
FROM procurement_record r JOIN cycle c ON c.id = r.cycle_id
JOIN record_line l ON l.id = r.id * :products
WHERE c.week > date :last_week - 56;

INSERT INTO delivery_line (id, note_id, record_line_id, root_line_id, position, name, unit, ordered, quantity, grams,
                           grams_per_unit, lot, origin, acceptance_id)
SELECT l.id, n.id, l.id, l.id, 1 + l.id % :products, l.name, l.unit, l.quantity, l.quantity, l.grams, 1000, 'S' || l.id, 'Kmetija',
       CASE WHEN n.state = 'received' THEN l.id END
FROM delivery_note n JOIN record_line l ON l.record_id = n.id;

INSERT INTO acceptance_line (id, delivery_line_id, version, key, outcome, quantity, grams, temperature_facts, noted_at,
                             received_at)
SELECT l.id, l.id, 1, gen_random_uuid(), 'accepted', l.quantity, l.grams, '{"verdict": "no_limit"}', n.left_at, n.left_at
FROM delivery_line l JOIN delivery_note n ON n.id = l.note_id WHERE l.acceptance_id IS NOT NULL
"""

INVOICED = """
INSERT INTO invoice (id, kind, origin, state, producer_id, institution_id, year, sequence, number, issue_date, supplied_from,
                     supplied_to, received_on, due_date, tax_type, parties, reference, net_cents, vat_cents, gross_cents,
                     issued_at, paid_cents)
SELECT r.id, 'invoice', 'issued', CASE WHEN t.paid THEN 'paid' ELSE 'approved' END, r.producer_id, r.institution_id, r.year,
       r.id, 'R-' || r.id, t.day, t.day - 3, t.day - 3, t.day, t.day + 30, 'vat_payer',
       jsonb_build_object('seller', jsonb_build_object('name', 'Kmetija ' || r.producer_id),
                          'buyer', jsonb_build_object('name', 'Osnovna šola ' || r.institution_id)),
       'SI00' || r.id, r.net_cents, r.vat_cents, r.gross_cents, t.day, CASE WHEN t.paid THEN r.gross_cents ELSE 0 END
FROM procurement_record r JOIN cycle c ON c.id = r.cycle_id
CROSS JOIN LATERAL (SELECT c.week + 7 AS day, c.week <= date :last_week - 28 AS paid) t
WHERE c.week < date :last_week AND (c.week > date :last_week - 56 OR (c.week - date :first_week) % 28 = 0);

INSERT INTO invoice_line (invoice_id, position, delivery_line_id, acceptance_id, record_line_id, delivery_date, name, unit,
                          quantity, price_micros, net_cents, vat_treatment, vat_bp, order_number)
SELECT v.id, 1 + l.id % :products, d.id, d.id, l.id, l.delivery_date, l.name, l.unit, l.quantity, l.price_cents * 10000,
       l.net_cents, 'vat', 950, v.number
FROM invoice v JOIN record_line l ON l.record_id = v.id LEFT JOIN delivery_line d ON d.id = l.id;

INSERT INTO invoice_vat (invoice_id, vat_treatment, vat_bp, net_cents, vat_cents)
SELECT id, 'vat', 950, net_cents, vat_cents FROM invoice;

INSERT INTO payment (invoice_id, kind, amount_cents, value_date, noted_at)
SELECT id, 'noted', paid_cents, due_date - 2, due_date - 2 FROM invoice WHERE paid_cents > 0
"""

#: What is made, in this order: statements, one after another.
STEPS = {
    "world": WORLD,
    "market": MARKET,
    "orders": ORDERS,
    "trail": TRAIL,
    "deliveries": DELIVERED,
    "invoices": INVOICED,
}
