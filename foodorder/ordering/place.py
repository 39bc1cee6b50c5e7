"""Submit an order, and take it back, until the deadline.

The order of statements is what makes the deadline hold (design.md §4.2): the cycle's lock, shared, in a
statement of its own; only then, in later statements, the state, the database's clock and the stock are read,
and everything is written before the lock goes with the commit. No network call in between.

Nothing typed is lost: a refusal leaves this transaction undone, and the caller saves what was typed as a
draft in the next one.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from foodorder.catalogue.models import StockKind
from foodorder.db import db, lock_cycle
from foodorder.ordering.models import cycle_name
from foodorder.ordering.receipts import (
    Line,
    Receipt,
    mail_data,
    over_budget,
    standing_receipt,
    taxed_lines,
    vat_cents,
)
from foodorder.ordering.terms import Situation, hold_order, offers_of, situation, terms_of
from foodorder.rules.cycle import check_accepts_orders
from foodorder.rules.ordering import (
    AboveWhatIsLeft,
    Cell,
    NothingOrdered,
    NothingToWithdraw,
    OrderRefused,
    SubmittedMeanwhile,
    read_order,
)
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

# Rows are taken in key order, so that two orders never wait for each other; what does not fit is not taken.
_TAKE_STOCK = text("""
WITH asked AS (
    SELECT * FROM unnest(CAST(:offers AS integer[]), CAST(:deltas AS bigint[])) AS a(offer_id, delta)
), held AS (
    SELECT o.id, a.delta FROM offer o JOIN asked a ON a.offer_id = o.id ORDER BY o.id FOR NO KEY UPDATE OF o
)
UPDATE offer o SET taken = o.taken + held.delta FROM held
 WHERE o.id = held.id
   AND (held.delta <= 0 OR o.stock_kind <> 'reserve'
        OR (o.state = 'published' AND o.taken + held.delta <= o.available))
RETURNING o.id
""")

_WRITE = text("""
WITH submission AS (
    INSERT INTO order_submission (order_id, cycle_id, institution_id, version, number, submitted_at,
                                  submitted_by_id, pack_choice, lines, net_cents, vat_cents, grams)
    VALUES (:order, :cycle, :institution, :version, :number, :at, :person, :pack_choice, :count, :net, :vat,
            :grams)
    RETURNING id
), written AS (
    INSERT INTO order_line (submission_id, cycle_id, institution_id, delivery_point_id, delivery_date,
                            offer_id, offer_version_id, producer_id, product_id, name, unit, quantity, grams,
                            grams_per_unit, order_step, pack, price_cents, net_cents, vat_treatment, vat_bp)
    SELECT s.id, :cycle, :institution, l.point, l.day, v.offer_id, v.id, o.producer_id, o.product_id, v.name,
           v.unit, l.quantity, l.grams, v.grams_per_unit, v.order_step, v.pack, v.price_cents, l.net,
           l.treatment, l.bp
      FROM submission s
     CROSS JOIN json_to_recordset(CAST(:lines AS json)) AS l(version integer, point integer, day date,
           quantity bigint, grams bigint, net bigint, treatment text, bp integer)
      JOIN offer_version v ON v.id = l.version
      JOIN offer o ON o.id = v.offer_id
), cleared AS (
    DELETE FROM draft_line WHERE order_id = :order
), told AS (
    INSERT INTO trail_event (at, actor_id, role, municipality_id, action, object_type, object_id, body)
    VALUES (:at, :person, :role, :municipality, 'order.submitted', 'weekly_order', :order, :event)
), mailed AS (
    INSERT INTO message (dedupe_key, template, language, recipient_name, recipient_email, municipality_id,
                         data, object_type, object_id, state, attempts)
    SELECT 'receipt ' || :number || ' of order ' || :order, 'order_receipt', :language, :name, :email,
           :municipality, CAST(:mail AS jsonb), 'weekly_order', :order, 'queued', 0
     WHERE CAST(:email AS text) IS NOT NULL
)
UPDATE weekly_order
   SET current_submission_id = (SELECT id FROM submission), withdrawn_at = NULL, has_draft = false,
       draft_version = draft_version + 1
 WHERE id = :order
