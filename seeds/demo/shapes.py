"""The shapes of the invented world of the demo; `seeds.demo.world` reads it from the tables.

Institutions are named as the public knows them; their head-counts are estimates. Farms, persons, tax numbers,
IBANs, permits and certificates are invented, with valid check digits (tax numbers begin with 9, IBANs name a
bank 99 that does not exist).

Units: money in cents, quantities in thousandths of the food type's unit, weight in grams, shares in
thousandths (`permille`) or basis points (`bp`); `days` is a set of weekdays, bit 0 = Monday.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta

AGE_GROUPS = ("1-3", "3-6", "6-11", "11-15", "15-19", "staff")


@dataclass(frozen=True, slots=True)
class FoodType:
    """A kind of food, with what the demo needs to know of it beyond the catalogue."""

    code: str
    group: str
    unit: str
    grams_per_unit: int
    price_low: int
    price_high: int
    months: frozenset[int]
    #: Least sensible step of an order and how many days before use it may be delivered.
    step: int
    keeps_days: int
    vat_class: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality that takes part in the demo, with its rules for the close."""

    code: str
    contact_email: str
    pack_rounding: str
    minimum_rule: str


@dataclass(frozen=True, slots=True)
class DeliveryPoint:
    """A door where goods are brought. `cooked_at` names the point that cooks its lunches, if another does."""

    code: str
    institution: str
    name: str
    address: str
    postcode: str
    town: str
    latitude: str
    longitude: str
    cooked_at: str | None
    opens: time
    closes: time
    #: Persons by age group.
    heads: dict[str, int] = field(hash=False)
    note: str


@dataclass(frozen=True, slots=True)
class Institution:
    """A contracting authority (naročnik). `municipality` runs its cycles; `seat` is where it lies."""

    code: str
    municipality: str
    seat: str
    name: str
    short_name: str
    kind: str
    vat_payer: bool
    address: str
    postcode: str
    town: str
    tax_number: str
    registration_number: str
    email: str
    phone: str
    weekly_budget_cents: int
    #: Which week of the menu rotation it begins with, 0 to 4.
    menu_offset: int
    #: Share of organic food by weight that its kitchen aims at.
    organic_target_bp: int
    points: tuple[DeliveryPoint, ...]


@dataclass(frozen=True, slots=True)
class Farm:
    """A farm of origin. Coordinates are rounded to the village."""

    code: str
    producer: str
    name: str
    kmg_mid: str
    village: str
    postcode: str
    town: str
    latitude: str
    longitude: str
    municipality: str


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate as it was issued for a period."""

    number: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class Certificate:
    """Proof of a scheme, renewed every year.

    The last one ends so many days from the demo's today, so that there is always one that ends soon.
    """

    code: str
    producer: str
    farm: str
    scheme: str
    number: str
    body: str
    ends_in_days: int

    def issued(self, today: date, years: int = 3) -> tuple[Issued, ...]:
        """The last `years` certificates, oldest first, each of a year, without a gap between them."""
        last = today + timedelta(days=self.ends_in_days)
        ends = [last - timedelta(days=365 * back) for back in reversed(range(years))]
        return tuple(Issued(f"{self.number}/{end.year}", end - timedelta(days=364), end) for end in ends)


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit or registration: 'flat_rate', 'supplementary_activity' or 'food_business'."""

    kind: str
    number: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Admission:
    """Where a producer sells: on which weekdays and from what net value of an institution's week."""

    municipality: str
    days: int
    minimum_cents: int


@dataclass(frozen=True, slots=True)
class Producer:
    """A supplier (ponudnik). Without `email`, a coordinator enters the offers."""

    code: str
    kind: str
    name: str
    tax_type: str
    tax_number: str
    registration_number: str | None
    kmg_mid: str | None
    iban: str
    village: str
    postcode: str
    town: str
    latitude: str
    longitude: str
    email: str | None
    contact_name: str
    phone: str
    address: str
    note: str
    farms: tuple[Farm, ...]
    certificates: tuple[Certificate, ...]
    permits: tuple[Permit, ...]
    admissions: tuple[Admission, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """What one producer sells of one food type. `stock_kind`: unlimited, reserve or share."""

    code: str
    producer: str
    farm: str
    food_type: str
    name: str
    order_step: int
    pack: int | None
    minimum_quantity: int
    #: Its price as a share of the food type's usual price.
    price_permille: int
    #: What there usually is in a week of the season.
    weekly_quantity: int
    stock_kind: str
    allergens: tuple[int, ...]
    traces: tuple[int, ...]
    certificates: tuple[str, ...]
    organic: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in one organisation: an institution's, producer's or municipality's code, or '*' for all."""

    role: str
    scope: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who logs in; the demo prints those who are `featured`."""

    email: str
    name: str
    language: str
    grants: tuple[Grant, ...]
    featured: bool


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Grams per portion of a pupil of 6 to 11, of whichever alternative is in season."""

    alternatives: tuple[str, ...]
    grams: int


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days on which schools, or with `closes_all` everybody, do not cook."""

    name_sl: str
    name_en: str
    first_day: date
    last_day: date
    closes_all: bool
    estimated: bool
    source: str
