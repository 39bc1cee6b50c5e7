"""On which lawful basis a kitchen buys the offers of a cycle: lots, ceilings, needs and interests, read live.

The statement of the candidates and the one of the needs are read after the cycle's lock by a submission, and
without it by pages and drafts, so that both say the same. The rules are in rules/sourcing.py.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import text

from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.ordering.bases import Bases
from foodorder.ordering.needs import needs_of
from foodorder.ordering.terms import Situation
from foodorder.rules.agreements import AwardMode, Enforcement, LotKind
from foodorder.rules.calendar import days_within
from foodorder.rules.integrity import Declared, Relation, bars_orders
from foodorder.rules.sourcing import UNCLASSIFIED, Better, Candidate, Need, Room

# Lots that cover an offer for the institution, with the offers of better-ranked suppliers; ceilings with what
# they leave; declared interests. One row of three lists, however many offers there are.
_LOTS = """
SELECT (SELECT json_agg(json_build_array(
            x.offer_id, x.producer_id, x.days, l.id, l.number, l.kind, l.mode, a.id, x.price_cents,
            x.agreed_price_id,
            CASE WHEN l.mode = 'ranked' AND x.rank > 1 THEN (
                SELECT json_agg(json_build_array(
                           b.offer_id, p.id, p.name, bo.days & b.days & x.days,
                           CASE WHEN o.stock_kind = 'reserve' THEN greatest(o.available - o.taken, 0)
                                WHEN o.available = 0 THEN 0 END,
                           greatest(v.order_step, v.minimum_quantity)))
                  FROM cycle_lot_offer b
                  JOIN cycle_offer bo ON bo.cycle_id = b.cycle_id AND bo.offer_id = b.offer_id
                  JOIN offer_version v ON v.id = bo.offer_version_id
                  JOIN offer o ON o.id = b.offer_id AND o.state = 'published'
                  JOIN admission d ON d.producer_id = b.producer_id AND d.municipality_id = a.municipality_id
                                  AND d.state = 'admitted'
                  JOIN producer p ON p.id = b.producer_id
                 WHERE b.cycle_id = x.cycle_id AND b.lot_id = x.lot_id
                   AND b.food_type_id = x.food_type_id AND b.rank < x.rank
                   AND bo.days & b.days & x.days <> 0) END))
          FROM cycle_lot_offer x
          JOIN agreement_lot l ON l.id = x.lot_id
          JOIN agreement a ON a.id = l.agreement_id AND a.state = 'in_force'
          JOIN agreement_institution ai ON ai.agreement_id = a.id AND ai.institution_id = :institution
         WHERE x.cycle_id = :cycle {only}) AS lots,
       (SELECT json_agg(json_build_array(a.id, a.valid_from, a.valid_to, ai.valid_from, ai.valid_to))
          FROM agreement a JOIN agreement_institution ai ON ai.agreement_id = a.id
         WHERE ai.institution_id = :institution AND a.state = 'in_force') AS terms,
       (SELECT json_agg(json_build_array(c.id, c.agreement_id, c.lot_id, c.producer_id, c.exempted,
                                         c.limit_cents - c.used_cents, c.limit_grams - c.used_grams))
          FROM ceiling c
          JOIN agreement_institution ai ON ai.agreement_id = c.agreement_id
                                       AND ai.institution_id = :institution
         WHERE (c.institution_id IS NULL OR c.institution_id = :institution)
           AND num_nonnulls(c.limit_cents, c.limit_grams) > 0) AS ceilings,
       (SELECT json_agg(json_build_array(producer_id, relation, share_bp, valid_from, valid_to))
          FROM interest_declaration
         WHERE institution_id = :institution AND valid_from <= CAST(:week AS date) + 6
           AND (valid_to IS NULL OR valid_to >= :week)) AS interests
