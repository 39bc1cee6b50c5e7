"""A municipality's window: this week's food and where it is from, one kitchen's week, prices, suppliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from foodorder.audit.window.heads import heads
from foodorder.audit.window.prices import prices_of
from foodorder.audit.window.scope import Kitchen, Scope
from foodorder.audit.window.seasons import seasons
from foodorder.audit.window.week import Food, FoodOfAll, Village, Weeks, food_of, food_of_all, weeks
from foodorder.audit.window.year import foods_of, suppliers_of, year_of
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.shares import light
from foodorder.blueprints.window.counter import bp, chosen_year, today, window_of, years_of
from foodorder.blueprints.window.words import WIDTHS, by_kind, village_map
from foodorder.language import DEFAULT_ZONE
from foodorder.ordering.queries import open_cycles

CODE = "<string(length=3):code>"
#: Foods, and rows of other tables, shown before there are all of them.
FEW, ROWS = 12, 8


@dataclass(frozen=True, slots=True)
class TheWeek:
    """A week of a municipality: foods and villages, heaviest first."""

    weeks: Weeks | None
    foods: Sequence[FoodOfAll]
    villages: Sequence[Village]

    @property
    def grams(self) -> int:
        """All that comes."""
        return sum(one.grams for one in self.villages)

    @property
    def metres(self) -> int | None:
        """How far a gram comes on average, by air to the middle of the kitchens."""
        near = [one for one in self.villages if one.metres is not None]
        grams = sum(one.grams for one in near)
        return sum(one.grams * (one.metres or 0) for one in near) // grams if grams else None


def the_week(scope: Scope) -> TheWeek:
    """The week that the address asks for, else this one."""
    found = weeks(scope.municipality_ids[0], today(), asked_week())
    return TheWeek(found, *food_of_all(scope, found.week)) if found else TheWeek(None, (), ())


def asked_week() -> date | None:
    """The Monday in the address; None for what is no day."""
    try:
        return date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return None


@bp.get(f"/{CODE}")
@public
def municipality(code: str) -> Any:
    """What the children of a municipality eat, from where, how green, at what price, and how a farm joins."""
    scope = window_of(code)
    week, years = the_week(scope), years_of(scope)
    year = year_of(scope, chosen_year(years), today())
    drawn = village_map(scope, week.villages, "wide")
    return render_template(
        "window/municipality.html",
        municipality=scope.municipalities[0],
        scope=scope,
        kinds=by_kind(scope.kitchens),
        week=week,
        map=drawn,
        year=year,
        years=years,
        light=light,
        foods=foods_of(scope, year.year)[:ROWS],
        suppliers=suppliers_of(scope, year.year),
        prices=sorted(prices_of(scope, year.year), key=lambda one: -one.lines)[:ROWS],
        season=[one for one in seasons() if today().month in one.months and not one.all_year],
        cycles=open_cycles(scope.municipality_ids[0]),
        head=next(iter(heads(DEFAULT_ZONE, 1)), None),
        few=FEW,
        rows=ROWS,
    )


@bp.get(f"/{CODE}/map-<any(wide, narrow):size>.svg")
@public
def village_map_file(code: str, size: str) -> Any:
    """The map of a week as a drawing of its own."""
    scope = window_of(code)
    drawn = village_map(scope, the_week(scope).villages, size) if size in WIDTHS else None
    if drawn is None:
        abort(404)
    return Response(drawn.svg, content_type="image/svg+xml; charset=utf-8")


@bp.get(f"/{CODE}/kitchens/<kitchen>")
@public
def kitchen(code: str, kitchen: str) -> Any:
    """What one school or kindergarten eats this week, and where each food is from."""
    scope = window_of(code)
    chosen = next((one for one in scope.kitchens if one.code == kitchen), None) or abort(404)
    known = weeks(scope.municipality_ids[0], today(), asked_week())
    food = food_of(scope, chosen, known.week) if known else []
    year = year_of(scope, chosen_year(years_of(scope)), today())
    return render_template(
        "window/kitchen.html",
        municipality=scope.municipalities[0],
        kitchen=chosen,
        week=known,
        days=[(day, list(found)) for day, found in groupby(food, key=lambda one: one.day)],
        told=_told(food),
        year=year,
        standing=next((one for one in year.standings if one.kitchen == chosen), None),
        light=light,
        others=[one for one in scope.kitchens if one.active and one != chosen],
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A kitchen's week in figures: grams, grams of organic food, villages, and how far a gram comes."""

    grams: int
    organic_grams: int
    villages: int
    metres: int | None


def _told(food: Sequence[Food]) -> Told:
    grams = sum(one.grams for one in food)
    near = [(one.grams, one.metres) for one in food if one.metres is not None]
    weighed = sum(one for one, _metres in near)
    return Told(
        grams,
        sum(one.grams for one in food if one.organic),
        len({one.seller.village for one in food}),
        sum(one * metres for one, metres in near) // weighed if weighed else None,
    )


@bp.get(f"/{CODE}/prices")
@public
def prices(code: str) -> Any:
    """What is paid for each food."""
    scope = window_of(code)
    years = years_of(scope)
    year = chosen_year(years)
    found = prices_of(scope, year)
    return render_template(
        "window/prices.html",
        municipality=scope.municipalities[0],
        year=year,
        years=years,
        groups=[list(group) for _name, group in groupby(found, key=lambda one: one.group_sl)],
    )


@bp.get(f"/{CODE}/suppliers")
@public
def suppliers(code: str) -> Any:
    """Who supplies, and how much."""
    scope = window_of(code)
    years = years_of(scope)
    year = chosen_year(years)
    found = suppliers_of(scope, year)
    return render_template(
        "window/suppliers.html",
        municipality=scope.municipalities[0],
        setting=scope.setting,
        year=year,
        years=years,
        suppliers=found,
        whole=sum(one.sums.net_cents for one in found),
    )


def kitchen_of(scope: Scope, institution_id: int) -> Kitchen:
    """The kitchen with this number."""
    return next(one for one in scope.kitchens if one.id == institution_id)
