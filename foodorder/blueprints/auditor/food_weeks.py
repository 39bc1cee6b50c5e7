"""The weeks of foods behind a figure about choice, by how many producers offered them."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import food_weeks as weeks
from foodorder.audit.exports import render
from foodorder.audit.food_weeks import FoodWeek
from foodorder.audit.questions.offers import count_words
from foodorder.audit.single_offers import ENOUGH
from foodorder.blueprints.auditor.counter import bp, download, municipality, show, whole_municipality
from foodorder.blueprints.auditor.filters import Filters, chosen
from foodorder.blueprints.shared.access import needs
from foodorder.language import gettext
from foodorder.rules.permissions import Permission

#: Rows on one page.
PAGE = 50

#: Boxes that do not narrow it: offers are made to all kitchens alike.
IDLE = ("institution", "producer", "basis", "certificate")


@bp.get("/spend/weeks")
@needs(Permission.SPEND_SEE)
def food_weeks() -> str:
    """Weeks of foods (?producers=: offered by so many), each with who offered and what was bought."""
    filters, producers = _asked()
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    found = weeks.food_weeks(filters.selection, producers, limit=PAGE + 1, offset=(number - 1) * PAGE)
    shown = found[:PAGE]
    return render_template(
        "auditor/food_weeks.html",
        filters=filters,
        table=show(weeks.table(shown), [_links(filters, one) for one in shown]),
        number=number,
        more=len(found) > PAGE,
    )


@bp.get("/spend/weeks.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def food_weeks_file(ending: str) -> Response:
    """The same as a file."""
    filters, producers = _asked()
    table = weeks.table(weeks.food_weeks(filters.selection, producers))
    title = gettext("%(table)s, %(municipality)s, %(period)s", table=table.name,
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


def _asked() -> tuple[Filters, int | None]:
    """The filters with a box for the number of producers; 404 for who may not see the whole municipality."""
    whole_municipality()
    filters = chosen({"food"})
    filters.boxes[:] = [box for box in filters.boxes if box.name not in IDLE]
    options = [(str(count), count_words(count)) for count in range(ENOUGH + 1)]
    value = filters.also("producers", gettext("Producers"), options)
    return filters, int(value) if value else None


def _links(filters: Filters, one: FoodWeek) -> dict[str, str]:
    """To the food's records of the month, the offer (or, of several, the cycle with them) and the cycle."""
    kept: dict[str, Any] = {name: filters.args[name] for name in ("from", "to") if name in filters.args}
    month: dict[str, Any] = dict.fromkeys(("from", "to"), f"{one.week:%Y-%m}")
    links = {
        "food": url_for("auditor.food_weeks", **kept, food=one.food_type_id),
        "net": url_for("auditor.records", **month, food=one.food_type_id),
    }
    if one.cycle_id is not None:
        links["week"] = url_for("auditor.cycle", cycle_id=one.cycle_id)
    if one.version_id is not None and one.offers == 1:
        links["who"] = links["offers"] = url_for("auditor.offer_version", version_id=one.version_id)
    return links
