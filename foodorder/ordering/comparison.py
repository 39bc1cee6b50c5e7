"""The offers of a cycle compared by the published criteria, as one kitchen meets them at one of its doors.

Offers under an award (by rank or by shares) follow it and are not compared. The others of one food type are
compared among those that the same criteria hold for: a procurement's exempted lots may have their own.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import text

from foodorder.accounts.models import ProducerKind
from foodorder.agreements.criteria import Published, criteria_on
from foodorder.catalogue.law import vat_rates
from foodorder.db import db
from foodorder.ordering.bases import Bases, price_under
from foodorder.ordering.farms import Farm, Taxes
from foodorder.ordering.lawful import Holding, bases_of
from foodorder.rules.agreements import AwardMode
from foodorder.rules.allocation import lot
from foodorder.rules.calendar import dates_of, days_mask
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.errors import Refusal
from foodorder.rules.geography import air_metres
from foodorder.rules.scoring import Offered, Quality, Score, Supply, scores
from foodorder.rules.sourcing import Choice
from foodorder.rules.vat import TaxType, price_paid_cents

_OPENED = text("""
SELECT c.municipality_id, (coalesce(c.opened_at, c.opens_at) AT TIME ZONE m.zone)::date AS day
  FROM cycle c JOIN municipality m ON m.id = c.municipality_id
 WHERE c.id = :cycle
""")

_OFFERS = text("""
SELECT co.offer_id, co.days, pr.food_type_id, f.vat_class, v.harvest_hours, o.producer_id,
       p.name AS producer, p.kind, p.tax_type, v.name, v.unit, v.price_cents, v.order_step,
       v.minimum_quantity, v.allergens, v.traces, fa.name AS farm, fa.village, fa.latitude, fa.longitude,
       o.stock_kind, o.available, o.taken,
       o.state = 'published' AND coalesce(a.state = 'admitted', false) AS published,
       (SELECT json_agg(json_build_array(valid_from, valid_to))
          FROM permit WHERE producer_id = p.id AND kind = 'flat_rate') AS permits,
       (SELECT json_agg(json_build_array(c.scheme, c.valid_from, c.valid_to))
          FROM product_certificate pc JOIN certificate c ON c.id = pc.certificate_id
         WHERE pc.product_id = pr.id AND c.valid_to >= cy.week
           AND c.valid_from <= cy.week + 6) AS certificates
  FROM cycle cy
  JOIN cycle_offer co ON co.cycle_id = cy.id
  JOIN offer o ON o.id = co.offer_id
  JOIN offer_version v ON v.id = co.offer_version_id
  JOIN product pr ON pr.id = o.product_id
  JOIN food_type f ON f.id = pr.food_type_id
  JOIN producer p ON p.id = o.producer_id
  JOIN farm fa ON fa.id = v.farm_id
  LEFT JOIN admission a ON a.producer_id = p.id AND a.municipality_id = cy.municipality_id
 WHERE cy.id = :cycle AND (pr.food_type_id = ANY(CAST(:foods AS integer[]))
                          OR co.offer_id = ANY(CAST(:held AS integer[])))
""")


@dataclass(frozen=True, slots=True)
class Goods:
    """An offer with what a kitchen needs to compare it; `row` holds the columns of the statement.

    `days` are those on which this kitchen can have it, `compared` those of them on which it is compared by
    the published criteria, `marks` its schemes with the weekdays on which their certificates are valid
    (bitmasks), `metres` the air distance to the door. `basis` is the lawful basis on which the kitchen buys
    it on the days on which it is compared, with its price; None: it is not. `bases` know what holds each day.
    """

    row: Any
    bases: Bases
    basis: Choice | None
    days: int
    compared: int
    paid_cents: int
    metres: int
    marks: Mapping[str, int]

    @property
    def offer(self) -> int:
        """The offer's number."""
        return int(self.row.offer_id)

    def refusal_on(self, day: date) -> Refusal | None:
        """Why it cannot be bought on a day; None: it can."""
        held = self.bases.on(self.offer, day)
        return held if isinstance(held, Refusal) else None

    def schemes_on(self, weekday: int) -> frozenset[str]:
        """Schemes with a certificate that is valid on a weekday of this week."""
        return frozenset(scheme for scheme, days in self.marks.items() if days >> weekday & 1)


@dataclass(frozen=True, slots=True)
class Field:
    """Offers that are compared with each other, the criteria that hold for them, their scores, best first."""

    published: Published
    goods: Mapping[int, Goods]
    scores: list[Score]

    @property
    def lowest_cents(self) -> int:
        """The lowest price of them."""
        return min(score.offered.paid_cents for score in self.scores)


def criteria_of(cycle_id: int) -> dict[int | None, Published]:
    """The criteria that were in force when a cycle opened (or is to open), by lot; see criteria_on."""
    cycle = db.session.execute(_OPENED, {"cycle": cycle_id}).one()
    return criteria_on(cycle.municipality_id, cycle.day)


@lru_cache(maxsize=2_000)
def quality_of(marks: tuple[tuple[str, int], ...], days: int) -> Quality:
    """What certificates prove on every day of `days`; `marks` are schemes with the weekdays of validity."""
    found = {SCHEMES[scheme].counts_as for scheme, valid in marks if days and valid & days == days}
    return (
        Quality.ORGANIC if CountsAs.ORGANIC in found else Quality.SCHEME if CountsAs.QUALITY in found
        else Quality.NONE
    )  # fmt: skip


