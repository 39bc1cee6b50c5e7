"""The weekly order: one page over all producers, its drafts, and its submission.

Every button of the page sends the whole form, so that whoever has no scripts loses nothing by looking at
another door or by searching. What a form brings is the younger word: it replaces what was saved in its cells,
and leaves the others alone.
"""

from collections.abc import Mapping
from typing import Any

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.bar import Bar
from foodorder.blueprints.kitchen.cells import field_name, read_cells
from foodorder.blueprints.kitchen.cycles import find_cycles
from foodorder.blueprints.kitchen.filters import BOX_LABELS, Filters
from foodorder.blueprints.kitchen.grid import Grid
from foodorder.blueprints.kitchen.ours import our_cycle, our_institution, our_institution_id
from foodorder.blueprints.kitchen.reasons import read_reasons, reason_fields
from foodorder.blueprints.kitchen.remarks import Remark, left_behind, missing_reasons, problems_of
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.errors import wants_json
from foodorder.blueprints.shared.page import flash_undo
from foodorder.blueprints.shared.readings import note_offers_read
from foodorder.db import clock, retrying, transaction
from foodorder.language import formats, gettext
from foodorder.ordering.choices import carry_reasons, keep_reasons
from foodorder.ordering.drafts import Started, drop_draft, save_draft, start_from
from foodorder.ordering.leftover import LeftOut, stayed_behind
from foodorder.ordering.models import Cycle
from foodorder.ordering.options import carry_options, options_of
from foodorder.ordering.page import OrderPage, order_page, whole_order
from foodorder.ordering.place import submit_order, withdraw_order
from foodorder.ordering.queries import past_orders
from foodorder.ordering.terms import NoSuchCycle
from foodorder.rules.allergens import ALLERGENS
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Cell, OrderRefused
from foodorder.rules.permissions import Permission
from foodorder.rules.scoring import REASONS, ReasonsMissing

#: Refusals that name fields of the form.
FIELDS_REFUSED = (OrderRefused, ReasonsMissing)


@bp.get("/")
@bp.get("/order")
@needs(Permission.ORDERS_PLACE)
def order() -> Any:
    """The weekly order of the cycle that is open, or of ?cycle=; ?point= chooses the door."""
    institution = our_institution()
    wanted = request.args.get("cycle", type=int)
    found = find_cycles(institution.municipality_id, wanted, actor=present().actor)
    if found.shown is None:
        return abort(404) if wanted else render_template("kitchen/no_cycle.html", cycle=None)
    if found.shown.opens_at > found.clock and not wanted:
        return render_template("kitchen/no_cycle.html", cycle=found.shown, clock=found.clock)
    return show_order(found.shown, others=found.others)


def show_order(
    cycle: Cycle,
    *,
    typed: Mapping[Cell, str] | None = None,
    refusal: Refusal | None = None,
    undo: Mapping[Cell, str] | None = None,
    started: Started | None = None,
    others: list[Cycle] | None = None,
) -> tuple[str, int]:
    """The page; with what a form brought (`typed`) and why it was refused, or what can be taken back."""
    institution = our_institution()
    fields = request.values
    filters = Filters.read(fields, fields.getlist("without"))
    page = order_page(cycle.id, institution.id, point_of(fields), typed)
    if page is None:
        return render_template("kitchen/no_door.html"), 200
    note_offers_read(cycle.id)
    if isinstance(refusal, OrderRefused) and page.problems:
        # The first rule that says no refuses; the page shows, and counts, what all of them say.
        refusal = OrderRefused(page.problems)
    options = options_of(page.row.order_id) if page.row.order_id else {}
    sections, bar = Grid(page, filters, options, reason_fields(page, refusal)).sections(), Bar(page)
    left_out = started.left_out if started else carried_without(page)
    body = render_template(
        "kitchen/order.html",
        page=page,
        cycle=cycle,
        others=others or [],
        sections=sections,
        bar=bar,
        bar_forms=bar.forms(),
        bar_count=bar.count(),
        filters=filters,
        boxes=[(name, gettext(label)) for name, label in BOX_LABELS.items()],
        allergens=[(number, gettext(label)) for number, label in ALLERGENS.items()],
        refusal=refusal,
        problems=remarks_on(page, refusal),
        reasons=[(code.value, gettext(label)) for code, label in REASONS.items()],
        undo={field_name(cell): text for cell, text in undo.items()} if undo else None,
        started=started,
        left_out=left_out,
        left_behind=left_behind(left_out),
        weeks=past_orders(institution.id, cycle.id, limit=15) if page.accepts else [],
    )
    return body, 200 if refusal is None else 422 if isinstance(refusal, FIELDS_REFUSED) else 409


def carried_without(page: OrderPage) -> tuple[LeftOut, ...]:
    """What stayed behind of a draft that was carried here and that nobody touched since the cycle opened."""
    row = page.row
    carried = row.has_draft and row.submission_id is None and row.draft_saved_at < row.opens_at
    return stayed_behind(row.order_id) if carried else ()


def remarks_on(page: OrderPage, refusal: Refusal | None) -> list[Remark]:
    """What is wrong in a refused order, and where."""
    if isinstance(refusal, OrderRefused):
        return problems_of(page)
    return missing_reasons(page, refusal.problems) if isinstance(refusal, ReasonsMissing) else []


def point_of(fields: Mapping[str, str]) -> int | None:
    """The door to show: the one switched to, or the one that was shown."""
    text = fields.get("to") or fields.get("point") or ""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def posted_cells() -> dict[Cell, str]:
    """The cells of the form; 400 for a form that is none of ours."""
    try:
        return read_cells(request.form.items())
    except ValueError:
        abort(400)


