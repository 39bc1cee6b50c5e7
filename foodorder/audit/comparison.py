"""Kitchens beside each other: money and weight for a person and day, own ones by name, others as a crowd.

A person-day is one person fed on one day on which the municipality's recorded cycles delivered (schools: on
which schools cook), by the head-counts that kitchens keep, without the staff. Others are the municipalities
of the same region: they are told as median and quartiles, of at least ENOUGH values, and by name only where
a municipality has opened its public window. Money is net cents.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import text

from foodorder.audit.cells import CELLS
from foodorder.audit.selection import Selection
from foodorder.db import db
from foodorder.ordering.terms import SCHOOLS
from foodorder.rules.red_flags.statistics import quartiles

#: Of fewer kitchens or municipalities nothing is told: somebody's own figures could be read off.
ENOUGH = 3

_AROUND = text("""
SELECT i.id, i.kind, i.short_name, m.id AS municipality_id, m.name AS municipality, m.public_window,
       m.region, coalesce(heads.persons, 0)::integer AS persons
  FROM municipality own
  JOIN municipality m ON m.id = own.id OR (m.region = own.region AND m.active)
  JOIN institution i ON i.municipality_id = m.id
  LEFT JOIN (SELECT d.institution_id, sum(h.persons) AS persons
               FROM delivery_point d JOIN head_count h ON h.delivery_point_id = d.id
              WHERE d.active AND h.age_group <> 'staff'
              GROUP BY d.institution_id) heads ON heads.institution_id = i.id
 WHERE own.id = :municipality
 ORDER BY i.sort_key, i.id
""")

# Days of the weeks that were recorded, each once; bit 0 is Monday.
_DAYS = text("""
SELECT municipality_id, sum(bit_count(days::integer::bit(7)))::integer AS days,
       sum(bit_count(school_days::integer::bit(7)))::integer AS school_days
  FROM (SELECT municipality_id, week, bit_or(days) AS days, bit_or(school_days) AS school_days FROM cycle
         WHERE municipality_id = ANY(CAST(:municipalities AS integer[])) AND recorded_at IS NOT NULL
           AND week BETWEEN CAST(:first AS date) AND :last
         GROUP BY municipality_id, week) weeks
 GROUP BY municipality_id
""")

_SUMS = """
       sum(net_cents)::bigint AS net_cents, sum(grams)::bigint AS grams,
       sum(organic_grams)::bigint AS organic_grams, sum(local_grams)::bigint AS local_grams
"""
_MONTHS = text(f"""
SELECT institution_id, {_SUMS} FROM spend_month
 WHERE institution_id = ANY(CAST(:institutions AS integer[])) AND month BETWEEN :first AND :last
 GROUP BY institution_id
""")  # noqa: S608 - only constants are put together
_CELLS = text(f"{CELLS} SELECT institution_id, {_SUMS} FROM cell GROUP BY institution_id")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Eaten:
    """What was bought for so many person-days: of a kitchen, or of several together."""

    persons: int = 0
    person_days: int = 0
    net_cents: int = 0
    grams: int = 0
    organic_grams: int = 0
    local_grams: int = 0

    def __add__(self, other: "Eaten") -> "Eaten":
        return Eaten(
            self.persons + other.persons,
            self.person_days + other.person_days,
            self.net_cents + other.net_cents,
            self.grams + other.grams,
            self.organic_grams + other.organic_grams,
            self.local_grams + other.local_grams,
        )

    @property
    def cents_a_day(self) -> Fraction | None:
        """Net cents for a person and day; None where nobody is known to eat."""
        return Fraction(self.net_cents, self.person_days) if self.person_days else None

    @property
    def grams_a_day(self) -> Fraction | None:
        """Grams for a person and day."""
        return Fraction(self.grams, self.person_days) if self.person_days else None


@dataclass(frozen=True, slots=True)
class Kitchen:
    """A kitchen of the region with what it bought; names of others' kitchens are never shown."""

    id: int
    name: str
    kind: str
    municipality_id: int
    municipality: str
    is_open: bool
    eaten: Eaten


@dataclass(frozen=True, slots=True)
class Band:
    """Quartiles of net cents for a person and day, and of how many kitchens or municipalities."""

    count: int
    lower: Fraction
    median: Fraction
    upper: Fraction


