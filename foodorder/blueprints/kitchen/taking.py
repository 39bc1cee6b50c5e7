"""Take in an invoice that was written elsewhere: upload the file, or type what stands on the paper."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from foodorder.billing.goods import Delivered, Seller, delivered, sellers
from foodorder.billing.models import Invoice
from foodorder.billing.take_in import enter, take_in_file
from foodorder.billing.taking import Taken, TakenLine
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import handed_in
from foodorder.blueprints.shared.forms import BaseForm, MoneyField
from foodorder.db import clock, transaction
from foodorder.language import formats, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.files import HandedIn, read_file
from foodorder.rules.matching import MICROS, value
from foodorder.rules.permissions import Permission
from foodorder.rules.quantity import UNITS, parse_money, parse_quantity
from foodorder.rules.vat import EXEMPT, Treatment, TreatmentCode

#: Rows for what nobody ordered.
OTHERS = range(3)
#: Deliveries that are offered, the newest first.
MOST = 60


class UploadForm(BaseForm):
    """The file, and the paper where there is one."""

    document = FileField(
        _l("File of the invoice"),
        [FileRequired(_l("Choose the file."))],
        description=_l("XML: e-SLOG 2.0 or UBL 2.1, at most 2 MB."),
    )
    paper = FileField(_l("Picture or PDF of it"), description=_l("Kept beside it; nothing is read from it."))


class EnterForm(BaseForm):
    """The head of an invoice; its lines are beside it."""

    number = StringField(_l("Number of the invoice"), [InputRequired(), Length(max=60)])
    issue_date = DateField(_l("Issued on"), [InputRequired()])
    due_date = DateField(
        _l("To be paid by"), [Optional()], description=_l("Empty: the term of the law from today.")
    )
    reference = StringField(_l("Payment reference"), [Optional(), Length(max=35)])
    iban = StringField(_l("Account (IBAN) on the invoice"), [Optional(), Length(max=42)])
    net_cents = MoneyField(_l("Sum without VAT"), [InputRequired()])
    gross_cents = MoneyField(_l("To be paid"), [InputRequired()])
    paper = FileField(_l("Picture or PDF of it"), description=_l("Kept beside it."))


@bp.route("/matching/upload", methods=["GET", "POST"])
@needs(Permission.INVOICES_TAKE_IN)
def upload_invoice() -> Any:
    """Take in a file by standard."""
    institution, form = our_institution(), UploadForm()
    if form.validate_on_submit():
        try:
            name, content = handed_in([form.document.data])[0]
            with transaction():
                invoice = take_in_file(
                    institution.id,
                    name[-100:],
                    content,
                    attached=_papers(form),
                    actor=present().actor,
                    now=clock(),
                )
        except Refusal as reason:
            form.refuse(reason, reason.field if reason.field in form._fields else "document")
        else:
            return _taken_in(invoice)
    return render_template("kitchen/upload_invoice.html", form=form), 422 if form.errors else 200


@bp.route("/matching/enter", methods=["GET", "POST"])
@needs(Permission.INVOICES_TAKE_IN)
def enter_invoice() -> Any:
    """Choose the producer, then type what stands on the paper beside what was delivered."""
    institution = our_institution()
    known = sellers(institution.id)
    chosen = request.args.get("producer", "")
    seller = next((one for one in known if str(one.id) == chosen), None)
    if seller is None:
        if chosen:
            abort(404)
        return render_template("kitchen/enter_invoice.html", sellers=known, seller=None)
    form, wrong = EnterForm(), dict[str, str]()
    brought = _offered(seller, institution.id)
    if form.validate_on_submit():
        lines = read_lines(request.form, brought, wrong)
        if not wrong and (invoice := _enter(form, seller, lines)):
            return _taken_in(invoice)
    elif request.method == "POST":
        read_lines(request.form, brought, wrong)
    page = render_template(
        "kitchen/enter_invoice.html",
        sellers=known,
        seller=seller,
        form=form,
        brought=brought,
        others=OTHERS,
        units=UNITS,
        typed=request.form,
        wrong=wrong,
    )
    return page, 422 if form.errors or form.form_errors or wrong else 200


def _offered(seller: Seller, institution_id: int) -> list[Delivered]:
    """What came up to today and is on no invoice, the newest first.

    What was invoiced meanwhile stays as long as something is typed for it.
    """
    today = formats.local(clock()).date()
    return [
        one
        for one in reversed(delivered(seller.id, institution_id, today))
        if (one.left and one.delivery_date <= today) or request.form.get(f"g{one.id}-q")
    ][:MOST]


def read_lines(typed: Mapping[str, str], brought: list[Delivered], wrong: dict[str, str]) -> list[TakenLine]:
    """The lines that were typed; `wrong` gets what cannot be read, by the name of the box."""
    lines = []
    for one in brought:
        line = _line(typed, f"g{one.id}", one.name, one.unit, one.price_cents, wrong)
        if line is not None:
            treatment = Treatment(TreatmentCode(one.vat_treatment), one.vat_bp)
            lines.append(replace(line, treatment=treatment, goods=one.id, day=one.delivery_date))
    usual = Treatment(TreatmentCode(brought[0].vat_treatment), brought[0].vat_bp) if brought else EXEMPT
    for number in OTHERS:
        name = typed.get(f"o{number}-name", "").strip()
        unit = typed.get(f"o{number}-u", "KGM")
        line = _line(typed, f"o{number}", name, unit if unit in UNITS else "KGM", None, wrong)
        if line is not None and not name:
            wrong[f"o{number}-name"] = gettext("Write what it is.")
        elif line is not None:
            lines.append(replace(line, treatment=usual))
    return lines


def _line(
    typed: Mapping[str, str],
    key: str,
    name: str,
    unit: str,
    agreed: int | None,
    wrong: dict[str, str],
) -> TakenLine | None:
    """A line whose quantity was typed; without a price the agreed one."""
    text, price_text = typed.get(f"{key}-q", "").strip(), typed.get(f"{key}-p", "").strip()
    if not text:
        return None
    quantity, price = 0, agreed or 0
    try:
        quantity = parse_quantity(text, unit=unit)
    except Refusal as reason:
        wrong[f"{key}-q"] = formats.refusal(reason)
    try:
        price = parse_money(price_text) if price_text or agreed is None else agreed
    except Refusal as reason:
        wrong[f"{key}-p"] = formats.refusal(reason)
    if not quantity:
        return None
    micros = price * MICROS
    return TakenLine(name[:200], unit, quantity, micros, value(micros, quantity), EXEMPT)


def _enter(form: EnterForm, seller: Seller, lines: list[TakenLine]) -> Invoice | None:
    if form.issue_date.data is None or form.net_cents.data is None or form.gross_cents.data is None:
        return None
    taken = Taken(
        number=form.number.data or "",
        issue_date=form.issue_date.data,
        due_date=form.due_date.data,
        reference=form.reference.data or None,
        iban=(form.iban.data or "").replace(" ", "") or None,
        net_cents=form.net_cents.data,
        gross_cents=form.gross_cents.data,
        lines=lines,
    )
    try:
        with transaction():
            return enter(
                our_institution().id,
                seller.id,
                taken,
                attached=_papers(form),
                actor=present().actor,
                now=clock(),
            )
    except Refusal as reason:
        form.refuse(reason)
        return None


def _papers(form: Any) -> list[HandedIn]:
    try:
        return [read_file(name, content) for name, content in handed_in([form.paper.data])]
    except Refusal as reason:
        reason.field = "paper"
        raise


def _taken_in(invoice: Invoice) -> Any:
    flash(gettext("The invoice was taken in and compared."), "success")
    shown = invoice.corrects_id or invoice.id
    return redirect(url_for(".match", matched_id=shown), code=303)
