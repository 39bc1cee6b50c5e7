"""A database with five years of weeks, and its summaries counted as `foodorder audit rebuild` counts them.

Rows go into their tables by COPY, without triggers, and the indexes are made at the end.
"""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from bench.five_years import STEPS
from bench.lines import (
    FIRST_WEEK,
    GENERATED,
    LAST_WEEK,
    LINES_PER_INSTITUTION,
    ORDERED_FROM,
    PRODUCERS,
    PRODUCTS,
    TOWN,
    WEEKS,
    towns_of,
)
from bench.loading import Loader, hurried, two_at_a_time
from foodorder.audit.summaries import Part, parts, rebuild
from foodorder.audit.summaries.rebuild import Kind
from foodorder.commands.opening import database_alone
from foodorder.db import transaction
from foodorder.embedded import EmbeddedServer
from foodorder.schema import upgrade
from seeds.load import load_reference

#: Producers that a municipality has admitted.
ADMITTED = 25
#: The auditor of the first municipality.
AUDITOR = 1

#: A statement names a table with its columns, and selects its rows.
INSERT = re.compile(r"INSERT INTO (\w+ \([^)]*\))\s*(SELECT.*)", re.DOTALL)


def institutions_of(lines: int) -> int:
    """How many institutions order so many lines in five years."""
    return max(lines // LINES_PER_INSTITUTION, 1)


def build(server: EmbeddedServer, name: str, lines: int) -> dict[str, float]:
    """A migrated database with five years of some `lines` order lines; seconds of each step."""
    took: dict[str, float] = {}
    with hurried(server):
        started = time.perf_counter()
        for step in _steps(server, name, institutions_of(lines)):
            took[step] = round(time.perf_counter() - started, 1)
            started = time.perf_counter()
    return took


def _steps(server: EmbeddedServer, name: str, institutions: int) -> Iterator[str]:
    """Build it, and tell the name of each step that is done."""
    server.drop_database(name)
    server.create_database(name)
    upgrade(server.url("owner", name))
    with database_alone(server.url("owner", name)), transaction():
        load_reference(now=datetime.now(UTC))
    yield "schema"
    loader = Loader(server, name)
    loader.run(f"UPDATE municipality SET active = true WHERE id <= {towns_of(institutions)}")
    found = {step: _tables(statements, institutions) for step, statements in STEPS.items()}
    tables = [*GENERATED, *(table for step in found.values() for table in step)]
    with loader.indexes_later([table.split()[0] for table in tables]):
        for table, rows in GENERATED.items():
            loader.copy(table, rows(institutions))
        yield "lines"
        for step, statements in found.items():
            for table, statement in statements.items():
                loader.move(table, statement)
            yield step
    yield "indexes"
    count(server.url("app", name))
    yield "summaries"
    loader.run("VACUUM ANALYZE spend_cell, spend_pair, price_cell, offer_cell, product_proof")
    yield "statistics"


def _tables(statements: str, institutions: int) -> dict[str, str]:
    """Tables with their columns → rows, with numbers and days in the places of their names."""
    values = {
        "institutions": institutions, "towns": towns_of(institutions), "town": TOWN, "weeks": WEEKS,
        "first_week": f"'{FIRST_WEEK}'", "last_week": f"'{LAST_WEEK}'", "ordered_from": ORDERED_FROM,
        "producers": PRODUCERS, "admitted": ADMITTED, "products": PRODUCTS, "goods": PRODUCERS * PRODUCTS,
        "auditor": AUDITOR,
    }  # fmt: skip
    filled = re.sub(r"(?<![:\w]):([a-z_]+)\b", lambda found: str(values[found[1]]), statements)
    return dict(_table(statement.strip()) for statement in filled.split(";\n"))


def _table(statement: str) -> tuple[str, str]:
    found = INSERT.fullmatch(statement)
    if found is None:
        raise ValueError(f"not a table and its rows: {statement[:80]}")
    return found[1], found[2]


def count(url: str) -> None:
    """Count the summaries as the command does, every second municipality on each core."""
    with database_alone(url), transaction():
        found = parts()
    first = [part for part in found if part.kind is Kind.PROOFS]
    _count(url, first)
    rest = [part for part in found if part.kind is not Kind.PROOFS]
    # Parts of one municipality wait for each other.
    two_at_a_time([partial(_count, url, [one for one in rest if _town(one) % 2 == half]) for half in (0, 1)])


def _town(part: Part) -> int:
    return part.id if part.kind is Kind.MUNICIPALITY else towns_of(part.id)


def _count(url: str, found: Sequence[Part]) -> None:
    with database_alone(url):
        for part in found:
            with transaction():
                rebuild(part)