#: Who sells, by kind of producer: goods of a cooperative are grown by its members.
SUPPLY_OF = {
    ProducerKind.FARM.value: Supply.FARM,
    ProducerKind.COOPERATIVE.value: Supply.COOPERATIVE,
    ProducerKind.PROCESSOR.value: Supply.COOPERATIVE,
    ProducerKind.RESELLER.value: Supply.RESELLER,
}


def lot_seed(cycle_id: int) -> str:
    """What the lots of a cycle's offers are drawn from."""
    return f"order of offers|{cycle_id}"


def compared_on(bases: Mapping[int, Choice | None]) -> int:
    """The weekdays (bitmask) on which an offer is compared, by its basis on each."""
    return days_mask(weekday for weekday, basis in bases.items() if is_compared(basis))


def is_compared(basis: Choice | None) -> bool:
    """Whether an offer is compared by criteria: it can be bought, and no award says whom to order from."""
    return basis is not None and (basis.candidate is None or basis.candidate.mode is AwardMode.OPEN)


def lot_of(basis: Choice | None, criteria: Mapping[int | None, Published]) -> int | None:
    """The lot whose own criteria hold; None: the municipality's."""
    lot = basis.candidate.lot if basis and basis.candidate else None
    return lot if lot in criteria else None


def read_goods(
    row: Any,
    days: int,
    held: Mapping[int, Holding],
    place: tuple[float, float],
    foods: Collection[int],
    day: date | None = None,
) -> dict[int, Goods]:
    """The cycle's offers of some food types, as a kitchen meets them at a door (latitude, longitude).

    `row` names cycle_id, institution_id, municipality_id, week, clock, lawful_basis and vat_payer; `days` are
    the kitchen's weekdays, `held` what its order holds already: these offers come along, of whatever food.
    With `day` the prices are those of that day.
    """
    keys = {"cycle": row.cycle_id, "foods": list(foods), "held": list(held)}
    offers = {offer.offer_id: offer for offer in db.session.execute(_OFFERS, keys)}
    bases = bases_of(row, offers, held)
    taxes = Taxes(row.vat_payer, vat_rates())
    goods = {}
    for number, offer in offers.items():
        mine = offer.days & days
        by_day = {day.weekday(): bases.on(number, day) for day in dates_of(row.week, mine)}
        chosen = {weekday: one for weekday, one in by_day.items() if isinstance(one, Choice)}
        compared = compared_on(chosen)
        basis = next((one for one in chosen.values() if is_compared(one)), None)
        shown = bases.on(number, day) if day else basis or next(iter(chosen.values()), None)
        goods[number] = Goods(
            offer,
            bases,
            basis,
            mine,
            compared,
            _paid(offer, price_under(shown, offer.price_cents), row, taxes),
            air_metres(offer.latitude, offer.longitude, *place),
            _marks(offer, row.week),
        )
    return goods


def seen_from(goods: Mapping[int, Goods], place: tuple[float, float]) -> dict[int, Goods]:
    """The same offers from another door."""
    return {
        offer: replace(one, metres=air_metres(one.row.latitude, one.row.longitude, *place))
        for offer, one in goods.items()
    }


def compare(
    cycle_id: int, goods: Mapping[int, Goods], criteria: Mapping[int | None, Published]
) -> dict[int, list[Field]]:
    """The fields of comparison of each food type.

    What has ended, what this kitchen can have on no day and what follows an award is not compared.
    """
    fields: dict[int, dict[int | None, dict[int, Goods]]] = {}
    for one in goods.values():
        if one.row.published and one.compared and None in criteria:
            published = criteria[lot_of(one.basis, criteria)]
            food = fields.setdefault(one.row.food_type_id, {})
            food.setdefault(published.agreement_id, {})[one.offer] = one
    of = {published.agreement_id: published for published in criteria.values()}
    seed = lot_seed(cycle_id)
    return {
        food: [
            _field(of[agreement], members, seed)
            for agreement, members in sorted(apart.items(), key=lambda item: item[0] or 0)
        ]
        for food, apart in fields.items()
    }


def _field(published: Published, members: dict[int, Goods], seed: str) -> Field:
    offered = [_offered(one, published, seed) for one in members.values()]
    return Field(published, members, scores(published.rule, offered))


def _offered(one: Goods, published: Published, seed: str) -> Offered:
    return Offered(
        one.offer,
        one.paid_cents,
        one.row.harvest_hours,
        quality_of(tuple(one.marks.items()), one.compared),
        published.rule.emitted(one.metres),
        SUPPLY_OF[one.row.kind],
        lot(seed, one.offer),
    )


def _paid(offer: Any, price_cents: int, row: Any, taxes: Taxes) -> int:
    """As the order page prices it: with the tax of the first day on which the cycle sells it."""
    first = row.week + timedelta(days=(offer.days & -offer.days).bit_length() - 1)
    permits = tuple(
        (date.fromisoformat(since), date.fromisoformat(until) if until else None)
        for since, until in offer.permits or ()
    )
    farm = Farm(offer.producer_id, offer.producer, TaxType(offer.tax_type), 0, permits)
    bp = taxes.bp_of(farm, offer.vat_class, first)
    return price_paid_cents(price_cents, bp, buyer_deducts=row.vat_payer)


def _marks(offer: Any, monday: date) -> dict[str, int]:
    marks: dict[str, int] = {}
    week = [(monday + timedelta(days=day)).isoformat() for day in range(7)]
    for scheme, since, until in offer.certificates or ():
        valid = days_mask(weekday for weekday, day in enumerate(week) if since <= day <= until)
        marks[scheme] = marks.get(scheme, 0) | valid
    return marks
