"""What submitting an order and taking it back write: each one statement, the offers' stock with it.

So the rows of offers, which kitchens share, are locked for no longer than the writing takes.
"""

import json
from collections.abc import Mapping, Set
from typing import Any

from sqlalchemy import text

from foodorder.agreements.counting import CHECKED
from foodorder.catalogue.models import StockKind
from foodorder.db import Overtaken, db
from foodorder.ordering.models import cycle_name
from foodorder.ordering.receipts import Line, Receipt, mail_data, over_budget, vat_cents
from foodorder.ordering.terms import Situation
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.ordering import Cell
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

# Rows are taken in key order, so that two orders never wait for each other; what does not fit is not taken.
_STOCK = """asked AS (
    SELECT * FROM unnest(CAST(:offers AS integer[]), CAST(:deltas AS bigint[])) AS a(offer_id, delta) {when}
), held AS (
    SELECT o.id, a.delta FROM offer o JOIN asked a ON a.offer_id = o.id ORDER BY o.id FOR NO KEY UPDATE OF o
), taken AS (
    UPDATE offer o SET taken = o.taken + held.delta FROM held
     WHERE o.id = held.id
       AND (held.delta <= 0 OR o.stock_kind <> 'reserve'
            OR (o.state = 'published' AND o.taken + held.delta <= o.available))
    RETURNING o.id
)"""

# The new lines, and what counts more or less by them than by those that stood.
_LINES = """line AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:lines AS json)) AS l(version integer, point integer, day date,
           quantity bigint, grams bigint, price bigint, net bigint, treatment text, bp integer, basis text,
           lot integer, agreed integer, producer integer, food integer)
), change AS (
    SELECT CAST(:institution AS integer) AS institution, l.producer, l.lot, l.food,
           CAST(:week AS date) AS week, l.basis, l.net AS cents, l.grams
      FROM line l
     UNION ALL
    SELECT s.institution_id, s.producer_id, s.lot_id, p.food_type_id, :week, s.basis, -s.net_cents, -s.grams
      FROM order_line s JOIN product p ON p.id = s.product_id
     WHERE s.submission_id = CAST(:standing AS bigint)
)"""

# The lines are written before the stock is asked for (a count is never negative), so that other kitchens wait
# for its rows no longer than they must. Where something could not be taken, the caller takes all of it back.
_STOCK_LAST = _STOCK.format(when="WHERE (SELECT count(*) FROM written) >= 0")
_WRITE = text(f"""
WITH submission AS (
    INSERT INTO order_submission (order_id, cycle_id, institution_id, version, number, submitted_at,
                                  submitted_by_id, pack_choice, lines, net_cents, vat_cents, grams)
    VALUES (:order, :cycle, :institution, :version, :number, :at, CAST(:person AS integer), :pack_choice,
            :count, :net, :vat, :grams)
    RETURNING id
), {_LINES}, written AS (
    INSERT INTO order_line (submission_id, cycle_id, institution_id, delivery_point_id, delivery_date,
                            offer_id, offer_version_id, producer_id, product_id, name, unit, quantity, grams,
                            grams_per_unit, order_step, pack, price_cents, net_cents, vat_treatment, vat_bp,
                            basis, lot_id, agreed_price_id, funding, substitution)
    SELECT s.id, :cycle, :institution, l.point, l.day, v.offer_id, v.id, o.producer_id, o.product_id, v.name,
           v.unit, l.quantity, l.grams, v.grams_per_unit, v.order_step, v.pack, l.price, l.net, l.treatment,
           l.bp, l.basis, l.lot, l.agreed, coalesce(x.funding, 'regular'), coalesce(x.substitution, 'ask')
      FROM submission s
     CROSS JOIN line l
      JOIN offer_version v ON v.id = l.version
      JOIN offer o ON o.id = v.offer_id
      LEFT JOIN order_option x ON x.order_id = :order AND x.offer_id = o.id
    RETURNING 1
), {_STOCK_LAST}, {CHECKED}, cleared AS (
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
), stands AS (
    UPDATE weekly_order
       SET current_submission_id = (SELECT id FROM submission), withdrawn_at = NULL, has_draft = false,
           draft_version = draft_version + 1
     WHERE id = :order
)
SELECT (SELECT id FROM submission) AS submission, ARRAY(SELECT id FROM taken) AS taken,
       (SELECT count(*) FROM asked_ceiling) - (SELECT count(*) FROM under_ceiling) AS ceilings
""")  # noqa: S608 - only constants are put together

