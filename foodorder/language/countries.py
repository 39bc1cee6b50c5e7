"""Countries by their two letters (ISO 3166-1), with their names in a language."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

#: Codes that name no country: unknown, unions, exceptional reservations, users' own.
NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)

#: Countries that come first in a list.
NEAREST = ("SI", "AT", "IT", "HR", "HU")


@lru_cache(maxsize=10)
def countries(language: str = "en") -> Mapping[str, str]:
    """Code → name."""
    names = Locale(language).territories
    return {
        code: str(name)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }


def country_choices(language: str) -> list[tuple[str, str]]:
    """Codes and names for a form: the nearest first, the others by their names."""
    names = countries(language)
    near = [(code, names[code]) for code in NEAREST]
    return near + sorted(
        ((code, name) for code, name in names.items() if code not in NEAREST), key=lambda one: one[1]
    )
