"""The criteria of a municipality, for everybody: what holds today, and what is published for later."""

from typing import Any

from flask import abort, render_template

from foodorder.accounts.municipalities import by_code
from foodorder.agreements.criteria import criteria_on
from foodorder.blueprints.public.counter import bp
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.scores import criteria_words
from foodorder.db import clock
from foodorder.language.times import local


@bp.get("/criteria/<code>")
@public
def criteria(code: str) -> Any:
    """How offers are compared in a municipality that takes part."""
    municipality = by_code(code)
    if municipality is None or not municipality.active:
        abort(404)
    today = local(clock()).date()
    return render_template(
        "public/criteria.html",
        municipality=municipality,
        today=today,
        parts=criteria_words(municipality.id, criteria_on(municipality.id, today), today),
    )
