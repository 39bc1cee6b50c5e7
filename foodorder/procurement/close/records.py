"""Write the records: sums are computed first and inserted once, for a record is frozen at once."""

from foodorder.procurement.basis_facts import OF_EVIDENCE, OF_LOT
from foodorder.procurement.close.rules import allocations_json, differences_json, waivers_json
from foodorder.procurement.close.work import Work

#: VAT is computed once on the net sum of each rate (EN 16931, BR-S-09), half up.
SUMS = """
CREATE TEMP TABLE close_vat ON COMMIT DROP AS
SELECT institution_id, producer_id, basis, lot, vat_treatment, vat_bp, net_cents,
       (net_cents * vat_bp + 5000) / 10000 AS vat_cents, grams, lines
FROM (
    SELECT institution_id, producer_id, basis, lot, vat_treatment, vat_bp,
           sum(net_cents)::bigint AS net_cents, sum(grams)::bigint AS grams, count(*)::integer AS lines
    FROM close_line
    WHERE quantity > 0
    GROUP BY institution_id, producer_id, basis, lot, vat_treatment, vat_bp
) sums
"""

CREATE_RECORDS = """
CREATE TEMP TABLE close_record (
    id bigint, institution_id integer, producer_id integer, basis text, lot integer, sequence integer,
    number text,
    net_cents bigint, vat_cents bigint, grams bigint, lines integer, waived_minimum_cents bigint
) ON COMMIT DROP
"""

#: Gap-free: one upsert takes the counters of all institutions in key order; a rollback gives them back.
NUMBER = """
WITH sums AS (
    SELECT institution_id, producer_id, basis, lot, sum(net_cents)::bigint AS net_cents,
           sum(vat_cents)::bigint AS vat_cents, sum(grams)::bigint AS grams, sum(lines)::integer AS lines
    FROM close_vat
    GROUP BY institution_id, producer_id, basis, lot
), counters AS (
    INSERT INTO record_counter AS counter (institution_id, year, last)
    SELECT institution_id, :year, count(*) FROM sums GROUP BY institution_id ORDER BY institution_id
    ON CONFLICT (institution_id, year) DO UPDATE SET last = counter.last + excluded.last
    RETURNING institution_id, last
), numbered AS (
    SELECT s.*, c.last + 1 - row_number() OVER (
               PARTITION BY s.institution_id
               ORDER BY p.sort_key DESC, s.producer_id DESC, s.basis DESC, s.lot DESC
           )::integer AS sequence
    FROM sums s JOIN counters c USING (institution_id) JOIN producer p ON p.id = s.producer_id
)
INSERT INTO close_record
SELECT nextval(pg_get_serial_sequence('procurement_record', 'id')),
       n.institution_id, n.producer_id, n.basis, n.lot, n.sequence,
       i.code || '-' || :year || '-' || lpad(n.sequence::text, greatest(4, length(n.sequence::text)), '0'),
       n.net_cents, n.vat_cents, n.grams, n.lines, w.minimum_cents
FROM numbered n
JOIN institution i ON i.id = n.institution_id
LEFT JOIN json_to_recordset(CAST(:waivers AS json))
    AS w (institution_id integer, producer_id integer, minimum_cents bigint)
    ON w.institution_id = n.institution_id AND w.producer_id = n.producer_id
"""

RECORDS = """
INSERT INTO procurement_record (
    id, cycle_id, institution_id, producer_id, basis, lot_id, basis_facts, year, sequence, version,
    number, recorded_at, net_cents, vat_cents, gross_cents, grams, lines, waived_minimum_cents)
SELECT r.id, :cycle, r.institution_id, r.producer_id, r.basis, nullif(r.lot, 0), coalesce(f.facts, '{}'),
       :year, r.sequence, 1, r.number, :clock, r.net_cents, r.vat_cents, r.net_cents + r.vat_cents, r.grams,
       r.lines, r.waived_minimum_cents
FROM close_record r LEFT JOIN close_basis f USING (basis, lot)
"""

