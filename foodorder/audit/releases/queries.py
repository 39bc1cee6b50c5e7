"""Read releases page by page, so that a year of a large municipality never stands in memory."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foodorder.accounts.models import Municipality
from foodorder.db import db

#: Releases, and processes with all of theirs, read at a time.
RELEASES_AT_ONCE = 200
PROCESSES_AT_ONCE = 25

_RELEASES = text("""
SELECT date, sequence, body FROM ocds_release
 WHERE municipality_id = :municipality AND date >= :first AND date < :after
   AND (date, sequence) > (:last_date, :last)
 ORDER BY date, sequence LIMIT :limit
""")

_NEWEST = text("""
SELECT max(written_at) FROM ocds_release
 WHERE municipality_id = :municipality AND date >= :first AND date < :after
""")

# A process is of the year and month of its week's Thursday, an agreement's of those in which it begins.
_OF_YEAR = """
  FROM ocds_process p LEFT JOIN cycle c ON c.id = p.cycle_id LEFT JOIN agreement a ON a.id = p.agreement_id
 WHERE p.municipality_id = :municipality
   AND coalesce(c.week + 3, a.valid_from) BETWEEN :first_day AND :last_day
   AND EXISTS (SELECT FROM ocds_release r WHERE r.ocid = p.ocid AND r.date >= :since)
"""

_PROCESSES = text(f"""
SELECT p.ocid {_OF_YEAR} AND p.ocid > :last ORDER BY p.ocid LIMIT :limit
""")

_NEWEST_OF_PROCESSES = text(f"""
SELECT max((SELECT max(r.written_at) FROM ocds_release r WHERE r.ocid = p.ocid)) {_OF_YEAR}
""")  # noqa: S608 - only constants are put together

_HISTORIES = text("""
SELECT ocid, body FROM ocds_release WHERE ocid = ANY(CAST(:ocids AS text[])) ORDER BY ocid, date, sequence
""")

_YEARS = text("""
SELECT extract(year FROM min(date) AT TIME ZONE :zone)::integer AS first,
       extract(year FROM max(date) AT TIME ZONE :zone)::integer AS last
  FROM ocds_release WHERE municipality_id = :municipality
""")

_MONTHS = text("""
SELECT DISTINCT extract(year FROM coalesce(c.week + 3, a.valid_from))::integer AS year,
       extract(month FROM coalesce(c.week + 3, a.valid_from))::integer AS month
  FROM ocds_process p LEFT JOIN cycle c ON c.id = p.cycle_id LEFT JOIN agreement a ON a.id = p.agreement_id
 WHERE p.municipality_id = :municipality ORDER BY 1, 2
""")

_COUNTS = text("""
SELECT year, coalesce(r.releases, 0) AS releases, coalesce(p.processes, 0) AS processes
  FROM (SELECT extract(year FROM date AT TIME ZONE :zone)::integer AS year, count(*) AS releases
          FROM ocds_release WHERE municipality_id = :municipality GROUP BY 1) r
  FULL JOIN (SELECT extract(year FROM coalesce(c.week + 3, a.valid_from))::integer AS year,
                    count(*) AS processes
               FROM ocds_process x
               LEFT JOIN cycle c ON c.id = x.cycle_id LEFT JOIN agreement a ON a.id = x.agreement_id
              WHERE x.municipality_id = :municipality GROUP BY 1) p USING (year)
 ORDER BY year DESC
""")

_LONG_AGO = datetime(1900, 1, 1, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Year:
    """How many releases were made of what happened in a year, and how many processes are of it."""

    year: int
    releases: int
    processes: int


@dataclass(frozen=True, slots=True)
class Part:
    """Which releases, or which processes: of a municipality and a year (or a month of it), from a day on."""

    municipality: Municipality
    year: int
    month: int | None = None
    since: date | None = None

    @property
    def name(self) -> str:
        """In names of files: 2026, or 2026-11."""
        return f"{self.year}" if self.month is None else f"{self.year}-{self.month:02}"

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.municipality.zone)

    @property
    def from_day(self) -> datetime:
        """The beginning of the day asked for, or of time."""
        return datetime.combine(self.since, time(), self._zone) if self.since else _LONG_AGO

    @property
    def _days(self) -> tuple[date, date]:
        """The first day, and the last."""
        first, last = self.month or 1, self.month or 12
        return date(self.year, first, 1), date(self.year, last, monthrange(self.year, last)[1])

    @property
    def of_releases(self) -> dict[str, object]:
        """Parameters of the time of releases."""
        first, last = self._days
        return {
            "municipality": self.municipality.id,
            "first": max(datetime.combine(first, time(), self._zone), self.from_day),
            "after": datetime.combine(last + timedelta(days=1), time(), self._zone),
        }

    @property
    def of_processes(self) -> dict[str, object]:
        """Parameters of the time of processes."""
        first, last = self._days
        days = {"first_day": first, "last_day": last}
        return {"municipality": self.municipality.id, "since": self.from_day, **days}


def release_pages(part: Part, between: Callable[[], None]) -> Iterator[list[str]]:
    """The releases of a year in the order of their dates, as they were written, page by page.

    `between` is called after each reading: who reads slowly keeps no transaction open.
    """
    last: dict[str, object] = {"last_date": _LONG_AGO, "last": 0, "limit": RELEASES_AT_ONCE}
    while rows := db.session.execute(_RELEASES, part.of_releases | last).all():
        between()
        yield [row.body for row in rows]
        last |= {"last_date": rows[-1].date, "last": rows[-1].sequence}


def process_pages(part: Part, between: Callable[[], None]) -> Iterator[list[list[str]]]:
    """The processes of a year, each with all its releases in the order of their dates, page by page."""
    last = ""
    while True:
        asked = part.of_processes | {"last": last, "limit": PROCESSES_AT_ONCE}
        ocids = list(db.session.scalars(_PROCESSES, asked))
        if not ocids:
            return
        found: dict[str, list[str]] = {ocid: [] for ocid in ocids}
        for row in db.session.execute(_HISTORIES, {"ocids": ocids}):
            found[row.ocid].append(row.body)
        between()
        yield list(found.values())
        last = ocids[-1]


def newest_release(part: Part) -> datetime | None:
    """When the newest release of the year was written; None: there is none."""
    found: datetime | None = db.session.scalar(_NEWEST, part.of_releases)
    return found


def newest_of_processes(part: Part) -> datetime | None:
    """When the newest release of the year's processes was written; None: there is none."""
    found: datetime | None = db.session.scalar(_NEWEST_OF_PROCESSES, part.of_processes)
    return found


def years(municipality: Municipality) -> list[int]:
    """The years of which there are releases, the newest first."""
    row = db.session.execute(_YEARS, {"municipality": municipality.id, "zone": municipality.zone}).one()
    return [] if row.first is None else list(range(row.last, row.first - 1, -1))


def months(municipality: Municipality) -> list[tuple[int, int]]:
    """The years and months of which there are processes."""
    rows = db.session.execute(_MONTHS, {"municipality": municipality.id})
    return [(row.year, row.month) for row in rows]


def counts(municipality: Municipality) -> list[Year]:
    """Each year with how many releases are of it and how many processes, the newest first."""
    of = {"municipality": municipality.id, "zone": municipality.zone}
    return [Year(**row._mapping) for row in db.session.execute(_COUNTS, of)]
