"""Where the money goes: spend by month, buyer, supplier and food group, with organic and local weight.

One statement adds up a selection in every direction at once. Organic: a kilogram counts when the product had
a certificate of organic production on the day of delivery. Local: air distance from the farm of origin to
the door, up to LOCAL_METRES. Both bases are the food bought through this system, nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from foodorder.audit.selection import CHOSEN, LINES, Selection
from foodorder.db import db
from foodorder.ordering.page import LOCAL_METRES
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.geography import air_metres

#: Schemes whose kilograms are organic.
ORGANIC = [scheme.code for scheme in SCHEMES.values() if scheme.counts_as is CountsAs.ORGANIC]

_MEASURED = (
    """
WITH organic AS MATERIALIZED (
  SELECT pc.product_id, range_agg(daterange(c.valid_from, c.valid_to, '[]')) AS days
    FROM product_certificate pc JOIN certificate c ON c.id = pc.certificate_id
   WHERE c.scheme = ANY(CAST(:organic AS text[])) GROUP BY pc.product_id
), near AS MATERIALIZED (
  SELECT farm_id, point_id
    FROM unnest(CAST(:farms AS integer[]), CAST(:points AS integer[])) AS pair (farm_id, point_id)
), cube AS (
  SELECT date_trunc('month', l.delivery_date::timestamp)::date AS month,
         r.institution_id, r.producer_id, t.food_group_id,
         count(*) AS lines, sum(l.net_cents)::bigint AS net_cents, sum(l.grams)::bigint AS grams,
         coalesce(sum(l.grams) FILTER (WHERE l.delivery_date <@ o.days), 0)::bigint AS organic_grams,
         coalesce(sum(l.grams) FILTER (WHERE n.farm_id IS NOT NULL), 0)::bigint AS local_grams,
         count(*) FILTER (WHERE l.price_cents <> v.price_cents) AS repriced
"""  # noqa: S608 - only constants are put together
    + LINES
    + """
  JOIN offer_version v ON v.id = l.offer_version_id
  LEFT JOIN organic o ON o.product_id = l.product_id
  LEFT JOIN near n ON n.farm_id = v.farm_id AND n.point_id = l.delivery_point_id
"""
    + CHOSEN
    + "GROUP BY 1, 2, 3, 4)"
)

# Added up twice: five sorts of sums over the small cube cost less than five over all lines.
_SUMS = """
       sum(lines)::integer AS lines, sum(net_cents)::bigint AS net_cents, sum(grams)::bigint AS grams,
       sum(organic_grams)::bigint AS organic_grams, sum(local_grams)::bigint AS local_grams,
       sum(repriced)::integer AS repriced
  FROM cube
"""

_SPEND = text(
    _MEASURED
    + """
SELECT grouping(month, institution_id, producer_id, food_group_id) AS without,
       month, institution_id, producer_id, food_group_id,
"""
    + _SUMS
    + " GROUP BY GROUPING SETS ((month), (institution_id), (producer_id), (food_group_id))"
)

_MONTHS = text(_MEASURED + "SELECT month," + _SUMS + "GROUP BY month ORDER BY month")

#: Bits of grouping() from the left: 1 where the column is not grouped by; the one that is 0 is the direction.
DIRECTIONS = {0b0111: "month", 0b1011: "institution_id", 0b1101: "producer_id", 0b1110: "food_group_id"}

_PLACES = text("""
SELECT f.id AS farm_id, d.id AS point_id, f.latitude AS there_north, f.longitude AS there_east,
       d.latitude AS north, d.longitude AS east
  FROM admission a
  JOIN farm f ON f.producer_id = a.producer_id
  JOIN institution i ON i.municipality_id = a.municipality_id
  JOIN delivery_point d ON d.institution_id = i.id
 WHERE a.municipality_id = :municipality
""")

_NAMES = {
    "institution_id": text("SELECT id, short_name AS name, short_name AS name_en FROM institution"
                           " WHERE id = ANY(CAST(:ids AS integer[]))"),
    "producer_id": text("SELECT id, name, name AS name_en FROM producer"
                        " WHERE id = ANY(CAST(:ids AS integer[]))"),
    "food_group_id": text("SELECT id, name_sl AS name, name_en FROM food_group"
                          " WHERE id = ANY(CAST(:ids AS integer[]))"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """What lines come to: net cents, grams, and the grams of them that are organic, that are local."""

    lines: int = 0
    net_cents: int = 0
    grams: int = 0
    organic_grams: int = 0
    local_grams: int = 0
    #: Lines whose price is not that of their offer version; there should be none.
    repriced: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.lines + other.lines,
            self.net_cents + other.net_cents,
            self.grams + other.grams,
            self.organic_grams + other.organic_grams,
            self.local_grams + other.local_grams,
            self.repriced + other.repriced,
        )

    @property
    def organic_bp(self) -> int | None:
        """Organic share by weight, basis points, half up; None of nothing."""
        return share_of(self.organic_grams, self.grams)

    @property
    def local_bp(self) -> int | None:
        """Local share by weight, basis points, half up; None of nothing."""
        return share_of(self.local_grams, self.grams)


@dataclass(frozen=True, slots=True)
class Part:
    """One buyer, supplier or food group (`name` in Slovene and English) with what was spent on it."""

    id: int
    name: str
    name_en: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Spend:
    """A selection added up in four directions; each adds up to the same total. Parts: dearest first."""

    total: Sums
    months: tuple[tuple[date, Sums], ...]
    institutions: tuple[Part, ...]
    producers: tuple[Part, ...]
    groups: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same stretch of this and of the year before; `whole` if that is the whole selection."""

    first: date
    last: date
    now: Sums
    before: Sums
    months_before: dict[date, Sums]
    whole: bool


def share_of(part: int, whole: int) -> int | None:
    """Basis points, half up; None of nothing: what cannot be computed is neither zero nor full."""
    return (2 * part * 10_000 + whole) // (2 * whole) if whole else None


def added(sums: Iterable[Sums]) -> Sums:
    """The sum of sums."""
    return sum(sums, Sums())


def spend(selection: Selection) -> Spend:
    """A selection by month, buyer, supplier and food group."""
    found: dict[str, dict[Any, Sums]] = {key: {} for key in ("month", *_NAMES)}
    for row in db.session.execute(_SPEND, _parameters(selection)):
        values = row._asdict()
        key = DIRECTIONS[values["without"]]
        found[key][values[key]] = _sums(values)
    months = tuple(sorted(found["month"].items()))
    return Spend(
        added(sums for _, sums in months),
        months,
        _parts("institution_id", found),
        _parts("producer_id", found),
        _parts("food_group_id", found),
    )


def months(selection: Selection) -> dict[date, Sums]:
    """A selection by month alone."""
    rows = db.session.execute(_MONTHS, _parameters(selection))
    return {row.month: _sums(row._asdict()) for row in rows}


def compare(selection: Selection, found: Spend, span: tuple[date, date]) -> Comparison | None:
    """With the year before, like with like: only months that both years have in full, up to the last day
    there is anything. `span`: first and last recorded day. None when no month can be compared.
    """
    first_full = span[0] if span[0].day == 1 else _next_month(span[0])
    first = max(selection.first, _year(first_full, +1))
    until = min(selection.last, span[1])
    if first > until:
        return None
    before = months(selection.between(_year(first, -1), _year(until, -1)))
    now = added(sums for month, sums in found.months if month >= first)
    shifted = {_year(month, +1): sums for month, sums in before.items()}
    return Comparison(first, until, now, added(before.values()), shifted, first <= selection.first)


def _year(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    return day.replace(year=day.year + years)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _parameters(selection: Selection) -> dict[str, object]:
    near = [
        (place.farm_id, place.point_id)
        for place in db.session.execute(_PLACES, {"municipality": selection.municipality_id})
        if air_metres(place.there_north, place.there_east, place.north, place.east) <= LOCAL_METRES
    ]
    return {
        **selection.parameters(),
        "organic": ORGANIC,
        "farms": [farm for farm, _ in near],
        "points": [point for _, point in near],
    }


def _sums(values: dict[str, Any]) -> Sums:
    return Sums(*(values[name] for name in Sums.__dataclass_fields__))


def _parts(key: str, found: dict[str, dict[Any, Sums]]) -> tuple[Part, ...]:
    sums = found[key]
    names = {row.id: row for row in db.session.execute(_NAMES[key], {"ids": list(sums)})}
    parts = [Part(one, names[one].name, names[one].name_en, of) for one, of in sums.items()]
    return tuple(sorted(parts, key=lambda part: (-part.sums.net_cents, part.id)))