"""
_ALL = text(_LOTS.format(only=""))
_SOME = text(_LOTS.format(only="AND x.offer_id = ANY(CAST(:offers AS integer[]))"))


class _Ceiling(NamedTuple):
    id: int
    agreement: int
    lot: int | None
    producer: int | None
    exempted: bool
    cents: int | None
    grams: int | None

    def covers(self, agreement: int, lot: int, kind: str, producer: int) -> bool:
        """The same test as in agreements/counting.py."""
        return (
            self.agreement == agreement
            and self.lot in (None, lot)
            and self.producer in (None, producer)
            and (not self.exempted or kind == LotKind.EXEMPTED)
        )


#: (agreement, lot, kind, producer) → the ceilings that it counts on.
Covering = Callable[[int, int, str, int], tuple[_Ceiling, ...]]


class Holding(NamedTuple):
    """What an order holds of one offer already: thousandths, net cents; (lot, net cents, grams) by line."""

    quantity: int
    net: int
    under: list[tuple[int | None, int, int]]


def held_of(lines: Iterable[tuple[int, int | None, int, int, int]]) -> dict[int, Holding]:
    """Submitted lines by offer; each line is (offer, lot, net cents, grams, thousandths)."""
    held: dict[int, Holding] = {}
    for offer, lot, net, grams, quantity in lines:
        before = held.get(offer)
        if before is None:
            held[offer] = Holding(quantity, net, [(lot, net, grams)])
        else:
            before.under.append((lot, net, grams))
            held[offer] = Holding(before.quantity + quantity, before.net + net, before.under)
    return held


def holdings(now: Situation) -> dict[int, Holding]:
    """What an order holds already, by offer."""
    return held_of(
        (cell.offer, line.lot, line.net, line.grams, now.standing[cell]) for cell, line in now.bought.items()
    )


def bases_of(
    row: Any,
    offers: Mapping[int, Any],
    held: Mapping[int, Holding],
    *,
    whole_cycle: bool = False,
) -> Bases:
    """The basis of each of the offers (rows with offer_id, producer_id, producer, food_type_id, days).

    `row` names cycle, institution, municipality, week, clock and whether a basis is asked for. What is `held`
    by the order already counts as left for it. `whole_cycle` when these are all offers of the cycle.
    """
    if row.lawful_basis != Enforcement.ENFORCED:
        return Bases(dict.fromkeys(offers, UNCLASSIFIED))
    keys = {"cycle": row.cycle_id, "institution": row.institution_id, "week": row.week}
    statement, more = (_ALL, {}) if whole_cycle else (_SOME, {"offers": list(offers)})
    found = db.session.execute(statement, {**keys, **more}).one()
    barred = _barred(row, found.interests or ())
    ceilings = [_Ceiling(*ceiling) for ceiling in found.ceilings or ()]
    candidates = _candidates(row.week, found, ceilings, offers, held, barred)
    bases = Bases(candidates=candidates, barred=barred)
    if any(_needs_more(offer, candidates.get(number, ())) for number, offer in offers.items()):
        bases.needs = _needs(row, offers, held)
    for offer in offers.values():
        bases.settle(row.week, offer)
    return bases


def _needs_more(offer: Any, candidates: Iterable[Candidate]) -> bool:
    """Whether the lots that leave something do not cover all days on which an offer is sold."""
    days = 0
    for one in candidates:
        if one.usable:
            days |= one.days
    return bool(offer.days & ~days)


def _barred(row: Any, interests: Iterable[list[Any]]) -> set[int]:
    """The producers that the institution may not order from: a tie that stands on a day of the week."""
    limit = value_on("integrity.functionary_share", row.week) if interests else 0
    return {
        producer
        for producer, relation, share, since, until in interests
        if bars_orders(
            Declared(
                producer, row.institution_id, None, Relation(relation), share, date.fromisoformat(since),
                _day(until),
            ),
            row.institution_id,
            max(row.week, date.fromisoformat(since)),
            limit,
        )
    }  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _candidates(
    week: date,
    found: Any,
    ceilings: Collection[_Ceiling],
    offers: Mapping[int, Any],
    held: Mapping[int, Holding],
    barred: Collection[int],
) -> dict[int, list[Candidate]]:
    """The lots by offer, each with the ceilings it counts on, what the order holds on them given back.

    A better-ranked supplier whom the institution may not order from does not come first for it.
    """
    rows = found.lots or ()
    terms = {
        agreement: (days_within(week, _day(first), _day(last)), days_within(week, _day(joined), _day(left)))
        for agreement, first, last, joined, left in found.terms or ()
    }
    covering = _covering(ceilings)
    given_back = _given_back({row[3]: (row[7], row[3], row[5]) for row in rows}, covering, offers, held)
    rooms: dict[tuple[int, int], tuple[Room, ...]] = {}
    candidates: dict[int, list[Candidate]] = {}
    for offer, producer, covered, lot, number, kind, mode, agreement, price, agreed, better in rows:
        if (lot, producer) not in rooms:
            rooms[lot, producer] = tuple(
                _room(ceiling, given_back.get(ceiling.id, (0, 0)))
                for ceiling in covering(agreement, lot, kind, producer)
            )
        candidates.setdefault(offer, []).append(
            Candidate(
                lot,
                number,
                LotKind(kind),
                AwardMode(mode),
                covered,
                *terms[agreement],
                price,
                agreed,
                rooms[lot, producer],
                tuple(
                    Better(one, name, days, None if left is None else left + _quantity(held, one), least)
                    for one, first, name, days, left, least in better or ()
                    if first not in barred
                ),
            )
        )
    return candidates


def _covering(ceilings: Iterable[_Ceiling]) -> Covering:
    """Finds what a lot's call-offs from a producer count on, once for each: orders hold many lines of one."""
    of: dict[int, list[_Ceiling]] = {}
    for ceiling in ceilings:
        of.setdefault(ceiling.agreement, []).append(ceiling)

    @cache
    def covering(agreement: int, lot: int, kind: str, producer: int) -> tuple[_Ceiling, ...]:
        return tuple(one for one in of.get(agreement, ()) if one.covers(agreement, lot, kind, producer))

    return covering


