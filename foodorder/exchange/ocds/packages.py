"""Release packages and record packages, written piece by piece: a year never stands in memory."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from foodorder.exchange.ocds.text import write

VERSION = "1.1"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
#: The profile of the European Union: bids, lots, techniques, contract terms.
EXTENSION = (
    "https://raw.githubusercontent.com/open-contracting-extensions/european-union/latest/schema/profile/"
    "extension.json"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Of a package: its address, its publisher, when its newest release was written, the policy's address."""

    uri: str
    publisher: str
    published: str
    policy: str


def release_package(about: About, releases: Iterable[str]) -> Iterator[str]:
    """A package of releases, each given as its text."""
    return _package(about, "releases", releases, ())


def record_package(about: About, records: Iterable[str], packages: Iterable[str]) -> Iterator[str]:
    """A package of records, each given as its text; `packages`: addresses of those that hold the releases."""
    return _package(about, "records", records, tuple(packages))


def _package(about: About, name: str, entries: Iterable[str], packages: tuple[str, ...]) -> Iterator[str]:
    head = {
        "uri": about.uri,
        "version": VERSION,
        "publishedDate": about.published,
        "publisher": {"name": about.publisher},
        "license": LICENCE,
        "publicationPolicy": about.policy,
        "extensions": [EXTENSION],
    }
    if packages:
        head["packages"] = list(packages)
    yield write(head).removesuffix("}") + f",{json.dumps(name)}:["
    for place, entry in enumerate(entries):
        yield f",\n{entry}" if place else f"\n{entry}"
    yield "\n]}\n"
