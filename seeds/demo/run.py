"""The demo from nothing to a site full of life: the world, past weeks, one whole week, and the next one open.

Run again, it goes on from where it stood: the open cycle is played to its end, and the next one opens. When
nothing was run for weeks, the weeks between are caught up with.
"""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from foodorder.accounts import producers
from foodorder.config import Settings
from foodorder.db import clock as database_clock
from foodorder.db import db, transaction
from foodorder.language.times import local
from foodorder.rules.calendar import local_instant, monday_of
from seeds.demo import (
    acts,
    afterwards,
    agreements,
    applicants,
    bulk,
    ceilings,
    differences,
    elsewhere,
    integrity,
    load,
    money,
    oddities,
    own_settings,
)
from seeds.demo.acts import Market
from seeds.demo.clock import ZONE, Clock
from seeds.demo.history import LEAVES_OPEN, MAIN, MOMENT, Stage
from seeds.demo.partner import Partner
from seeds.demo.result import Result, result_of
from seeds.demo.week import Week
from seeds.demo.world import World, load_world
from seeds.load import is_loaded, load_reference

#: Before the first week everybody had some time to register.
BEFOREHAND = timedelta(weeks=4)

#: So much of the past is delivered, invoiced and paid, too; `seed demo` plays all of it.
DELIVERED = timedelta(weeks=2)

#: what is under way, how much is done, of how much.
Report = Callable[[str, int, int], None]


class LoadedAlready(RuntimeError):
    """The world is loaded only once."""


def run(settings: Settings, clock: Clock, report: Report, *, weeks: int = 12) -> Result:
    """Play the next demo week, after the world and `weeks` past weeks when there is nothing yet.

    Raises NotOurs, JobFailed, ClockNotOurs.
    """
    started = time.monotonic()
    with Partner(settings) as partner:
        stage, week, following = _play_one(settings, clock, partner, report, weeks)
    return result_of(stage, week, following, time.monotonic() - started)


def _play_one(
    settings: Settings, clock: Clock, partner: Partner, report: Report, weeks: int
) -> tuple[Stage, Week, Week]:
    """The week that was played on its stage, and the one that is open now."""
    world = load_world()
    target = newest_due_week(clock.real())
    stage = _begin(settings, clock, partner, world, report, target, weeks)
    stage.delivers_from = target - DELIVERED
    week = _expect(stage)
    week = _play_until(stage, week, target, report)
    bulk.lay_to_rest(week.opens_at)
    _index_prices(stage, week)
    _apply_for_a_lot(stage)
    following = stage.play(week, report, latest=True)
    _something_to_decide(stage, week, following)
    _something_to_match(stage)
    _settle(stage, week.monday)
    bulk.seal_all()
    clock.release(following.opens_at + MOMENT)
    return stage, week, following


def history(settings: Settings, clock: Clock, report: Report, *, weeks: int) -> int:
    """The world and so many past weeks in bulk, for the auditor's pages; the next cycle is open then.

    Returns how many cycles were closed. Raises LoadedAlready, NotOurs, JobFailed, ClockNotOurs.
    """
    world = load_world()
    with transaction():
        if load.is_there(world):
            raise LoadedAlready("The demo is loaded already; `foodorder demo` plays its next week.")
    target = newest_due_week(clock.real())
    with Partner(settings) as partner:
        stage = _begin(settings, clock, partner, world, report, target, weeks - 1)
        week = _play_until(stage, _expect(stage), target + timedelta(weeks=1), report)
    bulk.lay_to_rest(week.opens_at)
    _apply_for_a_lot(stage)
    _something_to_match(stage)
    _settle(stage, target)
    bulk.seal_all()
    clock.release(week.opens_at + MOMENT)
    return stage.played


