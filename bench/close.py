"""Closing a cycle with all rules on, against bare set-based SQL that writes the same rows.

Each run closes a fresh copy of the same database, once with `record_cycle` and once with the bare statements,
in turn, commit included. The bare statements know beforehand what the rules decide (read from a close made
before): they only compute sums and write rows. What the ratio shows is the price of deciding.
"""

import contextlib
import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from bench.dataset import LINES_PER_KITCHEN, build
from foodorder.db import db, transaction
from foodorder.embedded import EmbeddedServer
from foodorder.procurement import record_cycle as closing
from foodorder.schema import upgrade
from foodorder.trail.actor import SCHEDULER

KEY = "close"
SIZES = (1_000, 5_000, 20_000, 80_000)
#: The size whose steps are shown one by one.
SHOWN = 20_000
RUNS = 5
CYCLE = 1

#: What a close decided, kept beside the measured world for the bare statements.
KEPT = {
    "kept_line": "SELECT l.id, l.quantity + sum(d.quantity)::bigint AS quantity"
    " FROM difference d JOIN order_line l ON l.id = d.order_line_id GROUP BY l.id",
    "kept_difference": "SELECT cycle_id, order_line_id, kind, quantity, grams, reason, facts, allocation_id"
    " FROM difference",
    "kept_allocation": "SELECT id, cycle_id, offer_id, available, asked, given, detail FROM allocation",
    "kept_message": "SELECT dedupe_key, template, language, recipient_name, recipient_email, municipality_id,"
    " data, attachments, object_type, object_id, state, attempts, created_at FROM message",
    "kept_offer": "SELECT id, taken FROM offer WHERE available IS NOT NULL",
}