# The sum that is never negative makes the database take offers before ceilings, as a submission does.
_WITHDRAW = text(f"""
WITH {_STOCK.format(when="")}, {_LINES}, {CHECKED}, kept AS (
    INSERT INTO draft_line (order_id, offer_id, delivery_point_id, delivery_date, typed)
    SELECT :order, offer_id, delivery_point_id, delivery_date,
           replace(trim_scale(quantity / 1000.0)::text, '.', ',')
      FROM order_line WHERE submission_id = :submission AND NOT :has_draft
)
UPDATE weekly_order
   SET current_submission_id = NULL, withdrawn_at = :at, has_draft = true, draft_version = draft_version + 1,
       draft_saved_at = coalesce(draft_saved_at, :at)
 WHERE id = :order
   AND (SELECT count(*) FROM taken) + (SELECT count(*) FROM under_ceiling) >= 0
""")  # noqa: S608 - only constants are put together


class NotTaken(Overtaken, Refusal):
    """Somebody was faster by a moment: offers with too little left, or a ceiling. All must be undone.

    Tried again, it mostly goes well or says what is left; a person sees it only if others go on ordering and
    withdrawing at the same ceiling all the while.
    """

    message = N_("Others ordered at the same moment from what little is left. Submit once more.")

    def __init__(self, offers: Set[int]) -> None:
        self.offers = offers
        super().__init__()


def deltas_of(now: Situation, quantities: Mapping[Cell, int], offers: Mapping[int, Any]) -> dict[int, int]:
    """What to count of each limited offer (thousandths): what is new, less what is no longer asked.

    What is unlimited is not counted: every kitchen would wait for the same row at the deadline.
    """
    deltas: dict[int, int] = {}
    for cells, sign in ((quantities, 1), (now.standing, -1)):
        for cell, quantity in cells.items():
            if offers[cell.offer].stock_kind != StockKind.UNLIMITED:
                deltas[cell.offer] = deltas.get(cell.offer, 0) + sign * quantity
    return {offer: delta for offer, delta in sorted(deltas.items()) if delta}


def write_submission(
    now: Situation,
    lines: list[Line],
    deltas: Mapping[int, int],
    pack_choice: str,
    actor: Actor,
) -> Receipt:
    """The stock and the ceilings, the submission, its lines, its event and its receipt, in one statement.

    Raises NotTaken when there is too little of something; then the transaction must be undone.
    """
    version = now.row.last_version + 1
    number = f"{now.row.code}-{cycle_name(now.row.week, now.row.sequence)}/{version}"
    net, vat, weight = sum(line.net for line in lines), vat_cents(lines), sum(line.grams for line in lines)
    written = db.session.execute(
        _WRITE,
        {
            "offers": list(deltas),
            "deltas": list(deltas.values()),
            "week": now.row.week,
            "standing": now.row.standing_id,
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
    ).one()
    if len(written.taken) < len(deltas) or written.ceilings:
        raise NotTaken(deltas.keys() - set(written.taken))
    return Receipt(
        order_id=now.row.order_id,
        submission_id=written.submission,
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
        "price": line.price,
        "net": line.net,
        "treatment": line.treatment.code.value,
        "bp": line.treatment.bp,
        "basis": line.basis.basis.value,
        "lot": line.lot,
        "agreed": line.agreed_price,
        "producer": line.offer.producer_id,
        "food": line.offer.food_type_id,
    }


def write_withdrawal(now: Situation, deltas: Mapping[int, int]) -> None:
    """Give stock and ceilings back and keep what was submitted as a draft, in one statement."""
    db.session.execute(
        _WITHDRAW,
        {
            "order": now.row.order_id,
            "submission": now.row.standing_id,
            "has_draft": now.row.has_draft,
            "at": now.row.clock,
            "offers": list(deltas),
            "deltas": list(deltas.values()),
            "lines": "[]",
            "institution": now.row.institution_id,
            "week": now.row.week,
            "standing": now.row.standing_id,
        },
    )
