"""What a request after the close asks of each line, checked against the record and the offers' terms."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.terms import offers_of, situation
from foodorder.procurement.models import ChangeKind, ProcurementRecord, RecordChangeLine
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.ordering import NotYourDeliveryPoint, OfferEnded, Terms, check_cell
from foodorder.rules.quantity import check_step


class RecordReplaced(Refusal):
    """A request for a version that is no longer in force."""

    message = N_("This order has a newer version. Look at that one, then ask again.")


class NothingAsked(Refusal):
    """A request that changes nothing."""

    message = N_("Change at least one quantity.")


class NotLess(Refusal):
    """A reduction that is not less than what is recorded."""

    message = N_("A reduction must be less than what is recorded. To get more, ask for an addition.")
    default_field = "quantity"


class NotMore(Refusal):
    """An addition that is not more than what is recorded."""

    message = N_("An addition must be more than what is recorded. To get less, ask for a reduction.")
    default_field = "quantity"


class DeliveryOver(Refusal):
    """A change of a delivery whose day has passed."""

    message = N_("The delivery of %(day)s is over.")


class AlreadySent(Refusal):
    """A change of goods that have left the farm: what is wrong with them is said when they are accepted."""

    message = N_("These goods are on their way already. Accept less when they come, or refuse them.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The quantity (thousandths) wanted instead: of a record line, or of an offer that is not in it yet."""

    quantity: int
    record_line_id: int | None = None
    offer_id: int | None = None
    delivery_point_id: int | None = None
    delivery_date: date | None = None
    #: The form field it was typed into: what is refused of it is said beside that.
    field: str | None = None


_LINES = text("""
SELECT l.id, l.quantity, l.delivery_date, v.order_step, v.unit,
       EXISTS (SELECT FROM record_line_sent s WHERE s.root_line_id = coalesce(l.root_id, l.id)) AS sent
FROM record_line l JOIN offer_version v ON v.id = l.offer_version_id
WHERE l.record_id = :record
""")


def check_wanted(
    record: ProcurementRecord, kind: ChangeKind, wanted: Sequence[Wanted], now: datetime
) -> list[RecordChangeLine]:
    """The lines of a request, each checked.

    Raises RecordReplaced for a line of another record or version, NothingAsked, NotLess, NotMore,
    DeliveryOver, AlreadySent, NotAMultiple, and for new lines OfferEnded, NotYourDeliveryPoint, NotThatDay or
    BelowMinimumQuantity.
    """
    today = now.astimezone(ZoneInfo(record.institution.municipality.zone)).date()
    lines = {row.id: row for row in db.session.execute(_LINES, {"record": record.id})}
    asked = []
    for item in wanted:
        if item.record_line_id is not None:
            with _beside(item):
                asked.append(_checked_line(lines, kind, item, today))
    added = [item for item in wanted if item.record_line_id is None]
    if added and kind is ChangeKind.REDUCTION:
        raise NotLess
    asked += check_additions(record, added, today)
    if not asked:
        raise NothingAsked
    return asked


def _checked_line(lines: dict[int, Any], kind: ChangeKind, item: Wanted, today: date) -> RecordChangeLine:
    """A change of a line there is; a line of another record is refused like one that was replaced."""
    line = lines.get(item.record_line_id or 0)
    if line is None:
        raise RecordReplaced
    if kind is ChangeKind.REDUCTION and not 0 <= item.quantity < line.quantity:
        raise NotLess
    if kind is ChangeKind.ADDITION and item.quantity <= line.quantity:
        raise NotMore
    check_step(item.quantity, line.order_step, unit=line.unit)
    _not_over(line.delivery_date, today)
    if line.sent:
        raise AlreadySent
    return RecordChangeLine(record_line_id=line.id, quantity=item.quantity)


class Buying(Protocol):
    """Who buys from whom in which cycle: a record, or a request for one."""

    cycle_id: Any
    institution_id: Any
    producer_id: Any


def check_additions(buying: Buying, items: Sequence[Wanted], today: date) -> list[RecordChangeLine]:
    """New lines: from the same producer's offers of the same cycle, for this kitchen's doors and days.

    Raises OfferEnded, NotYourDeliveryPoint, NotMore, DeliveryOver and what `rules.ordering.check_cell` names.
    """
    if not items:
        return []
    order_id = db.session.execute(
        text("SELECT id FROM weekly_order WHERE cycle_id = :cycle AND institution_id = :institution"),
        {"cycle": buying.cycle_id, "institution": buying.institution_id},
    ).scalar_one()
    at = situation(order_id)
    offers = offers_of(at, {item.offer_id for item in items if item.offer_id is not None})
    added = []
    for item in items:
        with _beside(item):
            added.append(_checked_addition(buying, at, offers, item, today))
    return added


def _checked_addition(
    buying: Buying, at: Any, offers: dict[int, Any], item: Wanted, today: date
) -> RecordChangeLine:
    offer = offers.get(item.offer_id or 0)
    if offer is None or offer.producer_id != buying.producer_id or item.delivery_date is None:
        raise OfferEnded
    if item.delivery_point_id not in at.row.doors:
        raise NotYourDeliveryPoint
    first, last = at.week
    days = offer.days & at.days if first <= item.delivery_date <= last else 0
    terms = Terms(offer.unit, offer.order_step, offer.minimum_quantity, days, published=offer.published)
    if item.quantity <= 0:
        raise NotMore
    check_cell(item.quantity, item.delivery_date, terms)
    _not_over(item.delivery_date, today)
    return RecordChangeLine(
        offer_version_id=offer.offer_version_id,
        delivery_point_id=item.delivery_point_id,
        delivery_date=item.delivery_date,
        quantity=item.quantity,
    )


@contextmanager
def _beside(item: Wanted) -> Iterator[None]:
    """Let what is refused of an item belong to the field it was typed into."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = item.field or refusal.field
        raise


def _not_over(day: date, today: date) -> None:
    if day < today:
        raise DeliveryOver(day=day)
