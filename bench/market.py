# ruff: noqa: E501 - statements are read better whole
"""A big market for the weekly order: 2,000 offers of 60 farms in one open cycle, with names as long as real ones.

Everything comes from remainders, not from chance: every run measures the same.
"""

import csv
from pathlib import Path

from sqlalchemy import Connection, text

FOOD_TYPES = Path(__file__).resolve().parent.parent / "seeds" / "reference" / "food_types.tsv"
FOOD_GROUPS = FOOD_TYPES.with_name("food_groups.tsv")

FARMS = 60
OFFERS = 2000
INSTITUTIONS = 18

GROUP = """
INSERT INTO food_group (code, name_sl, name_en, position) VALUES (:code, :name_sl, :name_en, :position)
"""

FOOD = """
INSERT INTO food_type (food_group_id, code, name_sl, name_en, sort_key, unit, grams_per_unit, price_low_cents,
                       price_high_cents, months, vat_class, cpv, cpv_name_sl, allergens, possible_allergens, source)
SELECT id, :code, :name_sl, :name_en, :name_sl, :unit, :grams_per_unit, :price_low_cents, :price_high_cents,
       '{1,2,3,4,5,6,7,8,9,10,11,12}', :vat_class, :cpv, :cpv_name_sl, CAST(:allergens AS smallint[]), '{}', :source
FROM food_group WHERE code = :group
"""

