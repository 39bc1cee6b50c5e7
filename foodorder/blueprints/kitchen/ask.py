"""The form of a request after the close: new quantities of lines, and goods that were not in the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length

from foodorder.accounts.models import Institution
from foodorder.blueprints.shared.forms import BaseForm
from foodorder.db import db
from foodorder.language import lazy_gettext as _l
from foodorder.ordering.models import Cycle
from foodorder.procurement.models import ChangeKind
from foodorder.procurement.queries import LineRow, RecordPage
from foodorder.procurement.wanted import Wanted
from foodorder.rules.calendar import dates_of
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import OfferEnded
from foodorder.rules.practices import Initiative
from foodorder.rules.quantity import parse_quantity

# What the same producer sells in the cycle, at the doors and on the days that may follow.
_OFFERS = text("""
SELECT co.offer_id, co.days, v.name, v.unit, v.order_step, v.price_cents
  FROM cycle_offer co
  JOIN offer o ON o.id = co.offer_id AND o.state = 'published'
  JOIN offer_version v ON v.id = co.offer_version_id
 WHERE co.cycle_id = :cycle AND o.producer_id = :producer
 ORDER BY v.name, co.offer_id
""")

#: Empty rows for goods that were not ordered.
NEW_ROWS = 3


class AskForm(BaseForm):
    """Why it is asked, and whose wish it is; the quantities are read by `read_wanted`."""

    reason = TextAreaField(
        _l("Why?"),
        [InputRequired(), Length(max=500)],
        description=_l("For example: a class is on a trip, more people are ill."),
    )
    producers_wish = BooleanField(
        _l("The producer told us that they cannot deliver it"),
        description=_l("Then the producer confirms it, and says who bears the cost."),
    )

    @property
    def initiative(self) -> Initiative:
        """Whose wish it is, as the kitchen says."""
        return Initiative.PRODUCER if self.producers_wish.data else Initiative.BUYER


@dataclass(frozen=True, slots=True)
class New:
    """What can be added: offers of the producer, doors and days of the record's kitchen."""

    offers: Sequence[Any]
    doors: Sequence[tuple[int, str]]
    days: Sequence[date]
    rows: range


def lines_to_ask(page: RecordPage, kind: ChangeKind) -> tuple[Sequence[LineRow], New | None]:
    """The lines whose quantity may be changed, and what may be added (None for a reduction)."""
    if kind is ChangeKind.REDUCTION:
        return page.lines, None
    record = page.record
    return page.lines, additions_to_ask(record.cycle, record.institution, record.producer_id)


def additions_to_ask(cycle: Cycle, institution: Institution, producer_id: int) -> New:
    """What a producer sells in a cycle, and where and when it may come."""
    keys = {"cycle": cycle.id, "producer": producer_id}
    doors = [(door.id, door.name) for door in institution.delivery_points if door.active]
    return New(
        db.session.execute(_OFFERS, keys).all(), doors, dates_of(cycle.week, cycle.days), range(NEW_ROWS)
    )


def read_wanted(fields: Mapping[str, str], page: RecordPage, new: New | None) -> list[Wanted]:
    """What was typed: only quantities that differ from the record's. Raises what parse_quantity raises."""
    wanted = []
    for line in page.lines:
        typed = fields.get(f"line-{line.id}", "").strip()
        if typed:
            quantity = _read(typed, line.unit, f"line-{line.id}")
            if quantity != line.quantity:
                wanted.append(Wanted(quantity, record_line_id=line.id, field=f"line-{line.id}"))
    return [*wanted, *(read_additions(fields, new) if new else ())]


def read_additions(fields: Mapping[str, str], new: New) -> list[Wanted]:
    """The goods that were not in the record. Raises OfferEnded and what parse_quantity raises."""
    wanted = []
    units = {offer.offer_id: offer.unit for offer in new.offers}
    # What was on no page is no door and no day; the service refuses it in words.
    doors = {str(door): door for door, _name in new.doors}
    days = {day.isoformat(): day for day in new.days}
    for row in new.rows:
        typed, offer = fields.get(f"new-{row}", "").strip(), fields.get(f"new-{row}-offer", "")
        if not typed and not offer:
            continue
        if not offer.isdecimal() or int(offer) not in units:
            raise OfferEnded(field=f"new-{row}-offer")
        wanted.append(
            Wanted(
                _read(typed, units[int(offer)], f"new-{row}"),
                offer_id=int(offer),
                delivery_point_id=doors.get(fields.get(f"new-{row}-door", ""), 0),
                delivery_date=days.get(fields.get(f"new-{row}-day", "")),
                field=f"new-{row}",
            )
        )
    return wanted


def _read(typed: str, unit: str, field: str) -> int:
    try:
        return parse_quantity(typed, unit=unit)
    except Refusal as refusal:
        refusal.field = field
        raise
