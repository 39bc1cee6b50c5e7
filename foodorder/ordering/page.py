"""What the page of the weekly order shows: every offer of the cycle, the kitchen's quantities beside them.

Three statements, however many offers there are. Nothing here is written; the figures are integers as
everywhere, and the counter puts them into words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from foodorder.accounts.budgets import REGULAR_WEEK_SQL
from foodorder.db import db
from foodorder.ordering.bases import Bases
from foodorder.ordering.farms import Farm, Taxes
from foodorder.ordering.lawful import Holding, held_of
from foodorder.ordering.market import Group, Line, Market, Point, day_of, read_market
from foodorder.ordering.terms import SCHOOLS
from foodorder.ordering.totals import Totals, total
from foodorder.rules.calendar import dates_of
from foodorder.rules.cycle import State, accepts_orders
from foodorder.rules.errors import Refusal
from foodorder.rules.money import line_net
from foodorder.rules.ordering import Cell, read_order
from foodorder.rules.quantity import as_typed, grams
from foodorder.rules.vat import DatedRate

#: Up to here, in metres of air distance from the farm of origin, the filter calls food local.
LOCAL_METRES = 30_000

_KITCHEN = text(f"""
SELECT c.id AS cycle_id, c.municipality_id, c.week, c.sequence, c.days AS cycle_days, c.school_days, c.state,
       c.opens_at, c.closes_at, c.pack_rounding, c.minimum_rule, foodorder_clock() AS clock,
       i.id AS institution_id, m.lawful_basis, i.kind, i.vat_payer, {REGULAR_WEEK_SQL} AS weekly_budget_cents,
       i.pack_choice AS usual_pack_choice,
       o.id AS order_id, coalesce(o.has_draft, false) AS has_draft,
       coalesce(o.draft_version, 0) AS draft_version, o.draft_saved_at, o.withdrawn_at,
       s.id AS submission_id, s.number, s.version, s.submitted_at, s.pack_choice,
       (SELECT json_agg(json_build_array(id, name, latitude, longitude) ORDER BY position, id)
          FROM delivery_point WHERE institution_id = i.id AND active) AS points,
       (SELECT json_agg(json_build_array(offer_id, delivery_point_id, delivery_date, quantity, basis, lot_id,
                                         net_cents, grams))
          FROM order_line WHERE submission_id = s.id) AS standing,
       CASE WHEN o.has_draft THEN (
           SELECT json_agg(json_build_array(offer_id, delivery_point_id, delivery_date, typed))
             FROM draft_line WHERE order_id = o.id) END AS typed,
       (SELECT json_agg(json_build_array(key, value, valid_from, valid_to))
          FROM legal_parameter WHERE country = 'SI' AND unit = 'bp'
           AND (key LIKE 'vat.%' OR key LIKE 'green.%_share')) AS rates,
       (SELECT json_agg(json_build_array(l.product_id, p.food_type_id, l.delivery_point_id,
                                         l.delivery_date - lc.week, l.quantity))
          FROM order_line l JOIN cycle lc ON lc.id = l.cycle_id JOIN product p ON p.id = l.product_id
         WHERE l.submission_id = (
               SELECT lo.current_submission_id FROM weekly_order lo JOIN cycle c2 ON c2.id = lo.cycle_id
                WHERE lo.institution_id = i.id AND c2.week < c.week AND lo.current_submission_id IS NOT NULL
                ORDER BY c2.week DESC, c2.sequence DESC LIMIT 1)) AS last
  FROM cycle c
  JOIN municipality m ON m.id = c.municipality_id
  JOIN institution i ON i.municipality_id = m.id
  LEFT JOIN weekly_order o ON o.cycle_id = c.id AND o.institution_id = i.id
  LEFT JOIN order_submission s ON s.id = o.current_submission_id
 WHERE c.id = :cycle AND i.id = :institution
""")  # noqa: S608 - only constants are put together


_WHOLE = text("""
SELECT CASE WHEN o.has_draft THEN (
           SELECT json_agg(json_build_array(offer_id, delivery_point_id, delivery_date, typed))
             FROM draft_line WHERE order_id = o.id) END AS typed,
       CASE WHEN NOT o.has_draft THEN (
           SELECT json_agg(json_build_array(offer_id, delivery_point_id, delivery_date, quantity))
             FROM order_line WHERE submission_id = o.current_submission_id) END AS standing
  FROM cycle c
  JOIN institution i ON i.municipality_id = c.municipality_id
  LEFT JOIN weekly_order o ON o.cycle_id = c.id AND o.institution_id = i.id
 WHERE c.id = :cycle AND i.id = :institution
""")


@dataclass(slots=True)
class OrderPage:
    """All of it. `row` holds the columns of the first statement."""

    row: Any
    days: tuple[date, ...]
    points: dict[int, Point]
    point: Point
    farms: dict[int, Farm]
    groups: list[Group]
    lines: dict[int, Line]
    bases: Bases
    #: What is typed (a draft), or what is submitted while nothing is typed: texts by cell.
    typed: dict[Cell, str]
    #: Submitted quantities by cell.
    standing: dict[Cell, int]
    #: What is typed and possible, thousandths: the sums are of these alone.
    quantities: Mapping[Cell, int]
    problems: Mapping[Cell, Refusal]
    #: Last week's quantities: (offer, door, weekday) → thousandths.
    last: dict[tuple[int, int, int], int]
    totals: Totals
    #: Shares of the year's food that the law asks for in this week, basis points: organic, quality schemes.
    organic_target_bp: int | None
    quality_target_bp: int | None
    #: What the submitted order holds of each offer.
    held: Mapping[int, Holding]
    #: Weekdays on which this kitchen takes deliveries (bitmask).
    open_days: int

    @property
    def state(self) -> State:
        """The cycle's state."""
        return State(self.row.state)

    @property
    def accepts(self) -> bool:
        """Whether an order would be accepted at the moment the page was read."""
        return accepts_orders(self.state, self.row.opens_at, self.row.closes_at, self.row.clock)

    @property
    def saved_at(self) -> datetime | None:
        """When the draft was last saved (UTC); None when nothing is typed beyond what is submitted."""
        saved: datetime | None = self.row.draft_saved_at if self.row.has_draft else None
        return saved