WORLD = """
INSERT INTO legal_parameter (country, key, value, unit, valid_from, source, certainty)
VALUES ('SI', 'vat.food', 950, 'bp', '2013-07-01', 'bench', 'S'), ('SI', 'vat.sugar_drink', 2200, 'bp', '2013-07-01',
       'bench', 'S'), ('SI', 'vat.standard', 2200, 'bp', '2013-07-01', 'bench', 'S'), ('SI', 'vat.flat_rate', 800, 'bp',
       '2013-07-01', 'bench', 'S'), ('SI', 'green.organic_share', 1500, 'bp', '2025-01-01', 'bench', 'S');

INSERT INTO legal_parameter (country, key, value, unit, valid_from, source, certainty)
SELECT 'SI', key, value, 'points', '2020-01-01', 'bench', 'E'
FROM (VALUES ('criteria.price', 60), ('criteria.freshness', 15), ('criteria.quality', 10), ('criteria.co2', 10),
             ('criteria.direct', 5), ('criteria.fresh_hours', 168), ('criteria.co2_grams', 25000),
             ('criteria.scheme_part', 5000), ('criteria.cooperative_part', 5000), ('delivery.co2_per_km', 250)) v (key, value);

INSERT INTO municipality (code, name, sort_key, active, zone, language, pack_rounding, minimum_rule)
VALUES ('052', 'Kranj', 'kranj', true, 'Europe/Ljubljana', 'sl', 'ask', 'cancel');

INSERT INTO institution (municipality_id, code, name, short_name, sort_key, kind, address, postcode, town, tax_number,
                         vat_payer, weekly_budget_cents, pack_choice, active)
SELECT m.id, 'K' || k, 'Osnovna šola ' || k || ' Kranj', 'OŠ ' || k, lpad(k::text, 4, '0'), 'school', 'Šolska ' || k,
       '4000', 'Kranj', lpad(k::text, 8, '0'), false, 780000, 'down', true
FROM municipality m, generate_series(1, :institutions) k;

INSERT INTO delivery_point (institution_id, position, name, address, postcode, town, latitude, longitude, active)
SELECT i.id, n, CASE n WHEN 0 THEN 'Matična šola' ELSE 'Enota ' || n END, i.address, i.postcode, i.town,
       46.24 + n * 0.01, 14.36, true
FROM institution i, generate_series(0, CASE WHEN i.id % 12 = 1 THEN 15 ELSE i.id % 2 END) n;

INSERT INTO producer (kind, name, sort_key, tax_type, tax_number, village, postcode, town, latitude, longitude,
                      language, registered_at, active)
SELECT 'farm', 'Kmetija ' || w[1 + p % 10] || ' ' || v[1 + p % 7], lpad(p::text, 8, '0'),
       (ARRAY['vat_payer', 'flat_rate', 'exempt'])[1 + p % 3], lpad((90000000 + p)::text, 8, '0'), v[1 + p % 7], '4202',
       'Naklo', 46.1 + (p % 20) * 0.015, 14.1 + (p % 17) * 0.03, 'sl', now(), true
FROM generate_series(1, :farms) p,
     (SELECT ARRAY['Pod lipo', 'Na produ', 'Nad potokom', 'Pri mlinu', 'Za gozdom', 'Na klancu', 'Ob cerkvi',
                   'V grabnu', 'Pod goro', 'Pri studencu'] AS w,
             ARRAY['Podbrezje', 'Voklo', 'Zalog', 'Sveti Duh', 'Trboje', 'Bobovek', 'Žabnica'] AS v) words;

INSERT INTO farm (producer_id, name, village, postcode, town, latitude, longitude)
SELECT id, name, village, postcode, town, latitude, longitude FROM producer;

INSERT INTO admission (producer_id, municipality_id, state, applied_at, days, minimum_cents)
SELECT p.id, m.id, 'admitted', now(), CASE WHEN p.id % 3 = 0 THEN 21 ELSE 31 END, 2000 + p.id % 5 * 1000
FROM producer p, municipality m;

INSERT INTO certificate (producer_id, scheme, number, body, valid_from, valid_to)
SELECT id, (ARRAY['organic', 'integrated', 'selected_quality'])[1 + id % 3], 'B-' || id, 'SI-EKO-002',
       current_date - 300, current_date + 300
FROM producer;

INSERT INTO product (producer_id, farm_id, food_type_id, name, sort_key, order_step, pack, minimum_quantity, allergens,
                     traces, harvest_hours, active)
SELECT f.producer_id, f.id, t.id, initcap(split_part(t.name_sl, ' ', 1)) || ' ' || s[1 + n / 94 % 8], lpad(n::text, 8, '0'),
       CASE t.unit WHEN 'H87' THEN 1000 ELSE 500 END,
       CASE WHEN n % 3 = 0 THEN CASE t.unit WHEN 'H87' THEN 30000 ELSE 12000 END END, 0, t.allergens, '{}',
       CASE WHEN n % 5 > 0 THEN 12 + n % 72 END, true
FROM generate_series(0, :offers - 1) n
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, * FROM food_type) t ON t.place = n % 94
JOIN farm f ON f.id = 1 + (n / 94 * 7 + n % 94) % :farms
CROSS JOIN (SELECT ARRAY['domače', 'zgodnje', 'pozno', 'drobno', 'prvi razred', 'drugi razred', 'oprano', 'v zaboju'] s) w;

INSERT INTO product_certificate (product_id, certificate_id)
SELECT p.id, c.id FROM product p JOIN certificate c ON c.producer_id = p.producer_id WHERE p.id % 2 = 0;

INSERT INTO offer (product_id, producer_id, week, state, stock_kind, available, taken)
SELECT p.id, p.producer_id, w.week, 'published',
       CASE p.id % 4 WHEN 1 THEN 'share' WHEN 3 THEN 'reserve' ELSE 'unlimited' END,
       CASE WHEN p.id % 2 = 1 THEN 200000 + p.id % 50 * 10000 END, 0
FROM product p, (SELECT date_trunc('week', now())::date + 7 * n AS week FROM generate_series(0, 1) n) w;

INSERT INTO offer_version (offer_id, version, price_cents, days, stock_kind, available, farm_id, name, unit,
                           grams_per_unit, order_step, pack, minimum_quantity, allergens, traces, harvest_hours,
                           created_at)
SELECT o.id, 1, t.price_low_cents + o.id * 13 % (t.price_high_cents - t.price_low_cents + 1),
       CASE WHEN p.id % 7 = 0 THEN 14 ELSE 31 END, o.stock_kind, o.available, p.farm_id, p.name, t.unit, t.grams_per_unit,
       p.order_step, p.pack, p.minimum_quantity, p.allergens, p.traces, p.harvest_hours, now()
FROM offer o JOIN product p ON p.id = o.product_id JOIN food_type t ON t.id = p.food_type_id;

INSERT INTO cycle (municipality_id, week, sequence, days, school_days, opens_at, closes_at, state, pack_rounding,
                   minimum_rule, opened_at, failures)
SELECT m.id, date_trunc('week', now())::date + 7 * n, 1, 31, 31, now() - interval '14 days' + n * interval '7 days',
       now() - interval '5 days' + n * interval '7 days', CASE n WHEN 0 THEN 'recorded' ELSE 'open' END, m.pack_rounding,
       m.minimum_rule, now() - interval '14 days', 0
FROM municipality m, generate_series(0, 1) n;

INSERT INTO cycle_offer (cycle_id, offer_id, offer_version_id, days)
SELECT c.id, o.id, v.id, v.days & a.days FROM cycle c JOIN offer o ON o.week = c.week
JOIN offer_version v ON v.offer_id = o.id JOIN admission a ON a.producer_id = o.producer_id WHERE v.days & a.days > 0;

INSERT INTO weekly_order (cycle_id, institution_id, draft_version, has_draft)
SELECT c.id, i.id, 0, false FROM cycle c, institution i WHERE c.state = 'recorded';

INSERT INTO order_submission (order_id, cycle_id, institution_id, version, number, submitted_at, pack_choice, lines,
                              net_cents, vat_cents, grams)
SELECT o.id, o.cycle_id, o.institution_id, 1, i.code || '-LAST/1', now() - interval '6 days', 'down', 40, 100000, 9500,
       100000
FROM weekly_order o JOIN institution i ON i.id = o.institution_id;

UPDATE weekly_order o SET current_submission_id = s.id FROM order_submission s WHERE s.order_id = o.id;

INSERT INTO order_line (submission_id, cycle_id, institution_id, delivery_point_id, delivery_date, offer_id,
                        offer_version_id, producer_id, product_id, name, unit, quantity, grams, grams_per_unit, order_step,
                        pack, price_cents, net_cents, vat_treatment, vat_bp)
SELECT s.id, s.cycle_id, s.institution_id, d.id, c.week + (o.id % 2 * 2)::integer, o.id, v.id, o.producer_id, o.product_id,
       v.name, v.unit, q.quantity, q.quantity * v.grams_per_unit / 1000, v.grams_per_unit, v.order_step, v.pack,
       v.price_cents, (v.price_cents * q.quantity + 500) / 1000, 'vat', 950
FROM order_submission s
JOIN cycle c ON c.id = s.cycle_id
JOIN delivery_point d ON d.institution_id = s.institution_id AND d.position = 0
JOIN cycle_offer co ON co.cycle_id = c.id AND co.days = 31 AND co.offer_id % 31 = 1
JOIN offer o ON o.id = co.offer_id
JOIN offer_version v ON v.id = co.offer_version_id
CROSS JOIN LATERAL (SELECT (2 + o.id % 5) * 5000 AS quantity) q;

INSERT INTO person (email, name, language, active, created_at)
SELECT 'cook' || id || '@example.org', 'Kuhinja ' || id, 'sl', true, now() FROM institution;

INSERT INTO role_grant (person_id, role, institution_id, granted_at)
SELECT p.id, 'kitchen_manager', i.id, now() FROM institution i JOIN person p ON p.email = 'cook' || i.id || '@example.org';

ANALYZE;
"""


def build(owner: Connection, offers: int = OFFERS) -> None:
    """Fill an empty, migrated database with one open cycle and one before it; the caller commits."""
    for row in _table(FOOD_GROUPS):
        owner.execute(
            text(GROUP),
            {name: row[name] for name in ("code", "name_sl", "name_en")} | {"position": int(row["position"])},
        )
    for row in _table(FOOD_TYPES):
        values = {name: int(row[name]) for name in ("grams_per_unit", "price_low_cents", "price_high_cents")}
        numbers = ",".join(part for part in row["allergens"].split(",") if part.isdecimal())
        owner.execute(text(FOOD), {**row, **values, "allergens": "{" + numbers + "}"})
    values = {"institutions": INSTITUTIONS, "farms": FARMS, "offers": offers}
    for statement in WORLD.split(";\n"):
        if statement.strip():
            clause = text(statement)
            owner.execute(clause, {name: values[name] for name in clause._bindparams})


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
