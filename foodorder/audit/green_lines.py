"""The lines behind a share: every kilogram with its certificate, and purchases elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.green import STANDING, institutions, scope_of
from foodorder.audit.proofs import COUNTS_AS, DISTANCE, SHARES_AND_PLACES, Known, Proof, known
from foodorder.audit.selection import AIMED, OF_THE_WEEKS
from foodorder.audit.then import IN_FORCE, AsOf
from foodorder.db import db
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.green import Distance, Origin, origin_of

#: What conventional lines are called where lines are chosen by what they count for.
CONVENTIONAL = "conventional"

# What all lines come to is added up from a few columns of each; names are looked up for those of the page.
_LINES = text(
    f"""
WITH {SHARES_AND_PLACES}, chosen AS MATERIALIZED (
SELECT l.id, l.record_id, l.delivery_date, l.grams, l.net_cents, v.farm_id, {COUNTS_AS} AS counts_as,
       {DISTANCE} AS distance
  FROM procurement_record r
  JOIN record_line l ON l.record_id = r.id
  JOIN offer_version v ON v.id = l.offer_version_id
  LEFT JOIN agreement_lot g ON g.id = r.lot_id
  LEFT JOIN proof h ON h.product_id = l.product_id
  LEFT JOIN place w ON w.farm_id = v.farm_id AND w.point_id = l.delivery_point_id
 WHERE r.institution_id = ANY(CAST(:institutions AS integer[]))
   AND l.delivery_date BETWEEN :first AND :last {OF_THE_WEEKS} AND {IN_FORCE}
   AND (CAST(:agreement AS integer) IS NULL OR g.agreement_id = :agreement)
), found AS (
SELECT * FROM chosen
 WHERE (CAST(:share AS text) IS NULL OR coalesce(counts_as, 'conventional') = :share)
   AND (CAST(:distance AS text) IS NULL OR distance = :distance)
), page AS (SELECT * FROM found ORDER BY delivery_date, id LIMIT :limit OFFSET :offset)
SELECT p.id, p.record_id, r.number, r.basis, p.delivery_date, i.short_name AS institution,
       s.name AS producer, l.name, f.name AS farm, l.product_id, p.farm_id, l.delivery_point_id,
       p.grams, p.net_cents, p.counts_as, p.distance, a.title AS agreement,
       t.all_rows, t.all_grams, t.all_cents
  FROM page p
  JOIN record_line l ON l.id = p.id
  JOIN procurement_record r ON r.id = p.record_id
  JOIN institution i ON i.id = r.institution_id
  JOIN producer s ON s.id = r.producer_id
  JOIN farm f ON f.id = p.farm_id
  LEFT JOIN agreement_lot g ON g.id = r.lot_id
  LEFT JOIN agreement a ON a.id = g.agreement_id
 CROSS JOIN (SELECT count(*)::integer AS all_rows, sum(grams)::bigint AS all_grams,
                    sum(net_cents)::bigint AS all_cents FROM found) t
 ORDER BY p.delivery_date, p.id
"""  # noqa: S608 - only constants are put together
)

_ELSEWHERE = text(
    f"""
SELECT e.id, e.month, i.short_name AS institution, t.name_sl, t.name_en, e.supplier, e.grams, e.net_cents,
       e.scheme, e.basis, e.origin, p.name AS entered_by, e.entered_at
  FROM purchase_elsewhere e
  JOIN institution i ON i.id = e.institution_id
  JOIN food_type t ON t.id = e.food_type_id
  LEFT JOIN person p ON p.id = e.entered_by_id
 WHERE {STANDING} ORDER BY e.month, i.sort_key, e.id
"""  # noqa: S608 - only constants are put together
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of a year: of an institution, an agreement, a share, a class of distance; None: all."""

    municipality_id: int
    year: int
    institution_id: int | None = None
    agreement_id: int | None = None
    #: 'organic', 'quality' or 'conventional'.
    share: str | None = None
    distance: Distance | None = None


@dataclass(frozen=True, slots=True)
class GreenLine:
    """A line of a record with what it counts for, why, and how far it came (metres of air distance)."""

    id: int
    record_id: int
    number: str
    basis: str
    agreement: str | None
    day: date
    institution: str
    producer: str
    farm: str
    name: str
    grams: int
    net_cents: int
    counts_as: CountsAs | None
    proof: Proof | None
    distance: Distance
    metres: int | None
    origin: Origin
    country: str | None


@dataclass(frozen=True, slots=True)
class ElsewhereLine:
    """A purchase elsewhere: its proof is what the institution entered."""

    id: int
    month: date
    institution: str
    name_sl: str
    name_en: str
    supplier: str | None
    grams: int | None
    net_cents: int
    scheme: str | None
    basis: str
    origin: Origin
    country: str | None
    counts_as: CountsAs | None


@dataclass(frozen=True, slots=True)
class GreenLines:
    """Some lines, what all of them come to, and the purchases elsewhere of the same choice."""

    rows: tuple[GreenLine, ...]
    count: int
    grams: int
    net_cents: int
    elsewhere: tuple[ElsewhereLine, ...]


def green_lines(wanted: Wanted, at: AsOf, *, limit: int | None = None, offset: int = 0) -> GreenLines:
    """The lines behind a share, by day of delivery; purchases elsewhere are not under any agreement here."""
    scope = scope_of(institutions(wanted.municipality_id, wanted.institution_id), wanted.year, at)
    proofs = known(wanted.municipality_id, at)
    db.session.execute(text(f"SELECT {AIMED}"))
    parameters = {
        **scope,
        **proofs.parameters(),
        "agreement": wanted.agreement_id,
        "share": wanted.share,
        "distance": wanted.distance,
        "limit": limit,
        "offset": offset,
    }
    rows = db.session.execute(_LINES, parameters).all()
    count, grams, cents = (rows[0].all_rows, rows[0].all_grams, rows[0].all_cents) if rows else (0, 0, 0)
    found = tuple(_line(row, proofs) for row in rows)
    return GreenLines(found, count, grams, cents, _elsewhere(wanted, scope))


def _line(row: Any, proofs: Known) -> GreenLine:
    return GreenLine(
        row.id, row.record_id, row.number, row.basis, row.agreement, row.delivery_date, row.institution,
        row.producer, row.farm, row.name, row.grams, row.net_cents,
        CountsAs(row.counts_as) if row.counts_as else None,
        proofs.proof_of(row.product_id, row.delivery_date),
        Distance(row.distance),
        proofs.metres.get((row.farm_id, row.delivery_point_id)),
        proofs.origin_of(row.farm_id), proofs.countries.get(row.farm_id),
    )  # fmt: skip


def _elsewhere(wanted: Wanted, scope: Mapping[str, Any]) -> tuple[ElsewhereLine, ...]:
    if wanted.agreement_id is not None or wanted.distance not in (None, Distance.UNKNOWN):
        return ()
    found: Sequence[Any] = db.session.execute(_ELSEWHERE, scope).all()
    lines = (
        ElsewhereLine(
            row.id, row.month, row.institution, row.name_sl, row.name_en, row.supplier, row.grams,
            row.net_cents, row.scheme, row.basis, origin_of(row.origin), row.origin,
            SCHEMES[row.scheme].counts_as if row.scheme else None,
        )
        for row in found
    )  # fmt: skip
    return tuple(one for one in lines if wanted.share in (None, one.counts_as or CONVENTIONAL))
