"""Packages for others to read: the full ones for auditors, the masked ones for the public."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text

from foodorder.accounts.models import Municipality
from foodorder.audit.releases import queries
from foodorder.audit.releases.parties import municipality_name
from foodorder.audit.releases.queries import Part
from foodorder.db import db
from foodorder.exchange.ocds import checks
from foodorder.exchange.ocds.masking import Hidden, masked_text
from foodorder.exchange.ocds.merge import record
from foodorder.exchange.ocds.packages import About, record_package, release_package
from foodorder.exchange.ocds.pieces import instant
from foodorder.exchange.ocds.text import read, write
from foodorder.rules.publicity import SmallProducers, is_small

_FARMS = text("""
SELECT p.id, p.kind, p.tax_type, p.name, p.village, array_agg(f.name) AS farms
  FROM producer p JOIN admission a ON a.producer_id = p.id AND a.municipality_id = :municipality
  LEFT JOIN farm f ON f.producer_id = p.id
 GROUP BY p.id ORDER BY p.id
""")


class Sort(StrEnum):
    """What a package holds: single releases, or processes as records."""

    RELEASES = "releases"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class House:
    """Whose packages these are: the installation's address, and its key for what stands for names."""

    base_url: str
    key: str

    def address(self, part: Part, sort: Sort) -> str:
        """Where the public package lies; the full one has the same name, for it is the same data."""
        return f"{self.policy}/{part.municipality.code}/{sort.value}-{part.name}.json"

    @property
    def policy(self) -> str:
        """The page that says what is published and why."""
        return f"{self.base_url or 'http://localhost'}/open/ocds"


def package(
    part: Part, sort: Sort, house: House, *, public: bool, between: Callable[[], None] = lambda: None
) -> Iterator[str] | None:
    """A year's package, piece by piece; None where there is nothing to put into it.

    `between` is called after each reading of some rows. Raises Nonsense in the middle of records whose
    releases do not fit together.
    """
    written_at = newest(part, sort)
    if written_at is None:
        return None
    shown = _showing(part.municipality, house, public)
    about = About(
        uri=house.address(part, sort), publisher=municipality_name(part.municipality.name),
        published=instant(written_at), policy=house.policy,
    )  # fmt: skip
    if sort is Sort.RELEASES:
        return release_package(about, _releases(part, shown, between))
    addresses = [house.address(Part(part.municipality, year), Sort.RELEASES) for year in _years(part)]
    return record_package(about, _records(part, shown, between), addresses)


def newest(part: Part, sort: Sort) -> datetime | None:
    """When the newest release of a package was written; None: there is no such package."""
    return queries.newest_release(part) if sort is Sort.RELEASES else queries.newest_of_processes(part)


def _years(part: Part) -> list[int]:
    """The years in which the releases of a year's processes may be."""
    return [year for year in reversed(queries.years(part.municipality)) if year >= part.year - 1]


def _releases(part: Part, shown: Callable[[str], str], between: Callable[[], None]) -> Iterator[str]:
    for page in queries.release_pages(part, between):
        yield from map(shown, page)


def _records(part: Part, shown: Callable[[str], str], between: Callable[[], None]) -> Iterator[str]:
    for page in queries.process_pages(part, between):
        for bodies in page:
            texts = [shown(body) for body in bodies]
            releases = [read(written) for written in texts]
            checks.check(releases)
            yield write(record(releases, texts))


def _showing(municipality: Municipality, house: House, public: bool) -> Callable[[str], str]:
    if not public:
        return str
    hidden = hidden_farms(municipality, house.key)
    return lambda body: masked_text(body, hidden)


def hidden_farms(municipality: Municipality, key: str) -> dict[str, Hidden]:
    """The farms that a municipality does not name in public, by the id that they have as parties."""
    if municipality.public_small_producers != SmallProducers.MASKED:
        return {}
    return {
        f"producer-{row.id}": Hidden(
            names=tuple(sorted({row.name, *filter(None, row.farms)}, key=len, reverse=True)),
            alias=_alias(municipality.id, row.id, key),
            village=row.village,
        )
        for row in db.session.execute(_FARMS, {"municipality": municipality.id})
        if is_small(row.kind, row.tax_type)
    }


def _alias(municipality: int, producer: int, key: str) -> str:
    """The same farm has the same alias throughout a municipality; nobody can tell whose it is."""
    digest = hmac.new(key.encode(), f"ocds {municipality} {producer}".encode(), hashlib.sha256)
    return f"farm-{digest.hexdigest()[:12]}"
