"""Names for the numbers that stand in events: of organisations, people, cycles, agreements."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import text

from foodorder.audit.events import Event
from foodorder.db import db

#: Key of a value → whose number it is.
NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "institution": "institution",
        "institution_id": "institution",
        "institutions": "institution",
        "producer": "producer",
        "producer_id": "producer",
        "person_id": "person",
        "municipality": "municipality",
        "cycle": "cycle",
        "delivery_point": "delivery_point",
        "farm_id": "farm",
        "food_type_id": "food_type",
        "municipality_id": "municipality",
        "product": "product",
        "record": "record",
    }
)

_NAMES = text("""
SELECT w.kind, w.number,
       CASE w.kind
         WHEN 'institution' THEN (SELECT short_name FROM institution WHERE id = w.number)
         WHEN 'producer' THEN (SELECT name FROM producer WHERE id = w.number)
         WHEN 'person' THEN (SELECT name FROM person WHERE id = w.number)
         WHEN 'municipality' THEN (SELECT name FROM municipality WHERE id = w.number)
         WHEN 'delivery_point' THEN (SELECT name FROM delivery_point WHERE id = w.number)
         WHEN 'record' THEN (SELECT number FROM procurement_record WHERE id = w.number)
         WHEN 'farm' THEN (SELECT name FROM farm WHERE id = w.number)
         WHEN 'product' THEN (SELECT name FROM product WHERE id = w.number)
         WHEN 'food_type' THEN (SELECT name_sl FROM food_type WHERE id = w.number)
         WHEN 'cycle' THEN (SELECT concat_ws('/', to_char(week, 'IYYY-"W"IW'), nullif(sequence, 1))
                              FROM cycle WHERE id = w.number)
       END AS name
  FROM unnest(CAST(:kinds AS text[]), CAST(:numbers AS bigint[])) AS w (kind, number)
""")

Names = Mapping[tuple[str, int], str]


def names_of(events: Iterable[Event]) -> Names:
    """(whose, number) → name of everything that these events tell by its number, in one question."""
    wanted = {found for event in events for found in _numbers(event)}
    if not wanted:
        return {}
    kinds, numbers = zip(*sorted(wanted), strict=True)
    rows = db.session.execute(_NAMES, {"kinds": list(kinds), "numbers": list(numbers)})
    return {(row.kind, row.number): row.name for row in rows if row.name}


def _numbers(event: Event) -> Iterable[tuple[str, int]]:
    for change in event.changes:
        kind = NUMBERS.get(change.key)
        for value in (change.before, change.after):
            for one in value if isinstance(value, list) else [value]:
                if kind and isinstance(one, int) and not isinstance(one, bool):
                    yield kind, one
    kind, _, number = (event.on_behalf_of or "").partition(" ")
    if kind in NUMBERS and number.isdigit():
        yield kind, int(number)


def named(key: str, value: Any, names: Names) -> Any:
    """A value with its numbers told by name: "Vrtec Čira čara (12)"; as it is where there is none."""
    kind = NUMBERS.get(key)
    if isinstance(value, list):
        return [named(key, one, names) for one in value]
    if kind and isinstance(value, int) and (kind, value) in names:
        return f"{names[kind, value]} ({value})"
    return value
