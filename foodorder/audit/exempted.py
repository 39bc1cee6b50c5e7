"""Exempted lots (izločeni sklopi, ZJN-3, art. 73(5)): each against its limit, all against their share.

Each lot must stay below the limit, and all lots of a procurement together within a share of the value of the
whole procurement. Both are counted over the agreement's term up to the year's end, not over a calendar year.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.evidence import REACH, scope
from foodorder.audit.then import IN_FORCE, AsOf, Since, since
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.rules.agreements import AgreementState
from foodorder.rules.green import law_day
from foodorder.rules.money import WHOLE

LOT_LIMIT = "procurement.exempted_lot_limit"
ALL_LOTS_SHARE = "procurement.exempted_lots_share"

#: What the report tells of an agreement, and the acts that change it (a supplier's days are others').
TERMS = ("title", "portal_number", "valid_from", "valid_to", "value_cents")
CHANGES = tuple(f"agreement.{act}" for act in ("created", "changed", "put_in_force", "amended", "ended"))

_LOTS = text(
    """
SELECT a.id AS agreement_id, a.title, a.portal_number, a.value_cents, a.valid_from, a.valid_to,
       a.state, g.id AS lot_id, g.number, g.name
  FROM agreement a JOIN agreement_lot g ON g.agreement_id = a.id
 WHERE a.municipality_id = :municipality AND g.kind = 'exempted' AND a.state <> 'draft'
   AND a.valid_from <= :last
   AND (CAST(:institution AS integer) IS NULL OR EXISTS (
        SELECT FROM agreement_institution e WHERE e.agreement_id = a.id AND e.institution_id = :institution))
 ORDER BY a.valid_from DESC, a.id, g.position, g.id
"""
)

_SPENT = text(
    f"""
SELECT r.lot_id, i.id AS institution_id, i.name AS institution,
       coalesce(sum(r.net_cents) FILTER (WHERE r.year = :year), 0)::bigint AS year_cents,
       sum(r.net_cents)::bigint AS all_cents
  FROM procurement_record r JOIN institution i ON i.id = r.institution_id
 WHERE i.municipality_id = :municipality AND r.basis = 'exempted' AND r.year <= :year AND {IN_FORCE}
 GROUP BY r.lot_id, i.id ORDER BY i.sort_key, i.id
"""  # noqa: S608 - only constants are put together
)

_ELSEWHERE = text(
    f"""
SELECT i.id AS institution_id, i.name AS institution, sum(e.net_cents)::bigint AS net_cents
  FROM purchase_elsewhere e JOIN institution i ON i.id = e.institution_id
 WHERE {REACH} AND e.basis = 'exempted' AND e.month BETWEEN :first AND :last
   AND e.entered_at <= :moment AND (e.voided_at IS NULL OR e.voided_at > :moment)
 GROUP BY i.id ORDER BY i.sort_key, i.id
"""  # noqa: S608 - only constants are put together
)


@dataclass(frozen=True, slots=True)
class Part:
    """What one institution bought: net cents of the year, and since the agreement began."""

    institution_id: int
    institution: str
    year_cents: int
    all_cents: int


@dataclass(frozen=True, slots=True)
class ExemptedLot:
    """One exempted lot against its limit (net cents): it must stay below."""

    id: int
    number: str
    name: str
    limit_cents: int
    #: Bought by all institutions in the year, and since the agreement began.
    year_cents: int
    all_cents: int
    #: Of the institutions that are looked at.
    parts: tuple[Part, ...]

    @property
    def within(self) -> bool:
        """Whether it is below its limit."""
        return self.all_cents < self.limit_cents


@dataclass(frozen=True, slots=True)
class Exempted:
    """The exempted lots of one procurement against their share of its value."""

    agreement_id: int
    title: str
    portal_number: str | None
    valid_from: date
    valid_to: date
    #: Value of the whole procurement, net cents: the base of the share.
    value_cents: int
    limit_bp: int
    lots: tuple[ExemptedLot, ...]

    @property
    def all_cents(self) -> int:
        """All exempted lots together, since the agreement began."""
        return sum(lot.all_cents for lot in self.lots)

    @property
    def year_cents(self) -> int:
        """All exempted lots together, in the year."""
        return sum(lot.year_cents for lot in self.lots)

    @property
    def share_bp(self) -> int:
        """Their share of the procurement's value, basis points, rounded up so that none reads as kept."""
        return -(-self.all_cents * WHOLE // self.value_cents)

    @property
    def within(self) -> bool:
        """Whether all together are within the share that the law allows."""
        return self.all_cents * WHOLE <= self.limit_bp * self.value_cents


@dataclass(frozen=True, slots=True)
class ExemptedYear:
    """The report of a year: procurements, and what institutions entered as exempted elsewhere (net cents)."""

    year: int
    at: AsOf
    lot_limit_cents: int
    limit_bp: int
    agreements: tuple[Exempted, ...]
    elsewhere: tuple[tuple[int, str, int], ...]


def exempted(municipality_id: int, year: int, at: AsOf, institution_id: int | None = None) -> ExemptedYear:
    """Every exempted lot with what was bought under it up to the year's end. Raises ParameterUnknown.

    Limits are of the whole procurement; a reader of one institution sees its own part of it alone, beside the
    sums of all.
    """
    law = law_day(year, at.day)
    limit, share = value_on(LOT_LIMIT, law), value_on(ALL_LOTS_SHARE, law)
    of = {
        **scope(municipality_id, year, at, institution_id),
        "first": date(year, 1, 1),
        "last": date(year, 12, 31),
    }
    parts: dict[int, list[Part]] = {}
    for row in db.session.execute(_SPENT, of):
        part = Part(row.institution_id, row.institution, row.year_cents, row.all_cents)
        parts.setdefault(row.lot_id, []).append(part)
    grouped: dict[int, list[Any]] = {}
    for row in db.session.execute(_LOTS, of):
        grouped.setdefault(row.agreement_id, []).append(row)
    changes = since(("agreement",), at, CHANGES)
    found = tuple(
        Exempted(
            number, **then, limit_bp=share,
            lots=tuple(_lot(row, limit, parts.get(row.lot_id, []), institution_id) for row in rows),
        )
        for number, rows in grouped.items()
        if (then := _then(rows[0], changes)) is not None
    )  # fmt: skip
    elsewhere = tuple(
        (row.institution_id, row.institution, row.net_cents) for row in db.session.execute(_ELSEWHERE, of)
    )
    return ExemptedYear(year, at, limit, share, found, elsewhere)


def _then(row: Any, changes: Since) -> dict[str, Any] | None:
    """What was written about an agreement at the report's moment; None while it was a draft, or before."""
    values = {name: getattr(row, name) for name in (*TERMS, "state")}
    known = changes.put_back("agreement", {"id": row.agreement_id, **values})
    if known is None or known["state"] == AgreementState.DRAFT:
        return None
    return {name: known[name] for name in TERMS}


def _lot(row: Any, limit: int, parts: list[Part], institution_id: int | None) -> ExemptedLot:
    return ExemptedLot(
        row.lot_id, row.number, row.name, limit,
        sum(part.year_cents for part in parts), sum(part.all_cents for part in parts),
        tuple(part for part in parts if institution_id in (None, part.institution_id)),
    )  # fmt: skip
