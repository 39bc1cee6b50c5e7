"""What no page waits for: a month's look for flags, summaries compared with lines, a year's packages.

All of it about the first municipality, ten institutions: none of it may take longer because there are others,
or because there are more years.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial

from flask import Flask
from sqlalchemy import text

from bench.lines import LAST_WEEK, TOWN
from bench.meter import Meter, Took
from foodorder.accounts.models import Municipality
from foodorder.audit.flags.service import run_rules
from foodorder.audit.releases import write
from foodorder.audit.releases.export import House, Sort, package
from foodorder.audit.releases.queries import Part
from foodorder.audit.summaries import first_difference, parts
from foodorder.audit.summaries.rebuild import Kind
from foodorder.db import clock, db, transaction
from foodorder.trail.actor import SCHEDULER

#: The last whole month.
MONTH_END = LAST_WEEK.replace(day=1) - timedelta(days=1)
PREFIX = "bench"


def nights(app: Flask, meter: Meter) -> Iterator[tuple[str, Took]]:
    """Each work with what it took. Leaves flags and releases behind."""
    with app.app_context():
        yield "flags of a month, looked for the first time", meter.once(_flags)
        yield "the same again", meter.once(_flags)
        yield "summaries compared with lines (rebuild --check)", meter.once(_check)
        with transaction():
            cycles = db.session.scalars(
                text("""
                SELECT id FROM cycle WHERE municipality_id = 1 AND extract(year FROM week + 3) = :year
            """),
                {"year": LAST_WEEK.year},
            ).all()
        yield f"releases of {len(cycles)} cycles written", meter.once(partial(_write, cycles))
        for sort in Sort:
            yield f"public package of a year, {sort.value}", meter.once(partial(_package, sort))
        db.session.remove()


def _flags() -> None:
    with transaction():
        run_rules(1, MONTH_END.replace(day=1), MONTH_END, actor=SCHEDULER, now=clock())


def _check() -> None:
    """Raises RuntimeError where a summary is not what lines say."""
    with transaction():
        for part in parts():
            own = part.id <= TOWN if part.kind is Kind.INSTITUTION else part.id <= 1
            if own and (found := first_difference(part)):
                raise RuntimeError(f"{part.name}: {found}")


def _write(cycles: Iterable[int]) -> None:
    for cycle in cycles:
        for _ocid, add in write.of_cycle(cycle, None, PREFIX):
            add()
        db.session.expunge_all()


def _package(sort: Sort) -> None:
    """To nowhere, piece by piece, as it is sent."""
    part = Part(db.session.get_one(Municipality, 1), LAST_WEEK.year)
    pieces = package(part, sort, House("https://bench.example", "only for measuring"), public=True)
    if pieces is None:
        raise RuntimeError("there is no package")
    deque(pieces, maxlen=0)
    db.session.rollback()
