"""What our institution has to pay: what is due, batches for the bank, what was paid otherwise, who waits."""

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from foodorder.accounts.institutions import set_iban
from foodorder.billing import pay
from foodorder.billing.accounting import Books, journal_file
from foodorder.billing.bank_queries import batches_of, count_waiting, find_batch, paid_marks
from foodorder.billing.excess import in_excess
from foodorder.billing.outstanding import by_producer, interest, open_invoices, weeks
from foodorder.billing.statements import Owner
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution, our_institution_id
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, MoneyField, options
from foodorder.blueprints.shared.statements import invoice_url, invoice_words
from foodorder.db import clock, retrying, transaction
from foodorder.language import formats
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.payments import BUCKET_LABELS
from foodorder.rules.permissions import Permission
from foodorder.rules.settlement import InvoiceState

#: Days ahead whose invoices are ticked for the next batch.
SOON = timedelta(days=7)


class BatchForm(BaseForm):
    """Which invoices go to the bank, and when it pays them."""

    invoices = SelectMultipleField(_l("Invoices"), coerce=int)
    execute_on = DateField(_l("Day of payment"), [InputRequired()])


class NoteForm(BaseForm):
    """What was paid in another way."""

    invoice = SelectField(_l("Invoice"), [InputRequired()])
    amount = MoneyField(_l("Paid"), [InputRequired()])
    day = DateField(_l("Paid on"), [InputRequired()])
    words = StringField(
        _l("How"), [InputRequired(), Length(max=300)], description=_l("For instance: in cash, receipt 12.")
    )

    def validate_day(self, field: DateField) -> None:
        """What was paid was paid by today."""
        if field.data and field.data > today():
            raise ValidationError(_("Choose today or an earlier day."))


class AccountForm(BaseForm):
    """The account that transfers leave from."""

    iban = StringField(
        _l("Account (IBAN)"), [Length(max=42)], description=_l("The institution's own, for instance SI56 …")
    )


def today() -> date:
    """The day here."""
    return formats.local(clock()).date()


@bp.get("/payments")
@needs(Permission.PAYMENTS_SEE)
def payments() -> Any:
    """What is due, ready to be given to the bank, and what was given to it."""
    return _due_page(BatchForm(formdata=None, data={"execute_on": today()}))


@bp.post("/payments/batches")
@needs(Permission.PAYMENTS_MAKE)
def make_batch() -> Any:
    """Make a file for the bank of the ticked invoices."""
    ours, form = our_institution_id(), BatchForm()
    form.invoices.choices = options((one.id, one.number) for one in pay.waiting(ours))
    if form.validate_on_submit():
        try:
            number = retrying(lambda: _made(ours, form))
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("The batch is made. Download the file and hand it in at your internet bank."), "success")
            return redirect(url_for(".batch", batch_id=number), code=303)
    return _due_page(form, set(form.invoices.data or ())), 422


def _made(ours: int, form: BatchForm) -> int:
    chosen, day = form.invoices.data or [], form.execute_on.data or today()
    return pay.make_batch(ours, chosen, day, today=today(), actor=present().actor, now=clock()).id


def _due_page(form: BatchForm, ticked: set[int] | None = None) -> str:
    ours, day = our_institution(), today()
    ready = pay.waiting(ours.id)
    free = [one for one in ready if one.is_free]
    if ticked is None:
        ticked = {one.id for one in free if one.due_date <= day + SOON}
    unpaid = open_invoices(institution_id=ours.id)
    return render_template(
        "kitchen/payments.html",
        form=form,
        ready=ready,
        ticked=ticked,
        free=free,
        today=day,
        institution=ours,
        weeks=weeks(unpaid, day),
        late=[one for one in unpaid if one.days_late(day)],
        unapproved=[one for one in unpaid if one.state is not InvoiceState.APPROVED],
        batches=batches_of(ours.id),
        waiting=count_waiting(Owner(institution_id=ours.id)),
        excess=in_excess(institution_id=ours.id),
        may_pay=present().may(Permission.PAYMENTS_MAKE),
        invoice_url=invoice_url,
        first=day.replace(day=1),
    )


@bp.get("/payments/batches/<int:batch_id>")
@needs(Permission.PAYMENTS_SEE)
def batch(batch_id: int) -> Any:
    """A batch: its transfers and which of them the bank has paid."""
    return _batch_page(batch_id, EmptyForm())


