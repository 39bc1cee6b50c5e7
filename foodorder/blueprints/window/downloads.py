"""Open data of a municipality's year: spend, shares and prices as CSV, and what the columns mean."""

import json
from typing import Any

from flask import abort
from werkzeug.wrappers import Response

from foodorder.audit.window.files import PRICES, SHARES, price_rows, share_rows, spend_rows
from foodorder.audit.window.prices import prices_of
from foodorder.audit.window.scope import Scope
from foodorder.audit.window.year import year_of
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.window.counter import absolute, bp, known_year, today, window_of
from foodorder.blueprints.window.town import CODE
from foodorder.exchange.open_data.fiscal import About, package
from foodorder.exchange.open_data.spend import spend_csv, table_csv

CSV = "text/csv; charset=utf-8"


@bp.get(f"/{CODE}/<int:year>/spend.csv")
@public
def spend_file(code: str, year: int) -> Any:
    """Spend by month, institution, supplier and food."""
    scope = window_of(code)
    content = spend_csv(spend_rows(scope, known_year(scope, year)))
    return _file(content, CSV, f"spend-{code}-{year}.csv")


@bp.get(f"/{CODE}/<int:year>/shares.csv")
@public
def shares_file(code: str, year: int) -> Any:
    """Shares of each kitchen beside the targets of the law."""
    scope = window_of(code)
    found = year_of(scope, known_year(scope, year), today())
    content = table_csv(list(SHARES), share_rows(scope, found))
    return _file(content, CSV, f"shares-{code}-{year}.csv")


@bp.get(f"/{CODE}/<int:year>/prices.csv")
@public
def prices_file(code: str, year: int) -> Any:
    """Prices of each food: the lower quarter, the middle, the upper quarter."""
    scope = window_of(code)
    found = prices_of(scope, known_year(scope, year))
    return _file(table_csv(list(PRICES), price_rows(scope, year, found)), CSV, f"prices-{code}-{year}.csv")


@bp.get(f"/{CODE}/<int:year>/datapackage.json")
@public
def fiscal(code: str, year: int) -> Any:
    """The Fiscal Data Package of the spend that lies beside it."""
    scope = window_of(code)
    about = about_of(scope, known_year(scope, year))
    text = json.dumps(package(about), ensure_ascii=False, indent=2)
    return Response(text, content_type="application/json; charset=utf-8")


def about_of(scope: Scope, year: int) -> About:
    """What the package of a year is."""
    [municipality] = scope.municipalities
    return About(
        name=f"public-kitchens-{municipality.code}-{year}",
        title=f"Hrana v javnih kuhinjah, {municipality.name} {year} – Food of public kitchens",
        description=(
            "Net value and weight of food that public kitchens bought, by month, institution, supplier,"
            " food and lawful basis. Records in force; suppliers who are natural persons may be told by"
            " their village alone."
        ),
        homepage=absolute("window.open_data", code=municipality.code),
        publisher=municipality.name,
        first_year=year,
        last_year=year,
    )


def _file(content: bytes, media_type: str, name: str) -> Response:
    if not content:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=media_type, headers=headers)
