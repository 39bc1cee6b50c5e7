# ruff: noqa: E501 - statements are read better whole
"""Saving a 40-line weekly order over HTTP, log-in, checks and trail on, against a bare Flask view.

Both behind gunicorn (gthread) with the same workers, both durable, with the load generator on the same cores.
Eight kitchens send two orders in turn, so that no order is the one that stands already; each shares half of
its offers with the next kitchen, half of all offers are limited.
"""

import json
import re
import statistics
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, create_engine, text

from bench.load import Load, load, request_bytes, served
from bench.page import logged_in, market_settings
from foodorder.app import create_app
from foodorder.config import Settings
from foodorder.db import db
from foodorder.embedded import EmbeddedServer

KEY = "order"
DATABASE = "bench_order"
CLIENTS = 8
#: The first kitchen that sends; the bare view writes for as many others after them, and the last one's order
#: fills the tables: what stands in a kitchen's order already would be sent with what it orders.
FIRST = 2
LINES = 40
RUNS = 5
SECONDS = 4.0
#: Lines of submitted orders that the tables hold already.
SIZES = (1_000, 5_000, 20_000, 80_000)
SHOWN = 20_000

CELLS = """
SELECT co.offer_id AS offer, co.offer_version_id AS version, o.producer_id AS producer, o.product_id AS product, v.name,
       v.unit, v.order_step AS step, v.pack, v.price_cents AS price, c.week::text AS day, c.id AS cycle
  FROM cycle c
  JOIN cycle_offer co ON co.cycle_id = c.id AND co.days = 31
  JOIN offer o ON o.id = co.offer_id
  JOIN offer_version v ON v.id = co.offer_version_id
 WHERE c.state = 'open' AND co.offer_id % 7 = 3
 ORDER BY co.offer_id LIMIT :lines OFFSET :skip
"""

# The shortest and the longest of all orders that were sent, of the bare view (true) and of the application.
WRITTEN = """
SELECT bare, min(lines), max(lines)
  FROM (SELECT s.number = 'BARE' AS bare, count(*) AS lines
          FROM order_submission s JOIN order_line l ON l.submission_id = s.id JOIN cycle c ON c.id = s.cycle_id
         WHERE s.institution_id BETWEEN :first AND :last AND c.state = 'open' GROUP BY s.id) sent
 GROUP BY bare ORDER BY bare
"""

# Old submissions of kitchens that send nothing now, so that the tables have grown.
FILL = """
WITH filler AS (
    INSERT INTO weekly_order (cycle_id, institution_id, draft_version, has_draft)
    SELECT c.id, i.id, 0, false FROM cycle c, institution i WHERE c.state = 'open'
       AND i.id = (SELECT max(id) FROM institution)
    ON CONFLICT (cycle_id, institution_id) DO UPDATE SET has_draft = false
    RETURNING id, cycle_id, institution_id
), submission AS (
    INSERT INTO order_submission (order_id, cycle_id, institution_id, version, number, submitted_at, pack_choice, lines,
                                  net_cents, vat_cents, grams)
    SELECT f.id, f.cycle_id, f.institution_id, coalesce((SELECT max(version) FROM order_submission WHERE order_id = f.id), 0)
           + n, 'FILL', now(), 'down', 40, 0, 0, 0
      FROM filler f, generate_series(1, :orders) n
    RETURNING id, cycle_id, institution_id
)
INSERT INTO order_line (submission_id, cycle_id, institution_id, delivery_point_id, delivery_date, offer_id,
                        offer_version_id, producer_id, product_id, name, unit, quantity, grams, grams_per_unit, order_step,
                        pack, price_cents, net_cents, vat_treatment, vat_bp)
SELECT s.id, s.cycle_id, s.institution_id, d.id, c.week, x.offer_id, x.offer_version_id, o.producer_id, o.product_id, v.name,
       v.unit, 1000, 1000, 1000, v.order_step, v.pack, v.price_cents, v.price_cents, 'vat', 950
  FROM submission s
  JOIN cycle c ON c.id = s.cycle_id
  JOIN delivery_point d ON d.institution_id = s.institution_id AND d.position = 0
  CROSS JOIN LATERAL (SELECT * FROM cycle_offer WHERE cycle_id = c.id ORDER BY offer_id LIMIT 40) x
  JOIN offer o ON o.id = x.offer_id
  JOIN offer_version v ON v.id = x.offer_version_id
"""