RETURNING current_submission_id
""")

_FORGET_DRAFT = text("""
WITH cleared AS (DELETE FROM draft_line WHERE order_id = :order)
UPDATE weekly_order SET has_draft = false, draft_version = draft_version + 1 WHERE id = :order
""")

_WITHDRAW = text("""
WITH kept AS (
    INSERT INTO draft_line (order_id, offer_id, delivery_point_id, delivery_date, typed)
    SELECT :order, offer_id, delivery_point_id, delivery_date,
           replace(trim_scale(quantity / 1000.0)::text, '.', ',')
      FROM order_line WHERE submission_id = :submission AND NOT :has_draft
)
UPDATE weekly_order
   SET current_submission_id = NULL, withdrawn_at = :at, has_draft = true, draft_version = draft_version + 1,
       draft_saved_at = coalesce(draft_saved_at, :at)
 WHERE id = :order
""")


def submit_order(
    cycle_id: int,
    institution_id: int,
    typed: Mapping[Cell, str],
    pack_choice: str,
    *,
    actor: Actor,
    seen: int | None = None,
) -> Receipt:
    """Make what was typed the order that counts: every cell, or nothing.

    `typed` is the whole order as texts; `pack_choice` ('up' or 'down') what the kitchen wants where a sum is
    not whole packs; `seen` the version that the page showed as submitted (0: none), None not to compare.
    The same content again (a double click) gives the same receipt and writes nothing.

    Raises CycleNotOpen and its kinds, SubmittedMeanwhile, NothingOrdered, or OrderRefused with the problem of
    every cell that is not possible.
    """
    lock_cycle(cycle_id, exclusive=False)
    order_id = hold_order(cycle_id, institution_id)
    now = situation(order_id, actor.person_id)
    offers = offers_of(now, {cell.offer for cell in typed} | {cell.offer for cell in now.standing})
    reading = read_order(typed, terms_of(now, offers.values()), now.row.doors, now.week)
    if not reading.problems and _stands_already(now, reading.quantities, offers, pack_choice):
        if now.row.has_draft:
            db.session.execute(_FORGET_DRAFT, {"order": order_id})
        return standing_receipt(now)
    check_accepts_orders(now.state, now.row.opens_at, now.row.closes_at, now.row.clock)
    if seen is not None and now.row.version not in (None, seen):
        raise SubmittedMeanwhile(version=now.row.last_version)
    if reading.problems:
        raise OrderRefused(reading.problems)
    if not reading.quantities:
        raise NothingOrdered
    _take_stock(now, reading.quantities, offers)
    return _write(now, taxed_lines(now, reading.quantities, offers), pack_choice, actor)


def withdraw_order(cycle_id: int, institution_id: int, *, actor: Actor) -> None:
    """Take the submitted order back; its quantities stay as a draft, so that submitting again undoes it.

    Raises CycleNotOpen and its kinds, or NothingToWithdraw.
    """
    lock_cycle(cycle_id, exclusive=False)
    now = situation(hold_order(cycle_id, institution_id), actor.person_id)
    check_accepts_orders(now.state, now.row.opens_at, now.row.closes_at, now.row.clock)
    if now.row.standing_id is None:
        raise NothingToWithdraw
    _take_stock(now, {}, offers_of(now, {cell.offer for cell in now.standing}))
    db.session.execute(
        _WITHDRAW,
        {
            "order": now.row.order_id,
            "submission": now.row.standing_id,
            "has_draft": now.row.has_draft,
            "at": now.row.clock,
        },
    )
    trail.record(
        actor,
        "order.withdrawn",
        "weekly_order",
        now.row.order_id,
        now=now.row.clock,
        municipality_id=now.row.municipality_id,
        before={"number": now.row.number, "net_cents": now.row.net_cents},
    )


def _stands_already(
    now: Situation, quantities: Mapping[Cell, int], offers: Mapping[int, Any], pack_choice: str
) -> bool:
    return (
        now.row.standing_id is not None
        and now.row.pack_choice == pack_choice
        and now.standing == quantities
        and all(offers[cell.offer].offer_version_id == version for cell, version in now.versions.items())
    )


def _take_stock(now: Situation, quantities: Mapping[Cell, int], offers: Mapping[int, Any]) -> None:
    """Count what is new and give back what is no longer asked, in one statement, for limited offers only.

    What is unlimited is not counted: every kitchen would wait for the same row at the deadline.
    """
    deltas: dict[int, int] = {}
    for cells, sign in ((quantities, 1), (now.standing, -1)):
        for cell, quantity in cells.items():
            if offers[cell.offer].stock_kind != StockKind.UNLIMITED:
                deltas[cell.offer] = deltas.get(cell.offer, 0) + sign * quantity
    changed = {offer: delta for offer, delta in sorted(deltas.items()) if delta}
    if not changed:
        return
    taken = db.session.execute(
        _TAKE_STOCK, {"offers": list(changed), "deltas": list(changed.values())}
    ).scalars()
    missing = changed.keys() - set(taken)
    if missing:
        # Somebody was faster by a moment; what is left now is said beside the fields.
        terms = terms_of(now, offers_of(now, missing).values())
        raise OrderRefused(
            {
                cell: AboveWhatIsLeft(left=terms[cell.offer].left or 0, unit=terms[cell.offer].unit)
                for cell in quantities
                if cell.offer in missing
            }
        )


def _write(now: Situation, lines: list[Line], pack_choice: str, actor: Actor) -> Receipt:
    """The submission, its lines, its event and its receipt by mail, in one statement."""
    version = now.row.last_version + 1
    number = f"{now.row.code}-{cycle_name(now.row.week, now.row.sequence)}/{version}"
    net, vat, weight = sum(line.net for line in lines), vat_cents(lines), sum(line.grams for line in lines)
    submission_id: int = db.session.execute(
        _WRITE,
        {
            "order": now.row.order_id,
            "cycle": now.row.cycle_id,
            "institution": now.row.institution_id,
            "municipality": now.row.municipality_id,
            "version": version,
            "number": number,
            "at": now.row.clock,
            "person": actor.person_id,
            "role": actor.role,
            "pack_choice": pack_choice,
            "count": len(lines),
            "net": net,
            "vat": vat,
            "grams": weight,
            "lines": json.dumps([_row(line) for line in lines]),
            "event": _event(now, number, len(lines), net, actor),
            "language": now.row.person_language,
            "name": now.row.person_name,
            "email": now.row.person_email,
            "mail": json.dumps(mail_data(now, number, net, vat, weight, lines)),
        },
    ).scalar_one()
    return Receipt(
        order_id=now.row.order_id,
        submission_id=submission_id,
        number=number,
        version=version,
        submitted_at=now.row.clock,
        lines=len(lines),
        net_cents=net,
        vat_cents=vat,
        grams=weight,
        over_budget_cents=over_budget(now, net),
        repeated=False,
    )


def _event(now: Situation, number: str, lines: int, net: int, actor: Actor) -> str:
    standing = {"number": now.row.number, "net_cents": now.row.net_cents} if now.row.standing_id else None
    return trail.canonical(
        actor,
        "order.submitted",
        "weekly_order",
        now.row.order_id,
        now=now.row.clock,
        municipality_id=now.row.municipality_id,
        before=standing,
        after={"number": number, "lines": lines, "net_cents": net},
    )


def _row(line: Line) -> dict[str, Any]:
    return {
        "version": line.offer.offer_version_id,
        "point": line.cell.delivery_point,
        "day": line.cell.day.isoformat(),
        "quantity": line.quantity,
        "grams": line.grams,
        "net": line.net,
        "treatment": line.treatment.code.value,
        "bp": line.treatment.bp,
    }
