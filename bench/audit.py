"""Every page of the auditor over five years of lines, as a ratio to the bare aggregate SQL over raw lines.

The whole application answers, log-in included, in this process, without a network; the public window
beside it, and what the clock does at night. `--size 500000` measures one size only.
"""

import sys
import time
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text

from bench.addresses import addresses, limit
from bench.history import AUDITOR, build
from bench.lines import FIRST_WEEK, LAST_WEEK
from bench.meter import Meter, Took
from bench.night import nights
from bench.page import logged_in
from foodorder.app import create_app
from foodorder.audit import remembered
from foodorder.config import Settings
from foodorder.db import db
from foodorder.embedded import EmbeddedServer

KEY = "audit"
SIZES = (50_000, 500_000, 5_000_000)
DATABASE = "bench_audit"

#: What a page would have to add up if there were no summaries: spend and weight by month and institution.
BARE = text("""
SELECT r.institution_id, date_trunc('month', l.delivery_date::timestamp) AS month, count(*),
       sum(l.net_cents), sum(l.grams)
  FROM record_line l JOIN procurement_record r ON r.id = l.record_id
 WHERE r.superseded_by_id IS NULL AND l.delivery_date BETWEEN :first AND :last
   AND (:all OR r.institution_id IN (SELECT id FROM institution WHERE municipality_id = 1))
 GROUP BY 1, 2
""")
FIVE_YEARS = "the municipality's five years"


def measure(server: EmbeddedServer) -> dict[str, Any]:
    """Milliseconds of every page, and its ratio to the bare statement, by number of lines."""
    asked = [int(sys.argv[place + 1]) for place, word in enumerate(sys.argv) if word == "--size"]
    return {str(size): _size(server, size) for size in asked or SIZES}


def _size(server: EmbeddedServer, lines: int) -> dict[str, Any]:
    started = time.perf_counter()
    built = build(server, DATABASE, lines)
    steps = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in built.items())
    print(f"\n{lines:,} lines made in {time.perf_counter() - started:.0f} s ({steps})")
    found = pages(server, DATABASE)
    server.drop_database(DATABASE)
    return {"built_s": built, **found}


def pages(server: EmbeddedServer, database: str) -> dict[str, Any]:
    """What every page and every work of the night took over a database that is there."""
    meter = Meter(server)
    bare = _bare(server, database, meter)
    for name, took in bare.items():
        print(f"{took}            bare SQL over {name}")
    app = create_app(
        Settings.from_environment(
            {
                "FOODORDER_DATABASE_URL": server.url("app", database),
                "FOODORDER_SECRET_KEY": "only for measuring",
            }
        )
    )
    at_night, by_page = {}, {}
    try:
        for name, took in nights(app, meter):
            at_night[name] = took
            print(f"{took}            {name}", flush=True)
        for address, took in _pages(app, meter):
            by_page[address] = took
            mark = f"   above {limit(address)} ms" if _above(address, took) else ""
            print(f"{took} {took.wall / bare[FIVE_YEARS].wall:>7.2f}    {address}{mark}", flush=True)
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    slow = [address for address, took in by_page.items() if _above(address, took)]
    print(f"{len(by_page)} pages, {len(slow)} above their limit; the slowest {max(by_page.values())}")
    for address in slow:
        print(f"{by_page[address]} above {limit(address)} ms: {address}")
    return {"bare": _table(bare), "night": _table(at_night), "pages": _table(by_page), "above": slow}


def _bare(server: EmbeddedServer, database: str, meter: Meter) -> dict[str, Took]:
    found = {}
    engine = create_engine(server.url("app", database))
    with engine.connect() as connection:
        for name, everything, first in (
            ("the municipality's last year", False, LAST_WEEK.replace(year=LAST_WEEK.year - 1)),
            (FIVE_YEARS, False, FIRST_WEEK),
            ("all lines", True, FIRST_WEEK),
        ):
            asked = {"first": first, "last": "2027-01-01", "all": everything}
            found[name] = meter.median(partial(connection.execute, BARE, asked))
    engine.dispose()
    return found


def _pages(app: Flask, meter: Meter) -> Any:
    """Every address with what its page took; left out are those by which there is nothing to show."""
    browser = logged_in(app, AUDITOR)
    for address in addresses(app):
        status = browser.get(address).status_code
        if status == 200:
            # Nobody asks for the same twice within seconds.
            yield address, meter.median(partial(browser.get, address), before=remembered.forget)
        elif status != 404:
            print(f"          {status}  {address}")


def _above(address: str, took: Took) -> bool:
    return took.wall > limit(address)


def _table(found: dict[str, Took]) -> dict[str, tuple[float, float]]:
    """For the file: milliseconds on the wall's clock, and of work."""
    return {name: (round(took.wall, 1), round(took.work, 1)) for name, took in found.items()}
