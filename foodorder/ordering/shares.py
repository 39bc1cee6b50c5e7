"""What a kitchen has bought in a year so far, for the live shares on the page of the weekly order.

Counted from submitted lines of recorded cycles and from purchases elsewhere, in one statement: records with
all their corrections are counted by the reports, which come later than the order.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.certificates import QUALITY_SCHEMES
from foodorder.rules.green import Base, Share, base_of

_SO_FAR = text("""
WITH held AS MATERIALIZED (
    SELECT pc.product_id,
           range_agg(t.days) FILTER (WHERE c.scheme = 'organic') AS organic,
           range_agg(t.days) FILTER (WHERE c.scheme <> 'organic') AS quality
      FROM certificate c JOIN product_certificate pc ON pc.certificate_id = c.id
     CROSS JOIN LATERAL (SELECT daterange(c.valid_from, c.valid_to, '[]') AS days) t
     WHERE c.scheme = ANY(CAST(:schemes AS text[])) AND c.valid_to >= :first AND c.valid_from <= :last
     GROUP BY pc.product_id
), here AS (
    SELECT coalesce(sum(l.grams), 0)::bigint AS grams,
           coalesce(sum(l.grams) FILTER (WHERE l.delivery_date <@ h.organic), 0)::bigint AS organic_grams,
           coalesce(sum(l.grams) FILTER (WHERE l.delivery_date <@ h.quality
                                           AND (l.delivery_date <@ h.organic) IS NOT TRUE), 0)::bigint
               AS quality_grams
      FROM weekly_order o
      JOIN cycle c ON c.id = o.cycle_id
      JOIN order_line l ON l.submission_id = o.current_submission_id
      LEFT JOIN held h ON h.product_id = l.product_id
     WHERE o.institution_id = :institution AND c.state IN ('recorded', 'settled') AND c.id <> :cycle
       AND c.week BETWEEN CAST(:first AS date) - 6 AND :last AND l.delivery_date BETWEEN :first AND :last
), elsewhere AS (
    SELECT coalesce(sum(grams), 0)::bigint AS grams,
           coalesce(sum(grams) FILTER (WHERE scheme = 'organic'), 0)::bigint AS organic_grams,
           coalesce(sum(grams) FILTER (WHERE scheme <> 'organic' AND scheme = ANY(CAST(:schemes AS text[]))),
                    0)::bigint AS quality_grams,
           count(*) FILTER (WHERE grams IS NULL)::integer AS unknown_rows,
           coalesce(sum(net_cents) FILTER (WHERE grams IS NULL), 0)::bigint AS unknown_cents,
           array_agg(DISTINCT month) AS months
      FROM purchase_elsewhere
     WHERE institution_id = :institution AND month BETWEEN :first AND :last AND voided_at IS NULL
)
SELECT here.grams, here.organic_grams, here.quality_grams, elsewhere.grams AS grams_elsewhere,
       elsewhere.organic_grams AS organic_elsewhere, elsewhere.quality_grams AS quality_elsewhere,
       unknown_rows, unknown_cents, months
  FROM here, elsewhere
""")


@dataclass(frozen=True, slots=True)
class SoFar:
    """The shares of a year before an order, by weight of the same food: organic, other quality schemes."""

    organic: Share
    quality: Share


def with_week(share: Share, numerator: int, grams: int) -> Share:
    """What a share becomes with an order of so many grams, of which so many count."""
    return Share(
        share.numerator + numerator,
        share.denominator + grams,
        share.base,
        share.unknown_rows,
        share.unknown_cents,
    )


def so_far(institution_id: int, cycle_id: int, week: date, today: date) -> SoFar:
    """The shares of the year that a week lies in, without this cycle's own order.

    `week`: its Monday; the year is that of its Thursday. `today` tells which months are over.
    """
    year = (week + timedelta(days=3)).year
    row = db.session.execute(
        _SO_FAR,
        {
            "institution": institution_id,
            "cycle": cycle_id,
            "first": date(year, 1, 1),
            "last": date(year, 12, 31),
            "schemes": ["organic", *sorted(QUALITY_SCHEMES)],
        },
    ).one()
    base = base_of(year, set(row.months or ()), today)
    if base is Base.THROUGH_SYSTEM:
        return SoFar(Share(row.organic_grams, row.grams, base), Share(row.quality_grams, row.grams, base))
    whole = row.grams + row.grams_elsewhere, base, row.unknown_rows, row.unknown_cents
    return SoFar(
        Share(row.organic_grams + row.organic_elsewhere, *whole),
        Share(row.quality_grams + row.quality_elsewhere, *whole),
    )