def order_page(
    cycle_id: int, institution_id: int, point_id: int | None = None, typed: Mapping[Cell, str] | None = None
) -> OrderPage | None:
    """The page of one kitchen in one cycle, seen from one of its doors (the first, if it has no such door).

    `typed` replaces what is saved: a form that was refused is shown as it came. None when there is no such
    kitchen in the cycle's municipality, or it has no door.
    """
    row = db.session.execute(_KITCHEN, {"cycle": cycle_id, "institution": institution_id}).one_or_none()
    if row is None or not row.points:
        return None
    points = {point[0]: Point(*point) for point in row.points}
    point = points.get(point_id or 0) or next(iter(points.values()))
    open_days = row.school_days if row.kind in SCHOOLS else row.cycle_days
    days = dates_of(row.week, open_days)
    standing = {_cell(line): int(line[3]) for line in row.standing or ()}
    rates, targets = _rates(row.rates or (), row.week)
    taxes = Taxes(row.vat_payer, rates)
    held = held_of((line[0], line[5], line[6], line[7], line[3]) for line in row.standing or ())
    market = read_market(row, point, open_days, taxes, held)
    lines = market.lines
    if typed is None:
        typed = {_cell(line): line[3] for line in row.typed or ()}
        if not row.has_draft:
            typed = {cell: as_typed(quantity) for cell, quantity in standing.items()}
    reading = read_order(
        typed,
        {offer: lines[offer].terms for offer in {cell.offer for cell in typed} if offer in lines},
        points,
        (row.week, row.week + timedelta(days=6)),
    )
    possible = {
        cell: quantity for cell, quantity in reading.quantities.items() if cell not in reading.problems
    }
    unlawful = market.bases.problems(possible, lines, _amounts(possible, lines))
    possible = {cell: quantity for cell, quantity in possible.items() if cell not in unlawful}
    return OrderPage(
        row=row,
        days=days,
        points=points,
        point=point,
        farms=market.farms,
        groups=market.groups,
        lines=lines,
        bases=market.bases,
        typed=dict(typed),
        standing=standing,
        quantities=possible,
        problems={**reading.problems, **unlawful},
        last=_last(row.last or (), market),
        totals=total(possible, lines, market.bp_of),
        organic_target_bp=targets.get("green.organic_share"),
        quality_target_bp=targets.get("green.quality_share"),
        held=held,
        open_days=open_days,
    )


def _amounts(quantities: Mapping[Cell, int], lines: Mapping[int, Line]) -> dict[Cell, tuple[int, int]]:
    """Net cents and grams asked in each cell."""
    return {
        cell: (
            line_net(lines[cell.offer].price_on(cell.day.weekday()), quantity),
            grams(quantity, lines[cell.offer].grams_per_unit),
        )
        for cell, quantity in quantities.items()
    }


def _cell(line: list[Any]) -> Cell:
    return Cell(line[0], line[1], date.fromisoformat(line[2]))


def _rates(rows: Iterable[list[Any]], week: date) -> tuple[tuple[DatedRate, ...], dict[str, int]]:
    """The VAT rates, and the shares that the law asks for in this week (basis points) by their keys."""
    dated = [
        DatedRate(key, bp, date.fromisoformat(valid_from), day_of(valid_to))
        for key, bp, valid_from, valid_to in rows
    ]
    targets = {
        rate.vat_class: rate.bp
        for rate in dated
        if rate.vat_class.startswith("green.") and rate.holds_on(week)
    }
    rates = tuple(
        replace(rate, vat_class=rate.vat_class.removeprefix("vat."))
        for rate in dated
        if rate.vat_class.startswith("vat.")
    )
    return rates, targets


def _last(rows: Iterable[list[Any]], market: Market) -> dict[tuple[int, int, int], int]:
    """Last week's quantities beside this week's offers.

    The same product's, if it is offered again; otherwise beside the first offer of the same food that can be
    had on that weekday, for a kitchen needs the food, whoever sells it.
    """
    offer_of = {line.product: line for line in market.lines.values() if line.published}
    last: dict[tuple[int, int, int], int] = {}
    for product, food_type, door, weekday, quantity in rows:
        line = offer_of.get(product)
        if line is None and food_type in market.foods:
            offered = market.foods[food_type].lines
            line = next((one for one in offered if one.published and one.days >> weekday & 1), None)
        if line is not None and line.days >> weekday & 1:
            key = line.offer, door, weekday
            last[key] = last.get(key, 0) + quantity
    return last


def whole_order(cycle_id: int, institution_id: int) -> dict[Cell, str] | None:
    """What is typed in all cells of an order, at every door; what is submitted, while nothing is typed.

    None when the cycle is of another municipality.
    """
    row = db.session.execute(_WHOLE, {"cycle": cycle_id, "institution": institution_id}).one_or_none()
    if row is None:
        return None
    typed = {_cell(line): line[3] for line in row.typed or ()}
    return typed or {_cell(line): as_typed(line[3]) for line in row.standing or ()}
