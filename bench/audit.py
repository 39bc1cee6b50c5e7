"""Every page of the auditor over five years of lines, as a ratio to the bare aggregate SQL over raw lines.

The whole application answers, log-in included, in this process, without a network. `--size 500000` measures
one size only. A page of one object shows the newest; pages with filters are asked for the usual year, for all
five years, and drilled down: to one institution, one supplier, organic goods.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text
from werkzeug.routing import Rule

from bench.history import AUDITOR, build
from bench.lines import FIRST_WEEK, LAST_WEEK
from bench.page import logged_in
from foodorder.app import create_app
from foodorder.config import Settings
from foodorder.db import db
from foodorder.embedded import EmbeddedServer

KEY = "audit"
SIZES = (50_000, 500_000, 5_000_000)
RUNS = 5
DATABASE = "bench_audit"
#: As the project promises, milliseconds: of a page, and of one that is drilled down.
PAGE, DRILL = 300, 500

YEARS = f"from={FIRST_WEEK:%Y-%m}&to={LAST_WEEK:%Y-%m}"
#: What each page with filters is asked for beside its usual year.
DRILLED = (
    YEARS,
    f"{YEARS}&institution=1",
    f"{YEARS}&producer=7",
    f"{YEARS}&certificate=organic",
    "institution=1&producer=7",
)
FILTERED = (
    "spend",
    "question",
    "records",
    "step_lines",
    "shares",
    "share_lines",
    "payments",
    "deviations",
    "offer_choices",
)
#: Whole tables to be taken home: as long as what is in them.
FILES = ("_file", "record_file", "paper", "document", "verifier", "invoice_file")

#: What a page would have to add up if there were no summaries: spend and weight by month and institution.
BARE = """
SELECT r.institution_id, date_trunc('month', l.delivery_date::timestamp) AS month, count(*), sum(l.net_cents), sum(l.grams)
  FROM record_line l JOIN procurement_record r ON r.id = l.record_id
 WHERE r.superseded_by_id IS NULL AND l.delivery_date BETWEEN :first AND :last
   AND (:all OR r.institution_id IN (SELECT id FROM institution WHERE municipality_id = 1))
 GROUP BY 1, 2
"""  # noqa: E501


def measure(server: EmbeddedServer) -> dict[str, Any]:
    """Milliseconds of every page, and its ratio to the bare statement, by number of lines."""
    asked = [int(sys.argv[place + 1]) for place, word in enumerate(sys.argv) if word == "--size"]
    return {str(size): _size(server, size) for size in asked or SIZES}


def _size(server: EmbeddedServer, lines: int) -> dict[str, Any]:
    started = time.perf_counter()
    took = build(server, DATABASE, lines)
    steps = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items())
    print(f"\n{lines:,} lines made in {time.perf_counter() - started:.0f} s ({steps})")
    bare = _bare(server)
    for name, milliseconds in bare.items():
        print(f"{milliseconds:>9.1f} ms  bare SQL over {name}")
    app = create_app(
        Settings.from_environment(
            {
                "FOODORDER_DATABASE_URL": server.url("app", DATABASE),
                "FOODORDER_SECRET_KEY": "only for measuring",
            }
        )
    )
    pages = {}
    try:
        browser = logged_in(app, AUDITOR)
        for address in addresses(app):
            milliseconds = _timed(browser, address)
            if milliseconds is not None:
                pages[address] = round(milliseconds, 1)
                _print(address, milliseconds, bare["the municipality's five years"])
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    server.drop_database(DATABASE)
    slow = [address for address, ms in pages.items() if ms > _limit(address)]
    print(f"{len(pages)} pages, {len(slow)} above their limit; the slowest {max(pages.values()):.0f} ms")
    return {"bare_ms": {name: round(ms, 1) for name, ms in bare.items()}, "built_s": took, "pages_ms": pages}


def _bare(server: EmbeddedServer) -> dict[str, float]:
    found = {}
    engine = create_engine(server.url("app", DATABASE))
    with engine.connect() as connection:
        for name, everything, first in (
            ("the municipality's last year", False, LAST_WEEK.replace(year=LAST_WEEK.year - 1)),
            ("the municipality's five years", False, FIRST_WEEK),
            ("all lines", True, FIRST_WEEK),
        ):
            seconds = []
            for _ in range(RUNS):
                started = time.perf_counter()
                connection.execute(
                    text(BARE), {"first": first, "last": "2027-01-01", "all": everything}
                ).all()
                seconds.append(time.perf_counter() - started)
            found[name] = 1000 * statistics.median(seconds)
    engine.dispose()
    return found


def addresses(app: Flask) -> Iterator[str]:
    """Every page of the auditor, with filters where it has them; files are left out."""
    values = _objects(app)
    for rule in sorted(app.url_map.iter_rules(), key=str):
        name = rule.endpoint.removeprefix("auditor.")
        if name == rule.endpoint or "GET" not in (rule.methods or ()) or name.endswith(FILES):
            continue
        for address in _filled(app, rule, values):
            yield address
            if name in FILTERED:
                yield from (f"{address}?{query}" for query in DRILLED)


def _filled(app: Flask, rule: Rule, values: dict[str, Any]) -> Iterator[str]:
    """The addresses of a rule: each word that it names in turn, the newest of what it wants by number."""
    words = [{}]
    for name, converter in rule._converters.items():
        choices = list(getattr(converter, "items", ())) or values.get(name, [])
        words = [{**one, name: choice} for one in words for choice in choices]
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        yield from (adapter.build(rule.endpoint, one) for one in words)


def _objects(app: Flask) -> dict[str, list[Any]]:
    """The newest of each kind of object that the auditor may see."""
    found: dict[str, list[Any]] = {"exhibit": ["chart"]}
    with app.app_context():
        record = db.session.execute(
            text("SELECT max(id) FROM procurement_record WHERE institution_id = 1")
        ).scalar_one()
        line = db.session.execute(
            text("SELECT * FROM record_line WHERE record_id = :record LIMIT 1"), {"record": record}
        ).one()
        cycle = db.session.execute(text("SELECT max(id) FROM cycle WHERE municipality_id = 1")).scalar_one()
        old = db.session.execute(text("SELECT max(id) FROM invoice WHERE institution_id = 1")).scalar_one()
    found |= {
        "record_id": [record], "line_id": [line.id], "cycle_id": [cycle], "note_id": [record],
        "invoice_id": [old], "version_id": [line.offer_version_id], "offer_id": [line.offer_version_id],
        "agreement_id": [1],
    }  # fmt: skip
    return found


def _timed(browser: Any, address: str) -> float | None:
    """Milliseconds of a page (median); None where there is nothing to show by this address."""
    seconds = []
    for run in range(RUNS + 1):
        started = time.perf_counter()
        answer = browser.get(address)
        if run:
            seconds.append(time.perf_counter() - started)
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            print(f"          {answer.status_code}  {address}")
            return None
    return 1000 * statistics.median(seconds)


def _limit(address: str) -> int:
    return DRILL if "?" in address else PAGE


def _print(address: str, milliseconds: float, bare: float) -> None:
    mark = "" if milliseconds <= _limit(address) else f"   above {_limit(address)} ms"
    print(f"{milliseconds:>9.1f} ms {milliseconds / bare:>7.2f}  {address}{mark}", flush=True)
