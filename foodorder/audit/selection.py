"""What of a municipality's purchases is looked at: days, buyer, supplier, food, lawful basis, certificate."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.green import NEAR_METRES

#: Schemes whose kilograms are organic.
ORGANIC_SCHEMES = [scheme.code for scheme in SCHEMES.values() if scheme.counts_as is CountsAs.ORGANIC]

#: What a line counts for when no certificate says otherwise.
CONVENTIONAL = "conventional"
#: Values of the filter of certificates.
CERTIFICATES = (CountsAs.ORGANIC.value, CountsAs.QUALITY.value, CONVENTIONAL)


#: A municipality, one institution of it or None for all, and their numbers.
Reach = tuple[int, int | None, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Lines of records in force, delivered from `first` to `last` (both included); None does not limit.

    `certificate`: what lines count for, one of CERTIFICATES. `cpv`: the first digits of the code of the food.
    `local`: from near alone (True), or from farther or nobody knows where alone (False); summaries do not
    say it of money, so only lists of lines can be narrowed to it, as to an agreement or one of its lots.
    """

    municipality_id: int
    first: date
    last: date
    institution_id: int | None = None
    producer_id: int | None = None
    food_group_id: int | None = None
    basis: str | None = None
    certificate: str | None = None
    food_type_id: int | None = None
    cpv: str | None = None
    local: bool | None = None
    agreement_id: int | None = None
    lot_id: int | None = None
    #: What was asked once for a page that adds up many times; of another place it is not used.
    reach: Reach | None = field(default=None, compare=False, repr=False)

    @property
    def whole_months(self) -> bool:
        """Whether it begins and ends with a month, so that summaries say what it comes to."""
        return self.first.day == 1 and (self.last + timedelta(days=1)).day == 1

    @property
    def of_lines(self) -> bool:
        """Whether only lines, or the records themselves, say what is chosen: nothing is added up by it."""
        chosen = (
            self.food_group_id, self.food_type_id, self.cpv, self.certificate, self.local, self.agreement_id,
            self.lot_id,
        )  # fmt: skip
        return any(one is not None for one in chosen)

    @property
    def of_goods(self) -> bool:
        """Whether only the goods themselves say whether they are chosen: their food, basis or certificate."""
        return self.of_lines or self.basis is not None

    def parameters(self) -> dict[str, object]:
        """As the statements of this stage take them, their institutions named one by one.

        Asks the database for them, and to be AIMED: with the general plan of a prepared statement a sum of
        100,000 lines takes fifty times as long.
        """
        return {
            "institutions": list(self._institutions()),
            "first": self.first,
            "last": self.last,
            "producer": self.producer_id,
            "food_group": self.food_group_id,
            "basis": self.basis,
            "certificate": self.certificate,
            "food_type": self.food_type_id,
            "cpv": self.cpv,
            "local": self.local,
            "local_metres": NEAR_METRES,
            "agreement": self.agreement_id,
            "lot": self.lot_id,
        }

    def _institutions(self) -> tuple[int, ...]:
        place = (self.municipality_id, self.institution_id)
        if self.reach is not None and self.reach[:2] == place:
            return self.reach[2]
        of = {"municipality": self.municipality_id, "institution": self.institution_id}
        return tuple(db.session.execute(_REACH, of).one().institutions)

    def reaching(self) -> "Selection":
        """The same, its institutions known until the transaction ends."""
        return replace(self, reach=(self.municipality_id, self.institution_id, self._institutions()))

    def between(self, first: date, last: date) -> "Selection":
        """The same purchases on other days."""
        return replace(self, first=first, last=last)


#: Until the transaction ends: plan each statement for its own values, add up in memory, and find lines by
#: their keys, however many others there are, for reading here and there costs little on today's disks.
AIMED = """
       set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '32MB', true),
       set_config('random_page_cost', '1.1', true)
"""

_REACH = text(f"""
SELECT coalesce(array_agg(id), '{{}}') AS institutions, {AIMED}
  FROM institution
 WHERE municipality_id = :municipality AND (CAST(:institution AS integer) IS NULL OR id = :institution)
""")  # noqa: S608 - only constants are put together

#: On which days a product `p` is proven what: `proof`.
PROVEN = "LEFT JOIN product_proof proof ON proof.product_id = p.id"

#: Lines of a selection: `r` record, `l` line, `p` product, `t` food type, `proof`. A correction replaces
#: the record it corrects, so only versions in force are counted.
LINES = f"""
  FROM procurement_record r
  JOIN record_line l ON l.record_id = r.id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
  {PROVEN}
"""

