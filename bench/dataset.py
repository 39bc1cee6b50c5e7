# ruff: noqa: E501 - statements are read better whole
"""The measured world: K kitchens × 40 lines, 60 producers × 10 products, every rule with work to do.

A fifth of the packed sums are not whole packs, a tenth of the offers are scarce and shared, one in a hundred is
withdrawn, one kitchen in thirty stays below minimums, every second one has a budget. Numbers come from remainders,
not from chance: every run measures the same.
"""

from sqlalchemy import Connection, text

PRODUCERS = 60
PRODUCTS = 10
LINES_PER_KITCHEN = 40

WORLD = """
INSERT INTO municipality (code, name, sort_key, active, zone, language, pack_rounding, minimum_rule)
VALUES ('052', 'Kranj', 'kranj', true, 'Europe/Ljubljana', 'sl', 'ask', 'cancel');

INSERT INTO institution (municipality_id, code, name, short_name, sort_key, kind, address, postcode, town,
                         tax_number, vat_payer, email, weekly_budget_cents, pack_choice, active)
SELECT m.id, 'K' || k, 'Kitchen ' || k, 'K' || k, lpad(k::text, 8, '0'), 'school', 'Street ' || k, '4000', 'Kranj',
       lpad(k::text, 8, '0'), false, 'kitchen' || k || '@example.org',
       CASE WHEN k % 2 = 0 THEN 1000000 END, CASE WHEN k % 3 = 0 THEN 'down' ELSE 'up' END, true
FROM municipality m, generate_series(1, :kitchens) k;

INSERT INTO delivery_point (institution_id, position, name, address, postcode, town, latitude, longitude, active)
SELECT id, 0, name, address, postcode, town, 46.24, 14.36, true FROM institution;

INSERT INTO producer (kind, name, sort_key, tax_type, tax_number, village, postcode, town, latitude, longitude,
                      email, language, registered_at, active)
SELECT 'farm', 'Farm ' || p, lpad(p::text, 8, '0'), 'vat_payer', lpad((90000000 + p)::text, 8, '0'), 'Village', '4000',
       'Kranj', 46.2, 14.3, 'farm' || p || '@example.org', 'sl', now(), true
FROM generate_series(1, :producers) p;

INSERT INTO admission (producer_id, municipality_id, state, applied_at, days, minimum_cents)
SELECT p.id, m.id, 'admitted', now(), 31, 2000 FROM producer p, municipality m;

INSERT INTO farm (producer_id, name, village, postcode, town, latitude, longitude)
SELECT id, name, village, postcode, town, latitude, longitude FROM producer;

INSERT INTO legal_parameter (country, key, value, unit, valid_from, source, certainty)
VALUES ('SI', 'vat.food', 950, 'bp', '2010-01-01', 'bench', 'S');

INSERT INTO food_group (code, name_sl, name_en, position) VALUES ('food', 'Živila', 'Food', 1);

INSERT INTO food_type (food_group_id, code, name_sl, name_en, sort_key, unit, grams_per_unit, price_low_cents,
                       price_high_cents, months, vat_class, cpv, cpv_name_sl, allergens, possible_allergens, source)
SELECT g.id, 'type-' || t, 'Živilo ' || t, 'Food ' || t, lpad(t::text, 8, '0'), 'KGM', 1000, 50, 500,
       '{1,2,3,4,5,6,7,8,9,10,11,12}', 'food', '03220000-9', 'Zelenjava', '{}', '{}', 'bench'
FROM food_group g, generate_series(1, 94) t;

INSERT INTO product (producer_id, farm_id, food_type_id, name, sort_key, order_step, pack, minimum_quantity,
                     allergens, traces, active)
SELECT f.producer_id, f.id, t.id, 'Product ' || f.producer_id || '/' || n, lpad(n::text, 8, '0'), 500,
       CASE WHEN n % 2 = 0 THEN 5000 END, 0, '{}', '{}', true
FROM farm f
CROSS JOIN generate_series(0, :products - 1) n
JOIN food_type t ON t.code = 'type-' || (1 + (f.producer_id * 10 + n) % 94);

INSERT INTO offer (product_id, producer_id, week, state, stock_kind, available, taken)
SELECT id, producer_id, '2026-12-07', 'published',
       CASE id % 10 WHEN 3 THEN 'share' WHEN 7 THEN 'reserve' ELSE 'unlimited' END,
       CASE WHEN id % 10 IN (3, 7) THEN 1000000000 END, 0
FROM product;

INSERT INTO offer_version (offer_id, version, price_cents, days, stock_kind, available, farm_id, name, unit,
                           grams_per_unit, order_step, pack, minimum_quantity, allergens, traces, created_at)
SELECT o.id, 1, 100 + o.id % 400, 31, o.stock_kind, o.available, p.farm_id, p.name, 'KGM', 1000, p.order_step, p.pack,
       0, '{}', '{}', now()
FROM offer o JOIN product p ON p.id = o.product_id;

INSERT INTO cycle (municipality_id, week, sequence, days, school_days, opens_at, closes_at, state, pack_rounding,
                   minimum_rule, opened_at, failures)
SELECT id, '2026-12-07', 1, 31, 31, now() - interval '7 days', now() - interval '1 minute', 'open', pack_rounding,
       minimum_rule, now() - interval '7 days', 0
FROM municipality;

INSERT INTO cycle_offer (cycle_id, offer_id, offer_version_id, days)
SELECT c.id, v.offer_id, v.id, 31 FROM cycle c, offer_version v;
"""

