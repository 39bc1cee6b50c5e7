"""Where kitchens chose another offer than the first by the published criteria, and why."""

from datetime import date
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from foodorder.audit.choices import ChoiceRow, choices, weeks_with_choices
from foodorder.audit.exports import render
from foodorder.audit.selection import choices as selectable
from foodorder.blueprints.auditor.counter import bp, download, institution_id, municipality
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.scores import points
from foodorder.language import get_locale, gettext
from foodorder.language.times import delivery_week
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.calendar import WORKDAYS
from foodorder.rules.errors import Amount
from foodorder.rules.permissions import Permission
from foodorder.rules.scoring import REASONS, Reason

#: Choices on one page.
PAGE = 40


@bp.get("/choices")
@needs(Permission.SPEND_SEE)
def offer_choices() -> str:
    """The list, by institution and week."""
    chosen, week = _chosen()
    found = choices(municipality().id, institution_id=chosen, week=week)
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    return render_template(
        "auditor/choices.html",
        count=len(found),
        rows=found[(number - 1) * PAGE : number * PAGE],
        number=number,
        pages=-(-len(found) // PAGE),
        reasons={str(reason): label for reason, label in REASONS.items()},
        points=points,
        institutions=_institutions(),
        weeks=[
            (day.isoformat(), delivery_week(day, WORKDAYS)) for day in weeks_with_choices(municipality().id)
        ],
        chosen=str(chosen or ""),
        week=week.isoformat() if week else "",
        args=_arguments(chosen, week),
    )


@bp.get("/choices.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def offer_choices_file(ending: str) -> Response:
    """The same as a file."""
    chosen, week = _chosen()
    table = _table(choices(municipality().id, institution_id=chosen, week=week))
    title = gettext("Choices of offers, %(municipality)s", municipality=municipality().name)
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


def _chosen() -> tuple[int | None, date | None]:
    """Institution and week of the address; what is not understood is left out."""
    only = institution_id()
    wanted = request.args.get("institution", type=int)
    if wanted not in {number for number, _name in selectable(municipality().id).institutions}:
        wanted = None
    try:
        week = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        week = None
    return only or wanted, week


def _institutions() -> list[tuple[str, str]]:
    """Institutions to choose from; none for whoever sees only one."""
    if institution_id() is not None:
        return []
    return [(str(number), name) for number, name in selectable(municipality().id).institutions]


def _arguments(chosen: int | None, week: date | None) -> dict[str, Any]:
    values = {"institution": chosen if institution_id() is None else None, "week": week}
    return {key: value for key, value in values.items() if value is not None}


def _table(rows: list[ChoiceRow]) -> Table:
    slovene = get_locale().language == "sl"
    columns = (
        Column("week", gettext("Week of"), Figure.DAY),
        Column("institution", gettext("Institution")),
        Column("order", gettext("Order")),
        Column("food_type", gettext("Food type")),
        Column("first", gettext("First by the criteria"), share=2),
        Column("chosen", gettext("Chosen"), share=2),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("points", gettext("Fewer points")),
        Column("unit_price", gettext("Dearer by, one unit"), Figure.MONEY),
        Column("price", gettext("Dearer by, all"), Figure.MONEY),
        Column("reason", gettext("Reason"), share=2),
        Column("words", gettext("In their own words"), share=3),
    )
    found = tuple(
        (
            row.week, row.institution, row.order, row.food_sl if slovene else row.food_en, row.first,
            row.chosen, Amount(row.quantity, row.unit), points(row.points), row.cents, row.sum_cents,
            gettext(REASONS[Reason(row.code)]), row.words or "",
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Choices"), columns, found)
