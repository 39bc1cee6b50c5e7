"""The page of the weekly order with 2,000 offers: queries, milliseconds in the server, kilobytes compressed.

The whole application answers, log-in, filters and compression included, in this process, without a network.
"""

import re
import statistics
import time
from typing import Any

from sqlalchemy import create_engine, event, text

from bench.market import OFFERS, build
from foodorder.accounts.models import Person
from foodorder.accounts.sessions import start_session
from foodorder.app import create_app
from foodorder.config import Settings
from foodorder.db import clock, db, transaction
from foodorder.embedded import EmbeddedServer
from foodorder.schema import upgrade
from foodorder.trail.actor import COMMAND

KEY = "weekly_order_page"
RUNS = 21
DATABASE = "bench_page"
#: As the project promises.
LIMITS = {"queries": 20, "ms": 300, "kilobytes_gzip": 150}


def measure(server: EmbeddedServer) -> dict[str, Any]:
    """One kitchen with one door, its order filled from the week before."""
    settings = market_settings(server, DATABASE)
    app = create_app(settings)
    browser = logged_in(app, 2)
    fill(browser)
    queries: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda _c, _cur, statement, *_more: queries.append(statement)
        )
    seconds, answer = [], None
    for _ in range(RUNS):
        queries.clear()
        started = time.perf_counter()
        answer = browser.get("/kitchen/order", headers={"Accept-Encoding": "gzip"})
        seconds.append(time.perf_counter() - started)
    assert answer is not None
    assert answer.status_code == 200
    result = {
        "queries": len(queries),
        "ms": round(1000 * statistics.median(seconds), 1),
        "kilobytes_gzip": round(len(answer.data) / 1000, 1),
        "offers": OFFERS,
    }
    for name, limit in LIMITS.items():
        print(f"{name:>16} {result[name]:>8}   at most {limit}")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    server.drop_database(DATABASE)
    return result


def market_settings(server: EmbeddedServer, name: str) -> Settings:
    """A migrated database with the big market in it, and the settings of an installation on it."""
    server.drop_database(name)
    server.create_database(name)
    owner = server.url("owner", name)
    upgrade(owner)
    engine = create_engine(owner)
    with engine.begin() as connection:
        build(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return Settings.from_environment(
        {"FOODORDER_DATABASE_URL": server.url("app", name), "FOODORDER_SECRET_KEY": "only for measuring"}
    )


def logged_in(app: Any, person_id: int) -> Any:
    """A browser in which a person is logged in; each request has an application context of its own."""
    with app.app_context(), transaction():
        person = db.session.get_one(Person, person_id)
        secret, _session = start_session(person, actor=COMMAND, now=clock())
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = secret
    return browser


def fill(browser: Any) -> None:
    """Start from last week, as a cook does."""
    page = browser.get("/kitchen/order").get_data(as_text=True)
    week = re.search(r'<option value="([1-9]\d*)">', page)
    address = re.search(r'formaction="([^"]+/start)"', page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert week
    assert address
    assert token
    answer = browser.post(address[1], data={"week": week[1], "csrf_token": token[1]})
    assert answer.status_code == 200, answer.status
