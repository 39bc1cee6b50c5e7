"""What the public sees of a release: no contacts, no words that people typed, no names of small farms.

Which farms are told by their village alone is the municipality's decision (rules/publicity.py). The texts
that a farm or a kitchen wrote itself (names of goods, reasons) may name anybody: goods are told by the words
of the CPV, and reasons are left out altogether.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foodorder.exchange.ocds import words
from foodorder.exchange.ocds.text import Json, read, write

#: Typed by people.
_TYPED = frozenset({"rationale", "statusDetails"})
#: Ids in which a party's id stands.
_PREFIXES = ("bid-", "award-", "contract-")
_IDS = frozenset({"id", "relatedBid", "awardID"})


@dataclass(frozen=True, slots=True)
class Hidden:
    """A farm that is not named: its names, what stands for its id, and its village."""

    names: tuple[str, ...]
    alias: str
    village: str

    @property
    def name(self) -> str:
        """What stands for its name."""
        return words.MASKED_FARM.format(village=self.village)


def masked_text(text: str, hidden: Mapping[str, Hidden]) -> str:
    """A release's text for the public. Titles of lots were typed, too: names are looked for everywhere."""
    found = write(masked(read(text), hidden))
    for farm in hidden.values():
        for name in farm.names:
            found = found.replace(write(name)[1:-1], write(farm.name)[1:-1])
    return found


def masked(release: Json, hidden: Mapping[str, Hidden]) -> Json:
    """A release for the public; `hidden`: farms that are not named, by the id they have as parties."""
    found: Json = _plain(release, hidden)
    parties = {party["id"] for party in release.get("parties", ())} & hidden.keys()
    if "planning" in release:
        # This reason is the house's own, and the same for all.
        found["planning"]["rationale"] = release["planning"]["rationale"]
    for holder in (*found.get("awards", ()), *found.get("contracts", ())):
        for item in holder.get("items", ()):
            item["description"] = item["classification"]["description"]
    # A release after the close is about one seller.
    if parties and len(release["parties"]) == 2:
        for contract in found.get("contracts", ()):
            _unnumbered(contract)
    return found


def _plain(value: Any, hidden: Mapping[str, Hidden]) -> Any:
    if isinstance(value, list):
        return [_plain(entry, hidden) for entry in value]
    if not isinstance(value, dict):
        return value
    farm = hidden.get(str(value.get("id"))) if "name" in value else None
    if farm is not None:
        kept: Json = {"id": farm.alias, "name": farm.name}
        return kept | ({"roles": value["roles"]} if "roles" in value else {})
    return {
        key: _number(entry, hidden) if key in _IDS else _plain(entry, hidden)
        for key, entry in value.items()
        if key != "contactPoint" and key not in _TYPED
    }


def _number(value: Any, hidden: Mapping[str, Hidden]) -> Any:
    text = str(value)
    for prefix in _PREFIXES:
        farm = hidden.get(text.removeprefix(prefix)) if text.startswith(prefix) else None
        if farm is not None:
            return prefix + farm.alias
    return value


def _unnumbered(contract: Json) -> None:
    """The number of an invoice is the farm's own to choose."""
    for milestone in contract.get("implementation", {}).get("milestones", ()):
        if milestone.get("type") == "payment":
            milestone["title"] = words.MASKED_INVOICE
            milestone.pop("description", None)
