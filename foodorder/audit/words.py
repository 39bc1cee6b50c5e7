"""The trail in words: actions, things and values as a person reads them; unknown codes stand as they are."""

from datetime import date, datetime
from typing import Any

from foodorder.audit.codes import (
    ACTIONS,
    CODES,
    QUANTITIES,
    SOURCES,
    THINGS,
    VALUES,
    WEEKDAY_SETS,
    WEEKDAYS,
    WEIGHTS,
)
from foodorder.audit.event_words import CODES_OF
from foodorder.language import formats, gettext
from foodorder.language.figures import NONE
from foodorder.rules.agreements import BASES, Basis
from foodorder.rules.errors import N_
from foodorder.rules.permissions import ROLE_LABELS, Role

#: What food counts for → in words.
CERTIFICATES = {
    "organic": N_("Organic"),
    "quality": N_("Quality scheme"),
    "conventional": N_("Conventional"),
}


def action(code: str) -> str:
    """What was done: "offer.published" → "Offer published"."""
    return gettext(ACTIONS[code]) if code in ACTIONS else code


def thing(code: str) -> str:
    """The kind of a thing."""
    return gettext(THINGS[code]) if code in THINGS else code


def name_of(key: str) -> str:
    """The name of a value."""
    return gettext(VALUES[key]) if key in VALUES else key.replace("_", " ")


def who(person: str | None, source: str) -> str:
    """Who acted, also when it was nobody: the clock, a command."""
    return person or (gettext(SOURCES[source]) if source in SOURCES else source)


def role(code: str | None) -> str:
    """The role that somebody acted in."""
    return gettext(ROLE_LABELS[Role(code)]) if code in set(Role) else (code or "")


def basis(code: str) -> str:
    """A lawful basis in a word or two."""
    return gettext(BASES[Basis(code)])


def certificate(code: str) -> str:
    """What food counts for, by the certificates of the day of delivery."""
    return gettext(CERTIFICATES[code])


def value(key: str, stored: Any, thing: str = "") -> str:
    """A stored value as a person reads it; its key tells the unit, and with the thing what a code means."""
    if stored is None or stored in ("", []):
        return NONE
    if isinstance(stored, bool):
        return formats.fact(stored)
    if isinstance(stored, int):
        return _figure(key, stored)
    if isinstance(stored, str):
        return _text(key, stored, thing)
    if isinstance(stored, (list, tuple)):
        return ", ".join(value(key, item, thing) for item in stored)
    if isinstance(stored, dict):
        return ", ".join(f"{name}: {value(key, item, thing)}" for name, item in stored.items())
    return str(stored)


def _figure(key: str, stored: int) -> str:
    if key.endswith("_cents"):
        return formats.money(stored)
    if key.endswith("_bp") or key == "share":
        return formats.share(stored)
    if key in QUANTITIES:
        return formats.amount(stored)
    if key in WEIGHTS:
        return formats.weight(stored)
    if key == "temperature":
        return formats.temperature(stored)
    if key in WEEKDAY_SETS:
        return formats.weekdays(stored)
    if key in WEEKDAYS:
        return formats.weekday(stored, short=False)
    return str(stored)


def _text(key: str, stored: str, thing: str) -> str:
    for codes in (CODES_OF.get(f"{thing}.{key}", {}), CODES_OF.get(key, {})):
        if stored in codes:
            return gettext(codes[stored])
    if key == "unit":
        return formats.unit_label(stored)
    if stored in CODES:
        return gettext(CODES[stored])
    if len(stored) >= 10 and stored[4:5] == "-" and stored[7:8] == "-":
        try:
            if len(stored) == 10:
                return formats.day(date.fromisoformat(stored), year=True)
            return formats.long_moment(datetime.fromisoformat(stored))
        except ValueError:
            return stored
    return stored
