"""The published criteria: what held, holds and will hold; publish new weights, with an example first."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired, NumberRange

from foodorder.agreements.criteria import (
    Published,
    all_published,
    criteria_on,
    publish_criteria,
    rule_with,
)
from foodorder.agreements.models import Agreement
from foodorder.blueprints.coordinator.counter import Answer, bp, done, local_day, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, CountField, options
from foodorder.blueprints.shared.scores import heads, points, value_words
from foodorder.db import clock, db, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.scoring import (
    ALL_POINTS,
    CRITERIA,
    Criterion,
    Offered,
    Quality,
    Rule,
    Supply,
    check_weights,
    opened,
    scores,
)

_WEIGHT = [InputRequired(), NumberRange(0, ALL_POINTS)]

#: Invented offers that show what weights do: name, cents, hours, quality, metres, supply.
EXAMPLE = (
    (_l("Organic farm, 8 km"), 164, 24, Quality.ORGANIC, 8_000, Supply.FARM),
    (_l("Cooperative, 15 km"), 131, 48, Quality.SCHEME, 15_000, Supply.COOPERATIVE),
    (_l("Reseller, 70 km"), 120, None, Quality.NONE, 70_000, Supply.RESELLER),
)


class CriteriaForm(BaseForm):
    """Weights in points, for whom and from when; each field is named by its criterion."""

    agreement = SelectField(
        _l("For"), description=_l("A procurement may have its own criteria for its exempted lots.")
    )
    valid_from = DateField(
        _l("From"), [InputRequired()],
        description=_l("Cycles that open on this day or later. What is published is never changed."),
    )  # fmt: skip
    price = CountField(CRITERIA[Criterion.PRICE], _WEIGHT)
    freshness = CountField(CRITERIA[Criterion.FRESHNESS], _WEIGHT)
    quality = CountField(CRITERIA[Criterion.QUALITY], _WEIGHT)
    co2 = CountField(CRITERIA[Criterion.CO2], _WEIGHT)
    direct = CountField(CRITERIA[Criterion.DIRECT], _WEIGHT)

    @property
    def weights(self) -> dict[Criterion, int]:
        """What was typed."""
        return {criterion: self[criterion.value].data or 0 for criterion in Criterion}


@bp.route("/criteria", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def criteria() -> Answer:
    """Look at the criteria, try weights on an example, and publish them."""
    own, today = municipality(), local_day(clock())
    holding = criteria_on(own.id, today).get(None)
    form = CriteriaForm(data=_beginning(holding))
    agreements = list(
        db.session.scalars(db.select(Agreement).filter_by(municipality_id=own.id).order_by(Agreement.id))
    )
    form.agreement.choices = options(
        [("", _("all that has no criteria of its own")), *((str(one.id), one.title) for one in agreements)]
    )
    for criterion, label in CRITERIA.items():
        form[criterion.value].label.text = _(label)
    if form.validate_on_submit():
        chosen = next((one for one in agreements if str(one.id) == form.agreement.data), None)
        if _done(form, chosen, today):
            return done(_("Published. Cycles that open from that day on follow it."), "coordinator.criteria")
    return page(
        "coordinator/criteria.html",
        form,
        holding=holding,
        published=all_published(own.id),
        today=today,
        labels={criterion.value: _(label) for criterion, label in CRITERIA.items()},
        example=_example(_rule(form, holding, today)),
    )


def _beginning(holding: Published | None) -> dict[str, Any]:
    weights: Mapping[Criterion, int] = holding.rule.weights if holding else {}
    return {criterion.value: weights.get(criterion) for criterion in Criterion}


def _done(form: CriteriaForm, agreement: Agreement | None, today: date) -> bool:
    """Publish what was typed, or only check it for the example; False when the page is shown again."""
    try:
        if "preview" in request.form:
            check_weights(form.weights)
            return False
        with transaction():
            publish_criteria(
                municipality(),
                agreement,
                form.valid_from.data or today,
                form.weights,
                today=today,
                actor=present().actor,
                now=clock(),
            )
    except Refusal as reason:
        form.refuse(reason)
        return False
    return True


def _rule(form: CriteriaForm, holding: Published | None, today: date) -> Rule | None:
    """The rule of the example: with the weights as typed where they are possible."""
    if form.is_submitted() and holding and sum(form.weights.values()) == ALL_POINTS:
        return rule_with(form.weights, today)
    return holding.rule if holding else None


def _example(rule: Rule | None) -> Any:
    """The invented offers with their points, best first: heads, and (name, [(input, points)], sum)."""
    if rule is None:
        return None
    offered = [
        Offered(number, cents, hours, quality, rule.emitted(metres), supply, str(number))
        for number, (_name, cents, hours, quality, metres, supply) in enumerate(EXAMPLE)
    ]
    lowest = min(one.paid_cents for one in offered)
    rows = [
        (
            EXAMPLE[score.offered.offer][0],
            [(value_words(part, "KGM"), points(part.points)) for part in opened(rule, score, lowest)],
            points(score.total),
        )
        for score in scores(rule, offered)
    ]
    return heads(rule), rows
