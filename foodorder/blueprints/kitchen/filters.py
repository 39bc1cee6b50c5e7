"""What the weekly order is narrowed to. It stands in the page's address, so it works without scripts."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from foodorder.ordering.market import Line, Mark
from foodorder.ordering.page import LOCAL_METRES
from foodorder.rules.allergens import ALLERGENS
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.errors import N_

#: The boxes to tick, in their order: name of the field and the letter that marks an offer in the page.
BOXES = {"organic": "o", "scheme": "s", "local": "l", "season": "n"}

BOX_LABELS = {
    "organic": N_("organic"),
    "scheme": N_("quality scheme"),
    "local": N_("up to 30 km"),
    "season": N_("in season"),
}

QUALITY = frozenset(code for code, scheme in SCHEMES.items() if scheme.counts_as is CountsAs.QUALITY)


def folded(words: str) -> str:
    """Words for comparing: small letters without accents, so that "cesnja" finds "Češnja"."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def letters(line: Line) -> str:
    """The letters of BOXES that an offer deserves."""
    near = "l" if line.metres <= LOCAL_METRES else ""
    return f"{_proven(line.marks, line.days)}{near}{'n' if line.in_season else ''}"


@lru_cache(maxsize=2_000)
def _proven(marks: tuple[Mark, ...], days: int) -> str:
    """The letters of what certificates prove on some of the days."""
    schemes = {mark.scheme for mark in marks if mark.days & days}
    return ("o" if "organic" in schemes else "") + ("" if QUALITY.isdisjoint(schemes) else "s")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader wants to see; nothing chosen shows everything."""

    search: str = ""
    boxes: frozenset[str] = frozenset()
    #: Allergens (numbers of Annex II) that must not be in it, not even as traces.
    without: frozenset[int] = frozenset()
    only_mine: bool = False

    @classmethod
    def read(cls, fields: Mapping[str, str], without: list[str]) -> "Filters":
        """From the fields of the address or of the form; what is unknown is left out."""
        return cls(
            search=fields.get("search", "").strip()[:60],
            boxes=frozenset(name for name in BOXES if fields.get(name)),
            without=frozenset(int(text) for text in without if text.isdecimal()) & ALLERGENS.keys(),
            only_mine=bool(fields.get("mine")),
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """For the address; empty when nothing is chosen."""
        chosen: dict[str, Any] = dict.fromkeys(sorted(self.boxes), "1")
        if self.search:
            chosen["search"] = self.search
        if self.without:
            chosen["without"] = sorted(self.without)
        if self.only_mine:
            chosen["mine"] = "1"
        return chosen

    def shows(self, line: Line, tags: str, mine: bool, words: Callable[[], str]) -> bool:
        """Whether an offer is shown; `tags` are its letters, `mine` whether this kitchen orders it.

        `words` gives its text, for it costs too much to fold the text of every offer when nobody searches.
        """
        return (
            (not self.only_mine or mine)
            and all(BOXES[name] in tags for name in self.boxes)
            and self.without.isdisjoint(line.allergens)
            and self.without.isdisjoint(line.traces)
            and (not self.search or self._found_in(folded(words())))
        )

    def _found_in(self, words: str) -> bool:
        return all(word in words for word in folded(self.search).split())
