"""The fourteen allergens of Regulation (EU) 1169/2011, Annex II, in its order, on two levels.

A product contains an allergen, or may hold traces of it. Kitchens mark the first with capital letters, the
second with small ones; here they are two sets of numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from foodorder.rules.errors import N_

#: Number in Annex II to name.
ALLERGENS: Mapping[int, str] = MappingProxyType(
    {
        1: N_("gluten"),
        2: N_("crustaceans"),
        3: N_("eggs"),
        4: N_("fish"),
        5: N_("peanuts"),
        6: N_("soy"),
        7: N_("milk"),
        8: N_("nuts"),
        9: N_("celery"),
        10: N_("mustard"),
        11: N_("sesame"),
        12: N_("sulphites"),
        13: N_("lupin"),
        14: N_("molluscs"),
    }
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a product contains and what it may hold traces of, by number; an allergen is on one level only.

    Raises ValueError for a number that is not in the list.
    """

    contains: frozenset[int] = frozenset()
    traces: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if unknown := (self.contains | self.traces) - ALLERGENS.keys():
            raise ValueError(f"no such allergens: {sorted(unknown)}")
        object.__setattr__(self, "traces", self.traces - self.contains)


def parse_declaration(text: str) -> Declaration:
    """Read "1,3,(7,11)": contains 1 and 3, perhaps 7 and 11; "–" or nothing: none.

    Raises ValueError for anything else.
    """
    outside, _, inside = text.replace(" ", "").rstrip(")").partition("(")
    return Declaration(_numbers(outside), _numbers(inside))


def added_by(substitute: Declaration, ordered: Declaration) -> frozenset[int]:
    """Allergens, on either level, that a substitute would bring and the ordered product lacks.

    A substitute is possible only when there are none. Traces that become contents count as added.
    """
    contents = substitute.contains - ordered.contains
    return contents | (substitute.traces - ordered.contains - ordered.traces)


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.strip("–-,").split(",") if part)
