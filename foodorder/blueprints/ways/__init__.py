"""Addresses that stand in mails and QR codes: they lead each reader to their own page of a thing.

A farmer, a cook and an auditor open the same link, and the paper does not know who will scan it. What the
reader may see is decided by the page behind it.
"""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from foodorder.blueprints.shared.access import logged_in, present
from foodorder.blueprints.shared.navigation import first_page
from foodorder.db import db
from foodorder.ordering.models import Cycle, WeeklyOrder
from foodorder.rules.permissions import Role

bp = Blueprint("ways", __name__)

KITCHEN = (Role.KITCHEN_MANAGER, Role.APPROVER, Role.ACCOUNTANT)


def counter() -> str:
    """The counter that the reader stands at."""
    somebody = present()
    if somebody.on_behalf:
        return "producer"
    return "kitchen" if somebody.role in KITCHEN else somebody.role.value


def lead(places: dict[str, str], **values: Any) -> Response:
    """To the reader's page of it, or where they begin if their counter has none."""
    endpoint = places.get(counter(), "")
    if endpoint in current_app.view_functions:
        return redirect(url_for(endpoint, **values))
    return redirect(url_for(first_page(present())))


@bp.get("/records/<int:record_id>")
@logged_in
def record(record_id: int) -> Response:
    """A procurement record."""
    places = {name: f"{name}.record" for name in ("kitchen", "producer", "coordinator", "auditor")}
    return lead(places, record_id=record_id)


@bp.get("/additions/<int:addition_id>")
@logged_in
def addition(addition_id: int) -> Response:
    """An addition after the close that makes a record of its own."""
    return lead({"kitchen": "kitchen.addition", "producer": "producer.addition"}, addition_id=addition_id)


@bp.get("/notes/<int:note_id>")
@logged_in
def note(note_id: int) -> Response:
    """A delivery note, from a label (?line=) at the lot that stands on it."""
    line = request.args.get("line")
    places = {
        "kitchen": "kitchen.delivery_note", "producer": "producer.note", "coordinator": "auditor.note",
        "auditor": "auditor.note",
    }  # fmt: skip
    return lead(places, note_id=note_id, line=line if line and line.isdecimal() else None)


@bp.get("/claims/<int:claim_id>")
@logged_in
def claim(claim_id: int) -> Response:
    """A claim."""
    places = {name: f"{name}.claim" for name in ("kitchen", "producer", "coordinator", "auditor")}
    return lead(places, claim_id=claim_id)


@bp.get("/invoices/<int:invoice_id>")
@logged_in
def invoice(invoice_id: int) -> Response:
    """An invoice or a credit note."""
    places = {
        "kitchen": "kitchen.invoice", "producer": "producer.invoice", "coordinator": "auditor.invoice",
        "auditor": "auditor.invoice",
    }  # fmt: skip
    return lead(places, invoice_id=invoice_id)


@bp.get("/deliveries/<day>")
@logged_in
def deliveries(day: str) -> Response:
    """A day's deliveries: the farmer's pick list and route."""
    return lead({"producer": "producer.deliveries"}, day=day)


@bp.get("/orders/<int:order_id>")
@logged_in
def order(order_id: int) -> Response:
    """A kitchen's order: the receipt of what stands, or the order page when it was withdrawn."""
    found = db.session.get(WeeklyOrder, order_id)
    kitchen = present().institution
    if found is None or kitchen is None or found.institution_id != kitchen.id:
        abort(404)
    if found.current_submission_id is None:
        return lead({"kitchen": "kitchen.order"})
    return lead({"kitchen": "kitchen.receipt"}, submission_id=found.current_submission_id)


@bp.get("/cycles/<int:cycle_id>")
@logged_in
def cycle(cycle_id: int) -> Response:
    """A cycle: the farmer's week of what to bring, the coordinator's and auditor's page of it."""
    if counter() == "producer":
        week = db.session.scalar(select(Cycle.week).where(Cycle.id == cycle_id)) or abort(404)
        return lead({"producer": "producer.supply"}, monday=week.isoformat())
    if counter() == "kitchen":
        return lead({"kitchen": "kitchen.records"})
    return lead({"coordinator": "coordinator.cycle", "auditor": "auditor.cycle"}, cycle_id=cycle_id)


# The pictures hang themselves on the blueprint.
from foodorder.blueprints.ways import photos  # noqa: E402, F401
