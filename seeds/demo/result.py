"""What a demo week made, for its summary."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from foodorder.db import db, transaction
from foodorder.ordering.models import cycle_name
from foodorder.procurement.record_cycle import Closed, summary
from foodorder.rules.geography import air_metres
from seeds.demo.history import MAIN, Stage
from seeds.demo.week import Week

#: Air distance up to which food is called local on the pages.
LOCAL_METRES = 30_000

_ORGANIC = text("""
SELECT coalesce(sum(l.grams), 0)::bigint
  FROM procurement_record r JOIN record_line l ON l.record_id = r.id
 WHERE r.cycle_id = :cycle AND r.version = 1
   AND EXISTS (SELECT FROM product_certificate pc JOIN certificate c ON c.id = pc.certificate_id
                WHERE pc.product_id = l.product_id AND c.scheme = 'organic'
                  AND l.delivery_date BETWEEN c.valid_from AND c.valid_to)
""")

_BASES = text("""
SELECT r.basis, sum(l.net_cents)::bigint AS cents
  FROM procurement_record r JOIN record_line l ON l.record_id = r.id
 WHERE r.cycle_id = :cycle AND r.version = 1
 GROUP BY r.basis ORDER BY cents DESC
""")

_JOURNEYS = text("""
SELECT f.latitude AS there_north, f.longitude AS there_east, d.latitude AS north, d.longitude AS east,
       sum(l.grams)::bigint AS grams
  FROM procurement_record r
  JOIN record_line l ON l.record_id = r.id
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN farm f ON f.id = v.farm_id
  JOIN delivery_point d ON d.id = l.delivery_point_id
 WHERE r.cycle_id = :cycle AND r.version = 1
 GROUP BY f.id, d.id
""")


@dataclass(frozen=True, slots=True)
class Result:
    """What the demo week made: cents, grams, seconds of real time; `next_closes_at` is the next deadline."""

    name: str
    closed: Closed
    organic_grams: int
    local_grams: int
    #: Lawful basis → net cents.
    bases: dict[str, int]
    seconds: float
    next_name: str
    next_closes_at: datetime
    #: How far the clock is ahead of real time.
    ahead: timedelta

    def as_json(self) -> dict[str, object]:
        """The object that `foodorder demo --once --json` prints."""
        closed = self.closed
        return {
            "cycle": self.name,
            "orders": closed.orders,
            "lines": closed.lines,
            "records": closed.records,
            "producers": closed.producers,
            "net_cents": closed.net_cents,
            "vat_cents": closed.vat_cents,
            "gross_cents": closed.gross_cents,
            "ordered_grams": closed.ordered_grams,
            "recorded_grams": closed.recorded_grams,
            "differences_grams": closed.differences_grams,
            "seconds": round(self.seconds, 2),
        }


def result_of(stage: Stage, week: Week, following: Week, seconds: float) -> Result:
    """What the week made of the main municipality."""
    main = week.cycles.get(MAIN, next(iter(week.cycles.values())))
    with transaction():
        journeys = db.session.execute(_JOURNEYS, {"cycle": main}).all()
        return Result(
            name=cycle_name(week.monday, 1),
            closed=summary(main),
            organic_grams=db.session.execute(_ORGANIC, {"cycle": main}).scalar_one(),
            local_grams=sum(
                row.grams
                for row in journeys
                if air_metres(row.there_north, row.there_east, row.north, row.east) <= LOCAL_METRES
            ),
            bases={row.basis: row.cents for row in db.session.execute(_BASES, {"cycle": main})},
            seconds=seconds,
            next_name=cycle_name(following.monday, 1),
            next_closes_at=following.closes_at,
            ahead=max(stage.clock.now() - stage.clock.real(), timedelta(0)),
        )
