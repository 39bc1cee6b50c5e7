"""The page of open data: what there is, in which form, under which licence."""

from typing import Any

from flask import current_app, render_template, url_for

from foodorder.blueprints.shared.access import public
from foodorder.blueprints.window.counter import bp, window_of, years_of
from foodorder.blueprints.window.town import CODE
from foodorder.exchange.open_data.fiscal import COLUMNS, LICENCE

#: The open contracting releases of a municipality's year, where this installation gives them.
CONTRACTING = "public.open_contracting_year"


@bp.get(f"/{CODE}/data")
@public
def open_data(code: str) -> Any:
    """Everything that can be taken away from a municipality's window."""
    scope = window_of(code)
    years = years_of(scope)
    return render_template(
        "window/data.html",
        municipality=scope.municipalities[0],
        years=years,
        columns=COLUMNS,
        licence=LICENCE,
        contracting={year: address for year in years if (address := contracting_address(code, year))},
    )


def contracting_address(code: str, year: int) -> str | None:
    """Where the open contracting data of a year are; None where there are none."""
    if CONTRACTING not in current_app.view_functions:
        return None
    return url_for(CONTRACTING, code=code, year=year)