def _given_back(
    lots: Mapping[int, tuple[int, int, str]],
    covering: Covering,
    offers: Mapping[int, Any],
    held: Mapping[int, Holding],
) -> dict[int, tuple[int, int]]:
    """Net cents and grams that the order holds on each ceiling; `lots`: (agreement, lot, kind) by number."""
    sums: dict[int, tuple[int, int]] = {}
    for offer, holding in held.items():
        for lot, net, grams in holding.under:
            if lot is not None and lot in lots:
                for ceiling in covering(*lots[lot], offers[offer].producer_id):
                    cents, weight = sums.get(ceiling.id, (0, 0))
                    sums[ceiling.id] = cents + net, weight + grams
    return sums


def _quantity(held: Mapping[int, Holding], offer: int) -> int:
    return held[offer].quantity if offer in held else 0


def _room(ceiling: _Ceiling, held: tuple[int, int]) -> Room:
    """What an order may hold on a ceiling; of one that was lowered below its use as much as it holds now.

    So an order becomes smaller in steps, each of them above the ceiling still.
    """
    cents, grams = held
    return Room(
        ceiling.id,
        None if ceiling.cents is None else max(ceiling.cents, 0) + cents,
        None if ceiling.grams is None else max(ceiling.grams, 0) + grams,
    )


def _needs(row: Any, offers: Mapping[int, Any], held: Mapping[int, Holding]) -> dict[int, Need]:
    """The need of each food type's kind, without what this order holds."""
    mine: dict[int, int] = {}
    for offer, holding in held.items():
        food = offers[offer].food_type_id
        mine[food] = mine.get(food, 0) + holding.net
    return needs_of(row.institution_id, row.municipality_id, row.week, row.clock.date(), mine)
