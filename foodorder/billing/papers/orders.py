"""Records as orders by standard, and the producer's answer to them: all as ordered, or what will not come."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from foodorder.billing.papers.goods import Parties, code, contract, door, line_name, order_line
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.exchange.model import Answer, AnswerLine, Order, OrderResponse, Period
from foodorder.language import gettext, speaking
from foodorder.procurement.models import ProcurementRecord, RecordLine
from foodorder.rules.delivery import SHORT_REASONS, ShortReason

#: What will not come, by the identity of the line: root_line_id, missing, told_at, reason, words.
Told = Mapping[int, Row[Any]]

_TOLD = text("""
SELECT s.root_line_id, sum(s.missing)::bigint AS missing, max(s.told_at) AS told_at,
       (array_agg(s.reason ORDER BY s.id DESC))[1] AS reason,
       (array_agg(s.words ORDER BY s.id DESC))[1] AS words
  FROM shortfall s
 WHERE s.root_line_id = ANY(CAST(:roots AS bigint[]))
 GROUP BY s.root_line_id
""")


def order(record: ProcurementRecord, parties: Parties) -> Order:
    """A version of a record as an order; it names the version that it replaces."""
    points = {line.delivery_point_id: line.delivery_point for line in record.record_lines}
    before = db.session.get(ProcurementRecord, record.replaces_id) if record.replaces_id else None
    return Order(
        number=record.number,
        issued=_local(record, record.recorded_at),
        buyer=parties.buyer(record.institution),
        seller=parties.seller(record.producer),
        lines=tuple(
            order_line(line, db.session.get(Product, line.product_id)) for line in record.record_lines
        ),
        delivery=_days(record),
        deliver_to=door(points.popitem()[1]) if len(points) == 1 else None,
        contract=contract(record.basis_facts),
        buyer_reference=record.institution.code,
        cycle=record.cycle.name,
        version_of=before.number if before else None,
    )


def told_of(records: Iterable[ProcurementRecord]) -> Told:
    """What producers told of records that will not come, by the identity of the line."""
    roots = [line.root_id or line.id for record in records for line in record.record_lines]
    return {row.root_line_id: row for row in db.session.execute(_TOLD, {"roots": roots})}


def response(record: ProcurementRecord, parties: Parties, told: Told | None = None) -> OrderResponse:
    """The answer to a record: published offers bind, so all of it is accepted but for what was told since.

    `told`: what `told_of` gives of this record, and perhaps of others.
    """
    told = told_of([record]) if told is None else told
    own = [row for line in record.record_lines if (row := told.get(line.root_id or line.id))]
    with speaking("sl", record.institution.municipality.zone):
        lines = tuple(_answer(line, told.get(line.root_id or line.id)) for line in record.record_lines)
    return OrderResponse(
        number=f"{record.number}-A",
        issued=_local(record, max([record.recorded_at, *(row.told_at for row in own)])),
        order=record.number,
        seller=parties.seller(record.producer),
        buyer=parties.buyer(record.institution),
        lines=lines,
        promised=_days(record),
        buyer_reference=record.institution.code,
    )


def _answer(line: RecordLine, told: Row[Any] | None) -> AnswerLine:
    coming = max(line.quantity - told.missing, 0) if told else line.quantity
    answer = Answer.ACCEPTED
    if coming < line.quantity:
        answer = Answer.CHANGED if coming else Answer.REFUSED
    return AnswerLine(
        order_line=line_name(line),
        name=line.name,
        answer=answer,
        quantity=coming,
        unit=line.unit,
        code=code(line.product_id),
        reason=None if told is None else reason(told.reason, told.words),
    )


def reason(short: str, words: str | None) -> str:
    """Why something does not come, in the language spoken now."""
    said: Sequence[str | None] = (gettext(SHORT_REASONS[ShortReason(short)]), words)
    return ": ".join(part for part in said if part)


def _days(record: ProcurementRecord) -> Period:
    days = [line.delivery_date for line in record.record_lines]
    return Period(min(days), max(days))


def _local(record: ProcurementRecord, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(record.institution.municipality.zone))