BARE = """
UPDATE cycle SET state = 'recorded', closed_at = now(), recorded_at = now() WHERE id = 1;

CREATE TEMP TABLE line ON COMMIT DROP AS
SELECT l.id, l.institution_id, l.producer_id, l.basis, l.delivery_point_id, l.delivery_date,
       l.offer_version_id, l.product_id, l.name, l.unit, l.price_cents, l.vat_treatment, l.vat_bp,
       coalesce(k.quantity, l.quantity) AS quantity,
       CASE WHEN k.id IS NULL THEN l.net_cents
            ELSE (l.price_cents * k.quantity + 500) / 1000 END AS net_cents,
       CASE WHEN k.id IS NULL THEN l.grams
            ELSE (k.quantity * l.grams_per_unit + 500) / 1000 END AS grams
FROM weekly_order o
JOIN order_line l ON l.submission_id = o.current_submission_id
LEFT JOIN kept_line k ON k.id = l.id
WHERE o.cycle_id = 1;

SET LOCAL default_statistics_target = 10;

ANALYZE line;

CREATE TEMP TABLE vat ON COMMIT DROP AS
SELECT *, (net_cents * vat_bp + 5000) / 10000 AS vat_cents
FROM (SELECT institution_id, producer_id, basis, vat_treatment, vat_bp, sum(net_cents)::bigint AS net_cents,
             sum(grams)::bigint AS grams, count(*)::integer AS lines
      FROM line WHERE quantity > 0 GROUP BY institution_id, producer_id, basis, vat_treatment, vat_bp) sums;

ANALYZE vat;

CREATE TEMP TABLE record ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('procurement_record', 'id')) AS id, institution_id, producer_id, basis,
       row_number() OVER (PARTITION BY institution_id ORDER BY producer_id, basis)::integer AS sequence,
       sum(net_cents)::bigint AS net_cents, sum(vat_cents)::bigint AS vat_cents, sum(grams)::bigint AS grams,
       sum(lines)::integer AS lines
FROM vat GROUP BY institution_id, producer_id, basis;

ANALYZE record;

INSERT INTO record_counter (institution_id, year, last)
SELECT institution_id, 2026, count(*) FROM record GROUP BY institution_id;

INSERT INTO procurement_record (
    id, cycle_id, institution_id, producer_id, basis, year, sequence, version, number, recorded_at,
    net_cents, vat_cents, gross_cents, grams, lines)
SELECT r.id, 1, r.institution_id, r.producer_id, r.basis, 2026, r.sequence, 1,
       i.code || '-2026-' || lpad(r.sequence::text, 4, '0'), now(),
       r.net_cents, r.vat_cents, r.net_cents + r.vat_cents, r.grams, r.lines
FROM record r JOIN institution i ON i.id = r.institution_id;

INSERT INTO record_line (
    record_id, order_line_id, institution_id, delivery_point_id, delivery_date, offer_version_id, product_id,
    name, unit, quantity, grams, price_cents, net_cents, vat_treatment, vat_bp)
SELECT r.id, l.id, l.institution_id, l.delivery_point_id, l.delivery_date, l.offer_version_id, l.product_id,
       l.name, l.unit, l.quantity, l.grams, l.price_cents, l.net_cents, l.vat_treatment, l.vat_bp
FROM line l JOIN record r USING (institution_id, producer_id, basis) WHERE l.quantity > 0;

INSERT INTO record_vat (record_id, vat_treatment, vat_bp, net_cents, vat_cents)
SELECT r.id, v.vat_treatment, v.vat_bp, v.net_cents, v.vat_cents
FROM vat v JOIN record r USING (institution_id, producer_id, basis);

INSERT INTO allocation (id, cycle_id, offer_id, available, asked, given, detail)
SELECT * FROM kept_allocation;

INSERT INTO difference (cycle_id, order_line_id, kind, quantity, grams, reason, facts, allocation_id)
SELECT * FROM kept_difference;

UPDATE offer o SET taken = k.taken FROM kept_offer k WHERE k.id = o.id AND k.taken <> o.taken;

INSERT INTO trail_event (at, municipality_id, action, object_type, object_id, body)
SELECT now(), 1, 'record.written', 'procurement_record', id,
       format('{"action":"record.written","after":{"cycle":1,"gross_cents":%s,"institution":%s,"lines":%s,'
              '"net_cents":%s,"producer":%s},"at":"2026-12-03T11:00:00.000000+00:00","municipality":1,'
              '"object":["procurement_record",%s],"source":"scheduler"}',
              net_cents + vat_cents, institution_id, lines, net_cents, producer_id, id)
FROM record;

INSERT INTO trail_event (at, municipality_id, action, object_type, object_id, body)
SELECT now(), 1, action, 'cycle', 1, '{}' FROM unnest(ARRAY['cycle.closed', 'cycle.recorded']) action;

INSERT INTO message (
    dedupe_key, template, language, recipient_name, recipient_email, municipality_id, data, attachments,
    object_type, object_id, state, attempts, created_at)
SELECT * FROM kept_message
"""

#: Both ways must leave the same: rows of every table that a close writes, and the sums of the records.
SAME = """
SELECT (SELECT count(*) FROM procurement_record), (SELECT count(*) FROM record_line),
       (SELECT count(*) FROM record_vat), (SELECT count(*) FROM difference),
       (SELECT count(*) FROM allocation), (SELECT count(*) FROM trail_event), (SELECT count(*) FROM message),
       (SELECT sum(last) FROM record_counter),
       (SELECT sum(gross_cents) FROM procurement_record), (SELECT sum(quantity) FROM record_line),
       (SELECT sum(taken) FROM offer)
"""