def _batch_page(batch_id: int, form: EmptyForm) -> Any:
    found = find_batch(batch_id, our_institution_id()) or abort(404)
    shown = render_template(
        "kitchen/batch.html", batch=found, paid=paid_marks(found), form=form, invoice_url=invoice_url
    )
    return shown, 422 if form.errors else 200


@bp.get("/payments/batches/<int:batch_id>/file")
@needs(Permission.PAYMENTS_MAKE)
def batch_file(batch_id: int) -> Response:
    """The file for the bank (pain.001), byte for byte as it was made."""
    found = find_batch(batch_id, our_institution_id()) or abort(404)
    return download(f"{found.message}.xml", "application/xml", found.content)


@bp.post("/payments/batches/<int:batch_id>/cancel")
@needs(Permission.PAYMENTS_MAKE)
def cancel_batch(batch_id: int) -> Any:
    """Give a batch up: its invoices wait again."""
    ours, form = our_institution_id(), EmptyForm()
    found = find_batch(batch_id, ours) or abort(404)
    if not form.validate_on_submit():
        abort(400)
    number = found.id
    try:
        retrying(lambda: pay.cancel_batch(number, ours, actor=present().actor, now=clock()))
    except Refusal as reason:
        form.refuse(reason)
        return _batch_page(number, form)
    flash(_("The batch is cancelled. Do not hand its file in at the bank."), "success")
    return redirect(url_for(".payments"), code=303)


@bp.route("/payments/note", methods=["GET", "POST"])
@needs(Permission.PAYMENTS_MAKE)
def note_paid() -> Any:
    """Write down what was paid in another way than by a batch."""
    found = [
        one
        for one in open_invoices(institution_id=our_institution_id())
        if one.state is InvoiceState.APPROVED
    ]
    form = NoteForm(data={"day": today(), "invoice": request.args.get("invoice")})
    form.invoice.choices = options(
        [("", _("Choose an invoice")), *((str(one.id), invoice_words(one)) for one in found)]
    )
    if form.validate_on_submit():
        try:
            retrying(lambda: _noted(form))
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("Written: the invoice is paid by this sum."), "success")
            return redirect(url_for(".payments"), code=303)
    return render_template("kitchen/note_paid.html", form=form, invoices=found), 422 if form.errors else 200


def _noted(form: NoteForm) -> int:
    return pay.note_payment(
        int(form.invoice.data), form.amount.data, form.day.data or today(), form.words.data or "",
        actor=present().actor, now=clock(),
    ).id  # fmt: skip


@bp.get("/payments/aging")
@needs(Permission.PAYMENTS_SEE)
def aging() -> Any:
    """What we owe whom, by how late it is, and what the delay costs."""
    day = today()
    found = open_invoices(institution_id=our_institution_id())
    late = [one for one in found if one.days_late(day)]
    return render_template(
        "kitchen/aging.html",
        owed=by_producer(found, day),
        buckets=BUCKET_LABELS,
        late=[(one, one.days_late(day), interest(one, day)) for one in late],
        invoice_url=invoice_url,
        today=day,
    )


@bp.get("/payments/<any(invoices, payments):journal>.<any(csv, xlsx):ending>")
@needs(Permission.PAYMENTS_SEE)
def payment_journal(journal: str, ending: str) -> Response:
    """A journal for accounting, by ?from= and ?to=; without them of this month."""
    day = today()
    first = _day("from", day.replace(day=1))
    books = Books(first, _day("to", day), institution_id=our_institution_id())
    file = journal_file(journal, books, ending)
    return download(file.name, file.media_type, file.content)


def _day(name: str, usual: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, "")[:10])
    except ValueError:
        return usual


@bp.route("/payments/account", methods=["GET", "POST"])
@needs(Permission.PAYMENTS_MAKE)
def account() -> Any:
    """The account that our transfers leave from."""
    ours = our_institution()
    form = AccountForm(data={"iban": ours.iban})
    if form.validate_on_submit():
        try:
            with transaction():
                set_iban(ours, form.iban.data or "", actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason, "iban")
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".payments"), code=303)
    return render_template("kitchen/account.html", form=form), 422 if form.errors else 200
