"""Claims of a kitchen: made at the door or later, followed by the clock, ended by what came of them."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution_id
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.claim_page import claim_context, list_context
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, MoneyField, QuantityField, options
from foodorder.db import clock, transaction
from foodorder.delivery import claims as service
from foodorder.delivery.claim_queries import ClaimRow, ClaimScope, claimable, claims_of, find_claim
from foodorder.language import formats
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.acceptance import AcceptReason
from foodorder.rules.claims import CLAIM_KINDS, KIND_OF_REASON, ClaimKind, ClaimOutcome, Side
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission

REFUSED, TAKEN = "refused", "accepted"


class ClaimForm(BaseForm):
    """What is wrong with how much of it."""

    kind = RadioField(_l("What is wrong?"), validators=[InputRequired()])
    of = RadioField(_l("Of what?"), validators=[InputRequired()])
    quantity = QuantityField(_l("How much is it for?"), [InputRequired()])
    words = TextAreaField(
        _l("In your words"), [InputRequired(), Length(max=500)], description=_l("The farm reads it at once.")
    )

    def __init__(self, line: Any, **kwargs: Any) -> None:
        refused = line.quantity - line.accepted - line.claimed_refused
        reason = AcceptReason(line.reason) if line.reason else None
        kind = KIND_OF_REASON[reason] if reason and refused else ClaimKind.HIDDEN
        super().__init__(
            data={
                "kind": kind.value,
                "of": REFUSED if refused else TAKEN,
                "quantity": refused or None,
                "words": line.words if refused else "",
            },
            **kwargs,
        )
        self.quantity.unit = line.unit
        self.kind.choices = options((code.value, _(label)) for code, label in CLAIM_KINDS.items())
        self.of.choices = options(
            [
                (REFUSED, _("Of what was not accepted")),
                (TAKEN, _("Of what was accepted and turned out to be bad")),
            ]
        )


class ReplacedForm(BaseForm):
    """What came instead."""

    replaced = QuantityField(_l("How much came instead and is accepted?"), [InputRequired()])
    lot = StringField(_l("Batch"), [Length(max=60)])
    use_by = DateField(_l("Use by"), [Optional()])

    def __init__(self, claim: ClaimRow, **kwargs: Any) -> None:
        super().__init__(data={"replaced": claim.quantity}, **kwargs)
        self.replaced.unit = claim.unit


class CoverForm(BaseForm):
    """What was bought elsewhere."""

    supplier = StringField(_l("Bought from"), [InputRequired(), Length(max=200)])
    document = StringField(_l("Number of the receipt or invoice"), [InputRequired(), Length(max=100)])
    bought_on = DateField(_l("Bought on"), [InputRequired()])
    quantity = QuantityField(_l("Quantity"), [InputRequired()])
    net = MoneyField(_l("Paid, net"), [InputRequired()])
    vat = MoneyField(_l("VAT"), [InputRequired()])

    def __init__(self, claim: ClaimRow, **kwargs: Any) -> None:
        super().__init__(
            data={"quantity": claim.quantity, "bought_on": formats.local(clock()).date()}, **kwargs
        )
        self.quantity.unit = claim.unit

    @property
    def cover(self) -> service.Cover:
        """What was typed."""
        return service.Cover(
            self.supplier.data or "",
            self.document.data or "",
            self.bought_on.data or formats.local(clock()).date(),
            self.quantity.data,
            self.net.data,
            self.vat.data,
        )


def our_claim(claim_id: int) -> ClaimRow:
    """A claim of our kitchen; 404 for all others."""
    return find_claim(claim_id, ClaimScope(institution_id=our_institution_id())) or abort(404)


@bp.get("/claims")
@needs(Permission.RECORDS_SEE)
def claims() -> Any:
    """All claims, those that wait on top."""
    rows = claims_of(ClaimScope(institution_id=our_institution_id()))
    return render_template("kitchen/claims.html", **list_context(rows))


@bp.route("/deliveries/lines/<int:delivery_line_id>/claim", methods=["GET", "POST"])
@needs(Permission.CLAIMS_MAKE)
def new_claim(delivery_line_id: int) -> Any:
    """Make a claim about a delivered line."""
    line = claimable(delivery_line_id, our_institution_id()) or abort(404)
    form = ClaimForm(line)
    if form.validate_on_submit():
        try:
            with transaction():
                made = service.open_claim(
                    line.id, ClaimKind(form.kind.data), form.quantity.data, form.words.data or "",
                    was_accepted=form.of.data == TAKEN, actor=present().actor, now=clock(),
                ).id  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("The claim is made. The farm was told at once."), "success")
            return redirect(url_for(".claim", claim_id=made), code=303)
    return render_template("kitchen/new_claim.html", form=form, line=line), 422 if form.errors else 200


@bp.get("/claims/<int:claim_id>")
@needs(Permission.RECORDS_SEE)
def claim(claim_id: int) -> Any:
    """A claim, and what may become of it."""
    found = our_claim(claim_id)
    return _page(found, ReplacedForm(found))


@bp.post("/claims/<int:claim_id>/replaced")
@needs(Permission.CLAIMS_MAKE)
def replaced(claim_id: int) -> Any:
    """The replacement came."""
    found = our_claim(claim_id)
    form = ReplacedForm(found)
    if form.validate_on_submit():
        came = service.Replacement(form.replaced.data, form.lot.data or None, form.use_by.data)
        if _close(found, ClaimOutcome.REPLACED, form, replacement=came):
            flash(_("Closed: the replacement is paid as agreed."), "success")
            return redirect(url_for(".claim", claim_id=claim_id), code=303)
    return _page(found, form)


@bp.post("/claims/<int:claim_id>/withdrawn")
@needs(Permission.CLAIMS_MAKE)
def withdrawn(claim_id: int) -> Any:
    """The kitchen takes its claim back."""
    found, form = our_claim(claim_id), EmptyForm()
    if not form.validate_on_submit():
        abort(400)
    if not _close(found, ClaimOutcome.WITHDRAWN, form):
        return _page(found, ReplacedForm(found, formdata=None), form)
    flash(_("The claim is withdrawn."), "success")
    return redirect(url_for(".claim", claim_id=claim_id), code=303)


@bp.route("/claims/<int:claim_id>/covered", methods=["GET", "POST"])
@needs(Permission.CLAIMS_MAKE)
def covered(claim_id: int) -> Any:
    """What was bought elsewhere instead, and what it cost."""
    found = our_claim(claim_id)
    form = CoverForm(found)
    if form.validate_on_submit() and _close(found, ClaimOutcome.COVERED, form, cover=form.cover):
        flash(_("Written. What it cost more than agreed is claimed from the supplier."), "success")
        return redirect(url_for(".claim", claim_id=claim_id), code=303)
    page = render_template("kitchen/cover.html", form=form, **claim_context(found))
    return page, 422 if form.errors else 200


def _close(found: ClaimRow, outcome: ClaimOutcome, form: BaseForm, **how: Any) -> bool:
    try:
        with transaction():
            service.close_claim(found.id, outcome, Side.BUYER, actor=present().actor, now=clock(), **how)
    except Refusal as reason:
        form.refuse(reason)
        return False
    return True


def _page(found: ClaimRow, form: ReplacedForm, other: BaseForm | None = None) -> Any:
    page = render_template(
        "kitchen/claim.html",
        form=form,
        problems=list(other.form_errors) if other else [],
        may_claim=present().may(Permission.CLAIMS_MAKE),
        **claim_context(found),
    )
    return page, 422 if form.errors or (other and other.errors) else 200
