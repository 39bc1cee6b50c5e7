"""Pages of statements of account: read one in after looking at it, what came of it, what waits for a person.

Used by the accountant's and the farmer's counter; templates link by relative endpoints.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from flask import abort, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import FileField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from foodorder.billing import entries as service
from foodorder.billing.bank_queries import (
    Settled,
    count_waiting,
    find_entry,
    find_statement,
    settled_by,
    statements_of,
    waiting_entries,
)
from foodorder.billing.models import BankEntry
from foodorder.billing.outstanding import OpenInvoice, open_invoices
from foodorder.billing.statements import Owner, read_in
from foodorder.blueprints.shared.access import present
from foodorder.blueprints.shared.files import handed_in
from foodorder.blueprints.shared.forms import BaseForm, MoneyField, options
from foodorder.db import clock, db, retrying
from foodorder.language import formats, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.files import MOST_BYTES
from foodorder.rules.payments import ENTRY_STATES, EntryState

Answer = Response | tuple[str, int] | str

#: How an entry's state looks: kind of badge.
BADGES = {
    EntryState.EXACT: "ok",
    EntryState.PART: "ok",
    EntryState.EXCESS: "warn",
    EntryState.RETURNED: "warn",
    EntryState.UNMATCHED: "warn",
    EntryState.DECIDED: "off",
}


#: Entries that wait on one page; the others come up as these are decided.
MOST_WAITING = 40


class NoStatement(Refusal):
    """A form without a file."""

    message = N_("Choose the file of the statement.")
    default_field = "document"


class StatementForm(BaseForm):
    """A file, or the one that was shown."""

    document = FileField(
        _l("Statement of account"), description=_l("The XML file (camt.053) of your internet bank.")
    )
    filename = HiddenField()
    kept = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.document.flags.required = True

    def file(self) -> tuple[str, bytes]:
        """Name and bytes; 400 for a kept file that is none. Raises NoStatement."""
        if self.kept.data:
            return self.filename.data or "", unpacked(self.kept.data)
        found = handed_in([self.document.data] if self.document.data else None)
        if not found:
            raise NoStatement
        return found[0]


class EntryForm(BaseForm):
    """A form of one of many entries on a page: its fields are told apart by the entry's number."""

    def of(self, entry_id: int) -> Self:
        """The form of this entry."""
        for field in self:
            field.id = field.label.field_id = f"{field.name}-{entry_id}"
        return self


class AssignForm(EntryForm):
    """Which invoice an entry pays, and how much of it."""

    invoice = SelectField(_l("Invoice"), [InputRequired()])
    amount = MoneyField(_l("How much of it"), [InputRequired()])

    def begin(self, invoices: list[OpenInvoice]) -> Self:
        """The invoices to choose from."""
        known = [(str(one.id), invoice_words(one)) for one in invoices]
        self.invoice.choices = options([("", gettext("Choose an invoice")), *known])
        return self