# CASE: the planner takes it for half of the lines. An equality it takes for so few that it begins with those
# of all lines there are.
CHOSEN = """
 WHERE r.superseded_by_id IS NULL AND r.institution_id = ANY(CAST(:institutions AS integer[]))
   AND l.delivery_date BETWEEN :first AND :last
   AND (CAST(:producer AS integer) IS NULL OR r.producer_id = :producer)
   AND (CAST(:food_group AS integer) IS NULL OR t.food_group_id = :food_group)
   AND (CAST(:food_type AS integer) IS NULL OR t.id = :food_type)
   AND (CAST(:cpv AS text) IS NULL OR starts_with(t.cpv, :cpv))
   AND (CAST(:basis AS text) IS NULL OR r.basis = :basis)
   AND (CAST(:lot AS integer) IS NULL OR r.lot_id = :lot)
   AND (CAST(:agreement AS integer) IS NULL OR r.lot_id IN (
        SELECT a.id FROM agreement_lot a WHERE a.agreement_id = :agreement))
   AND (CAST(:certificate AS text) IS NULL
        OR CASE foodorder_counts_as(proof.organic, proof.quality, l.delivery_date)
           WHEN :certificate THEN true ELSE false END)
   AND (CAST(:local AS boolean) IS NULL OR :local = coalesce((
        SELECT foodorder_air_metres(w.latitude, w.longitude, d.latitude, d.longitude) <= :local_metres
          FROM offer_version o JOIN farm w ON w.id = o.farm_id
          JOIN delivery_point d ON d.id = l.delivery_point_id
         WHERE o.id = l.offer_version_id), false))
"""

#: All is delivered in the week of its cycle: records `r` of other weeks need not be looked at.
OF_THE_WEEKS = """
   AND r.cycle_id IN (SELECT k.id FROM cycle k JOIN institution n ON n.municipality_id = k.municipality_id
                       WHERE n.id = ANY(CAST(:institutions AS integer[]))
                         AND k.week BETWEEN CAST(:first AS date) - 6 AND :last)
"""

_SPAN = text("""
SELECT min(c.week) AS first, max(c.week) + 6 AS last FROM cycle c
 WHERE c.municipality_id = :municipality AND c.recorded_at IS NOT NULL
""")

_BASES = text("""
SELECT DISTINCT s.basis FROM spend_cell s JOIN institution i ON i.id = s.institution_id
 WHERE i.municipality_id = :municipality ORDER BY s.basis
""")

_INSTITUTIONS = text("""
SELECT id, short_name AS name FROM institution WHERE municipality_id = :municipality ORDER BY sort_key, id
""")

_PRODUCERS = text("""
SELECT p.id, p.name FROM admission a JOIN producer p ON p.id = a.producer_id
 WHERE a.municipality_id = :municipality ORDER BY p.sort_key, p.id
""")

_GROUPS = text("SELECT id, name_sl, name_en FROM food_group ORDER BY position")

_LOTS = text("""
SELECT a.id AS agreement_id, a.title, l.id AS lot_id, l.number, l.name
  FROM agreement a LEFT JOIN agreement_lot l ON l.agreement_id = a.id
 WHERE a.municipality_id = :municipality ORDER BY a.id, l.id
""")

_FOODS = text("SELECT id, name_sl, name_en FROM food_type ORDER BY sort_key, id")


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from: (id, name) each; foods and their groups with Slovene and English name."""

    institutions: tuple[tuple[int, str], ...]
    producers: tuple[tuple[int, str], ...]
    groups: tuple[tuple[int, str, str], ...]
    bases: tuple[str, ...]
    foods: tuple[tuple[int, str, str], ...] = ()


def agreed_lots(municipality_id: int) -> tuple[dict[int, str], dict[int, str]]:
    """The agreements of a municipality and their lots, by number, with their names."""
    rows = db.session.execute(_LOTS, {"municipality": municipality_id}).all()
    lots = {row.lot_id: f"{row.number} {row.name}" for row in rows if row.lot_id}
    return {row.agreement_id: row.title for row in rows}, lots


def recorded_span(municipality_id: int) -> tuple[date, date] | None:
    """First and last day of the delivery weeks that were recorded; None before the first close."""
    row = db.session.execute(_SPAN, {"municipality": municipality_id}).one()
    return (row.first, row.last) if row.first else None


def choices(municipality_id: int) -> Choices:
    """Everything that a selection of this municipality can be narrowed to."""
    of = {"municipality": municipality_id}
    return Choices(
        tuple((row.id, row.name) for row in db.session.execute(_INSTITUTIONS, of)),
        tuple((row.id, row.name) for row in db.session.execute(_PRODUCERS, of)),
        tuple((row.id, row.name_sl, row.name_en) for row in db.session.execute(_GROUPS)),
        tuple(db.session.scalars(_BASES, of)),
        tuple((row.id, row.name_sl, row.name_en) for row in db.session.execute(_FOODS)),
    )
