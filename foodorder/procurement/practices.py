"""What the law on unfair trading practices says of a request after the close (rules/practices.py).

Whether food is perishable is told by its food type, when it is delivered by the record's line; the numbers
of the law are those of the day on which the request is made, in the municipality's time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foodorder.catalogue import law
from foodorder.db import db
from foodorder.procurement.models import ProcurementRecord, RecordChange
from foodorder.rules.practices import (
    BEARERS,
    CostBearer,
    Goods,
    Ground,
    Initiative,
    Limits,
    ground_of,
    is_protected,
)

_REDUCED = text("""
SELECT t.shelf_life_days, l.delivery_date
  FROM record_change_line x
  JOIN record_line l ON l.id = x.record_line_id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
 WHERE x.change_id = :change AND x.quantity < l.quantity
""")

_LINES = text("""
SELECT l.id, t.shelf_life_days, l.delivery_date
  FROM record_line l
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
 WHERE l.record_id = :record
""")


@dataclass(frozen=True, slots=True)
class Judged:
    """On what ground a request may be agreed, by which numbers of the law, and who may bear its cost."""

    ground: Ground
    limits: Limits

    @property
    def bearers(self) -> tuple[CostBearer, ...]:
        """Whom the law allows to bear the cost."""
        return BEARERS[self.ground]


@dataclass(frozen=True, slots=True)
class InAdvance:
    """What a kitchen is told before it asks for less: each line's answer, by its number."""

    limits: Limits
    #: Lines whose reduction the kitchen pays for, whatever the producer answers.
    protected: Mapping[int, Goods]


def judge(change: RecordChange) -> Judged:
    """What the law says of a request that was made. Raises ParameterUnknown."""
    asked_on = _day(change, change.asked_at)
    reduced = [Goods(*row) for row in db.session.execute(_REDUCED, {"change": change.id})]
    limits = limits_on(asked_on)
    return Judged(ground_of(reduced, Initiative(change.initiative), asked_on, limits), limits)


def in_advance(record: ProcurementRecord, now: datetime) -> InAdvance:
    """What the law would say of less of each line of a record. Raises ParameterUnknown."""
    asked_on = _day(record, now)
    limits = limits_on(asked_on)
    lines = {
        row.id: Goods(row.shelf_life_days, row.delivery_date)
        for row in db.session.execute(_LINES, {"record": record.id})
    }
    return InAdvance(
        limits,
        MappingProxyType({key: one for key, one in lines.items() if is_protected(one, asked_on, limits)}),
    )


def limits_on(day: date) -> Limits:
    """The numbers of Directive (EU) 2019/633 in force on a day. Raises ParameterUnknown."""
    return Limits(law.value_on("utp.cancellation_notice", day), law.value_on("utp.shelf_life", day))


def _day(record: ProcurementRecord | RecordChange, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(record.institution.municipality.zone)).date()
