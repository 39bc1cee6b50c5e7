"""Lots that take applications (dynamic purchasing systems), and the producer's own applications."""

from collections.abc import Collection
from itertools import groupby
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf.file import FileRequired, MultipleFileField
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from foodorder.agreements.application_queries import (
    OpenLot,
    application_of,
    applications_of_producer,
    document_of,
    open_lot_of,
    open_lots,
)
from foodorder.agreements.applications import apply, withdraw
from foodorder.agreements.models import LotApplication
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download, handed_in
from foodorder.blueprints.shared.forms import BaseForm
from foodorder.catalogue.queries import products_of
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.agreements import APPLICATION_STATES
from foodorder.rules.applications import DocumentsMissing
from foodorder.rules.errors import Refusal
from foodorder.rules.files import MOST_BYTES
from foodorder.rules.permissions import Permission


class ApplyForm(BaseForm):
    """The documents of an application, and what the producer says beside them."""

    documents = MultipleFileField(_l("Documents"), [FileRequired(_l(DocumentsMissing.message))])
    note = TextAreaField(
        _l("In a few words"),
        [Length(max=1000)],
        description=_l("What you would deliver, and how much."),
    )


@bp.get("/lots")
@needs(Permission.LOTS_APPLY)
def lots() -> str:
    """What takes applications, how we stand with each, and what became of our applications."""
    own = producer()
    admitted = {one.municipality_id for one in own.admissions if one.state == "admitted"}
    found = sorted(
        open_lots(own.id, clock()), key=lambda one: one.lot.agreement.municipality_id not in admitted
    )
    foods = {product.food_type_id for product in products_of(own.id)}
    return render_template(
        "producer/lots.html",
        producer=own,
        systems=[
            (system, *_parted(list(group), foods))
            for system, group in groupby(found, key=lambda one: one.lot.agreement)
        ],
        admitted=admitted,
        applications=applications_of_producer(own.id),
        states=APPLICATION_STATES,
    )


def _parted(lots: list[OpenLot], foods: Collection[int]) -> tuple[list[OpenLot], list[OpenLot]]:
    """Lots that are ours, or buy what we have or once applied for; and the others."""
    near = [
        one
        for one in lots
        if one.is_supplier or one.application or any(food.id in foods for food in one.lot.food_types)
    ]
    return near, [one for one in lots if one not in near]


@bp.route("/lots/<int:open_lot_id>/apply", methods=["GET", "POST"])
@needs(Permission.LOTS_APPLY)
def apply_for(open_lot_id: int) -> Any:
    """Apply for a lot with documents."""
    own = producer()
    found = open_lot_of(open_lot_id, own.id, clock()) or abort(404)
    form = ApplyForm()
    if form.validate_on_submit():
        try:
            with transaction():
                apply(
                    open_lot_id, own.id, handed_in(form.documents.data), form.note.data,
                    actor=present().actor, now=clock(),
                )  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("Your application is sent. You will get a message with the decision."), "success")
            return redirect(url_for("producer.lots"), code=303)
        found = open_lot_of(open_lot_id, own.id, clock()) or abort(404)
    shown = render_template(
        "producer/apply.html", form=form, one=found, most=MOST_BYTES // 1_000_000
    )  # fmt: skip
    return shown, 422 if form.errors else 200


@bp.post("/applications/<int:application_id>/withdraw")
@needs(Permission.LOTS_APPLY)
def withdraw_application(application_id: int) -> Response:
    """Take back an application that waits."""
    with transaction():
        withdraw(own_application(application_id), actor=present().actor, now=clock())
    flash(_("Your application is withdrawn."), "success")
    return redirect(url_for("producer.lots"), code=303)


@bp.get("/applications/<int:application_id>/documents/<int:document_id>")
@needs(Permission.LOTS_APPLY)
def application_document(application_id: int, document_id: int) -> Response:
    """A file of our own application."""
    file = document_of(own_application(application_id), document_id) or abort(404)
    return download(file.name, file.media_type, file.content)


def own_application(application_id: int) -> LotApplication:
    """An application of this producer; 404 for everybody else's."""
    return application_of(application_id, producer_id=producer().id) or abort(404)
