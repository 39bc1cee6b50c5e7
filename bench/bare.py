# ruff: noqa: E501 - statements are read better whole
"""The limit that the weekly order is measured against: a bare Flask view that writes the same rows.

One statement, whose JSON the database unpacks; no log-in, no checks, no lock, no rules. Served like the
application: `gunicorn bench.bare:app` with BENCH_URL.
"""

import os

from flask import Flask, request
from sqlalchemy import create_engine, text

WRITE = text("""
WITH sent AS (
    SELECT CAST(:body AS json) AS body
), submission AS (
    INSERT INTO order_submission (order_id, cycle_id, institution_id, version, number, submitted_at, submitted_by_id,
                                  pack_choice, lines, net_cents, vat_cents, grams)
    SELECT (body->>'order')::bigint, (body->>'cycle')::integer, (body->>'institution')::integer,
           coalesce((SELECT max(version) FROM order_submission WHERE order_id = (body->>'order')::bigint), 0) + 1,
           'BARE', clock_timestamp(), NULL, 'down', json_array_length(body->'lines'), 0, 0, 0
      FROM sent
    RETURNING id, order_id, cycle_id, institution_id
), written AS (
    INSERT INTO order_line (submission_id, cycle_id, institution_id, delivery_point_id, delivery_date, offer_id,
                            offer_version_id, producer_id, product_id, name, unit, quantity, grams, grams_per_unit,
                            order_step, pack, price_cents, net_cents, vat_treatment, vat_bp)
    SELECT s.id, s.cycle_id, s.institution_id, l.point, l.day, l.offer, l.version, l.producer, l.product, l.name, l.unit,
           l.quantity, l.quantity, 1000, l.step, l.pack, l.price, (l.price * l.quantity + 500) / 1000, 'vat', 950
      FROM submission s, sent, json_to_recordset(body->'lines') AS l(point integer, day date, offer integer,
           version integer, producer integer, product integer, name text, unit text, quantity bigint, step bigint,
           pack bigint, price bigint)
), told AS (
    INSERT INTO message (dedupe_key, template, language, recipient_name, recipient_email, data, attachments, state,
                         attempts)
    SELECT 'bare ' || s.id, 'order_receipt', 'sl', 'Kuhinja', 'cook@example.org', body, '[]', 'queued', 0
      FROM submission s, sent
), event AS (
    INSERT INTO trail_event (at, role, action, object_type, object_id, body)
    SELECT clock_timestamp(), 'kitchen_manager', 'order.submitted', 'order_submission', id, '{}' FROM submission
)
UPDATE weekly_order o SET current_submission_id = s.id FROM submission s WHERE o.id = s.order_id
""")

app = Flask(__name__)
engine = create_engine(os.environ["BENCH_URL"], pool_size=8)


@app.post("/")
def order() -> tuple[str, int]:
    """Write one order, durably."""
    with engine.begin() as connection:
        connection.execute(WRITE, {"body": request.get_data(as_text=True)})
    return "", 204
