"""The offers of a cycle compared by the published criteria, as one kitchen meets them at one of its doors.

Offers under an award (by rank or by shares) follow it and are not compared. The others of one food type are
compared among those that the same criteria hold for: a procurement's exempted lots may have their own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import text

from foodorder.accounts.models import ProducerKind
from foodorder.agreements.criteria import Published, criteria_on
from foodorder.catalogue.law import vat_rates
from foodorder.db import db
from foodorder.ordering.farms import Farm, Taxes
from foodorder.ordering.lawful import Holding, bases_of
from foodorder.rules.agreements import AwardMode
from foodorder.rules.allocation import lot
from foodorder.rules.calendar import days_mask
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.errors import Refusal
from foodorder.rules.geography import air_metres
from foodorder.rules.scoring import Offered, Quality, Rule, Score, Supply, scores
from foodorder.rules.sourcing import Choice
from foodorder.rules.vat import TaxType, price_paid_cents

_OPENED = text("""
SELECT c.municipality_id, (coalesce(c.opened_at, c.opens_at) AT TIME ZONE m.zone)::date AS day
  FROM cycle c JOIN municipality m ON m.id = c.municipality_id
 WHERE c.id = :cycle
""")

_OFFERS = text("""
SELECT co.offer_id, co.days, pr.food_type_id, f.vat_class, pr.harvest_hours, o.producer_id,
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

    `days` are those on which this kitchen can have it, `marks` its schemes with the weekdays on which their
    certificates are valid (bitmasks), `metres` the air distance to the door. `basis` is the lawful basis on
    which the kitchen buys it; None: it cannot, and `refusal` says why.
    """

    row: Any
    basis: Choice | None
    refusal: Refusal | None
    days: int
    paid_cents: int
    metres: int
    marks: Mapping[str, int]

    @property
    def offer(self) -> int:
        """The offer's number."""
        return int(self.row.offer_id)

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


def quality_of(marks: Iterable[tuple[str, int]], days: int) -> Quality:
    """What certificates prove on every day of `days`; `marks` are schemes with the weekdays of validity."""
    found = {SCHEMES[scheme].counts_as for scheme, valid in marks if days and valid & days == days}
    return (
        Quality.ORGANIC if CountsAs.ORGANIC in found else Quality.SCHEME if CountsAs.QUALITY in found
        else Quality.NONE
    )  # fmt: skip


#: Who sells, by kind of producer: goods of a cooperative are grown by its members.
SUPPLY_OF = {ProducerKind.FARM.value: Supply.FARM, ProducerKind.COOPERATIVE.value: Supply.COOPERATIVE}


def lot_seed(cycle_id: int) -> str:
    """What the lots of a cycle's offers are drawn from."""
    return f"order of offers|{cycle_id}"


def is_compared(basis: Choice | None) -> bool:
    """Whether an offer is compared by criteria: it can be bought, and no award says whom to order from."""
    return basis is not None and (basis.candidate is None or basis.candidate.mode is AwardMode.OPEN)


def _lot_of(basis: Choice | None, criteria: Mapping[int | None, Published]) -> int | None:
    """The lot whose own criteria hold; None: the municipality's."""
    lot = basis.candidate.lot if basis and basis.candidate else None
    return lot if lot in criteria else None


def read_goods(
    row: Any, days: int, held: Mapping[int, Holding], place: tuple[float, float], foods: Collection[int]
) -> dict[int, Goods]:
    """The cycle's offers of some food types, as a kitchen meets them at a door (latitude, longitude).

    `row` names cycle_id, institution_id, municipality_id, week, clock, lawful_basis and vat_payer; `days` are
    the kitchen's weekdays, `held` what its order holds already: these offers come along, of whatever food.
    """
    keys = {"cycle": row.cycle_id, "foods": list(foods), "held": list(held)}
    offers = {offer.offer_id: offer for offer in db.session.execute(_OFFERS, keys)}
    bases = bases_of(row, offers, held)
    taxes = Taxes(row.vat_payer, vat_rates())
    return {
        number: Goods(
            offer,
            bases.choices.get(number),
            bases.refusals.get(number),
            offer.days & days,
            _paid(offer, bases.price(offer), row, taxes),
            air_metres(offer.latitude, offer.longitude, *place),
            _marks(offer, row.week),
        )
        for number, offer in offers.items()
    }


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
        if one.row.published and one.days and is_compared(one.basis) and None in criteria:
            published = criteria[_lot_of(one.basis, criteria)]
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
        quality_of(one.marks.items(), one.days),
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


def put_in_order(cycle_lines: Iterable[list[Any]], criteria: Mapping[int | None, Published]) -> None:
    """Sort the lines of each food type of an order page (ordering/market.py), and note their scores.

    Offers under an award stand first, by price; then those that are compared, best first; then what cannot be
    ordered. Without criteria all stand by price. Equal ones stand by their lot.
    """
    for lines in cycle_lines:
        lines.sort(key=attrgetter("paid_cents", "draw"))
        if None not in criteria:
            continue
        by_offer = {line.offer: line for line in lines}
        for _published, found in scores_of_lines(lines, criteria):
            for score in found:
                by_offer[score.offered.offer].score = score.total
        lines.sort(key=_place)


def scores_of_lines(
    lines: Iterable[Any], criteria: Mapping[int | None, Published]
) -> list[tuple[Published, list[Score]]]:
    """The lines of one food type that are compared, by the criteria that hold for them, best first."""
    fields: dict[int | None, list[Any]] = {}
    for line in lines:
        if None in criteria and line.published and line.days and is_compared(line.basis):
            fields.setdefault(criteria[_lot_of(line.basis, criteria)].agreement_id, []).append(line)
    of = {published.agreement_id: published for published in criteria.values()}
    return [
        (
            of[agreement],
            scores(of[agreement].rule, [_offered_line(line, of[agreement].rule) for line in members]),
        )
        for agreement, members in fields.items()
    ]


def _place(line: Any) -> tuple[int, int]:
    if line.score is not None:
        return 1, -line.score
    return (0, 0) if line.published and line.days and line.basis is not None else (2, 0)


def _offered_line(line: Any, rule: Rule) -> Offered:
    quality = quality_of(((mark.scheme, mark.days) for mark in line.marks), line.days)
    emitted = rule.emitted(line.metres)
    return Offered(line.offer, line.paid_cents, line.hours, quality, emitted, SUPPLY_OF[line.kind], line.draw)
