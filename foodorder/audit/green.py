"""Green and local shares of a year, per institution and per agreement, as known on a day.

Of records: the versions in force at that moment, by day of delivery, with the certificates as they stood. Of
purchases elsewhere: what was entered by then and not voided by then, by month. The law is that of the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.proofs import COUNTS_AS, DISTANCE, SHARES_AND_PLACES, Known, known
from foodorder.audit.selection import AIMED, OF_THE_WEEKS
from foodorder.audit.then import IN_FORCE, AsOf
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.green import (
    Base,
    Bought,
    Distance,
    Shares,
    base_of,
    law_day,
    missing_months,
    origin_of,
    shares,
)

#: Keys of the law's targets.
ORGANIC_TARGET, QUALITY_TARGET = "green.organic_share", "green.quality_share"

_FACTS = text(
    f"""
WITH {SHARES_AND_PLACES}
SELECT r.institution_id, g.agreement_id, v.farm_id, {COUNTS_AS} AS counts_as, {DISTANCE} AS distance,
       count(*)::integer AS rows, sum(l.net_cents)::bigint AS net_cents, sum(l.grams)::bigint AS grams
  FROM procurement_record r
  JOIN record_line l ON l.record_id = r.id
  JOIN offer_version v ON v.id = l.offer_version_id
  LEFT JOIN agreement_lot g ON g.id = r.lot_id
  LEFT JOIN proof h ON h.product_id = l.product_id
  LEFT JOIN place w ON w.farm_id = v.farm_id AND w.point_id = l.delivery_point_id
 WHERE r.institution_id = ANY(CAST(:institutions AS integer[]))
   AND l.delivery_date BETWEEN :first AND :last {OF_THE_WEEKS} AND {IN_FORCE}
 GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - only constants are put together
)

#: What was entered of purchases elsewhere, as known at a moment.
STANDING = """
   e.institution_id = ANY(CAST(:institutions AS integer[])) AND e.month BETWEEN :first AND :last
   AND e.entered_at <= :moment AND (e.voided_at IS NULL OR e.voided_at > :moment)
"""

_ELSEWHERE = text(
    f"""
SELECT e.institution_id, e.month, e.food_type_id, e.net_cents, e.grams, e.scheme, e.origin
  FROM purchase_elsewhere e WHERE {STANDING}
"""  # noqa: S608 - only constants are put together
)

_INSTITUTIONS = text("""
SELECT id, code, name, short_name FROM institution
 WHERE municipality_id = :municipality AND (CAST(:institution AS integer) IS NULL OR id = :institution)
 ORDER BY sort_key, id
""")

_AGREEMENTS = text("""
SELECT a.id, a.title, a.portal_number, a.kind, a.valid_from, a.valid_to FROM agreement a
 WHERE a.municipality_id = :municipality AND a.id = ANY(CAST(:agreements AS integer[]))
 ORDER BY a.valid_from DESC, a.id
""")


@dataclass(frozen=True, slots=True)
class Targets:
    """What the law of the day asks for, basis points by weight."""

    day: date
    organic_bp: int
    quality_bp: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is known of purchases elsewhere: months entered and missing, standing rows."""

    entered: tuple[date, ...]
    missing: tuple[date, ...]
    rows: int
    net_cents: int


@dataclass(frozen=True, slots=True)
class InstitutionShares:
    """One institution's year; `name` in full and short."""

    id: int
    code: str
    name: str
    short_name: str
    shares: Shares
    elsewhere: Elsewhere


@dataclass(frozen=True, slots=True)
class AgreementShares:
    """A year's purchases under one agreement, over all institutions that are looked at."""

    id: int
    title: str
    portal_number: str | None
    shares: Shares


@dataclass(frozen=True, slots=True)
class GreenYear:
    """The green report of a year: each institution, each agreement, and all together."""

    year: int
    at: AsOf
    targets: Targets
    institutions: tuple[InstitutionShares, ...]
    agreements: tuple[AgreementShares, ...]
    together: Shares


def targets(year: int, at: AsOf) -> Targets:
    """The law's shares for a year as of a day. Raises ParameterUnknown."""
    day = law_day(year, at.day)
    return Targets(day, value_on(ORGANIC_TARGET, day), value_on(QUALITY_TARGET, day))


