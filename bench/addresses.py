"""Which pages are measured: every page of the auditor and of the public window.

A page of one object shows the newest; pages with filters are asked for the usual year, for all five years,
and drilled down: to one institution, one supplier, organic goods.
"""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from bench.lines import FIRST_WEEK, LAST_WEEK
from foodorder.db import db

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


def addresses(app: Flask) -> Iterator[str]:
    """All of them, one after another."""
    values = _objects(app)
    for rule in sorted(app.url_map.iter_rules(), key=str):
        counter, _, name = rule.endpoint.partition(".")
        if counter not in ("auditor", "window") or "GET" not in (rule.methods or ()) or name.endswith(FILES):
            continue
        for address in _filled(app, rule, values):
            yield address
            if counter == "auditor" and name in FILTERED:
                yield from (f"{address}?{query}" for query in DRILLED)


def limit(address: str) -> int:
    """Milliseconds that a page may take."""
    return DRILL if "?" in address else PAGE


def _filled(app: Flask, rule: Rule, values: dict[str, list[Any]]) -> Iterator[str]:
    """The addresses of a rule: each word that it names in turn, the newest of what it wants by number."""
    words: list[dict[str, Any]] = [{}]
    for name, converter in rule._converters.items():
        choices = list(getattr(converter, "items", ())) or values.get(name, [])
        words = [{**one, name: choice} for one in words for choice in choices]
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        yield from (adapter.build(rule.endpoint, one) for one in words)


def _objects(app: Flask) -> dict[str, list[Any]]:
    """What of each kind the auditor of the first municipality may see: the newest, mostly."""
    with app.app_context():
        record = _first("SELECT max(id) AS id FROM procurement_record WHERE institution_id = 1")
        line = _first(f"SELECT * FROM record_line WHERE record_id = {record.id} LIMIT 1")
        cycle = _first("SELECT max(id) AS id FROM cycle WHERE municipality_id = 1")
        invoice = _first("SELECT max(id) AS id FROM invoice WHERE institution_id = 1")
        town = _first("SELECT code, region FROM municipality WHERE id = 1")
    return {
        "exhibit": ["chart"], "record_id": [record.id], "line_id": [line.id], "cycle_id": [cycle.id],
        "note_id": [record.id], "invoice_id": [invoice.id], "version_id": [line.offer_version_id],
        "offer_id": [line.offer_version_id], "agreement_id": [1], "code": [town.code],
        "region": [town.region], "kitchen": ["K1"], "year": [LAST_WEEK.year],
    }  # fmt: skip


def _first(statement: str) -> Any:
    return db.session.execute(text(statement)).one()
