"""Which money pays each offer of the order, and what may come instead: one table, and "for all" on top.

Fields: f-<offer> (funding), s-<offer> (substitution); f-all and s-all set every offer at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_cycle, our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.language import formats, get_locale, gettext
from foodorder.ordering.models import Cycle
from foodorder.ordering.options import Option, OptionsRefused, ordered_offers, save_options
from foodorder.rules.agreements import FUNDINGS, SUBSTITUTIONS, Funding, Substitution
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


@bp.route("/order/<int:cycle_id>/options", methods=["GET", "POST"])
@needs(Permission.ORDERS_PLACE)
def options(cycle_id: int) -> Any:
    """Look at the options of our order's offers, and change them."""
    cycle, kitchen = our_cycle(cycle_id), our_institution().id
    ordered = ordered_offers(cycle.id, kitchen)
    if request.method == "GET":
        return show_options(cycle, ordered, {}, {})
    wanted = read_options(request.form, ordered)
    try:
        with transaction():
            save_options(cycle.id, kitchen, wanted, actor=present().actor, now=clock())
    except OptionsRefused as refused:
        return show_options(cycle, ordered, wanted, refused.problems), 422
    flash(gettext("Kept with the draft. It counts when you submit the order."), "success")
    return redirect(url_for(".order", cycle=cycle.id), code=303)


def show_options(
    cycle: Cycle, ordered: Sequence[Any], wanted: Mapping[int, Option], problems: Mapping[int, Refusal]
) -> str:
    """The page; `wanted` is what a form brought, `problems` what is wrong in it."""
    slovene = get_locale().language == "sl"
    rows = [
        (
            row,
            (row.food_sl if slovene else row.food_en).capitalize(),
            wanted.get(row.offer_id) or Option(Funding(row.funding), Substitution(row.substitution)),
            formats.refusal(problems[row.offer_id]) if row.offer_id in problems else "",
        )
        for row in ordered
    ]
    return render_template(
        "kitchen/options.html",
        cycle=cycle,
        groups=[
            (name, list(group), sum(said != Option() for _row, _food, said, _problem in group))
            for name, group in _by_group(rows, slovene).items()
        ],
        wrong=[(f"f-{row.offer_id}", row.name, problem) for row, _food, _said, problem in rows if problem],
        fundings=[(code.value, gettext(label)) for code, label in FUNDINGS.items()],
        substitutions=[(code.value, gettext(label)) for code, label in SUBSTITUTIONS.items()],
    )


def _by_group(rows: Sequence[Any], slovene: bool) -> dict[str, list[Any]]:
    """The rows by the name of their food group, in the order of the page."""
    found: dict[str, list[Any]] = {}
    for one in rows:
        found.setdefault(one[0].group_sl if slovene else one[0].group_en, []).append(one)
    return found


def read_options(fields: Mapping[str, str], ordered: Sequence[Any]) -> dict[int, Option]:
    """What a form says of each offer; what is not understood stays as it is."""
    return {
        row.offer_id: Option(
            Funding(_one_of(FUNDINGS, fields, "f", row.offer_id, row.funding)),
            Substitution(_one_of(SUBSTITUTIONS, fields, "s", row.offer_id, row.substitution)),
        )
        for row in ordered
    }


def _one_of(known: Mapping[Any, str], fields: Mapping[str, str], letter: str, offer: int, now: str) -> str:
    for value in (fields.get(f"{letter}-all", ""), fields.get(f"{letter}-{offer}", "")):
        if value in known:
            return value
    return now