def measure(server: EmbeddedServer) -> dict[str, Any]:
    """Orders a second of both, by the number of lines that are there already."""
    settings = market_settings(server, DATABASE)
    owner = create_engine(server.url("owner", DATABASE))
    clients, bare = _ours(settings, owner), _bare(owner)
    urls = {
        "FOODORDER_DATABASE_URL": settings.database_url.replace("+psycopg", ""),
        "FOODORDER_SECRET_KEY": settings.secret_key,
        "BENCH_URL": settings.database_url,
    }
    print(f"{'lines':>7} {'bare/s':>8} {'orders/s':>9} {'share':>6} {'p99 ms':>7}")
    with served("wsgi:app", urls) as path, served("bench.bare:app", urls) as bare_path:
        load(path, clients, 1.0, 303)
        load(bare_path, bare, 1.0, 204)
        sizes = {}
        for size in SIZES:
            _fill(owner, size)
            runs = [
                (load(bare_path, bare, SECONDS, 204), load(path, clients, SECONDS, 303))
                for _ in range(RUNS if size == SHOWN else 1)
            ]
            sizes[str(size)] = _report(size, runs)
    _check(owner)
    owner.dispose()
    server.drop_database(DATABASE)
    return {**sizes[str(SHOWN)], "by_lines": sizes}


def _report(size: int, runs: list[tuple[Load, Load]]) -> dict[str, float]:
    bare = statistics.median(one.per_second for one, _ in runs)
    ours = statistics.median(one.per_second for _, one in runs)
    share = statistics.median(one.per_second / limit.per_second for limit, one in runs)
    slowest = statistics.median(statistics.quantiles(one.seconds, n=100)[98] for _, one in runs)
    print(f"{size:>7} {bare:>8.0f} {ours:>9.0f} {share:>6.2f} {1000 * slowest:>7.1f}")
    return {
        "per_second": round(ours, 1),
        "bare_per_second": round(bare, 1),
        "share_of_bare": round(share, 3),
        "p99_ms": round(1000 * slowest, 1),
    }


def _fill(owner: Engine, lines: int) -> None:
    """Bring the table of lines up to a size; the runs before have written some of them."""
    with owner.begin() as connection:
        there = connection.execute(text("SELECT count(*) FROM order_line")).scalar_one()
        if there < lines:
            connection.execute(text(FILL), {"orders": (lines - there + LINES - 1) // LINES})
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _check(owner: Engine) -> None:
    """Both sides wrote the same number of lines with each order, or the share says nothing."""
    with owner.connect() as connection:
        written = connection.execute(text(WRITTEN), {"first": FIRST, "last": FIRST + 2 * CLIENTS - 1}).all()
    if [tuple(row) for row in written] != [(False, LINES, LINES), (True, LINES, LINES)]:
        raise RuntimeError(f"orders of another length: {written}")


def _ours(settings: Settings, owner: Engine) -> list[list[bytes]]:
    """For each kitchen two orders as its form sends them, with its cookie and token."""
    app = create_app(settings)
    clients = []
    for place in range(CLIENTS):
        rows, person = _cells(owner, place), FIRST + place
        browser = logged_in(app, person)
        page = browser.get("/kitchen/order").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        door = re.search(r'name="point" value="(\d+)"', page)
        cookie = browser.get_cookie("foodorder")
        assert token
        assert door
        assert cookie
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"foodorder={cookie.value}",
        }
        orders = []
        for quantity in (12, 6):
            cells = {f"q-{row.offer}-{door[1]}-{row.day.replace('-', '')}": str(quantity) for row in rows}
            body = urlencode({"csrf_token": token[1], "pack_choice": "down", **cells}).encode()
            orders.append(request_bytes(f"/kitchen/order/{rows[0].cycle}/submit", body, headers))
        clients.append(orders)
    with app.app_context():
        db.engine.dispose()
    return clients


def _cells(owner: Engine, place: int) -> Sequence[Any]:
    """What the kitchen at a place among the clients orders."""
    with owner.connect() as connection:
        rows = connection.execute(text(CELLS), {"lines": LINES, "skip": place * LINES // 2}).all()
    if len(rows) != LINES:
        raise RuntimeError(f"only {len(rows)} offers for {LINES} lines")
    return rows


def _bare(owner: Engine) -> list[list[bytes]]:
    """The same rows for the bare view, as JSON."""
    rows = _cells(owner, 0)
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO weekly_order (cycle_id, institution_id, draft_version, has_draft)"
                " SELECT :cycle, id, 0, false FROM institution ON CONFLICT DO NOTHING"
            ),
            {"cycle": rows[0].cycle},
        )
        orders = connection.execute(
            text(
                "SELECT o.id AS order, o.institution_id AS institution, d.id AS door FROM weekly_order o"
                " JOIN delivery_point d ON d.institution_id = o.institution_id AND d.position = 0"
                " WHERE o.cycle_id = :cycle AND o.institution_id >= :first ORDER BY o.institution_id LIMIT :clients"
            ),
            {"cycle": rows[0].cycle, "first": FIRST + CLIENTS, "clients": CLIENTS},
        ).all()
    clients = []
    for place, order in enumerate(orders):
        rows = _cells(owner, place)
        head = {"order": order.order, "institution": order.institution, "cycle": rows[0].cycle}
        requests = []
        for quantity in (12_000, 6_000):
            lines = [{**row._asdict(), "point": order.door, "quantity": quantity} for row in rows]
            body = json.dumps({**head, "lines": lines}).encode()
            requests.append(request_bytes("/", body, {"Content-Type": "application/json"}))
        clients.append(requests)
    return clients
