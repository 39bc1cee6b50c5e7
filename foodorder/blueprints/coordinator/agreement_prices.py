"""Agreed prices: typed for a lot, or read from an award's price list with a preview of its differences."""

from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response
from wtforms import DateField
from wtforms.validators import InputRequired

from foodorder.agreements.amendments import amend_prices
from foodorder.agreements.models import Agreement, AgreementLot, LotSupplier, PriceImport
from foodorder.agreements.price_file import COLUMNS
from foodorder.agreements.price_import import Change, apply_import, import_of, preview, upload
from foodorder.agreements.prices import PriceData, PriceKey, agree_prices, prices_on
from foodorder.agreements.states import present_suppliers
from foodorder.audit.exports import render
from foodorder.blueprints.coordinator.agreement_forms import AmendmentForm, ApplyForm, PriceListForm
from foodorder.blueprints.coordinator.agreements import own_agreement, own_lot, to_agreement
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download, handed_in
from foodorder.blueprints.shared.forms import MoneyField
from foodorder.catalogue.models import FoodType
from foodorder.db import clock, transaction
from foodorder.language import get_locale, ngettext
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.language.figures import unit_label
from foodorder.language.times import local
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.agreements import AgreementKind, AgreementState
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


def _by_calls(agreement: Agreement) -> bool:
    """Whether prices come with calls, not amendments: a dynamic purchasing system."""
    return agreement.kind == AgreementKind.DPS


@bp.route("/agreements/<int:agreement_id>/lots/<int:lot_id>/prices", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def lot_prices(agreement_id: int, lot_id: int) -> Answer:
    """Type the prices of a lot, supplier by supplier."""
    own = own_lot(agreement_id, lot_id)
    cells = [(one, food) for one in present_suppliers(own) for food in own.food_types]
    form = _price_form(own, cells)
    if form.validate_on_submit():
        try:
            with transaction():
                _save_prices(own, form, cells)
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    lot = own_lot(agreement_id, lot_id)
    return page("coordinator/agreement_prices.html", form, agreement=lot.agreement, lot=lot, cells=cells)


Cells = list[tuple[LotSupplier, FoodType]]


def _price_form(lot: AgreementLot, cells: Cells) -> Any:
    agreement = lot.agreement
    held = _held(agreement)
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for one, food in cells:
        name = f"price{one.producer_id}x{food.id}"
        fields[name] = MoneyField(f"{one.producer.name}: {_food(food)}")
        data[name] = held.get((lot.id, one.producer_id, food.id, None))
    if agreement.state == AgreementState.DRAFT or _by_calls(agreement):
        fields["valid_from"] = DateField(_l("Prices hold from"), [InputRequired()])
        data["valid_from"] = agreement.valid_from if agreement.state == AgreementState.DRAFT else None
    kind: type[AmendmentForm] = type("LotPricesForm", (AmendmentForm,), fields)
    return kind(agreement, freely=_by_calls(agreement), data=data)


def _held(agreement: Agreement) -> dict[PriceKey, int]:
    """What holds on the last day known of: today, or the agreement's first if that is still to come."""
    day = max(agreement.valid_from, local(clock()).date())
    return {key: row.price_cents for key, row in prices_on(agreement.id, day).items()}


def _save_prices(lot: AgreementLot, form: Any, cells: Cells) -> None:
    first = form.effective_on.data if form.amends else form.valid_from.data
    prices = [
        PriceData(
            lot_id=lot.id,
            producer_id=one.producer_id,
            food_type_id=food.id,
            price_cents=cents,
            valid_from=first,
        )
        for one, food in cells
        if (cents := form[f"price{one.producer_id}x{food.id}"].data) is not None
    ]
    who: Any = {"actor": present().actor, "now": clock()}
    if form.amends:
        amend_prices(lot.agreement, form.amendment(), prices, **who)
    else:
        agree_prices(lot.agreement, prices, **who)


def _food(food: FoodType) -> str:
    return food.name_sl if get_locale().language == "sl" else food.name_en


@bp.get("/agreements/<int:agreement_id>/price-list/<any(xlsx, csv):ending>")
@needs(Permission.AGREEMENTS_MANAGE)
def price_list_template(agreement_id: int, ending: str) -> Response:
    """A price list to fill in: every lot, supplier and food, with the present price where there is one."""
    own = own_agreement(agreement_id)
    held = _held(own)
    first = own.valid_from if own.state == AgreementState.DRAFT else None
    rows = tuple(
        (
            lot.number, one.producer.name, food.name_sl, None, unit_label(food.unit),
            held.get((lot.id, one.producer_id, food.id, None)), first,
        )
        for lot in own.lots
        for one in present_suppliers(lot)
        for food in lot.food_types
    )  # fmt: skip
    figures = {"price": Figure.MONEY, "valid_from": Figure.DAY}
    columns = tuple(Column(key, labels[0], figures.get(key, Figure.TEXT)) for key, labels in COLUMNS.items())
    table = Table(_("Price list"), columns, rows)
    file = render(table, ending, _("Price list"), f"{_('price-list')}-{own.id}")
    return download(file.name, file.media_type, file.content)


@bp.route("/agreements/<int:agreement_id>/import", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def import_prices(agreement_id: int) -> Answer:
    """Read a price list; nothing is agreed by that."""
    own = own_agreement(agreement_id)
    if own.state == AgreementState.ENDED:
        return to_agreement(agreement_id)
    form = PriceListForm()
    if form.validate_on_submit():
        files = handed_in([form.file.data] if form.file.data else [])
        if not files:
            form.file.errors = [_("Choose a file.")]
        else:
            try:
                with transaction():
                    kept = upload(own, *files[0], actor=present().actor, now=clock())
                    import_id = kept.id
            except Refusal as reason:
                form.refuse(reason)
            else:
                address = url_for("coordinator.price_list", agreement_id=agreement_id, import_id=import_id)
                return redirect(address, code=303)
    return page("coordinator/agreement_import.html", form, agreement=own_agreement(agreement_id))


@bp.route("/agreements/<int:agreement_id>/import/<int:import_id>", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def price_list(agreement_id: int, import_id: int) -> Answer:
    """What a price list would change, and the button that agrees it whole."""
    own = own_agreement(agreement_id)
    kept = found(import_of(own, import_id))
    form = ApplyForm(own, freely=_by_calls(own))
    if form.validate_on_submit():
        try:
            with transaction():
                data = form.amendment() if form.amends else None
                agreed = apply_import(own, kept, data, actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            said = ngettext("%(count)s price agreed.", "%(count)s prices agreed.", agreed, count=agreed)
            return done(said, "coordinator.agreement", agreement_id=agreement_id)
    own = own_agreement(agreement_id)
    return _preview(form, own, found(import_of(own, import_id)))


def _preview(form: ApplyForm, agreement: Agreement, kept: PriceImport) -> Answer:
    lines = preview(kept)
    counts = {change: sum(line.change is change for line in lines) for change in Change}
    return page(
        "coordinator/agreement_price_list.html", form, agreement=agreement, kept=kept, lines=lines,
        counts=counts,
    )  # fmt: skip