class AsideForm(EntryForm):
    """What money that concerns no invoice is."""

    words = StringField(
        _l("What is it?"),
        [InputRequired(), Length(max=300)],
        description=_l("For instance: the school's electricity."),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose account it is, and the page around."""

    owner: Owner
    layout: str

    def page(self, template: str, **more: Any) -> str:
        """A page with what all of them need."""
        return render_template(
            f"payments/{template}.html",
            layout=self.layout,
            of_payer=self.owner.institution_id is not None,
            states=ENTRY_STATES,
            badges=BADGES,
            invoice_url=invoice_url,
            **more,
        )


def invoice_url(invoice_id: int) -> str | None:
    """The page of an invoice, for whoever reads."""
    if "ways.invoice" in current_app.view_functions:
        return url_for("ways.invoice", invoice_id=invoice_id)
    return None


def invoice_words(one: OpenInvoice) -> str:
    """An invoice in a list to choose from."""
    return gettext(
        "%(number)s – %(producer)s, %(institution)s – %(open)s, due %(day)s",
        number=one.number,
        producer=one.producer,
        institution=one.institution,
        open=formats.money(one.open_cents),
        day=formats.day(one.due_date, year=True),
    )


def statements_page(desk: Desk) -> Answer:
    """Statements that were read in; a new one is shown first and then read in."""
    form, seen = StatementForm(), None
    if form.validate_on_submit():
        try:
            name, content = form.file()
            if form.kept.data:
                number = retrying(lambda: _read_in(desk.owner, name, content))
                flash(gettext("The statement is read in."), "success")
                return redirect(url_for(".statement", bank_statement_id=number), code=303)
            seen = _seen(desk.owner, name, content)
        except Refusal as reason:
            db.session.rollback()
            form.refuse(reason, "document")
    shown = desk.page("statements", form=form, seen=seen, statements=statements_of(desk.owner))
    return shown, 422 if form.errors else 200


def statement_page(desk: Desk, statement_id: int) -> Answer:
    """A statement, and what came of each entry."""
    found = find_statement(statement_id, desk.owner) or abort(404)
    return desk.page("statement", statement=found, settled=settled_by(found.entries))


def entries_page(desk: Desk) -> Answer:
    """What waits for a person."""
    return _waiting_page(desk)


def assign(desk: Desk, entry_id: int) -> Answer:
    """An entry pays this invoice."""
    entry = find_entry(entry_id, desk.owner) or abort(404)
    form = AssignForm().begin(_choices(desk.owner))
    if form.validate_on_submit():
        part = (int(form.invoice.data), form.amount.data)
        return _do(
            desk, entry, form, lambda: service.assign(entry.id, [part], actor=present().actor, now=clock())
        )
    return _waiting_page(desk, entry.id, form)


def set_aside(desk: Desk, entry_id: int) -> Answer:
    """An entry concerns no invoice."""
    entry = find_entry(entry_id, desk.owner) or abort(404)
    form = AsideForm()
    if form.validate_on_submit():
        words = form.words.data or ""
        return _do(
            desk, entry, form, lambda: service.set_aside(entry.id, words, actor=present().actor, now=clock())
        )
    return _waiting_page(desk, entry.id, form)


def _do(desk: Desk, entry: BankEntry, form: EntryForm, work: Callable[[], Any]) -> Answer:
    number = entry.id
    try:
        retrying(work)
    except Refusal as reason:
        form.refuse(reason)
        return _waiting_page(desk, number, form)
    flash(gettext("Written."), "success")
    return redirect(url_for(".entries"), code=303)


def _waiting_page(desk: Desk, entry_id: int | None = None, sent: EntryForm | None = None) -> Answer:
    """All that waits, each with its two forms; the one that was sent keeps what was typed."""
    invoices = _choices(desk.owner)
    rows = []
    for entry in waiting_entries(desk.owner, MOST_WAITING):
        left = abs(entry.amount_cents) - abs(entry.settled_cents)
        assigning = AssignForm(formdata=None, data={"amount": left}).begin(invoices)
        forms: list[EntryForm] = [assigning, AsideForm(formdata=None)]
        if entry.id == entry_id and sent is not None:
            forms = [sent if type(form) is type(sent) else form for form in forms]
        rows.append((entry, left, *(form.of(entry.id) for form in forms)))
    shown = desk.page("entries", rows=rows, form=sent, count=count_waiting(desk.owner))
    return shown, 422 if sent is not None else 200


def _choices(owner: Owner) -> list[OpenInvoice]:
    return open_invoices(institution_id=owner.institution_id, producer_id=owner.producer_id)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An entry as it would be read in: copied, for it is undone again."""

    amount_cents: int
    settled_cents: int
    booked_on: Any
    counterparty: str | None
    reference: str | None
    words: str | None
    state: str
    settled: list[Settled]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file would do, and the file itself for the form that does it."""

    numbers: list[str]
    entries: list[Foreseen]
    filename: str
    kept: str


def _read_in(owner: Owner, name: str, content: bytes) -> int:
    return read_in(owner, name, content, actor=present().actor, now=clock())[-1].id


def _seen(owner: Owner, name: str, content: bytes) -> Seen:
    """Read it in and undo it: what is shown is what will be done."""
    savepoint = db.session.begin_nested()
    try:
        taken = read_in(owner, name, content, actor=present().actor, now=clock())
        entries = [entry for statement in taken for entry in statement.entries]
        settled = settled_by(entries)
        foreseen = [_foreseen(entry, settled.get(entry.id, [])) for entry in entries]
        return Seen([one.statement for one in taken], foreseen, name, packed(content))
    finally:
        savepoint.rollback()


def _foreseen(entry: BankEntry, settled: list[Settled]) -> Foreseen:
    kept = {name: getattr(entry, name) for name in Foreseen.__dataclass_fields__ if name != "settled"}
    return Foreseen(**kept, settled=settled)


def packed(content: bytes) -> str:
    """A file for a hidden field: XML is mostly air."""
    return base64.b64encode(zlib.compress(content)).decode()


def unpacked(text: str) -> bytes:
    """What `packed` wrote; 400 for what it did not, and for what swells beyond what may be handed in."""
    try:
        reader = zlib.decompressobj()
        content = reader.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        abort(400)
    return content if reader.eof else abort(400)
