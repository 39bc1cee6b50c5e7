"""Who may call off, until when, and up to which ceilings: free in a draft, by amendment in force."""

from collections.abc import Callable, Sequence
from typing import Any

from foodorder.accounts.queries import institutions_of
from foodorder.agreements.amendments import amend_ceilings, amend_institutions, amend_term
from foodorder.agreements.ceilings import Limits
from foodorder.agreements.draft import set_institutions
from foodorder.agreements.limits import LimitRow, limit_freely, limit_rows, numbered
from foodorder.agreements.models import Agreement
from foodorder.blueprints.coordinator.agreement_forms import (
    AmendmentForm,
    InstitutionsForm,
    TermForm,
    ValueField,
    WeightField,
)
from foodorder.blueprints.coordinator.agreements import own_agreement, to_agreement
from foodorder.blueprints.coordinator.counter import Answer, bp, done, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import options
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.agreements import AgreementState
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


def _answer(
    form: AmendmentForm, agreement_id: int, template: str, save: Callable[[], None], **values: Any
) -> Answer:
    """Save what is valid and go back to the agreement, else show the form again."""
    if form.validate_on_submit():
        try:
            with transaction():
                save()
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    return page(template, form, agreement=own_agreement(agreement_id), **values)


def _who() -> dict[str, Any]:
    return {"actor": present().actor, "now": clock()}


@bp.route("/agreements/<int:agreement_id>/institutions", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def agreement_institutions(agreement_id: int) -> Answer:
    """Choose who may call off."""
    own = own_agreement(agreement_id)
    form = InstitutionsForm(own, data={"institutions": [one.id for one in own.institutions]})
    form.institutions.choices = options((one.id, one.name) for one in institutions_of(municipality().id))

    def save() -> None:
        chosen = form.institutions.data or []
        if form.amends:
            amend_institutions(own, form.amendment(), chosen, **_who())
        else:
            set_institutions(own, chosen, **_who())

    return _answer(form, agreement_id, "coordinator/agreement_institutions.html", save)


@bp.route("/agreements/<int:agreement_id>/term", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def agreement_term(agreement_id: int) -> Answer:
    """Move the last day, by amendment."""
    own = own_agreement(agreement_id)
    if own.state == AgreementState.DRAFT:
        return to_agreement(agreement_id)
    form = TermForm(own, data={"valid_to": own.valid_to})

    def save() -> None:
        last: Any = form.valid_to.data
        amend_term(own, form.amendment(), last, **_who())

    return _answer(form, agreement_id, "coordinator/agreement_term.html", save)


@bp.route("/agreements/<int:agreement_id>/ceilings", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def agreement_ceilings(agreement_id: int) -> Answer:
    """Set ceilings of the agreement, its lots, and its institutions."""
    own = own_agreement(agreement_id)
    rows = limit_rows(own)
    form = _ceilings_form(own, rows)

    def save() -> None:
        typed = {
            row.key: Limits(form[f"{row.key}_cents"].data, form[f"{row.key}_grams"].data) for row in rows
        }
        limits = numbered(own, typed)
        if form.amends:
            amend_ceilings(own, form.amendment(), limits, **_who())
        else:
            limit_freely(own, limits, **_who())

    return _answer(form, agreement_id, "coordinator/agreement_ceilings.html", save, rows=rows)


def _ceilings_form(agreement: Agreement, rows: Sequence[LimitRow]) -> AmendmentForm:
    """Two fields for each row: a limit by value, a limit by quantity."""
    fields: dict[str, Any] = {}
    data: dict[str, int | None] = {}
    for row in rows:
        name = _name(row)
        fields[f"{row.key}_cents"] = ValueField(_l("%(what)s, by value", what=name))
        fields[f"{row.key}_grams"] = WeightField(_l("%(what)s, by quantity", what=name))
        data[f"{row.key}_cents"] = row.ceiling.limit_cents if row.ceiling else None
        data[f"{row.key}_grams"] = row.ceiling.limit_grams if row.ceiling else None
    kind: type[AmendmentForm] = type("CeilingsForm", (AmendmentForm,), fields)
    return kind(agreement, data=data)


def _name(row: LimitRow) -> str:
    if row.lot is not None:
        return f"{row.lot.number} {row.lot.name}"
    return row.institution.short_name if row.institution else _("The whole agreement")
