"""The record of a process: its releases merged by the rules of OCDS, as it stands and as it changed.

https://standard.open-contracting.org/1.1/en/schema/merging/: what a later release says replaces what an
earlier one said; entries of lists are the same when their `id` is, lists of anything else are replaced whole;
null takes away. Our releases have no list of objects with ids that the schema wants replaced whole, so no
schema needs to be read. A test holds this module to the reference implementation.
"""

from collections.abc import Sequence
from typing import Any

from foodorder.exchange.ocds.text import Json, Written

#: Of a release itself: they say nothing of the process.
_OF_THE_RELEASE = frozenset({"id", "date", "tag"})

#: Fields of the European Union's profile. The schema of versioned releases knows the core's alone, so these
#: have their history in the releases themselves.
PROFILE_FIELDS = frozenset(
    {"bids", "lots", "techniques", "relatedLot", "relatedLots", "relatedBid", "statusDetails"}
)


def compiled(releases: Sequence[Json]) -> Json:
    """The process as it stands after all its releases, which are in the order of their dates."""
    ocid, date = releases[-1]["ocid"], releases[-1]["date"]
    result: Json = {"ocid": ocid, "id": f"{ocid}-{date}", "date": date, "tag": ["compiled"]}
    for release in releases:
        _merge(result, {key: value for key, value in release.items() if key not in _OF_THE_RELEASE})
    return result


def versioned(releases: Sequence[Json]) -> Json:
    """Every field of the core with all it ever was, and the release that said so; the oldest first."""
    result: Json = {"ocid": releases[-1]["ocid"]}
    for release in releases:
        source = {"releaseID": release["id"], "releaseDate": release["date"], "releaseTag": release["tag"]}
        said = {key: value for key, value in release.items() if key not in _OF_THE_RELEASE | {"ocid"}}
        _version(result, said, source)
    return result


def record(releases: Sequence[Json], texts: Sequence[str]) -> Json:
    """A record: the releases (as they were written), what they come to, and how it changed."""
    return {
        "ocid": releases[-1]["ocid"],
        "releases": [Written(text) for text in texts],
        "compiledRelease": compiled(releases),
        "versionedRelease": versioned(releases),
    }


def _merge(target: Json, said: Json) -> None:
    for key, value in said.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            _merge(target.setdefault(key, {}), value)
        elif _has_ids(value):
            entries = target.setdefault(key, [])
            known = {entry["id"]: entry for entry in entries}
            for entry in value:
                if entry["id"] not in known:
                    known[entry["id"]] = {}
                    entries.append(known[entry["id"]])
                _merge(known[entry["id"]], entry)
        else:
            target[key] = value


def _version(target: Json, said: Json, source: Json) -> None:
    for key, value in said.items():
        if key in PROFILE_FIELDS:
            continue
        if isinstance(value, dict):
            _version(target.setdefault(key, {}), value, source)
        elif _has_ids(value):
            entries = target.setdefault(key, [])
            known = {entry["id"]: entry for entry in entries}
            for entry in value:
                if entry["id"] not in known:
                    known[entry["id"]] = {"id": entry["id"]}
                    entries.append(known[entry["id"]])
                more = {name: one for name, one in entry.items() if name != "id"}
                _version(known[entry["id"]], more, source)
        else:
            history = target.setdefault(key, [])
            if not history or history[-1]["value"] != value:
                history.append(source | {"value": value})


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "id" in value[0]
