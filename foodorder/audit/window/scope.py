"""Whose figures a public page shows: one municipality, or many, and how small producers are told there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import text

from foodorder.accounts.models import Municipality
from foodorder.db import db
from foodorder.rules.publicity import Shown, SmallProducers, shown

#: Statistical regions of Slovenia: NUTS 2021, level 3.
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "SI031": "Pomurska",
        "SI032": "Podravska",
        "SI033": "Koroška",
        "SI034": "Savinjska",
        "SI035": "Zasavska",
        "SI036": "Posavska",
        "SI037": "Jugovzhodna Slovenija",
        "SI038": "Primorsko-notranjska",
        "SI041": "Osrednjeslovenska",
        "SI042": "Gorenjska",
        "SI043": "Goriška",
        "SI044": "Obalno-kraška",
    }
)

_KITCHENS = text("""
SELECT i.id, i.municipality_id, i.code, i.name, i.short_name, i.kind, i.active, d.latitude, d.longitude,
       coalesce(h.eaters, 0)::integer AS eaters
  FROM institution i
  LEFT JOIN LATERAL (SELECT avg(latitude) AS latitude, avg(longitude) AS longitude
                       FROM delivery_point WHERE institution_id = i.id AND active) d ON true
  LEFT JOIN LATERAL (SELECT sum(persons) AS eaters
                       FROM head_count c JOIN delivery_point p ON p.id = c.delivery_point_id
                      WHERE p.institution_id = i.id AND p.active AND c.age_group <> 'staff') h ON true
 WHERE i.municipality_id = ANY(CAST(:municipalities AS integer[]))
 ORDER BY i.sort_key, i.id
""")


@dataclass(frozen=True, slots=True)
class Kitchen:
    """A public kitchen; `place` is the middle of its doors, degrees; `eaters` without the staff."""

    id: int
    municipality_id: int
    code: str
    name: str
    short_name: str
    kind: str
    active: bool
    place: tuple[float, float] | None
    eaters: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The municipalities that a page is about, with their kitchens."""

    municipalities: tuple[Municipality, ...]
    kitchens: tuple[Kitchen, ...]

    @property
    def ids(self) -> list[int]:
        """Numbers of the kitchens."""
        return [one.id for one in self.kitchens]

    @property
    def municipality_ids(self) -> list[int]:
        """Numbers of the municipalities."""
        return [one.id for one in self.municipalities]

    @property
    def setting(self) -> SmallProducers:
        """How small producers are told: by name only where every municipality does so."""
        named = all(one.public_small_producers == SmallProducers.NAMED for one in self.municipalities)
        return SmallProducers.NAMED if named else SmallProducers.MASKED

    @property
    def middle(self) -> tuple[float, float] | None:
        """The middle of the kitchens, degrees."""
        places = [one.place for one in self.kitchens if one.place]
        if not places:
            return None
        norths, easts = zip(*places, strict=True)
        return sum(norths) / len(places), sum(easts) / len(places)

    def seller(self, row: Any) -> Shown:
        """A seller as this page may show it; `row` with seller_name, seller_kind, tax_type and village."""
        return shown(row.seller_name, row.seller_kind, row.tax_type, row.village, self.setting)


def scope_of(municipalities: Iterable[Municipality]) -> Scope:
    """The scope of those municipalities whose window is open."""
    chosen = tuple(one for one in municipalities if one.public_window)
    of = {"municipalities": [one.id for one in chosen]}
    return Scope(chosen, tuple(_kitchen(row) for row in db.session.execute(_KITCHENS, of)))


def _kitchen(row: Any) -> Kitchen:
    place = None if row.latitude is None else (float(row.latitude), float(row.longitude))
    return Kitchen(
        row.id, row.municipality_id, row.code, row.name, row.short_name, row.kind, row.active, place,
        row.eaters,
    )  # fmt: skip
