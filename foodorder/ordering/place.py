"""Submit an order, and take it back, until the deadline.

The order of statements is what makes the deadline hold (design.md §4.2): the cycle's lock, shared, in a
statement of its own; only then, in later statements, the state, the database's clock and the stock are read,
and everything is written before the lock goes with the commit. No network call in between.

Nothing typed is lost: a refusal leaves this transaction undone, and the caller saves what was typed as a
draft in the next one.
"""

from collections.abc import Iterable, Mapping, Set

from sqlalchemy import text

from foodorder.db import db, lock_cycle
from foodorder.ordering.approvals import after_submission, after_withdrawal
from foodorder.ordering.choices import Choice, choices_made, missing_reasons, write_choices
from foodorder.ordering.drafts import options_changed
from foodorder.ordering.receipts import (
    Line,
    Receipt,
    amounts,
    lawful_bases,
    standing_receipt,
    taxed_lines,
)
from foodorder.ordering.terms import Situation, hold_order, offers_of, situation, terms_of
from foodorder.ordering.writing import NotTaken, deltas_of, write_submission, write_withdrawal
from foodorder.rules.agreements import Basis
from foodorder.rules.cycle import check_accepts_orders
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import (
    AboveWhatIsLeft,
    Cell,
    NothingOrdered,
    NothingToWithdraw,
    OrderRefused,
    SubmittedMeanwhile,
    read_order,
)
from foodorder.rules.scoring import ReasonsMissing
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Where offers are compared by the published criteria.
COMPARED = frozenset({Basis.EXEMPTED, Basis.EVIDENCE})

_FORGET_DRAFT = text("""
WITH cleared AS (DELETE FROM draft_line WHERE order_id = :order)
UPDATE weekly_order SET has_draft = false, draft_version = draft_version + 1 WHERE id = :order
""")


def submit_order(
    cycle_id: int,
    institution_id: int,
    typed: Mapping[Cell, str],
    pack_choice: str,
    *,
    actor: Actor,
    seen: int | None = None,
    over_saved: bool = False,
) -> Receipt:
    """Make what was typed the order that counts: every cell, or nothing.

    `typed` is the whole order as texts; with `over_saved`, what is saved of it stands in the other cells.
    `pack_choice` ('up' or 'down') is what the kitchen wants where a sum is not whole packs; `seen` the
    version that the page showed as submitted (0: none), None not to compare.
    The same content again (a double click) gives the same receipt and writes nothing.

    Raises NoSuchCycle, CycleNotOpen and its kinds, SubmittedMeanwhile, NothingOrdered, OrderRefused with the
    problem of every cell that is not possible, or ReasonsMissing; NotTaken when another order took the last
    of a ceiling since it was read: the same again says so (`retrying`).
    """
    lock_cycle(cycle_id, exclusive=False)
    order_id = hold_order(cycle_id, institution_id)
    now = situation(order_id, actor.person_id, {cell.offer for cell in typed})
    if over_saved:
        typed = {cell: text for cell, text in {**now.typed, **typed}.items() if text}
    offers = now.offers
    reading = read_order(typed, terms_of(now, offers.values()), now.row.doors, now.week)
    if not reading.problems and _stands_already(now, reading.quantities, pack_choice):
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
    lines = _lawful_lines(now, reading.quantities)
    choices = _explained_choices(now, reading.quantities, lines)
    try:
        receipt = write_submission(now, lines, deltas_of(now, reading.quantities, offers), pack_choice, actor)
    except NotTaken as late:
        # Somebody was faster by a moment. What is left of offers is said beside the fields; where it was a
        # ceiling, what it leaves can be told only when what this order counted so far is undone.
        problems = _above_what_is_left(now, lines, late.offers)
        if not problems:
            raise
        raise OrderRefused(problems) from None
    write_choices(receipt.submission_id, choices)
    after_submission(now, receipt, actor)
    return receipt


def withdraw_order(cycle_id: int, institution_id: int, *, actor: Actor) -> None:
    """Take the submitted order back; its quantities stay as a draft, so that submitting again undoes it.

    Raises CycleNotOpen and its kinds, or NothingToWithdraw.
    """
    lock_cycle(cycle_id, exclusive=False)
    now = situation(hold_order(cycle_id, institution_id), actor.person_id)
    check_accepts_orders(now.state, now.row.opens_at, now.row.closes_at, now.row.clock)
    if now.row.standing_id is None:
        raise NothingToWithdraw
    write_withdrawal(now, deltas_of(now, {}, now.offers))
    after_withdrawal(now)
    trail.record(
        actor,
        "order.withdrawn",
        "weekly_order",
        now.row.order_id,
        now=now.row.clock,
        municipality_id=now.row.municipality_id,
        before={"number": now.row.number, "net_cents": now.row.net_cents},
    )


def _stands_already(now: Situation, quantities: Mapping[Cell, int], pack_choice: str) -> bool:
    return (
        now.row.standing_id is not None
        and now.row.pack_choice == pack_choice
        and now.standing == quantities
        and all(now.offers[cell.offer].offer_version_id == version for cell, version in now.versions.items())
        and not options_changed(now.row.order_id)
    )


def _lawful_lines(now: Situation, quantities: Mapping[Cell, int]) -> list[Line]:
    """The lines, each on its lawful basis. Raises OrderRefused for those that have none, or not so much."""
    bases = lawful_bases(now, now.offers)
    lines = taxed_lines(now, quantities, now.offers, bases)
    problems = bases.problems(quantities, now.offers, amounts(lines))
    if problems:
        raise OrderRefused(problems)
    return lines


def _explained_choices(now: Situation, quantities: Mapping[Cell, int], lines: Iterable[Line]) -> list[Choice]:
    """Where another than the first by the criteria is chosen. Raises ReasonsMissing without a reason.

    An award leaves no choice: what is called off under it is not compared.
    """
    compared = {line.offer.food_type_id for line in lines if line.basis.basis in COMPARED}
    if not compared:
        return []
    cells = {cell: one for cell, one in quantities.items() if now.offers[cell.offer].food_type_id in compared}
    choices = choices_made(now, cells, now.offers)
    missing = missing_reasons(choices)
    if missing:
        raise ReasonsMissing(missing)
    return choices


def _above_what_is_left(now: Situation, lines: Iterable[Line], missing: Set[int]) -> dict[Cell, Refusal]:
    """What is left now, said beside every cell of the offers of which there is too little."""
    terms = terms_of(now, offers_of(now, missing).values())
    return {
        line.cell: AboveWhatIsLeft(left=terms[line.cell.offer].left or 0, unit=line.offer.unit)
        for line in lines
        if line.cell.offer in missing
    }
