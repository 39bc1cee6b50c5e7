"""What the schemas do not see: that references lead somewhere, sums are equal, dates in order, ids one each.

`problems` looks at all releases of a process together, as they are exported; an export that finds any stops.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from foodorder.exchange.ocds.merge import compiled
from foodorder.exchange.ocds.text import Json

_CENT = Decimal("0.01")


class Nonsense(ValueError):
    """Releases that must not be published; the words say which and why."""


def check(releases: Sequence[Json]) -> None:
    """Raises Nonsense with the first problem of a process's releases."""
    for problem in problems(releases):
        raise Nonsense(problem)


def problems(releases: Sequence[Json]) -> Iterator[str]:
    """Everything that is wrong with the releases of one process, in their order, one sentence each."""
    seen: list[str] = []
    before = ""
    for release in releases:
        name = release["id"]
        if release["ocid"] != releases[0]["ocid"]:
            yield f"{name}: belongs to another process"
        if name in seen:
            yield f"{name}: is there twice"
        if release["date"] < before:
            yield f"{name}: is older than the release before it"
        before = release["date"]
        yield from (f"{name}: {problem}" for problem in _alone(release, seen))
        seen.append(name)
    yield from (f"{releases[-1]['ocid']}: {problem}" for problem in _together(compiled(releases)))


def _alone(release: Json, seen: Sequence[str]) -> Iterator[str]:
    known = {party["id"]: party["name"] for party in release.get("parties", ())}
    for path, entry in _walk(release, ""):
        if isinstance(entry, list):
            yield from _unique(path, entry)
        if isinstance(entry, dict):
            # Whoever is named by id and name is a party.
            if set(entry) == {"id", "name"} and known.get(entry["id"]) != entry["name"]:
                yield f"{path} names {entry['id']}, who is no party"
            if {"startDate", "endDate"} <= entry.keys() and entry["startDate"] > entry["endDate"]:
                yield f"{path} ends before it begins"
            if "amendsReleaseID" in entry:
                yield from _amends(path, entry, release, seen)


def _unique(path: str, entries: list[Any]) -> Iterator[str]:
    ids = Counter(str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry)
    for key, times in ids.items():
        if times > 1:
            yield f"{path} holds {key} {times} times"


def _amends(path: str, amendment: Json, release: Json, seen: Sequence[str]) -> Iterator[str]:
    if amendment["amendsReleaseID"] not in seen:
        yield f"{path} amends {amendment['amendsReleaseID']}, which did not come before"
    if amendment["releaseID"] != release["id"]:
        yield f"{path} stands in another release"


def _together(process: Json) -> Iterator[str]:
    tender, bids = process.get("tender", {}), process.get("bids", {}).get("details", ())
    lots = {lot["id"] for lot in tender.get("lots", ())}
    awards = {award["id"]: award for award in process.get("awards", ())}
    named = {bid["id"] for bid in bids}
    for path, entry in _walk(process, ""):
        if isinstance(entry, dict):
            for lot in [*entry.get("relatedLots", ()), *filter(None, [entry.get("relatedLot")])]:
                if lot not in lots:
                    yield f"{path} is about {lot}, which is no lot"
    for award in awards.values():
        yield from _sums(award)
        if award.get("relatedBid", None) not in {None, *named}:
            yield f"award {award['id']} follows {award['relatedBid']}, which is no bid"
        if award.get("date", "9") < tender.get("tenderPeriod", {}).get("startDate", ""):
            yield f"award {award['id']} comes before the tender"
    for contract in process.get("contracts", ()):
        yield from _contract(contract, awards.get(contract["awardID"]))


def _contract(contract: Json, award: Json | None) -> Iterator[str]:
    if award is None:
        yield f"contract {contract['id']} has no award"
        return
    if contract.get("dateSigned", "9") < award.get("date", ""):
        yield f"contract {contract['id']} comes before its award"
    if "items" in contract:
        yield from _sums(contract)
    elif contract.get("value") != award.get("value"):
        yield f"contract {contract['id']} is of another value than its award"


def _sums(holder: Mapping[str, Any]) -> Iterator[str]:
    """The value of an award or a contract is that of its items, each rounded to the cent."""
    if "value" not in holder or "items" not in holder:
        return
    total = sum(
        (Decimal(item["quantity"]) * item["unit"]["value"]["amount"]).quantize(_CENT, ROUND_HALF_UP)
        for item in holder["items"]
    )
    if total != holder["value"]["amount"]:
        yield f"{holder['id']} is worth {holder['value']['amount']}, its items {total}"


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _walk(entry, f"{path}/{key}")
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _walk(entry, f"{path}/{place}")