def back_to_order(cycle: Cycle) -> Response:
    """To the page of the order, at the door and with the filters that the form names."""
    filters = Filters.read(request.form, request.form.getlist("without"))
    return redirect(
        url_for(".order", cycle=cycle.id, point=point_of(request.form), **filters.arguments), code=303
    )


@bp.post("/order/<int:cycle_id>/draft")
@needs(Permission.ORDERS_PLACE)
def draft(cycle_id: int) -> Any:
    """Keep what is typed; scripts send the changed cells only and are told what is not possible in them."""
    cycle, cells = our_cycle(cycle_id), posted_cells()
    with transaction():
        saved = save_draft(
            cycle.id,
            our_institution().id,
            cells,
            actor=present().actor,
            now=clock(),
            version=request.form.get("version", type=int),
        )
        keep_reasons(cycle.id, our_institution().id, read_reasons(request.form))
    if not wants_json():
        return back_to_order(cycle)
    problems = {field_name(cell): formats.refusal(reason) for cell, reason in saved.problems.items()}
    return jsonify(
        version=saved.version,
        saved=formats.clock_time(saved.saved_at),
        stale=saved.stale,
        problems=problems,
    )


@bp.get("/order/token")
@needs(Permission.ORDERS_PLACE)
def token() -> Response:
    """A fresh token for a page that was left open while somebody logged in again in another window."""
    return jsonify(token=generate_csrf())


@bp.post("/order/<int:cycle_id>/submit")
@needs(Permission.ORDERS_PLACE)
def submit(cycle_id: int) -> Any:
    """Make it the order that counts; refused, it is kept as a draft and shown with what is wrong in it."""
    cells = posted_cells()
    # Taken before the transaction ends, so that nothing has to be read again after it.
    kitchen, choice, actor = our_institution_id(), pack_choice(), present().actor
    seen = request.form.get("seen", type=int)
    try:
        reasons = read_reasons(request.form)
        if reasons:
            with transaction():
                keep_reasons(cycle_id, kitchen, reasons)
        receipt = retrying(
            lambda: submit_order(cycle_id, kitchen, cells, choice, actor=actor, seen=seen, over_saved=True)
        )
    except NoSuchCycle:
        abort(404)
    except Refusal as reason:
        typed = {**our_order(cycle_id), **cells}
        keep(cycle_id, cells)
        return show_order(our_cycle(cycle_id), typed=typed, refusal=reason)
    except Exception:
        keep(cycle_id, cells)
        raise
    return redirect(url_for(".receipt", submission_id=receipt.submission_id), code=303)


def pack_choice() -> str:
    """What the form says of packs that do not come out even; the kitchen's usual answer without one."""
    choice = request.form.get("pack_choice", "")
    return choice if choice in ("up", "down") else our_institution().pack_choice


def our_order(cycle_id: int) -> dict[Cell, str]:
    """All cells of our order in a cycle; 404 for another municipality's cycle."""
    order = whole_order(cycle_id, our_institution().id)
    return abort(404) if order is None else order


def keep(cycle_id: int, cells: Mapping[Cell, str]) -> None:
    """Save what was refused as a draft, in a transaction of its own: nothing typed is lost."""
    with transaction():
        save_draft(cycle_id, our_institution().id, cells, actor=present().actor, now=clock())


@bp.post("/order/<int:cycle_id>/withdraw")
@needs(Permission.ORDERS_PLACE)
def withdraw(cycle_id: int) -> Any:
    """Take the submitted order back; its quantities stay as a draft."""
    cycle = our_cycle(cycle_id)
    try:
        with transaction():
            withdraw_order(cycle.id, our_institution().id, actor=present().actor)
    except Refusal as reason:
        return show_order(cycle, refusal=reason)
    flash_undo(
        gettext("The order was withdrawn. Its quantities stay here as a draft."),
        url_for(".submit", cycle_id=cycle.id),
    )
    return redirect(url_for(".order", cycle=cycle.id), code=303)


@bp.post("/order/<int:cycle_id>/discard")
@needs(Permission.ORDERS_PLACE)
def discard(cycle_id: int) -> Response:
    """Forget what was typed since the order was submitted."""
    cycle = our_cycle(cycle_id)
    with transaction():
        drop_draft(cycle.id, our_institution().id, actor=present().actor, now=clock())
    return redirect(url_for(".order", cycle=cycle.id, point=point_of(request.form)), code=303)


@bp.post("/order/<int:cycle_id>/start")
@needs(Permission.ORDERS_PLACE)
def start(cycle_id: int) -> Any:
    """Fill the order from another week, or empty it (week 0). What was there before can be brought back."""
    cycle, institution = our_cycle(cycle_id), our_institution()
    source = request.form.get("week", type=int)
    before = {**our_order(cycle.id), **posted_cells()}
    before = {cell: text for cell, text in before.items() if text}
    with transaction():
        started = start_from(cycle.id, institution.id, source or None, actor=present().actor, now=clock())
        if source:
            carry_reasons(started.order_id, source)
            carry_options(started.order_id, source)
    undo = {**dict.fromkeys(our_order(cycle.id), ""), **before} if before else None
    return show_order(cycle, undo=undo, started=started)


@bp.get("/order/<int:cycle_id>/<any(draft, submit, withdraw, discard, start):verb>")
@needs(Permission.ORDERS_PLACE)
def order_again(cycle_id: int, verb: str) -> Response:
    """The address of a page that answered a button, opened again: the order as it is now."""
    return redirect(url_for(".order", cycle=our_cycle(cycle_id).id))
