"""What does not come along from another week, and why: what is not offered, or not lawful, any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.receipts import lawful_bases
from foodorder.ordering.terms import situation, terms_of
from foodorder.rules.calendar import falls_on
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.ordering import Cell, read_order
from foodorder.rules.quantity import parse_quantity

# The draft of the cycle before, as it was carried (it keeps the moment of its saving), line by line beside
# what this cycle sells of the same product; without what came along.
_STAYED = text("""
SELECT v.name, v.unit, l.typed, l.delivery_point_id, l.delivery_date + (here.week - there.week) AS day,
       d.active AS door, co.offer_id, co.days & CASE WHEN i.kind IN ('school', 'secondary_school')
                                                     THEN here.school_days ELSE here.days END AS days
  FROM weekly_order mine
  JOIN cycle here ON here.id = mine.cycle_id
  JOIN institution i ON i.id = mine.institution_id
  JOIN weekly_order theirs ON theirs.institution_id = mine.institution_id AND theirs.has_draft
                          AND theirs.current_submission_id IS NULL AND theirs.id <> mine.id
                          AND theirs.draft_saved_at = mine.draft_saved_at
  JOIN cycle there ON there.id = theirs.cycle_id AND there.week < here.week
  JOIN draft_line l ON l.order_id = theirs.id
  JOIN delivery_point d ON d.id = l.delivery_point_id
  JOIN offer old ON old.id = l.offer_id
  JOIN cycle_offer sold ON sold.cycle_id = there.id AND sold.offer_id = old.id
  JOIN offer_version v ON v.id = sold.offer_version_id
  LEFT JOIN (cycle_offer co JOIN offer o ON o.id = co.offer_id AND o.state = 'published')
         ON co.cycle_id = here.id AND o.product_id = old.product_id
 WHERE mine.id = :order
   AND NOT EXISTS (
       SELECT FROM draft_line m WHERE m.order_id = mine.id AND m.offer_id = co.offer_id
          AND m.delivery_point_id = l.delivery_point_id
          AND m.delivery_date = l.delivery_date + (here.week - there.week))
 ORDER BY v.name, day
""")

NOT_OFFERED = N_("Not offered this week.")
NOT_THAT_DAY = N_("Not delivered on that day this week.")
DOOR_CLOSED = N_("The delivery point is no longer in use.")
POSSIBLE_AGAIN = N_("It can be ordered again now.")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that did not come along to this week: thousandths of the unit (None: not readable), and why.

    `reason` is a sentence to translate, or what the law says; `offer` this week's offer of the product, whose
    page of the lawful basis says more.
    """

    name: str
    quantity: int | None
    unit: str
    reason: str | Refusal
    offer: int | None = None


def why_not(line: Any) -> str | None:
    """Why a line cannot come along, before any law: its offer, its door, its day."""
    if line.offer_id is None:
        return NOT_OFFERED
    if not line.door:
        return DOOR_CLOSED
    return None if falls_on(line.days, line.day) else NOT_THAT_DAY


def not_lawful(order_id: int, typed: Mapping[Cell, str]) -> dict[Cell, Refusal]:
    """The cells of an order that the law does not allow now, however little is asked in them."""
    if not typed:
        return {}
    now = situation(order_id, offers={cell.offer for cell in typed})
    terms = terms_of(now, now.offers.values())
    quantities = read_order(typed, terms, now.row.doors, now.week).quantities
    sold = [cell for cell in typed if cell.offer in now.offers]
    return lawful_bases(now, now.offers).barred_cells(sold, quantities)


def stayed_behind(order_id: int) -> tuple[LeftOut, ...]:
    """What did not come along with a carried draft that nobody has touched since."""
    lines = db.session.execute(_STAYED, {"order": order_id}).all()
    cells = {_cell(line): line.typed for line in lines if why_not(line) is None}
    refused = not_lawful(order_id, cells)
    left_out = []
    for line in lines:
        reason = why_not(line) or refused.get(_cell(line)) or POSSIBLE_AGAIN
        left_out.append(LeftOut(line.name, _quantity(line), line.unit, reason, line.offer_id))
    return tuple(left_out)


def _cell(line: Any) -> Cell:
    day: date = line.day
    return Cell(line.offer_id, line.delivery_point_id, day)


def _quantity(line: Any) -> int | None:
    try:
        return parse_quantity(line.typed)
    except Refusal:
        return None
