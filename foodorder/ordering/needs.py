"""What an institution needs of each kind of purchase in twelve months, by all channels and elsewhere."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import text

from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.rules.calendar import months_before
from foodorder.rules.sourcing import Need

# What an institution needs of each kind in the months before the delivery week, and what it has committed
# after that, by all channels; elsewhere by whole months.
_NEEDS = text("""
SELECT k.id, k.name, array_agg(f.food_type_id) AS foods,
       (SELECT coalesce(sum(n.net_cents), 0)::bigint FROM weekly_need n
         WHERE n.institution_id = :institution AND n.food_type_id = ANY(array_agg(f.food_type_id))
           AND n.week + 6 > :since)
       + (SELECT coalesce(sum(e.net_cents), 0)::bigint FROM purchase_elsewhere e
           WHERE e.institution_id = :institution AND e.food_type_id = ANY(array_agg(f.food_type_id))
             AND e.voided_at IS NULL AND e.month + interval '1 month' > :since) AS cents
  FROM subject_kind k JOIN subject_kind_food f ON f.kind_id = k.id
 WHERE k.municipality_id = :municipality
 GROUP BY k.id
""")


def needs_of(
    institution_id: int,
    municipality_id: int,
    week: date,
    today: date,
    without: Mapping[int, int] | None = None,
) -> dict[int, Need]:
    """An institution's need of each food type's kind: twelve months before the week and all that follows.

    `without` is taken off: net cents by food type. The threshold is the one in force `today`.
    """
    threshold = value_on("procurement.threshold_goods", today)
    since = months_before(week, value_on("procurement.estimate_window", today))
    needs: dict[int, Need] = {}
    keys = {"institution": institution_id, "municipality": municipality_id, "since": since}
    for kind in db.session.execute(_NEEDS, keys):
        cents = kind.cents - sum((without or {}).get(food, 0) for food in kind.foods)
        needs |= dict.fromkeys(kind.foods, Need(kind.id, kind.name, cents, threshold))
    return needs
