"""What people do in a week of the market, each as its person would: by the services, in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Row, text

from foodorder.catalogue.offers import (
    reduce_offer,
    withdraw_offer,
)
from foodorder.db import clock, db, transaction
from foodorder.ordering.choices import Given, keep_reasons
from foodorder.ordering.drafts import save_draft
from foodorder.ordering.offers import hold, tell_affected
from foodorder.ordering.options import Option, save_options
from foodorder.ordering.place import submit_order, withdraw_order
from foodorder.ordering.queries import draft_of, order_of
from foodorder.rules.ordering import Cell, NothingOrdered, OrderRefused
from foodorder.rules.quantity import as_typed
from foodorder.rules.scoring import Reason, ReasonsMissing
from seeds.demo.appetite import chance, weekly_demand
from seeds.demo.choice import choose
from seeds.demo.funding import fundings
from seeds.demo.load import Book
from seeds.demo.shelf import shelf
from seeds.demo.world import World

#: What a farmer writes who has less than was offered, by the months it is likely in.
MISFORTUNES = {
    "Pozeba v zadnjih nočeh.": {1, 2, 3, 4, 10, 11, 12},
    "Toča je poškodovala pridelek.": {5, 6, 7, 8, 9},
    "Premalo je zraslo, kot smo računali.": set(range(1, 13)),
    "Okvara hladilnice.": {6, 7, 8, 9},
}

#: Why kitchens choose another offer than the first by the criteria.
REASONS: tuple[tuple[Reason, str | None], ...] = (
    (Reason.QUALITY, "Zadnjič je bilo zelo dobro."),
    (Reason.MENU, None),
    (Reason.PACKAGING, "Manjša pakiranja za enote."),
    (Reason.OTHER, "Otroci so ga vajeni."),
)

#: The kitchens that order as soon as the next cycle opens, and the one that begins and does not submit.
EARLY, BEGINS = ("OSO", "OSSJ", "OSMC"), "OSJP"

# What was ordered of what the producers of a week have, most first; only what many kitchens asked for.
_WANTED = text("""
SELECT o.id, o.producer_id, o.available, coalesce(v.pack, v.order_step) AS unit,
       sum(l.quantity)::bigint AS quantity
  FROM weekly_order w
  JOIN cycle c ON c.id = w.cycle_id AND c.week = :week AND c.state = 'open'
  JOIN order_line l ON l.submission_id = w.current_submission_id
  JOIN offer o ON o.id = l.offer_id AND o.state = 'published'
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN product p ON p.id = o.product_id
  JOIN food_type f ON f.id = p.food_type_id AND cardinality(f.months) < 12
 GROUP BY o.id, v.id
HAVING count(DISTINCT l.institution_id) > 2
 ORDER BY o.id
""")


# The foods of which a kitchen chose another offer than the first in the weeks of one round of its menu.
_CHOSEN_BEFORE = text("""
SELECT DISTINCT x.food_type_id
  FROM cycle c
  JOIN cycle before ON before.week < c.week AND before.week >= c.week - 35
                   AND before.municipality_id = c.municipality_id
  JOIN weekly_order w ON w.cycle_id = before.id AND w.institution_id = :institution
  JOIN offer_choice x ON x.submission_id = w.current_submission_id
 WHERE c.id = :cycle
""")


@dataclass(frozen=True, slots=True)
class Market:
    """The invented world and where it is in the database."""

    world: World
    book: Book

    def codes(self) -> Mapping[int, str]:
        """Product by its number in the database."""
        return {number: code for code, number in self.book.products.items()}


def order(market: Market, institution: str, cycle_id: int, monday: date, draft: bool = False) -> int:
    """A kitchen writes and submits its weekly order; returns the number of lines, 0 when it needs nothing.

    With `draft` what it types is saved first, as the page does. A kitchen whose people have ordered already
    is left to them; what they typed and did not submit is submitted as it stands.
    """
    book, number = market.book, market.book.institutions[institution]
    begun = order_of(cycle_id, number)
    if begun is not None and begun.current_submission_id:
        db.session.rollback()
        return 0
    theirs = draft_of(begun.id) if begun is not None and begun.has_draft else {}
    if lines := _submit(market, institution, cycle_id, theirs, False, book):
        return lines
    typed, paid = _filled_in(market, institution, cycle_id, monday)
    if paid:
        actor = book.kitchens[institution]
        with transaction():
            save_draft(cycle_id, number, typed, actor=actor, now=clock())
            save_options(cycle_id, number, paid, actor=actor, now=clock())
    return _submit(market, institution, cycle_id, typed, draft, book)


def order_all(market: Market, cycles: Mapping[str, int], monday: date) -> None:
    """Kitchens order one after the other; `cycles`: institution → its municipality's cycle."""
    for institution, cycle in cycles.items():
        order(market, institution, cycle, monday)


def begin(market: Market, institution: str, cycle_id: int, monday: date) -> None:
    """A kitchen types its order and does not submit it; the next demo week does, if nobody else has."""
    number = market.book.institutions[institution]
    typed = _typed(market, institution, cycle_id, monday)
    if typed and order_of(cycle_id, number) is None:
        with transaction():
            save_draft(cycle_id, number, typed, actor=market.book.kitchens[institution], now=clock())
    db.session.rollback()


