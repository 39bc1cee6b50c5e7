"""Producers publish what there will be in a week to come."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from sqlalchemy import select

from foodorder.catalogue.models import Offer, StockKind
from foodorder.catalogue.offers import Entry, OffersRefused, publish_offers
from foodorder.db import db, transaction
from foodorder.ordering.offers import hold, take_up
from foodorder.rules.calendar import local_instant
from seeds.demo.acts import Market
from seeds.demo.appetite import chance
from seeds.demo.clock import ZONE
from seeds.demo.supply import Offered, weekly_offers
from seeds.demo.world import World


def publish(market: Market, producer: str, monday: date, now: datetime) -> int:
    """At `now` a producer says what there will be in the week of `monday`; returns how many offers are new.

    What is published for that week already, by whomever, is left as it is.
    """
    book, number = market.book, market.book.producers[producer]
    with transaction():
        hold(number, monday)
        there = set(
            db.session.scalars(
                select(Offer.product_id).where(Offer.producer_id == number, Offer.week == monday)
            )
        )
        entries = [
            _entry(one, book.products[one.product])
            for one in _harvest(market.world, monday).get(producer, ())
            if book.products.get(one.product, 0) not in {0, *there}
        ]
        actor = book.sellers[producer]
        try:
            published = publish_offers(number, monday, entries, actor=actor, now=now)
        except OffersRefused as refused:
            # Somebody changed the product since the world was loaded: without those.
            wrong = {problem.product_id for problem in refused.problems}
            entries = [entry for entry in entries if entry.product_id not in wrong]
            published = publish_offers(number, monday, entries, actor=actor, now=now)
        take_up([offer.id for offer in published.new])
    return len(published.new)


def publish_week(market: Market, monday: date, earliest: datetime) -> None:
    """Every producer publishes the offers of a week, thirteen or twelve days before it.

    Publishing takes its time as it is told, so it does not matter where the clock stands.
    """
    for code in market.book.producers:
        day = monday - timedelta(days=13 - chance(2, "publishes on", code, monday))
        at = time(5 + chance(16, "publishes at", code, monday), chance(60, "minute", code, monday))
        publish(market, code, monday, max(local_instant(day, at, ZONE), earliest))


def publish_at_once(market: Market, producers: Sequence[str], monday: date, now: datetime) -> None:
    """These producers publish the offers of a week at the same time."""
    for code in producers:
        publish(market, code, monday, now)


@lru_cache(maxsize=2)
def _harvest(world: World, monday: date) -> dict[str, list[Offered]]:
    """What each producer has in a week; forty of them ask one after the other."""
    found: dict[str, list[Offered]] = {}
    for one in weekly_offers(world, monday):
        found.setdefault(one.producer, []).append(one)
    return found


def _entry(one: Offered, product_id: int) -> Entry:
    return Entry(product_id, one.price_cents, one.days, StockKind(one.stock_kind), one.available)
