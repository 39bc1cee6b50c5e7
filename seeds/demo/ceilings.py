"""How full lots are in the week that is shown: one awarded lot at 93 %, one exempted lot nearly full.

The history alone fills lots of four years by a few per cent. So when all is played the coordinator moves
value between lots by an amendment, and the next time the demo runs another amendment gives it back.
"""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import text

from foodorder.agreements.amending import AmendmentData
from foodorder.agreements.amendments import amend_ceilings
from foodorder.agreements.ceilings import Limits
from foodorder.agreements.models import Agreement
from foodorder.db import db
from foodorder.language.times import local
from foodorder.rules.agreements import AgreementState, LotKind
from seeds.demo.agreements import agreement_of, lots_of
from seeds.demo.load import Book

#: Shares of the ceilings that are used when all is played, basis points.
AWARDED_BP, EXEMPTED_BP = 9_300, 9_600
WHOLE = 10_000
#: Ceilings are round: to 1,000 EUR, where that leaves the share as it is said, else to 100 EUR.
ROUND, LESS_ROUND, NEAR_BP = 100_000, 10_000, 50

MOVED = "Prerazporeditev vrednosti med sklopi po pregledu porabe; vrednost naročila ostane enaka."
GIVEN_BACK = "Vrednost, prestavljena po pregledu porabe, se vrne sklopoma do konca trajanja."

# Lots with a limit and the ceiling that counts all of it: what is used, and of that in the newest week. Not
# parallel lots: the ceilings of their suppliers would follow.
_USE = text("""
SELECT c.id, l.number, l.kind, c.limit_cents, c.limit_grams, c.used_cents,
       coalesce((SELECT sum(n.net_cents) FROM weekly_need n
                   JOIN lot_food_type f ON f.food_type_id = n.food_type_id AND f.lot_id = l.id
                   JOIN agreement_institution i ON i.agreement_id = l.agreement_id
                                               AND i.institution_id = n.institution_id
                  WHERE n.week = :week AND n.basis = CASE l.kind WHEN 'exempted' THEN 'exempted'
                                                                 ELSE 'call_off' END), 0)::bigint AS newest
  FROM agreement_lot l
  JOIN ceiling c ON c.lot_id = l.id AND c.producer_id IS NULL AND c.institution_id IS NULL
 WHERE l.agreement_id = :agreement AND c.limit_cents IS NOT NULL AND l.mode <> 'parallel'
 ORDER BY l.position
""")


def open_up(book: Book, now: datetime) -> None:
    """Give all lots the ceilings of the tables again, so that the weeks to come are not stopped."""
    for code in book.municipalities:
        agreement = agreement_of(book, code)
        if agreement is None or agreement.state != AgreementState.IN_FORCE:
            continue
        wanted = {lot.number: lot.ceiling_cents for lot in lots_of(code)}
        rows = db.session.execute(_USE, {"agreement": agreement.id, "week": None}).all()
        lower = {
            row.id: Limits(wanted[row.number], row.limit_grams)
            for row in rows
            if row.limit_cents < wanted.get(row.number, 0)
        }
        _amend(agreement, lower, GIVEN_BACK, book, code, now)


def settle(book: Book, code: str, week: date, now: datetime) -> None:
    """Lower the ceilings of two lots to what is nearly used. `week`: the newest that all have ordered for."""
    agreement = agreement_of(book, code)
    if agreement is None or agreement.state != AgreementState.IN_FORCE:
        return
    rows = db.session.execute(_USE, {"agreement": agreement.id, "week": week}).all()
    limits: dict[int, Limits] = {}
    for kind, share in ((LotKind.AWARDED, AWARDED_BP), (LotKind.EXEMPTED, EXEMPTED_BP)):
        used = [row for row in rows if row.kind == kind and row.used_cents]
        most = max((row.used_cents for row in used), default=0)
        # Of the lots that are used much, the one of which another week takes the least: the kitchens can go
        # on ordering it.
        if large := [row for row in used if row.used_cents * 3 >= most]:
            lot = min(large, key=lambda row: (row.newest * WHOLE // row.used_cents, -row.used_cents))
            ceiling = round_ceiling(lot.used_cents, share)
            if ceiling < lot.limit_cents:
                limits[lot.id] = Limits(ceiling, lot.limit_grams)
    _amend(agreement, limits, MOVED, book, code, now)


def round_ceiling(used: int, share: int) -> int:
    """A round ceiling (net cents) of which `share` (basis points) is used, never less than what is used."""
    for unit in (ROUND, LESS_ROUND, 1):
        ceiling = (used * WHOLE // share + unit // 2) // unit * unit
        if ceiling >= used and abs(used * WHOLE - share * ceiling) <= NEAR_BP * ceiling:
            return ceiling
    return used


def _amend(
    agreement: Agreement, limits: Mapping[int, Limits], reason: str, book: Book, code: str, now: datetime
) -> None:
    if limits:
        today = local(now).date()
        data = AmendmentData(signed_on=today, effective_on=today, reason=reason)
        amend_ceilings(agreement, data, limits, actor=book.coordinators[code], now=now)