#: Each kitchen buys 40 lines from two or three producers: the products of three on one day and of the first on a
#: second day too, or the products of two on two days.
ORDERS = """
CREATE TEMP TABLE ordered AS
SELECT i.id AS institution_id, d.id AS delivery_point_id, p.id AS product_id, p.producer_id, p.order_step, p.pack,
       day.day, three.three,
       CASE WHEN p.pack IS NULL THEN (1 + (i.id * 7 + p.id * 3 + day.day) % 20) * 500
            ELSE (1 + (i.id + p.id + day.day) % 4) * 5000 + CASE WHEN (i.id + p.id) % 5 = 0 AND day.day = 0 THEN 2000 ELSE 0 END
       END / CASE WHEN i.id % 30 = 0 THEN 10 ELSE 1 END / 500 * 500 + CASE WHEN i.id % 30 = 0 THEN 500 ELSE 0 END AS quantity
FROM institution i
JOIN delivery_point d ON d.institution_id = i.id
CROSS JOIN LATERAL (SELECT (i.id % 5 >= 3)::integer AS three) three
CROSS JOIN LATERAL generate_series(0, 1 + three.three) AS nth
JOIN product p ON p.producer_id = 1 + (i.id * 7 + nth * 17) % :producers
CROSS JOIN LATERAL generate_series(0, CASE WHEN three.three = 0 OR nth = 0 THEN 1 ELSE 0 END) AS day (day);

INSERT INTO weekly_order (cycle_id, institution_id, draft_version, has_draft)
SELECT c.id, i.id, 0, false FROM cycle c, institution i;

INSERT INTO order_submission (order_id, cycle_id, institution_id, version, number, submitted_at, pack_choice, lines,
                              net_cents, vat_cents, grams)
SELECT o.id, o.cycle_id, o.institution_id, 1, i.code || '-2026-W50/1', now(), i.pack_choice, s.lines, s.net, 0, s.grams
FROM weekly_order o
JOIN institution i ON i.id = o.institution_id
JOIN (SELECT x.institution_id, count(*) AS lines, sum(x.quantity) AS grams,
             sum((v.price_cents * x.quantity + 500) / 1000) AS net
      FROM ordered x JOIN offer f ON f.product_id = x.product_id JOIN offer_version v ON v.offer_id = f.id
      GROUP BY x.institution_id) s ON s.institution_id = i.id;

UPDATE weekly_order o SET current_submission_id = s.id FROM order_submission s WHERE s.order_id = o.id;

INSERT INTO order_line (submission_id, cycle_id, institution_id, delivery_point_id, delivery_date, offer_id,
                        offer_version_id, producer_id, product_id, name, unit, quantity, grams, grams_per_unit, order_step,
                        pack, price_cents, net_cents, vat_treatment, vat_bp)
SELECT s.id, s.cycle_id, s.institution_id, x.delivery_point_id, date '2026-12-07' + x.day, f.id, v.id, x.producer_id,
       x.product_id, v.name, v.unit, x.quantity, x.quantity, 1000, x.order_step, x.pack, v.price_cents,
       (v.price_cents * x.quantity + 500) / 1000,
       CASE WHEN f.id % 10 = 9 THEN 'exempt' ELSE 'vat' END,
       CASE f.id % 10 WHEN 9 THEN 0 WHEN 8 THEN 2200 ELSE 950 END
FROM ordered x
JOIN order_submission s ON s.institution_id = x.institution_id
JOIN offer f ON f.product_id = x.product_id
JOIN offer_version v ON v.offer_id = f.id
ORDER BY s.id, x.day, f.id;

UPDATE offer o
SET taken = s.quantity, available = CASE WHEN o.stock_kind = 'share' THEN s.quantity * 4 / 5 ELSE o.available END
FROM (SELECT offer_id, sum(quantity)::bigint AS quantity FROM order_line GROUP BY offer_id) s
WHERE s.offer_id = o.id;

UPDATE offer SET state = 'withdrawn' WHERE id % 100 = 50;

DROP TABLE ordered;
"""


def build(owner: Connection, kitchens: int) -> None:
    """Fill an empty, migrated database with one cycle that is due; the caller commits."""
    values = {"kitchens": kitchens, "producers": PRODUCERS, "products": PRODUCTS}
    for statement in (WORLD + ORDERS).split(";\n"):
        if statement.strip():
            clause = text(statement)
            owner.execute(clause, {name: values[name] for name in clause._bindparams})
