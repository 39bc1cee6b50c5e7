"""How a farm invoices: its terms with kitchens, and its consent that invoices are issued for it."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf.file import FileField
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from foodorder.accounts.models import Admission, Institution
from foodorder.billing.consents import consent_of, give_consent, withdraw_consent
from foodorder.billing.due import USUAL
from foodorder.billing.terms import agree, terms
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download, handed_in
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, options
from foodorder.catalogue.law import value_on
from foodorder.db import clock, db, transaction
from foodorder.language import formats
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.files import HandedIn, read_files
from foodorder.rules.permissions import Permission
from foodorder.rules.settlement import RHYTHMS, Rhythm

#: What is agreed to, in the language it is shown (ZDDV-1, art. 81): kept word for word.
CONSENT = N_(
    "We agree that invoices and credit notes for what kitchens accepted of our goods are issued in our name"
    " and on our account by this platform. We can withdraw this at any time."
)


class PaperMissing(Refusal):
    """A consent that a coordinator enters without the paper that the producer signed."""

    message = N_("Add the paper that the producer signed.")
    default_field = "paper"


class TermForm(BaseForm):
    """How often, and until when it is paid, with one kitchen or with all."""

    institution_id = SelectField(_l("With whom?"), coerce=int)
    rhythm = RadioField(_l("How often do you invoice?"), validators=[InputRequired()])
    payment_days = IntegerField(_l("Days to pay, from receipt"), [Optional(), NumberRange(min=1)])


class ConsentForm(BaseForm):
    """The sentence, agreed to; the signed paper where somebody else enters it."""

    agreed = BooleanField(_l("We agree"), [InputRequired()])
    paper = FileField(_l("Signed paper (PDF, JPEG or PNG)"))


@bp.get("/profile/invoicing")
@needs(Permission.PRODUCER_SEE)
def invoicing() -> Any:
    """What is agreed, and how to change it."""
    return _page(_term_form(), ConsentForm(formdata=None))


@bp.post("/profile/invoicing/terms")
@needs(Permission.PRODUCER_EDIT)
def agree_terms() -> Any:
    """Keep the terms with a kitchen, or with all."""
    farm, form = producer(), _term_form()
    if form.validate_on_submit():
        try:
            with transaction():
                agree(
                    farm.id, form.institution_id.data or None, Rhythm(form.rhythm.data),
                    form.payment_days.data, actor=present().actor, now=clock(),
                )  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("producer.invoicing"), code=303)
    return _page(form, ConsentForm(formdata=None))


@bp.post("/profile/invoicing/consent")
@needs(Permission.PRODUCER_EDIT)
def consent() -> Any:
    """Consent that invoices are issued for the farm."""
    farm, form = producer(), ConsentForm()
    if form.validate_on_submit():
        try:
            with transaction():
                give_consent(farm.id, _(CONSENT), _paper(form), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("From now on your invoices are issued for you."), "success")
            return redirect(url_for("producer.invoicing"), code=303)
    return _page(_term_form(formdata=None), form)


@bp.post("/profile/invoicing/withdraw")
@needs(Permission.PRODUCER_EDIT)
def withdraw() -> Any:
    """Withdraw the consent: nothing more is issued for the farm."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        withdraw_consent(producer().id, actor=present().actor, now=clock())
    flash(_("The consent is withdrawn. You issue your invoices yourself."), "success")
    return redirect(url_for("producer.invoicing"), code=303)


@bp.get("/profile/invoicing/paper")
@needs(Permission.PRODUCER_SEE)
def consent_paper() -> Any:
    """The signed paper of the consent that stands."""
    found = consent_of(producer().id)
    if found is None or found.document is None:
        abort(404)
    return download(found.document_name or "", found.document_type or "", found.document)


def _paper(form: ConsentForm) -> HandedIn | None:
    files = read_files(handed_in([form.paper.data] if form.paper.data else []))
    if present().on_behalf and not files:
        raise PaperMissing
    return files[0] if files else None


def _term_form(**how: Any) -> TermForm:
    usual = next((term for term in terms(producer().id) if term.institution_id is None), None)
    known = {"rhythm": usual.rhythm, "payment_days": usual.payment_days} if usual else {"rhythm": USUAL}
    form = TermForm(data={"institution_id": 0, **known}, **how)
    form.institution_id.choices = [(0, _("All kitchens")), *_kitchens()]
    form.rhythm.choices = options((code.value, _(label)) for code, label in RHYTHMS.items())
    return form


def _kitchens() -> list[tuple[int, str]]:
    chosen = (
        select(Institution.id, Institution.short_name)
        .join(Admission, Admission.municipality_id == Institution.municipality_id)
        .where(Admission.producer_id == producer().id)
        .order_by(Institution.sort_key)
    )
    return [(row.id, row.short_name) for row in db.session.execute(chosen)]


def _page(form: TermForm, consent_form: ConsentForm) -> Any:
    names = dict(_kitchens())
    page = render_template(
        "producer/invoicing.html",
        form=form,
        consent_form=consent_form,
        consent=consent_of(producer().id),
        sentence=_(CONSENT),
        most=value_on("payment.days_max", formats.local(clock()).date()),
        terms=[
            (names.get(term.institution_id or 0, _("All kitchens")), _(RHYTHMS[Rhythm(term.rhythm)]), term)
            for term in terms(producer().id)
        ],
    )
    return page, 422 if form.errors or consent_form.errors else 200