@dataclass(frozen=True, slots=True)
class Compared:
    """Our kitchens, and the municipalities of the region: all their kitchens that bought something."""

    municipality_id: int
    region: str | None
    kitchens: tuple[Kitchen, ...]

    @property
    def own(self) -> list[Kitchen]:
        """Those of the own municipality."""
        return [one for one in self.kitchens if one.municipality_id == self.municipality_id]

    def others(self, kind: str | None = None) -> list[Kitchen]:
        """Those of the region's other municipalities, of a kind."""
        return [
            one
            for one in self.kitchens
            if one.municipality_id != self.municipality_id and kind in (None, one.kind)
        ]

    def band(self, kind: str) -> Band | None:
        """Around what the kitchens of a kind lie in the other municipalities; None of too few.

        Too few are fewer than ENOUGH kitchens, and kitchens of fewer than ENOUGH municipalities.
        """
        others = [one for one in self.others(kind) if one.eaten.cents_a_day is not None]
        if len({one.municipality_id for one in others}) < ENOUGH:
            return None
        return band(one.eaten.cents_a_day for one in others if one.eaten.cents_a_day is not None)

    def municipalities(self) -> list[tuple[Kitchen, Eaten]]:
        """Each municipality, all kitchens together, with one of its kitchens that tells its name."""
        found: dict[int, list[Kitchen]] = {}
        for one in self.kitchens:
            found.setdefault(one.municipality_id, []).append(one)
        return [(kitchens[0], together(kitchens)) for kitchens in found.values()]


def together(kitchens: Iterable[Kitchen]) -> Eaten:
    """Several kitchens added up."""
    return sum((one.eaten for one in kitchens), Eaten())


def band(values: Iterable[Fraction]) -> Band | None:
    """The quartiles of at least ENOUGH values."""
    found = list(values)
    return Band(len(found), *quartiles(found)) if len(found) >= ENOUGH else None


def compared(selection: Selection) -> Compared:
    """The kitchens of the region with what they bought of a selection; without those that bought nothing.

    An institution of the selection leaves the others of the own municipality out; food and certificate narrow
    everybody's purchases. Of a producer or a lawful basis only the own kitchens are told: with whom others
    deal is their affair.
    """
    around = db.session.execute(_AROUND, {"municipality": selection.municipality_id}).all()
    keys = {**selection.parameters(), "institutions": [row.id for row in around]}
    goods = (selection.producer_id, selection.food_group_id, selection.food_type_id, selection.cpv)
    alone = selection.producer_id is not None or selection.basis is not None
    narrowed = any(one is not None for one in (*goods, selection.basis, selection.certificate))
    sums = {row.institution_id: row for row in db.session.execute(_CELLS if narrowed else _MONTHS, keys)}
    days = _days(selection, sorted({row.municipality_id for row in around}))
    kitchens = []
    for row in around:
        own = row.municipality_id == selection.municipality_id
        if row.id not in sums or (alone and not own):
            continue
        if own and selection.institution_id not in (None, row.id):
            continue
        open_days = days.get((row.municipality_id, row.kind in SCHOOLS), 0)
        bought = sums[row.id]
        eaten = Eaten(
            row.persons, row.persons * open_days, bought.net_cents, bought.grams, bought.organic_grams,
            bought.local_grams,
        )  # fmt: skip
        kitchens.append(
            Kitchen(row.id, row.short_name, row.kind, row.municipality_id, row.municipality,
                    row.public_window, eaten)
        )  # fmt: skip
    region = next((row.region for row in around if row.municipality_id == selection.municipality_id), None)
    return Compared(selection.municipality_id, region, tuple(kitchens))


def _days(selection: Selection, municipalities: Sequence[int]) -> Mapping[tuple[int, bool], int]:
    """(municipality, whether for schools) → days of delivery."""
    keys = {"municipalities": list(municipalities), "first": selection.first, "last": selection.last}
    found: dict[tuple[int, bool], int] = {}
    for row in db.session.execute(_DAYS, keys):
        found[row.municipality_id, False], found[row.municipality_id, True] = row.days, row.school_days
    return found
