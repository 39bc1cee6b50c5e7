"""The agreement's own documents, handed in and downloaded; and giving a draft up."""

from flask import abort, flash, redirect, url_for
from flask_wtf.file import FileRequired, MultipleFileField
from werkzeug.wrappers import Response

from foodorder.agreements.documents import (
    NothingHandedIn,
    add_documents,
    document_of,
    documents_of,
    remove_document,
)
from foodorder.agreements.giving_up import give_up
from foodorder.blueprints.coordinator.agreements import own_agreement, to_agreement
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download, handed_in
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.agreements import AgreementState
from foodorder.rules.errors import Refusal
from foodorder.rules.files import MOST_BYTES
from foodorder.rules.permissions import Permission


class DocumentsForm(BaseForm):
    """Files that belong to an agreement."""

    documents = MultipleFileField(_l("Files"), [FileRequired(_l(NothingHandedIn.message))])


@bp.route("/agreements/<int:agreement_id>/documents", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def agreement_documents(agreement_id: int) -> Answer:
    """What is kept with the agreement; more can be added in whatever state it is."""
    own, form = own_agreement(agreement_id), DocumentsForm()
    if form.validate_on_submit():
        try:
            with transaction():
                add_documents(own, handed_in(form.documents.data), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement_documents", agreement_id=agreement_id)
    return page(
        "coordinator/agreement_documents.html",
        form,
        agreement=own_agreement(agreement_id),
        documents=documents_of(agreement_id),
        most=MOST_BYTES // 1_000_000,
    )


@bp.get("/agreements/<int:agreement_id>/documents/<int:agreement_document_id>")
@needs(Permission.AGREEMENTS_MANAGE)
def agreement_document(agreement_id: int, agreement_document_id: int) -> Response:
    """One of them, to keep."""
    file = found(document_of(own_agreement(agreement_id), agreement_document_id))
    return download(file.name, file.media_type, file.content)


@bp.post("/agreements/<int:agreement_id>/documents/<int:agreement_document_id>/remove")
@needs(Permission.AGREEMENTS_MANAGE)
def remove_agreement_document(agreement_id: int, agreement_document_id: int) -> Response:
    """Take one out of a draft."""
    own = own_agreement(agreement_id)
    file = found(document_of(own, agreement_document_id))
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        remove_document(own, file, actor=present().actor, now=clock())
    return done(_("Removed."), "coordinator.agreement_documents", agreement_id=agreement_id)


@bp.route("/agreements/<int:agreement_id>/give-up", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def give_agreement_up(agreement_id: int) -> Answer:
    """Delete a draft with everything in it."""
    own, form = own_agreement(agreement_id), EmptyForm()
    if own.state != AgreementState.DRAFT:
        return to_agreement(agreement_id)
    title = own.title
    if form.validate_on_submit():
        try:
            with transaction():
                give_up(own, actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("“%(title)s” is given up.", title=title), "success")
            return redirect(url_for("coordinator.agreements"), code=303)
    own = own_agreement(agreement_id)
    return page(
        "coordinator/agreement_give_up.html", form, agreement=own, documents=documents_of(agreement_id)
    )
