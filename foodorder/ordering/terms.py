"""What an order is checked against: the cycle, the kitchen, what stands already, and the offers' terms.

Read by the submission after the cycle's lock, and by drafts without it, so that both say the same.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from foodorder.accounts.budgets import REGULAR_WEEK_SQL
from foodorder.accounts.models import InstitutionKind
from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.rules.cycle import State
from foodorder.rules.ordering import Cell, Terms
from foodorder.rules.quantity import as_typed
from foodorder.rules.vat import DatedRate, TaxType, Treatment, treatment

#: Kinds that are closed in school holidays.
SCHOOLS = frozenset({InstitutionKind.SCHOOL, InstitutionKind.SECONDARY_SCHOOL})

_HOLD_ORDER = text("""
INSERT INTO weekly_order (cycle_id, institution_id, draft_version, has_draft)
SELECT c.id, i.id, 0, false
  FROM cycle c JOIN institution i ON i.municipality_id = c.municipality_id
 WHERE c.id = :cycle AND i.id = :institution
   FOR NO KEY UPDATE OF i
ON CONFLICT (cycle_id, institution_id) DO UPDATE SET has_draft = weekly_order.has_draft
RETURNING id
""")

_COLUMNS = """json_build_array(
           co.offer_id, co.offer_version_id, co.days, v.name, v.unit, v.price_cents, v.order_step,
           v.minimum_quantity, v.grams_per_unit, f.stock_kind, f.available, f.taken,
           f.state = 'published' AND coalesce(a.state = 'admitted', false),
           f.producer_id, p.name, p.tax_type, t.id, t.vat_class,
           CASE WHEN p.tax_type = 'flat_rate' AND i.vat_payer THEN (
               SELECT json_agg(json_build_array(valid_from, valid_to))
                 FROM permit WHERE producer_id = p.id AND kind = 'flat_rate') END)"""
_BEHIND = """
          JOIN offer_version v ON v.id = co.offer_version_id
          JOIN offer f ON f.id = co.offer_id
          JOIN product pr ON pr.id = f.product_id
          JOIN food_type t ON t.id = pr.food_type_id
          JOIN producer p ON p.id = f.producer_id
          LEFT JOIN admission a ON a.producer_id = p.id AND a.municipality_id = i.municipality_id"""

# With the offers that are asked for, submitted or typed.
_SITUATION = text(f"""
SELECT o.id AS order_id, o.has_draft, o.draft_version, c.id AS cycle_id, c.municipality_id, c.week,
       c.sequence, c.days AS cycle_days, c.school_days, c.state, c.opens_at, c.closes_at,
       foodorder_clock() AS clock, i.id AS institution_id, i.code, i.name, i.kind, i.vat_payer,
       {REGULAR_WEEK_SQL} AS weekly_budget_cents, i.approval_limit_cents, m.lawful_basis,
       ARRAY(SELECT id FROM delivery_point WHERE institution_id = i.id AND active) AS doors,
       s.id AS standing_id, s.number, s.version, s.submitted_at, s.pack_choice, s.lines, s.net_cents,
       s.vat_cents, s.grams,
       coalesce((SELECT max(version) FROM order_submission WHERE order_id = o.id), 0) AS last_version,
       (SELECT json_agg(json_build_array(offer_id, delivery_point_id, delivery_date, quantity,
                                         offer_version_id, basis, lot_id, net_cents, grams))
          FROM order_line WHERE submission_id = s.id) AS standing_lines,
       CASE WHEN o.has_draft THEN (
           SELECT json_agg(json_build_array(offer_id, delivery_point_id, delivery_date, typed))
             FROM draft_line WHERE order_id = o.id) END AS draft,
       (SELECT json_agg(json_build_array(key, value, valid_from, valid_to))
          FROM legal_parameter WHERE country = 'SI' AND unit = 'bp' AND key LIKE 'vat.%') AS rates,
       p.name AS person_name, p.email AS person_email, p.language AS person_language,
       (SELECT json_agg({_COLUMNS})
          FROM cycle_offer co{_BEHIND}
         WHERE co.cycle_id = c.id
           AND co.offer_id = ANY(ARRAY(
               SELECT unnest(CAST(:offers AS integer[]))
                UNION SELECT offer_id FROM order_line WHERE submission_id = s.id
                UNION SELECT offer_id FROM draft_line WHERE order_id = o.id AND o.has_draft))) AS offers
  FROM weekly_order o
  JOIN cycle c ON c.id = o.cycle_id
  JOIN institution i ON i.id = o.institution_id
  JOIN municipality m ON m.id = c.municipality_id
  LEFT JOIN order_submission s ON s.id = o.current_submission_id
  LEFT JOIN person p ON p.id = CAST(:person AS integer)
 WHERE o.id = :order
""")  # noqa: S608 - only constants are put together

_OFFERS = text(f"""
SELECT {_COLUMNS} AS offer
  FROM institution i
  JOIN cycle_offer co ON co.cycle_id = :cycle AND co.offer_id = ANY(CAST(:offers AS integer[])){_BEHIND}
 WHERE i.id = :institution
""")  # noqa: S608 - only constants are put together


class NoSuchCycle(LookupError):
    """A cycle that does not exist, or of another municipality than the kitchen's."""


class Bought(NamedTuple):
    """What a submitted line counts against limits: its basis with the lot, net cents and grams."""

    basis: str
    lot: int | None
    net: int
    grams: int


