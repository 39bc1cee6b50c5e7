"""The window over many municipalities, the calendar of seasons, and the daily heads of the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from foodorder.accounts.models import Municipality
from foodorder.accounts.municipalities import every_municipality
from foodorder.audit.window.heads import heads, heads_file
from foodorder.audit.window.scope import REGIONS, Scope, scope_of
from foodorder.audit.window.seasons import seasons
from foodorder.audit.window.year import Standing, Sums, Year, suppliers_of, year_of
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.shares import light
from foodorder.blueprints.window.counter import bp, chosen_year, opened, today, years_of
from foodorder.blueprints.window.words import supplier_map, supplier_villages
from foodorder.language import DEFAULT_ZONE, gettext
from foodorder.ordering.queries import open_cycles
from foodorder.rules.certificates import CountsAs
from foodorder.rules.green import Base, Share, Verdict

#: Days whose heads stand on the page; the file has them all.
DAYS, ALL_DAYS = 14, 100_000


@dataclass(frozen=True, slots=True)
class Part:
    """One municipality beside others: its year, and how many of its kitchens reach each target."""

    municipality: Municipality
    kitchens: int
    eaters: int
    sums: Sums
    reached: dict[CountsAs, int]

    @property
    def local(self) -> Share:
        """What comes from up to 30 km away."""
        return Share(self.sums.local_grams, self.sums.grams, Base.THROUGH_SYSTEM)

    @property
    def organic(self) -> Share:
        """What is organic, of what was bought through this system."""
        return Share(self.sums.organic_grams, self.sums.grams, Base.THROUGH_SYSTEM)

    @property
    def quality(self) -> Share:
        """What is of other quality schemes, of what was bought through this system."""
        return Share(self.sums.quality_grams, self.sums.grams, Base.THROUGH_SYSTEM)


@bp.get("")
@public
def index() -> Any:
    """Every municipality whose window is open."""
    known = [one for one in every_municipality(active=True) if one.public_window]
    return _many(scope_of(known), None)


@bp.get("/regions/<region>")
@public
def region(region: str) -> Any:
    """The municipalities of one statistical region."""
    if region not in REGIONS:
        abort(404)
    return _many(opened([one for one in every_municipality(active=True) if one.region == region]), region)


def _many(scope: Scope, region: str | None) -> str:
    years = years_of(scope)
    year = year_of(scope, chosen_year(years), today())
    suppliers = suppliers_of(scope, year.year)
    regions = {
        one.region: REGIONS[one.region]
        for one in scope.municipalities
        if one.region and one.region in REGIONS
    }
    return render_template(
        "window/many.html",
        scope=scope,
        region=region,
        region_name=REGIONS[region] if region else None,
        regions=sorted(regions.items(), key=lambda one: one[1]),
        year=year,
        years=years,
        parts=_parts(scope, year),
        light=light,
        suppliers=suppliers,
        villages=supplier_villages(suppliers),
        map=scope.middle is not None and suppliers,
        cycles=[one for one in open_cycles() if one.municipality_id in set(scope.municipality_ids)],
        CountsAs=CountsAs,
    )


def _parts(scope: Scope, year: Year) -> Sequence[Part]:
    found = []
    for municipality in scope.municipalities:
        standings = [one for one in year.standings if one.kitchen.municipality_id == municipality.id]
        sums = Sums()
        for one in standings:
            sums.add(one.sums)
        eaters = sum(one.kitchen.eaters for one in standings if one.kitchen.active)
        active = sum(1 for one in standings if one.kitchen.active)
        found.append(Part(municipality, active, eaters, sums, _reached(standings, year)))
    return found


def _reached(standings: Sequence[Standing], year: Year) -> dict[CountsAs, int]:
    def count(kind: CountsAs, target_bp: int) -> int:
        return sum(getattr(one, kind.value).verdict(target_bp) is Verdict.REACHED for one in standings)

    return {
        CountsAs.ORGANIC: count(CountsAs.ORGANIC, year.organic_bp),
        CountsAs.QUALITY: count(CountsAs.QUALITY, year.quality_bp),
    }


@bp.get("/map-<any(wide, narrow):size>.svg")
@public
def producer_map(size: str) -> Any:
    """Where a year's suppliers are, as a drawing: of a region, or of all."""
    region = request.args.get("region", "")
    known = [one for one in every_municipality(active=True) if region in ("", one.region)]
    scope = opened(known)
    suppliers = suppliers_of(scope, chosen_year(years_of(scope)))
    town = REGIONS.get(region) or gettext("Slovenia")
    drawn = supplier_map(scope, suppliers, town, size) or abort(404)
    return Response(drawn.svg, content_type="image/svg+xml; charset=utf-8")


@bp.get("/seasons")
@public
def season_calendar() -> Any:
    """What grows when."""
    groups = [(group, list(foods)) for group, foods in groupby(seasons(), key=lambda one: one.group)]
    return render_template("window/seasons.html", groups=groups, month=today().month)


@bp.get("/trail")
@public
def trail_heads() -> Any:
    """The heads of the newest days, and how anybody can check them."""
    return render_template("window/trail.html", heads=heads(DEFAULT_ZONE, DAYS))


@bp.get("/trail.txt")
@public
def head_file() -> Any:
    """The heads of all days, a line each."""
    text = heads_file(heads(DEFAULT_ZONE, ALL_DAYS))
    return Response(text, content_type="text/plain; charset=utf-8")
