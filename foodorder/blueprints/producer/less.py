"""Less, or none: hail, frost, sold elsewhere. Kitchens that ordered are told at once."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired

from foodorder.blueprints.producer.counter import bp, named, producer, weeks
from foodorder.blueprints.producer.publishing import give_less
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, QuantityField, options
from foodorder.catalogue.models import Offer, OfferState
from foodorder.catalogue.queries import newest_versions, offer_of
from foodorder.language import formats, ngettext
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.ordering.offers import affected_by
from foodorder.rules.errors import Refusal
from foodorder.rules.offers import LONGEST_REASON
from foodorder.rules.permissions import Permission


class LessForm(BaseForm):
    """How much is left, and why."""

    left = RadioField(
        _l("What is left?"),
        choices=options([("less", _l("There will be less")), ("none", _l("There will be none"))]),
        default="less",
    )
    available = QuantityField(
        _l("How much is there in all"),
        description=_l("All that you will have, with what is already ordered."),
    )
    reason = StringField(
        _l("Why"),
        description=_l("The kitchens read it: hail, frost, illness, sold elsewhere."),
        render_kw={"maxlength": LONGEST_REASON},
        validators=[InputRequired()],
    )


@bp.route("/offers/<int:offer_id>/less", methods=["GET", "POST"])
@needs(Permission.OFFERS_PUBLISH)
def less(offer_id: int) -> Any:
    """Reduce or withdraw an offer."""
    offer = offer_of(producer().id, offer_id)
    if offer is None or offer.state != OfferState.PUBLISHED:
        abort(404)
    form = LessForm()
    form.available.unit = offer.product.food_type.unit
    if form.validate_on_submit() and apply(offer, form):
        return redirect(url_for("producer.week", monday=offer.week.isoformat()), code=303)
    version = newest_versions([offer.id])[offer.id]
    page = render_template(
        "producer/less.html",
        form=form,
        offer=offer,
        version=version,
        days=named(offer.week, weeks()).days,
        affected=affected_by(offer.id),
    )
    return page, 422 if form.errors else 200


def apply(offer: Offer, form: LessForm) -> bool:
    """Do it and say who was told; False with the reason beside its field when it cannot be done."""
    available = (form.available.data or 0) if form.left.data == "less" else None
    try:
        told = give_less(offer, available, form.reason.data or "", present().actor)
    except Refusal as reason:
        form.refuse(reason)
        return False
    product, unit = offer.product.name, offer.product.food_type.unit
    if available is None:
        flash(_("%(product)s is withdrawn: there will be none.", product=product), "success")
    else:
        left = formats.amount(available, unit)
        flash(_("%(product)s: you now offer %(quantity)s.", product=product, quantity=left), "success")
    if told:
        flash(
            ngettext(
                "%(count)s message is on its way.", "%(count)s messages are on their way.", told, count=told
            )
        )
    return True