def measure(server: EmbeddedServer, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Seconds of a close and its ratio to the bare statements, by number of lines (medians)."""
    print(
        f"{'lines':>7} {'records':>8} {'changed':>8} {'bare s':>8} {'close s':>8} {'ratio':>6} {'lines/s':>8}"
    )
    return {str(size): _size(server, size) for size in sizes}


def _size(server: EmbeddedServer, lines: int) -> dict[str, Any]:
    base = "bench_close"
    server.drop_database(base)
    server.create_database(base)
    upgrade(server.url("owner", base))
    with _engine(server.url("owner", base)) as owner:
        with owner.begin() as connection:
            build(connection, lines // LINES_PER_KITCHEN)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    expected = _keep_decisions(server, base)
    ways: dict[str, list[float]] = {"bare": [], "close": []}
    steps: dict[str, list[float]] = {}
    for _ in range(RUNS):
        ways["bare"].append(_timed(server, base, expected, _bare))
        ways["close"].append(_timed(server, base, expected, lambda url: _close(url, steps)))
    server.drop_database(base)
    return _report(lines, expected, ways, steps)


def _report(
    lines: int, expected: tuple[Any, ...], ways: dict[str, list[float]], steps: dict[str, list[float]]
) -> dict[str, Any]:
    bare, close = (statistics.median(ways[way]) for way in ("bare", "close"))
    ratio = close / bare
    counts = f"{lines:>7} {expected[0]:>8} {expected[3]:>8}"
    print(f"{counts} {bare:>8.3f} {close:>8.3f} {ratio:>6.2f} {lines / close:>8.0f}")
    if lines == SHOWN:
        for name, seconds in steps.items():
            print(f"        {name:<20} {1000 * statistics.median(seconds):>7.1f} ms")
    return {
        "seconds": round(close, 4),
        "bare_seconds": round(bare, 4),
        "ratio": round(ratio, 2),
        "records": expected[0],
        "differences": expected[3],
    }


def _keep_decisions(server: EmbeddedServer, base: str) -> tuple[Any, ...]:
    """Close a copy, keep what the rules decided in the base, and return what every run must leave."""
    with _copy(server, base) as name:
        _close(server.url("app", name), {})
        with (
            _engine(server.url("owner", name)) as there,
            _engine(server.url("owner", base)) as here,
            there.connect() as source,
            here.begin() as target,
        ):
            expected = tuple(source.execute(text(SAME)).one())
            for table, query in KEPT.items():
                _carry(source, target, table, query)
    return expected


def _carry(source: Connection, target: Connection, table: str, query: str) -> None:
    """Copy the rows of a query from one database to a new table in another, before the clock runs."""
    source.execute(text(f"CREATE TABLE {table} AS {query}"))
    columns = source.execute(
        text(
            "SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', '"
            " ORDER BY attnum)"
            f" FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0"
        )
    ).scalar_one()
    target.execute(text(f"CREATE TABLE {table} ({columns})"))
    reading, writing = source.connection.cursor(), target.connection.cursor()
    with reading.copy(f"COPY {table} TO STDOUT") as out, writing.copy(f"COPY {table} FROM STDIN") as into:
        for block in out:
            into.write(block)
    target.execute(text(f"GRANT SELECT ON {table} TO foodorder_app"))
    target.execute(text(f"ANALYZE {table}"))


@contextlib.contextmanager
def _copy(server: EmbeddedServer, base: str) -> Iterator[str]:
    name = f"{base}_run"
    server.drop_database(name)
    server.create_database(name, template=base)
    try:
        yield name
    finally:
        server.drop_database(name)


@contextlib.contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def _timed(
    server: EmbeddedServer, base: str, expected: tuple[Any, ...], way: Callable[[str], float]
) -> float:
    with _copy(server, base) as name:
        seconds = way(server.url("app", name))
        with _engine(server.url("owner", name)) as engine, engine.connect() as connection:
            left = tuple(connection.execute(text(SAME)).one())
        if left != expected:
            raise AssertionError(f"not the same rows: {json.dumps([left, expected], default=str)}")
    return seconds


def _bare(url: str) -> float:
    with _engine(url) as engine, contextlib.closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        connection.rollback()
        started = time.perf_counter()
        for statement in BARE.split(";\n"):
            cursor.execute(statement)
        connection.commit()
        return time.perf_counter() - started


def _close(url: str, steps: dict[str, list[float]]) -> float:
    app = Flask("bench")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool})
    db.init_app(app)
    usual = closing.STEPS
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        try:
            closing.STEPS = tuple(_measured(step, steps) for step in usual)
            started = time.perf_counter()
            with transaction():
                closing.record_cycle(CYCLE, actor=SCHEDULER)
            return time.perf_counter() - started
        finally:
            closing.STEPS = usual
            db.session.remove()
            db.engine.dispose()


def _measured(step: Callable[[Any], None], steps: dict[str, list[float]]) -> Callable[[Any], None]:
    def run(work: Any) -> None:
        started = time.perf_counter()
        step(work)
        steps.setdefault(step.__name__, []).append(time.perf_counter() - started)

    return run
