"""The page of open data: what there is, in which form, under which licence."""

from typing import Any

from flask import render_template, url_for

from foodorder.accounts.models import Municipality
from foodorder.audit.releases.queries import years as years_of_releases
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.window.counter import bp, window_of, years_of
from foodorder.blueprints.window.town import CODE
from foodorder.exchange.open_data.fiscal import COLUMNS, LICENCE


@bp.get(f"/{CODE}/data")
@public
def open_data(code: str) -> Any:
    """Everything that can be taken away from a municipality's window."""
    scope = window_of(code)
    [municipality] = scope.municipalities
    contracting = contracting_addresses(municipality)
    years = years_of(scope)
    return render_template(
        "window/data.html",
        municipality=municipality,
        years=sorted({*years, *contracting}, reverse=True),
        spent=years,
        columns=COLUMNS,
        licence=LICENCE,
        contracting=contracting,
    )


def contracting_addresses(municipality: Municipality) -> dict[int, str]:
    """Where the open contracting releases of each year are."""
    return {
        year: url_for("public.open_contracting_year", code=municipality.code, year=year)
        for year in years_of_releases(municipality)
    }
