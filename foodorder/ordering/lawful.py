"""On which lawful basis a kitchen buys the offers of a cycle: lots, ceilings, needs and interests, read live.

The statement of the candidates and the one of the needs are read after the cycle's lock by a submission, and
without it by pages and drafts, so that both say the same. The rules are in rules/sourcing.py.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text

from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.ordering.bases import Bases
from foodorder.ordering.terms import Situation
from foodorder.rules.agreements import AwardMode, Enforcement, LotKind
from foodorder.rules.calendar import months_before
from foodorder.rules.errors import Refusal
from foodorder.rules.integrity import BarredProducer, Declared, Relation, bars_orders
from foodorder.rules.sourcing import UNCLASSIFIED, Better, Candidate, Need, Room, choose

# Lots that cover an offer for the institution, with the offers of better-ranked suppliers; ceilings with what
# they leave; declared interests. One row of three lists, however many offers there are.
_LOTS = """
SELECT (SELECT json_agg(json_build_array(
            x.offer_id, x.producer_id, l.id, l.number, l.kind, l.mode, a.id, a.valid_from, a.valid_to,
            x.price_cents, x.agreed_price_id,
            CASE WHEN l.mode = 'ranked' AND x.rank > 1 THEN (
                SELECT json_agg(json_build_array(
                           b.offer_id, p.id, p.name, bo.days,
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
                   AND b.food_type_id = x.food_type_id AND b.rank < x.rank) END))
          FROM cycle_lot_offer x
          JOIN agreement_lot l ON l.id = x.lot_id
          JOIN agreement a ON a.id = l.agreement_id AND a.state = 'in_force'
          JOIN agreement_institution ai ON ai.agreement_id = a.id AND ai.institution_id = :institution
         WHERE x.cycle_id = :cycle {only}) AS lots,
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


class Holding(NamedTuple):
    """What an order holds of one offer already: basis, lot, net cents, grams, thousandths."""

    basis: str
    lot: int | None
    net: int
    grams: int
    quantity: int


def held_of(lines: Iterable[tuple[int, Holding]]) -> dict[int, Holding]:
    """The sums of submitted lines, by offer: all lines of an offer have one basis."""
    sums: dict[int, Holding] = {}
    for offer, line in lines:
        before = sums.get(offer)
        sums[offer] = (
            line
            if before is None
            else Holding(
                line.basis,
                line.lot,
                before.net + line.net,
                before.grams + line.grams,
                before.quantity + line.quantity,
            )
        )
    return sums


def holdings(now: Situation) -> dict[int, Holding]:
    """What an order holds already, by offer."""
    return held_of((cell.offer, Holding(*line, now.standing[cell])) for cell, line in now.bought.items())


def bases_of(
    row: Any,
    offers: Mapping[int, Any],
    held: Mapping[int, Holding],
    *,
    whole_cycle: bool = False,
) -> Bases:
    """The basis of each of the offers (rows with offer_id, producer_id, producer, food_type_id).

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
    bases = Bases(candidates=_candidates(found.lots or (), ceilings, offers, held, barred))
    if any(not any(one.usable for one in bases.candidates.get(offer, ())) for offer in offers):
        bases.needs = _needs(row, offers, held)
    for number, offer in offers.items():
        try:
            if offer.producer_id in barred:
                raise BarredProducer(producer=offer.producer)
            bases.choices[number] = choose(
                bases.candidates.get(number, ()), bases.needs.get(offer.food_type_id)
            )
        except Refusal as refusal:
            bases.refusals[number] = refusal
    return bases


def _barred(row: Any, interests: Iterable[list[Any]]) -> set[int]:
    """The producers that the institution may not order from: a tie that stands on a day of the week."""
    limit = value_on("integrity.functionary_share", row.week) if interests else 0
    return {
        producer
        for producer, relation, share, *days in interests
        for first, last in [_span(*days)]
        if bars_orders(
            Declared(producer, row.institution_id, None, Relation(relation), share, first, last),
            row.institution_id,
            max(row.week, first),
            limit,
        )
    }


def _span(first: str, last: str | None) -> tuple[date, date | None]:
    return date.fromisoformat(first), date.fromisoformat(last) if last else None


def _candidates(
    rows: Iterable[list[Any]],
    ceilings: Collection[_Ceiling],
    offers: Mapping[int, Any],
    held: Mapping[int, Holding],
    barred: Collection[int],
) -> dict[int, list[Candidate]]:
    """The lots by offer, each with the ceilings it counts on, what the order holds on them given back.

    A better-ranked supplier whom the institution may not order from does not come first for it.
    """
    known: dict[tuple[int, int], tuple[Room, ...]] = {}
    sums: dict[int, list[int]] = {}
    lots = {row[2]: (row[6], row[2], row[4]) for row in rows}
    for offer, line in held.items():
        if line.lot in lots:
            for ceiling in ceilings:
                if ceiling.covers(*lots[line.lot], offers[offer].producer_id):
                    total = sums.setdefault(ceiling.id, [0, 0])
                    total[0] += line.net
                    total[1] += line.grams
    found: dict[int, list[Candidate]] = {}
    for offer, producer, lot, number, kind, mode, agreement, first, last, price, agreed, better in rows:
        if (lot, producer) not in known:
            known[lot, producer] = tuple(
                _room(ceiling, sums.get(ceiling.id, (0, 0)))
                for ceiling in ceilings
                if ceiling.covers(agreement, lot, kind, producer)
            )
        found.setdefault(offer, []).append(
            Candidate(
                lot,
                number,
                LotKind(kind),
                AwardMode(mode),
                date.fromisoformat(first),
                date.fromisoformat(last),
                price,
                agreed,
                known[lot, producer],
                tuple(
                    Better(one, name, days, None if left is None else left + _quantity(held, one), least)
                    for one, first_producer, name, days, left, least in better or ()
                    if first_producer not in barred
                ),
            )
        )
    return found


def _quantity(held: Mapping[int, Holding], offer: int) -> int:
    return held[offer].quantity if offer in held else 0


def _room(ceiling: _Ceiling, held: Iterable[int]) -> Room:
    cents, grams = held
    return Room(
        ceiling.id,
        None if ceiling.cents is None else ceiling.cents + cents,
        None if ceiling.grams is None else ceiling.grams + grams,
    )


def _needs(row: Any, offers: Mapping[int, Any], held: Mapping[int, Holding]) -> dict[int, Need]:
    """The need of each food type's kind, without what this order holds."""
    mine: dict[int, int] = {}
    for offer, line in held.items():
        food = offers[offer].food_type_id
        mine[food] = mine.get(food, 0) + line.net
    return needs_of(row.institution_id, row.municipality_id, row.week, row.clock.date(), mine)


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