#: What each basis rests on, as it is now: copied to the record, so that later amendments do not reach it.
BASES = f"""
CREATE TEMP TABLE close_basis ON COMMIT DROP AS
SELECT u.basis, u.lot, {OF_LOT} AS facts
FROM (SELECT DISTINCT basis, lot FROM close_line WHERE lot <> 0) u
JOIN agreement_lot l ON l.id = u.lot JOIN agreement a ON a.id = l.agreement_id
UNION ALL
{OF_EVIDENCE.format(columns="'evidence', 0, ")}"""  # noqa: S608 - only constants are put together

LINES = """
INSERT INTO record_line (
    record_id, order_line_id, institution_id, delivery_point_id, delivery_date, offer_version_id, product_id,
    name, unit, quantity, grams, price_cents, net_cents, vat_treatment, vat_bp)
SELECT r.id, l.id, l.institution_id, l.delivery_point_id, l.delivery_date, l.offer_version_id, l.product_id,
       l.name, l.unit, l.quantity, l.grams, l.price_cents, l.net_cents, l.vat_treatment, l.vat_bp
FROM close_line l JOIN close_record r USING (institution_id, producer_id, basis, lot)
WHERE l.quantity > 0
"""

VAT = """
INSERT INTO record_vat (record_id, vat_treatment, vat_bp, net_cents, vat_cents)
SELECT r.id, v.vat_treatment, v.vat_bp, v.net_cents, v.vat_cents
FROM close_vat v JOIN close_record r USING (institution_id, producer_id, basis, lot)
"""

ALLOCATIONS = """
INSERT INTO allocation (cycle_id, offer_id, available, asked, given, detail)
SELECT :cycle, offer_id, available, asked, given, detail
FROM json_to_recordset(CAST(:rows AS json))
    AS a (offer_id integer, available bigint, asked bigint, given bigint, detail jsonb)
"""

DIFFERENCES = """
INSERT INTO difference (cycle_id, order_line_id, kind, quantity, grams, reason, facts, allocation_id)
SELECT :cycle, d.line, d.kind, d.quantity,
       ((d.before + d.quantity) * l.grams_per_unit + 500) / 1000 - (d.before * l.grams_per_unit + 500) / 1000,
       d.reason, d.facts, a.id
FROM json_to_recordset(CAST(:rows AS json))
    AS d (line bigint, kind text, quantity bigint, before bigint, reason text, facts jsonb)
JOIN close_line l ON l.id = d.line
LEFT JOIN allocation a ON d.kind = 'cut' AND a.cycle_id = :cycle AND a.offer_id = l.offer_id
"""

#: Limited offers: what was submitted becomes what is recorded.
STOCK = """
UPDATE offer o
SET taken = greatest(o.taken + change.quantity, 0)
FROM (
    SELECT offer_id, sum(quantity - ordered)::bigint AS quantity
    FROM close_line WHERE quantity <> ordered GROUP BY offer_id
) change
WHERE o.id = change.offer_id AND o.available IS NOT NULL AND change.quantity <> 0
"""


def number_records(work: Work) -> None:
    """Sum the records per institution, producer and lawful basis, and give each its number."""
    work.run(SUMS)
    work.run("ANALYZE close_vat")
    work.run(CREATE_RECORDS)
    work.run(NUMBER, waivers=waivers_json(work.settled))
    work.run("ANALYZE close_record")


def write_records(work: Work) -> None:
    """Insert the records with their sums and what their lawful basis rests on."""
    work.run(BASES)
    work.run(RECORDS)


def write_lines(work: Work) -> None:
    """Insert a record line for every order line of which something is left."""
    work.run(LINES)


def write_vat(work: Work) -> None:
    """Insert each record's VAT recapitulation."""
    work.run(VAT)


def write_differences(work: Work) -> None:
    """Insert why recorded is not ordered, and how scarce offers were shared."""
    if work.settled.allocations:
        work.run(ALLOCATIONS, rows=allocations_json(work.settled, work.seed))
    if work.settled.differences:
        work.run(DIFFERENCES, rows=differences_json(work.settled))


def settle_stock(work: Work) -> None:
    """Count what is recorded, instead of what was ordered, against limited offers."""
    work.run(STOCK)