class Offer(NamedTuple):
    """What the cycle sells of an offer: cents, thousandths, grams, bitmask of days; see `_COLUMNS`."""

    offer_id: int
    offer_version_id: int
    days: int
    name: str
    unit: str
    price_cents: int
    order_step: int
    minimum_quantity: int
    grams_per_unit: int
    stock_kind: str
    available: int | None
    taken: int
    published: bool
    producer_id: int
    producer: str
    tax_type: str
    food_type_id: int
    vat_class: str
    permits: list[list[Any]] | None


@dataclass(frozen=True, slots=True)
class Situation:
    """One order as it stands: its row (see the statement), what is submitted, and the rates in force.

    `standing` maps each submitted cell to its quantity (thousandths), `versions` to its offer version,
    `bought` to what it counts as against limits. `offers` are those it holds, typed or submitted, and
    those that were asked for.
    """

    row: Any
    standing: dict[Cell, int]
    versions: dict[Cell, int]
    bought: dict[Cell, Bought]
    offers: dict[int, Offer]
    rates: tuple[DatedRate, ...]

    @property
    def state(self) -> State:
        """The cycle's state."""
        return State(self.row.state)

    @property
    def typed(self) -> dict[Cell, str]:
        """What is typed in all cells, at every door; what is submitted, while nothing is typed."""
        if self.row.has_draft:
            return {
                Cell(offer, point, date.fromisoformat(day)): text
                for offer, point, day, text in self.row.draft or ()
            }
        return {cell: as_typed(quantity) for cell, quantity in self.standing.items()}

    @property
    def days(self) -> int:
        """Weekdays on which this kitchen takes deliveries: schools rest in school holidays."""
        days: int = self.row.school_days if self.row.kind in SCHOOLS else self.row.cycle_days
        return days

    @property
    def week(self) -> tuple[date, date]:
        """First and last day of the delivery week."""
        return self.row.week, self.row.week + timedelta(days=6)


def hold_order(cycle_id: int, institution_id: int) -> int:
    """The order's number, its row made if it is new and held: two people of one kitchen go one by one.

    Raises NoSuchCycle when the cycle is none of the kitchen's municipality.
    """
    order_id: int | None = db.session.execute(
        _HOLD_ORDER, {"cycle": cycle_id, "institution": institution_id}
    ).scalar_one_or_none()
    if order_id is None:
        raise NoSuchCycle
    return order_id


def situation(order_id: int, person_id: int | None = None, offers: Collection[int] = ()) -> Situation:
    """Read one order with all it is checked against, and the database's clock, in one statement.

    `offers` names those that are to be looked at beside what it holds. Raises NoResultFound when there is no
    such order.
    """
    keys = {"order": order_id, "person": person_id, "offers": list(offers)}
    row = db.session.execute(_SITUATION, keys).one()
    standing: dict[Cell, int] = {}
    versions: dict[Cell, int] = {}
    bought: dict[Cell, Bought] = {}
    for offer, point, day, quantity, version, *counts in row.standing_lines or ():
        cell = Cell(offer, point, date.fromisoformat(day))
        standing[cell], versions[cell], bought[cell] = quantity, version, Bought(*counts)
    sold = {offer[0]: Offer(*offer) for offer in row.offers or ()}
    return Situation(row, standing, versions, bought, sold, tuple(map(_rate, row.rates or ())))


def _rate(row: list[Any]) -> DatedRate:
    key, bp, valid_from, valid_to = row
    until = date.fromisoformat(valid_to) if valid_to else None
    return DatedRate(key.removeprefix("vat."), bp, date.fromisoformat(valid_from), until)


def offers_of(situation: Situation, offers: Collection[int]) -> dict[int, Offer]:
    """What the cycle sells of these offers at this moment, by offer."""
    rows = db.session.execute(
        _OFFERS,
        {
            "cycle": situation.row.cycle_id,
            "institution": situation.row.institution_id,
            "offers": list(offers),
        },
    ).scalars()
    return {row[0]: Offer(*row) for row in rows}


def terms_of(situation: Situation, offers: Iterable[Any]) -> dict[int, Terms]:
    """The terms of each offer for this order; what it holds already counts as left for it."""
    held: dict[int, int] = {}
    for cell, quantity in situation.standing.items():
        held[cell.offer] = held.get(cell.offer, 0) + quantity
    days = situation.days
    return {
        offer.offer_id: Terms(
            unit=offer.unit,
            order_step=offer.order_step,
            minimum_quantity=offer.minimum_quantity,
            days=offer.days & days,
            published=offer.published,
            left=left_for(offer, held.get(offer.offer_id, 0)),
        )
        for offer in offers
    }


def left_for(offer: Any, held: int) -> int | None:
    """What an order that holds `held` may have at most, in thousandths; None when nothing limits it now.

    An offer cut below what was ordered (hail) leaves at least what is held: the close shares it fairly.
    """
    if offer.stock_kind != StockKind.RESERVE:
        return None
    return max(int(offer.available) - int(offer.taken) + held, held)


def treatment_of(situation: Situation, offer: Any, day: date) -> Treatment:
    """How a line of this offer delivered on `day` is taxed for this kitchen (rules/vat.py).

    Raises RateUnknown.
    """
    return treatment(
        TaxType(offer.tax_type),
        offer.vat_class,
        day,
        situation.rates,
        permit_valid=any(_holds(permit, day) for permit in offer.permits or ()),
        buyer_charges_vat=situation.row.vat_payer,
    )


def _holds(permit: list[Any], day: date) -> bool:
    valid_from, valid_to = permit
    iso = day.isoformat()
    return bool(valid_from <= iso and (valid_to is None or iso <= valid_to))