def order_again(market: Market, institution: str, cycle_id: int) -> int:
    """Submit what stands once more, so that it counts on the lawful basis that there is by now."""
    number, actor = market.book.institutions[institution], market.book.kitchens[institution]
    standing = order_of(cycle_id, number)
    if standing is None or standing.current_submission_id is None or standing.has_draft:
        db.session.rollback()
        return 0
    with transaction():
        withdraw_order(cycle_id, number, actor=actor)
    return _submit(market, institution, cycle_id, draft_of(standing.id), False, market.book)


def change_mind(market: Market, institution: str, cycle_id: int, monday: date) -> int:
    """A kitchen takes its order back and submits another one; returns its lines, 0 if there was none."""
    number = market.book.institutions[institution]
    standing = order_of(cycle_id, number)
    if standing is None or standing.current_submission_id is None or standing.has_draft:
        db.session.rollback()
        return 0
    with transaction():
        withdraw_order(cycle_id, number, actor=market.book.kitchens[institution])
    typed = _typed(market, institution, cycle_id, monday)
    return _submit(market, institution, cycle_id, typed, False, market.book)


def _submit(
    market: Market, institution: str, cycle_id: int, typed: dict[Cell, str], draft: bool, book: Book
) -> int:
    number, actor = book.institutions[institution], book.kitchens[institution]
    if typed:
        with transaction():
            before = {"cycle": cycle_id, "institution": number}
            _explain(institution, cycle_id, number, db.session.scalars(_CHOSEN_BEFORE, before).all())
    pack_choice = "up" if chance(2, "packs", institution, cycle_id) else "down"
    while typed:
        try:
            if draft:
                with transaction():
                    save_draft(cycle_id, number, typed, actor=actor, now=clock())
            with transaction():
                return submit_order(cycle_id, number, typed, pack_choice, actor=actor).lines
        except OrderRefused as refused:
            # A day without school, a farm that has less by now: leave these out, as a person would.
            typed = {cell: words for cell, words in typed.items() if cell not in refused.problems}
        except ReasonsMissing as asked:
            with transaction():
                _explain(institution, cycle_id, number, asked.problems)
        except NothingOrdered:
            break
    return 0


def _explain(institution: str, cycle_id: int, number: int, foods: Iterable[int]) -> None:
    """Say why the kitchen chooses another offer than the first: the same every week."""
    reasons = {food: REASONS[chance(len(REASONS), "reason", institution, food)] for food in foods}
    keep_reasons(cycle_id, number, {food: Given(*reason) for food, reason in reasons.items()})


def _typed(market: Market, institution: str, cycle_id: int, monday: date) -> dict[Cell, str]:
    """The order form as the kitchen fills it in: from what it may order now, and what it needs."""
    return _filled_in(market, institution, cycle_id, monday)[0]


def _filled_in(
    market: Market, institution: str, cycle_id: int, monday: date
) -> tuple[dict[Cell, str], dict[int, Option]]:
    """What is typed, and the offers that other money than the usual pays."""
    on_sale = shelf(cycle_id, market.book.institutions[institution], market.codes(), market.world.products)
    wanted = weekly_demand(market.world, monday, institution)
    chosen = choose(market.world, wanted, on_sale.offers, on_sale.taken)
    lines = [line for line in chosen if line.point in market.book.points]
    typed = {
        Cell(
            on_sale.numbers[line.product],
            market.book.points[line.point],
            monday + timedelta(days=line.weekday),
        ): as_typed(line.quantity)
        for line in lines
    }
    paid = fundings(market.world, market.world.institutions[institution], lines, monday)
    return typed, {on_sale.numbers[product]: Option(funding) for product, funding in paid.items()}


def misfortune(market: Market, monday: date) -> str | None:
    """A farmer has less than was ordered, or nothing; returns the reason, or None if nobody was hit."""
    rows = db.session.execute(_WANTED, {"week": monday}).all()
    db.session.rollback()
    if not rows:
        return None
    hit = rows[chance(len(rows), "misfortune", monday)]
    reasons = [words for words, months in MISFORTUNES.items() if monday.month in months]
    reason = reasons[chance(len(reasons), "reason", monday)]
    sellers = {market.book.producers[code]: actor for code, actor in market.book.sellers.items()}
    if hit.producer_id not in sellers:
        return None
    with transaction():
        hold(hit.producer_id, monday)
        if left := _left(hit, monday):
            reduce_offer(hit.id, left, reason, actor=sellers[hit.producer_id], now=clock())
        else:
            withdraw_offer(hit.id, reason, actor=sellers[hit.producer_id], now=clock())
        tell_affected(hit.id)
    return reason


def _left(hit: Row[tuple[int, int, int | None, int, int]], monday: date) -> int:
    """Half to four fifths of what was ordered or there is, in whole packs; once in a while nothing."""
    if chance(5, "nothing", monday) == 0:
        return 0
    permille = 500 + chance(300, "left", monday)
    most = hit.quantity if hit.available is None else min(hit.quantity, hit.available)
    return int(most * permille // 1000 // hit.unit * hit.unit)
