"""What was paid too much: it pays another invoice of the same two, or it came back.

Used by the accountant's and the farmer's counter; templates link by relative endpoints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from flask import abort, flash, redirect, render_template, url_for
from wtforms import DateField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from foodorder.billing import excess as service
from foodorder.billing.excess import Excess, in_excess
from foodorder.billing.models import Invoice
from foodorder.billing.outstanding import OpenInvoice, open_invoices
from foodorder.blueprints.shared.access import present
from foodorder.blueprints.shared.forms import BaseForm, MoneyField, options
from foodorder.blueprints.shared.statements import Answer, Desk, invoice_url, invoice_words
from foodorder.db import clock, db, retrying
from foodorder.language import formats, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.settlement import InvoiceState


class ExcessForm(BaseForm):
    """One of many forms on a page: its fields are told apart by the invoice's number."""

    def of(self, invoice_id: int) -> Self:
        """The form of this invoice."""
        for field in self:
            field.id = field.label.field_id = f"{field.name}-{invoice_id}"
        return self


class SetOffForm(ExcessForm):
    """Which invoice is paid by what was paid too much, and by how much of it."""

    #: Whether there is an invoice to choose.
    is_possible = False
    invoice = SelectField(_l("Invoice"), [InputRequired()])
    amount = MoneyField(_l("How much of it"), [InputRequired()])

    def begin(self, excess: Excess, invoices: list[OpenInvoice]) -> Self:
        """The approved invoices of the same two."""
        known = [
            (str(one.id), invoice_words(one))
            for one in invoices
            if (one.producer_id, one.institution_id) == (excess.producer_id, excess.institution_id)
            and one.state is InvoiceState.APPROVED
            and one.id != excess.invoice_id
        ]
        self.is_possible = bool(known)
        self.invoice.choices = options([("", gettext("Choose an invoice")), *known])
        return self


class CameBackForm(ExcessForm):
    """What came back, when and how."""

    back = MoneyField(_l("Came back"), [InputRequired()])
    day = DateField(_l("On"), [InputRequired()])
    words = StringField(
        _l("How"), [InputRequired(), Length(max=300)], description=_l("For instance: in cash, receipt 12.")
    )

    def validate_day(self, field: DateField) -> None:
        """What came back came by today."""
        if field.data and field.data > formats.local(clock()).date():
            raise ValidationError(gettext("Choose today or an earlier day."))


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was refused: of which invoice, and what was typed."""

    invoice_id: int
    form: ExcessForm


def excess_page(desk: Desk, sent: Sent | None = None) -> Answer:
    """Every invoice of ours that was paid too much, with what can be done."""
    found, invoices = _ours(desk), _open(desk)
    rows = [(one, *_forms(desk, one, invoices, sent)) for one in found]
    shown = render_template(
        "payments/excess.html",
        layout=desk.layout,
        of_payer=desk.owner.institution_id is not None,
        rows=rows,
        form=sent.form if sent else None,
        total=sum(one.total for one in found),
        invoice_url=invoice_url,
    )
    return shown, 422 if sent else 200


def set_off(desk: Desk, invoice_id: int) -> Answer:
    """What was paid too much pays another invoice."""
    excess = _one(desk, invoice_id)
    if excess is None:
        return _settled()
    form = SetOffForm().begin(excess, _open(desk))
    if not form.validate_on_submit():
        return excess_page(desk, Sent(invoice_id, form))
    other, amount, today = int(form.invoice.data), form.amount.data, formats.local(clock()).date()
    return _do(
        desk,
        Sent(invoice_id, form),
        lambda: service.set_off(invoice_id, other, amount, today=today, actor=present().actor, now=clock()),
        gettext("Written: the other invoice is paid by this sum."),
    )


def came_back(desk: Desk, invoice_id: int) -> Answer:
    """What was paid too much came back."""
    if _one(desk, invoice_id) is None:
        return _settled()
    form = CameBackForm()
    if not form.validate_on_submit() or form.day.data is None:
        return excess_page(desk, Sent(invoice_id, form))
    day, words = form.day.data, form.words.data or ""
    return _do(
        desk,
        Sent(invoice_id, form),
        lambda: service.came_back(
            invoice_id, form.back.data, day, words, actor=present().actor, now=clock()
        ),
        gettext("Written: this sum came back."),
    )  # fmt: skip


def _do(desk: Desk, sent: Sent, work: Callable[[], None], done: str) -> Answer:
    try:
        retrying(work)
    except Refusal as reason:
        field = reason.field if reason.field in sent.form._fields else None
        sent.form.refuse(reason, field or ("back" if isinstance(sent.form, CameBackForm) else "amount"))
        return excess_page(desk, sent)
    flash(done, "success")
    return redirect(url_for(".excess"), code=303)


def _ours(desk: Desk) -> list[Excess]:
    return in_excess(institution_id=desk.owner.institution_id, producer_id=desk.owner.producer_id)


def _open(desk: Desk) -> list[OpenInvoice]:
    return open_invoices(institution_id=desk.owner.institution_id, producer_id=desk.owner.producer_id)


def _one(desk: Desk, invoice_id: int) -> Excess | None:
    """What was paid too much of an invoice of ours; None: nothing, or not any more. 404 for all others."""
    invoice = db.session.get(Invoice, invoice_id)
    if invoice is None or (
        invoice.institution_id != desk.owner.institution_id and invoice.producer_id != desk.owner.producer_id
    ):
        abort(404)
    return next((one for one in _ours(desk) if one.invoice_id == invoice_id), None)


def _settled() -> Answer:
    flash(gettext("Nothing is paid too much on this invoice any more."), "info")
    return redirect(url_for(".excess"), code=303)


def _forms(
    desk: Desk, one: Excess, invoices: list[OpenInvoice], sent: Sent | None
) -> tuple[SetOffForm | None, CameBackForm | None]:
    """The two forms of an invoice; the one that was sent keeps what was typed."""
    today: Any = formats.local(clock()).date()
    setting = SetOffForm(formdata=None, data={"amount": one.total}).begin(one, invoices)
    back = CameBackForm(formdata=None, data={"back": one.cents, "day": today})
    if sent is not None and sent.invoice_id == one.invoice_id:
        setting = sent.form if isinstance(sent.form, SetOffForm) else setting
        back = sent.form if isinstance(sent.form, CameBackForm) else back
    may_note = desk.owner.institution_id is not None and one.cents
    return (
        setting.of(one.invoice_id) if setting.is_possible else None,
        back.of(one.invoice_id) if may_note else None,
    )
