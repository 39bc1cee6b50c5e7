"""Open contracting data for anybody: what is published and why, and a year of it as the public reads it."""

from typing import Any

from flask import abort, render_template
from werkzeug.wrappers import Response

from foodorder.accounts.models import Municipality
from foodorder.accounts.municipalities import by_code, every_municipality
from foodorder.audit.releases.export import Sort
from foodorder.audit.releases.queries import Part, years
from foodorder.blueprints.public.counter import bp
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.packages import FRESH, year_package


@bp.get("/open/ocds")
@public
def open_contracting() -> str:
    """What is published by the Open Contracting Data Standard, of whom, since when."""
    known = [(one, years(one)) for one in every_municipality(active=True) if one.public_window]
    return render_template("public/open_contracting.html", known=[entry for entry in known if entry[1]])


@bp.get("/open/ocds/<string(length=3):code>/releases-<int:year>.json")
@public
def open_contracting_year(code: str, year: int) -> Any:
    """All releases of a year."""
    return _package(code, year, Sort.RELEASES)


@bp.get("/open/ocds/<string(length=3):code>/records-<int:year>.json")
@public
def open_contracting_records(code: str, year: int) -> Any:
    """The records of a year's cycles and agreements, each with its releases and its history."""
    return _package(code, year, Sort.RECORDS)


def _package(code: str, year: int, sort: Sort) -> Response:
    if not 2000 <= year <= 2999:
        abort(404)
    answer = year_package(Part(_open(code), year), sort, public=True) or abort(404)
    answer.headers["Cache-Control"] = f"public, max-age={FRESH}"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _open(code: str) -> Municipality:
    municipality = by_code(code)
    if municipality is None or not municipality.active or not municipality.public_window:
        abort(404)
    return municipality
