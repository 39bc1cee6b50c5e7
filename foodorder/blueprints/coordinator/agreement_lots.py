"""Lots of an agreement and their suppliers: free in a draft, by amendment in force."""

from typing import Any

from flask import abort
from werkzeug.wrappers import Response

from foodorder.accounts.queries import producers_of
from foodorder.agreements.amendments import amend_foods, amend_supplier, amend_supplier_left
from foodorder.agreements.ceilings import limits_of
from foodorder.agreements.lots import add_lot, edit_lot, remove_lot
from foodorder.agreements.models import Agreement, AgreementLot, LotSupplier
from foodorder.agreements.queries import supplier_in
from foodorder.agreements.states import stays_open
from foodorder.agreements.suppliers import add_supplier, edit_supplier, remove_supplier
from foodorder.blueprints.coordinator.agreement_forms import (
    AmendmentForm,
    FoodsForm,
    LotForm,
    PlaceForm,
    SupplierForm,
)
from foodorder.blueprints.coordinator.agreements import own_agreement, own_lot, to_agreement
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm, options
from foodorder.catalogue.queries import food_types
from foodorder.db import clock, transaction
from foodorder.language import get_locale
from foodorder.language import gettext as _
from foodorder.rules.agreements import AgreementState, AwardMode
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


def _foods() -> list[Any]:
    slovene = get_locale().language == "sl"
    return options((food.id, food.name_sl if slovene else food.name_en) for food in food_types())


@bp.route("/agreements/<int:agreement_id>/lots/new", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def new_lot(agreement_id: int) -> Answer:
    """Enter a lot of a draft."""
    own = own_agreement(agreement_id)
    if own.state != AgreementState.DRAFT:
        return to_agreement(agreement_id)
    form = LotForm(own)
    form.foods.choices = _foods()
    if form.validate_on_submit():
        try:
            with transaction():
                add_lot(own, form.lot(), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    return page("coordinator/agreement_lot.html", form, agreement=own_agreement(agreement_id), lot=None)


@bp.route("/agreements/<int:agreement_id>/lots/<int:lot_id>", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def change_lot(agreement_id: int, lot_id: int) -> Answer:
    """Change a lot of a draft; of one in force its foods, by amendment."""
    own = own_lot(agreement_id, lot_id)
    form = _lot_form(own)
    if form.validate_on_submit():
        try:
            with transaction():
                _save_lot(own, form)
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    lot = own_lot(agreement_id, lot_id)
    template = "agreement_foods" if form.amends else "agreement_lot"
    return page(f"coordinator/{template}.html", form, agreement=lot.agreement, lot=lot)


def _lot_form(lot: AgreementLot) -> FoodsForm | LotForm:
    limits = limits_of(lot.agreement, lot)
    values = {
        "cpv": ", ".join(lot.cpv),
        "foods": [food.id for food in lot.food_types],
        "limit_cents": limits.cents,
        "limit_grams": limits.grams,
        "why_exempted": lot.reason,
    }
    draft = lot.agreement.state == AgreementState.DRAFT
    columns = {name: getattr(lot, name) for name in ("number", "name", "kind", "mode", "scheme")}
    form = LotForm(lot.agreement, data=values | columns) if draft else FoodsForm(lot.agreement, data=values)
    form.foods.choices = _foods()
    return form


def _save_lot(lot: AgreementLot, form: FoodsForm | LotForm) -> None:
    who: Any = {"actor": present().actor, "now": clock()}
    if isinstance(form, LotForm):
        edit_lot(lot, form.lot(), **who)
    else:
        amend_foods(lot, form.amendment(), form.codes(), form.food_type_ids(), **who)


@bp.post("/agreements/<int:agreement_id>/lots/<int:lot_id>/remove")
@needs(Permission.AGREEMENTS_MANAGE)
def remove_lot_(agreement_id: int, lot_id: int) -> Response:
    """Take a lot out of a draft."""
    own = own_lot(agreement_id, lot_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        remove_lot(own, actor=present().actor, now=clock())
    return done(_("The lot is gone."), "coordinator.agreement", agreement_id=agreement_id)


@bp.route("/agreements/<int:agreement_id>/lots/<int:lot_id>/suppliers", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def new_supplier(agreement_id: int, lot_id: int) -> Answer:
    """Let a producer supply a lot."""
    own = own_lot(agreement_id, lot_id)
    form = SupplierForm(own.agreement, freely=stays_open(own))
    form.producer.choices = options(
        (one.producer_id, one.producer.name) for one in producers_of(municipality().id)
    )
    _fit(form, own)
    if form.validate_on_submit():
        try:
            with transaction():
                _save_supplier(own, form)
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    lot = own_lot(agreement_id, lot_id)
    return page("coordinator/agreement_supplier.html", form, agreement=lot.agreement, lot=lot, supplier=None)


def _fit(form: Any, lot: AgreementLot) -> None:
    """Leave the fields that the lot's mode asks for."""
    if lot.mode != AwardMode.RANKED:
        del form.rank
    if lot.mode != AwardMode.PARALLEL:
        del form.share_bp


def _place(form: Any) -> dict[str, int | None]:
    return {name: form[name].data for name in ("rank", "share_bp") if name in form}


def _save_supplier(lot: AgreementLot, form: SupplierForm) -> None:
    who: Any = {**_place(form), "actor": present().actor, "now": clock()}
    if form.amends:
        amend_supplier(lot, form.amendment(), form.producer.data, **who)
    else:
        add_supplier(lot, form.producer.data, **who)


def _own_supplier(agreement_id: int, supplier_id: int) -> LotSupplier:
    return found(supplier_in(own_agreement(agreement_id), supplier_id))


@bp.route("/agreements/<int:agreement_id>/suppliers/<int:supplier_id>", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def change_supplier(agreement_id: int, supplier_id: int) -> Answer:
    """Give a supplier another rank or share."""
    own = _own_supplier(agreement_id, supplier_id)
    if own.lot.mode == AwardMode.OPEN:
        return to_agreement(agreement_id)
    form = PlaceForm(own.lot.agreement, obj=own)
    _fit(form, own.lot)
    if form.validate_on_submit():
        try:
            with transaction():
                _save_place(own, form)
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    return _supplier_page("coordinator/agreement_supplier.html", form, agreement_id, supplier_id)


def _save_place(supplier: LotSupplier, form: PlaceForm) -> None:
    who: Any = {**_place(form), "actor": present().actor, "now": clock()}
    if form.amends:
        amend_supplier(supplier.lot, form.amendment(), supplier.producer_id, **who)
    else:
        edit_supplier(supplier, **who)


@bp.route("/agreements/<int:agreement_id>/suppliers/<int:supplier_id>/leave", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def let_supplier_go(agreement_id: int, supplier_id: int) -> Answer:
    """Let a supplier go: out of a draft at once, in force by amendment, with the last day kept."""
    own = _own_supplier(agreement_id, supplier_id)
    form = AmendmentForm(own.lot.agreement)
    if form.validate_on_submit():
        who: Any = {"actor": present().actor, "now": clock()}
        try:
            with transaction():
                if form.amends:
                    amend_supplier_left(own, form.amendment(), **who)
                else:
                    remove_supplier(own, **who)
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    return _supplier_page("coordinator/agreement_leave.html", form, agreement_id, supplier_id)


def _supplier_page(template: str, form: AmendmentForm, agreement_id: int, supplier_id: int) -> Answer:
    supplier = _own_supplier(agreement_id, supplier_id)
    agreement: Agreement = supplier.lot.agreement
    return page(template, form, agreement=agreement, lot=supplier.lot, supplier=supplier)