def _play_until(stage: Stage, week: Week, monday: date, report: Report) -> Week:
    """Play the weeks before the delivery week of `monday`; returns the one that comes next."""
    first, weeks = week.monday, max(1, (monday - week.monday).days // 7)
    while week.monday < monday:
        before = (week.monday - first).days // 7
        _enter_elsewhere(stage)
        if before == weeks // 2:
            _index_prices(stage, week)
        week = stage.play(week, partial(_within, report, before, weeks))
    return week


def _index_prices(stage: Stage, week: Week) -> None:
    """Halfway through the past prices rise, for the cycles that open from now on."""
    with transaction():
        agreements.index_prices(stage.market.book, week.monday + timedelta(weeks=1), stage.clock.now())


def _apply_for_a_lot(stage: Stage) -> None:
    with transaction():
        applicants.apply_for_a_lot(stage.market.world, stage.market.book, MAIN, stage.clock.now())


def _enter_elsewhere(stage: Stage) -> None:
    with transaction():
        elsewhere.enter_due(stage.market.world, stage.market.book, stage.clock.now())


def _settle(stage: Stage, week: date) -> None:
    """How the agreements stand when all is played; `week`: the newest that all have ordered for."""
    _enter_elsewhere(stage)
    with transaction():
        ceilings.settle(stage.market.book, MAIN, week, stage.clock.now())
        oddities.cut_short(stage.market.book, MAIN, week, stage.clock.now())
        oddities.look(stage.market.book, MAIN, week, stage.clock.now())


def _within(report: Report, number: int, weeks: int, act: str, done: int, of: int) -> None:
    """Report a step of one of many weeks as a part of them all."""
    report("past weeks", number * 100 + done * 100 // of, weeks * 100)


def newest_due_week(now: datetime) -> date:
    """The Monday of the newest delivery week whose deadline has passed."""
    today = now.astimezone(ZoneInfo(ZONE)).date()
    monday = monday_of(today) + timedelta(weeks=2)
    while local_instant(monday - timedelta(days=7 - load.THURSDAY), load.CLOSES, ZONE) > now:
        monday -= timedelta(weeks=1)
    return monday


def _begin(
    settings: Settings,
    clock: Clock,
    partner: Partner,
    world: World,
    report: Report,
    target: date,
    weeks: int,
) -> Stage:
    """The stage as it stands, or with the world newly loaded and the first week's offers published."""
    with transaction():
        there = load.is_there(world)
        if not there:
            load.check_nobody_lives_here()
    if not there:
        first_week = target - timedelta(weeks=weeks)
        today = clock.real().astimezone(ZoneInfo(ZONE)).date()
        clock.set(local_instant(first_week - BEFOREHAND, load.OPENS, ZONE))
        report("reference data", 0, 1)
        with transaction():
            if not is_loaded():
                load_reference(now=database_clock())
        report("kitchens, farms, products", 0, 1)
        with transaction():
            load.load(world, today=today, first_week=first_week, now=database_clock())
        bulk.analyze(settings.owner_url)
        report("kitchens, farms, products", 1, 1)
    with transaction():
        book = load.read_book(world)
        first_week = target if there else target - timedelta(weeks=weeks)
        report("agreements", 0, 1)
        now = database_clock()
        new = agreements.make_all(world, book, target, first_week, now)
        integrity.make_all(world, book, now)
        own_settings.make_all(world, book, range(first_week.year, target.year + 1), now)
        ceilings.open_up(book, now)
    money.settle_terms(book, now)
    stage = Stage(Market(world, book), clock, settings, partner)
    stage.plan()
    week = _expect(stage)
    for code, institution in world.institutions.items() if there else ():
        if (
            institution.municipality in new
            and institution.municipality in week.cycles
            and code in book.kitchens
        ):
            acts.order_again(stage.market, code, week.cycles[institution.municipality])
    if not there:
        clock.forward(week.opens_at - timedelta(hours=20))
    stage.publish_first(week.monday)
    return stage


def _expect(stage: Stage) -> Week:
    week = stage.next_week()
    if week is None:
        raise RuntimeError("No cycle is planned: the schedules of the demo were removed or switched off.")
    return week


def _something_to_decide(stage: Stage, week: Week, following: Week) -> None:
    """Leave something on the first page of each: a request after the close, a farm that asks to be let in."""
    stage.clock.forward(following.opens_at + MOMENT * 2)
    book = stage.market.book
    _first_orders(stage, following)
    main = week.cycles.get(MAIN)
    if main is not None:
        farm, kitchen = book.producers.get("F01"), book.institutions.get("OSS")
        afterwards.ask_for_less(book, main, institution=kitchen, producer=farm) or afterwards.ask_for_less(
            book, main, producer=farm
        )
    with transaction():
        try:
            applicants.apply_to(book.municipalities[MAIN], database_clock())
        except producers.TaxNumberTaken:
            db.session.rollback()


def _something_to_match(stage: Stage) -> None:
    """The accountant whose log-in is shown has an invoice that does not agree."""
    now = stage.clock.now()
    for desk in money.desks(stage.market.book):
        if desk.code == LEAVES_OPEN:
            differences.enter_a_dearer_one(stage.market.book, desk, local(now).date(), now)


def _first_orders(stage: Stage, week: Week) -> None:
    """A few kitchens order at once in the cycle that is open now, so that closing it can be tried out."""
    book, cycle = stage.market.book, week.cycles.get(MAIN)
    if cycle is None:
        return
    early = [code for code in acts.EARLY if code in book.institutions and code in book.kitchens]
    beside = stage.partner.begin(acts.order_all, dict.fromkeys(early[1:], cycle), week.monday)
    acts.order_all(stage.market, dict.fromkeys(early[:1], cycle), week.monday)
    if acts.BEGINS in book.institutions and acts.BEGINS in book.kitchens:
        acts.begin(stage.market, acts.BEGINS, cycle, week.monday)
    stage.partner.wait(beside)