def green_year(municipality_id: int, year: int, at: AsOf, institution_id: int | None = None) -> GreenYear:
    """The shares of a year, of all institutions or of one. Raises ParameterUnknown."""
    rows = institutions(municipality_id, institution_id)
    scope = scope_of(rows, year, at)
    by_institution, by_agreement = _recorded(known(municipality_id, at), scope)
    elsewhere, months = _bought_elsewhere(scope)
    found = []
    everything: list[Bought] = []
    recorded_only: list[Bought] = []
    for row in rows:
        entered = months.get(row.id, set())
        base = base_of(year, entered, at.day)
        here, beside = by_institution.get(row.id, []), elsewhere.get(row.id, [])
        counted = [*here, *beside] if base is Base.ALL_FOOD else here
        told = Elsewhere(
            tuple(sorted(entered)),
            missing_months(year, entered, at.day),
            sum(one.rows for one in beside),
            sum(one.net_cents for one in beside),
        )
        found.append(
            InstitutionShares(row.id, row.code, row.name, row.short_name, shares(counted, base), told)
        )
        everything += counted
        recorded_only += here
    whole = bool(found) and all(one.shares.base is Base.ALL_FOOD for one in found)
    together = shares(everything, Base.ALL_FOOD) if whole else shares(recorded_only, Base.THROUGH_SYSTEM)
    agreements = _agreements(municipality_id, by_agreement)
    return GreenYear(year, at, targets(year, at), tuple(found), agreements, together)


def institutions(municipality_id: int, institution_id: int | None = None) -> Sequence[Any]:
    """Id, code, name and short name of the institutions that are looked at."""
    of = {"municipality": municipality_id, "institution": institution_id}
    return db.session.execute(_INSTITUTIONS, of).all()


def scope_of(rows: Iterable[Any], year: int, at: AsOf) -> dict[str, Any]:
    """Parameters of every statement here: whose purchases, which days, known when."""
    return {
        "institutions": [row.id for row in rows],
        "first": date(year, 1, 1),
        "last": date(year, 12, 31),
        "moment": at.moment,
    }


def _recorded(
    proofs: Known, scope: Mapping[str, Any]
) -> tuple[dict[int, list[Bought]], dict[int, list[Bought]]]:
    """Facts of records by institution, and by agreement."""
    by_institution: dict[int, list[Bought]] = {}
    by_agreement: dict[int, list[Bought]] = {}
    # Once for these values: a general plan does not know how few certificates there are.
    db.session.execute(text(f"SELECT {AIMED}"))
    for row in db.session.execute(_FACTS, {**scope, **proofs.parameters()}):
        share = CountsAs(row.counts_as) if row.counts_as else None
        origin = proofs.origin_of(row.farm_id)
        one = Bought(row.rows, row.net_cents, row.grams, share, origin, Distance(row.distance))
        by_institution.setdefault(row.institution_id, []).append(one)
        if row.agreement_id is not None:
            by_agreement.setdefault(row.agreement_id, []).append(one)
    return by_institution, by_agreement


def _bought_elsewhere(scope: Mapping[str, Any]) -> tuple[dict[int, list[Bought]], dict[int, set[date]]]:
    """Facts of purchases elsewhere by institution, and the months that are entered."""
    bought: dict[int, list[Bought]] = {}
    months: dict[int, set[date]] = {}
    for row in db.session.execute(_ELSEWHERE, scope):
        months.setdefault(row.institution_id, set()).add(row.month)
        if row.food_type_id is not None:
            share = SCHEMES[row.scheme].counts_as if row.scheme else None
            one = Bought(1, row.net_cents, row.grams, share, origin_of(row.origin), Distance.UNKNOWN)
            bought.setdefault(row.institution_id, []).append(one)
    return bought, months


def _agreements(
    municipality_id: int, by_agreement: Mapping[int, list[Bought]]
) -> tuple[AgreementShares, ...]:
    of = {"municipality": municipality_id, "agreements": list(by_agreement)}
    return tuple(
        AgreementShares(row.id, row.title, row.portal_number, shares(by_agreement[row.id], Base.AGREEMENT))
        for row in db.session.execute(_AGREEMENTS, of)
    )
