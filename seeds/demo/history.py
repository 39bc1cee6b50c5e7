"""Weeks of the market, played by moving the clock from act to act: each at the time it would happen.

A week begins with the opening of its cycle and ends with the opening of the next one. Between them kitchens
order, one changes its mind, a farmer has less than was offered, producers publish the week after, and the
clock's own jobs remind, close and record.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from foodorder import jobs
from foodorder.catalogue.models import Offer
from foodorder.config import Settings
from foodorder.db import db, transaction
from foodorder.ordering.models import Cycle
from foodorder.rules.calendar import local_instant
from foodorder.rules.cycle import State
from seeds.demo import acts, afterwards, bulk, deliveries, differences, money, oddities, publishing
from seeds.demo.acts import Market
from seeds.demo.appetite import chance
from seeds.demo.clock import ZONE, Clock
from seeds.demo.partner import Partner
from seeds.demo.week import Week, changes_its_mind, mornings, office_hour

#: The municipality whose week is shown, and the kitchen that changes its order in it.
MAIN, CHANGES_ITS_MIND = "052", "OSP"
#: The kitchen of the shown log-in: this morning's deliveries wait there.
LEAVES_OPEN = "OSS"
#: A moment after a time that the clock's jobs wait for.
MOMENT = timedelta(seconds=3)

#: name of the act, how much of the week is done.
Report = Callable[[str, int, int], None]


class JobFailed(RuntimeError):
    """One of the clock's jobs failed while the demo played."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens at a time (UTC), and what a person reads of it."""

    at: datetime
    name: str
    do: Callable[[], object]


def run_job(_market: Market, job: jobs.Job, settings: Settings) -> None:
    """Run a job of the scheduler as it does; an item that failed stops the demo with its cause.

    Raises JobFailed.
    """
    outcome = job(settings)
    db.session.rollback()
    if outcome.failed:
        raise JobFailed("; ".join(outcome.errors))


class Stage:
    """Where weeks are played: the market, the clock, and the settings that jobs need."""

    def __init__(self, market: Market, clock: Clock, settings: Settings, partner: Partner) -> None:
        #: Deliveries, invoices and payments are played from this delivery week on.
        self.delivers_from = date.min
        self.market = market
        self.clock = clock
        self.settings = settings
        self.partner = partner
        #: How many cycles were closed.
        self.played = 0
        #: What to wait for when all must have ordered.
        self._ordered_beside = 0
        #: Batches of transfers that the bank is paying.
        self._with_the_bank: list[tuple[money.Desk, int]] = []

    def plan(self) -> None:
        """Let the schedules make cycles ahead of the present clock."""
        self._job(jobs.plan_cycles)

    def next_week(self, after: date | None = None) -> Week | None:
        """The first delivery week after `after` whose cycles are still to be played, by the main schedule."""
        by_number = {number: code for code, number in self.market.book.municipalities.items()}
        wanted = select(Cycle).where(
            Cycle.state.in_([State.PLANNED, State.OPEN]),
            Cycle.municipality_id.in_(by_number),
            Cycle.schedule_id.is_not(None),
        )
        if after is not None:
            wanted = wanted.where(Cycle.week > after)
        first = wanted.with_only_columns(func.min(Cycle.week)).scalar_subquery()
        rows = db.session.scalars(wanted.where(Cycle.week == first).order_by(Cycle.id)).all()
        week = None
        if rows:
            week = Week(
                rows[0].week,
                min(row.opens_at for row in rows),
                max(row.closes_at for row in rows),
                {by_number[row.municipality_id]: row.id for row in rows},
            )
        db.session.rollback()
        return week

    def publish_first(self, monday: date) -> None:
        """Every producer publishes the offers of a week at once, if nobody has."""
        offers = db.session.scalar(select(func.count()).select_from(Offer).where(Offer.week == monday))
        db.session.rollback()
        if not offers:
            self.partner.share(
                publishing.publish_at_once,
                self.market,
                sorted(self.market.book.producers),
                monday,
                self.clock.now(),
            )

    def play(self, week: Week, report: Report, *, latest: bool = False) -> Week:
        """Play a week from its opening to the opening of the next, which is returned.

        In the latest week the shown kitchen saves a draft first, somebody always changes their mind, a farmer
        always has bad luck, and nobody has asked for anything after the close yet.
        """
        opened = week.opens_at + MOMENT
        # A cycle in the middle of its week is taken up where it stands; one that slept through begins again.
        if opened < self.clock.now() < week.closes_at - timedelta(hours=3):
            opened = self.clock.now()
        self.clock.set(opened)
        self.plan()
        following = self.next_week(week.monday)
        if following is None:
            raise JobFailed("no schedule plans another week")
        script = sorted(self._script(week, following, latest), key=lambda act: act.at)
        for number, act in enumerate(script, 1):
            self.clock.forward(act.at)
            report(act.name, number, len(script) + 1)
            act.do()
        self.partner.wait()
        self.clock.forward(following.opens_at + MOMENT)
        report("the next cycle opens", 1, 1)
        self._advance()
        self.played += len(week.cycles)
        bulk.analyze(self.settings.owner_url)
        return following

    def _script(self, week: Week, following: Week, latest: bool) -> Iterator[Act]:
        """The acts of a week in any order; what is past in an open cycle comes at once."""
        earliest = self.clock.now()
        beside = self._beside(week, shown=latest)
        yield Act(earliest, "the cycle opens", partial(self._open, week, following, beside))
        for hours in (24, 2):
            at = week.closes_at - timedelta(hours=hours) + MOMENT
            remind = partial(self._after_orders, partial(self._job, jobs.send_reminders))
            yield Act(max(at, earliest), "those who have not ordered are reminded", remind)
        yield from self._orders(week, earliest, latest, beside)
        approved = max(week.closes_at - timedelta(minutes=20), earliest)
        approve = partial(self._after_orders, partial(afterwards.approve_all, week.monday))
        yield Act(approved, "large orders are approved", approve)
        close = partial(self._after_orders, self._close)
        yield Act(week.closes_at + MOMENT, "the deadline passes: the scheduler closes", close)
        notes = self._make_notes if week.monday >= self.delivers_from else bulk.without_notes
        yield Act(week.closes_at + MOMENT * 2, "delivery notes are made", notes)
        yield from self._days(earliest, following.opens_at, latest)
        if not latest:
            yield from self._after_close(week)

    def _ordering(self, week: Week) -> Iterator[tuple[str, int]]:
        """The kitchens that can order in a week, each with its cycle."""
        for code in self.market.book.institutions:
            cycle = week.cycles.get(self.market.world.institutions[code].municipality)
            if cycle is not None and code in self.market.book.kitchens:
                yield code, cycle

    def _beside(self, week: Week, *, shown: bool) -> dict[str, int]:
        """Whose orders the partner writes, while the others do here: so both have the same to do.

        Of the municipality whose week is `shown` all kitchens order here.
        """
        return {
            code: cycle
            for number, (code, cycle) in enumerate(self._ordering(week))
            if (cycle != week.cycles.get(MAIN) or (number % 4 == 0 and not shown))
            and not changes_its_mind(code, week)
        }

    def _open(self, week: Week, following: Week, beside: dict[str, int]) -> None:
        self._advance()
        self._ordered_beside = self.partner.begin(acts.order_all, beside, week.monday)
        self.partner.begin(publishing.publish_week, following.monday, self.clock.now())

    def _orders(self, week: Week, earliest: datetime, latest: bool, beside: Container[str]) -> Iterator[Act]:
        market, monday = self.market, week.monday
        for code, cycle in self._ordering(week):
            if code in beside:
                continue
            institution = market.world.institutions[code]
            at = max(earliest + timedelta(minutes=1), office_hour(week, "order", code, monday))
            draft, name = latest and code == LEAVES_OPEN, institution.short_name
            if institution.municipality != MAIN:
                name = "a kitchen of another municipality"
            yield Act(at, f"{name} orders", partial(self._order, code, cycle, monday, draft))
            if changes_its_mind(code, week) or (latest and code == CHANGES_ITS_MIND):
                later = at + (week.closes_at - at) / 2
                change = partial(self._order_beside, acts.change_mind, code, cycle, monday)
                yield Act(later, f"{name} changes its order", change)
        if latest or chance(2, "misfortune", monday):
            evening = max(earliest + timedelta(hours=1), week.closes_at - timedelta(hours=17, minutes=20))
            less = partial(self._after_orders, partial(acts.misfortune, market, monday))
            yield Act(evening, "a farmer has less than was offered", less)

    def _order(self, code: str, cycle: int, monday: date, draft: bool) -> None:
        """A kitchen orders, here or beside, whoever is free."""
        if self.partner.is_free():
            self._order_beside(acts.order, code, cycle, monday, draft)
        else:
            acts.order(self.market, code, cycle, monday, draft)

    def _order_beside(self, act: Callable[..., object], *arguments: object) -> None:
        """What the partner does, it does after all that it was asked for before."""
        self._ordered_beside = self.partner.begin(act, *arguments)

    def _after_orders(self, do: Callable[[], object]) -> None:
        """Do what needs the orders that were placed before it."""
        self.partner.wait(self._ordered_beside)
        do()

    def _days(self, earliest: datetime, until: datetime, latest: bool) -> Iterator[Act]:
        """Each morning goods are brought and accepted; then invoices are written, and paid on Thursdays."""
        for day in mornings(earliest, until):
            if day < self.delivers_from:
                continue
            last = latest and day == until.astimezone(ZoneInfo(ZONE)).date()
            brought = partial(self._bring, day, LEAVES_OPEN if last else None)
            yield Act(local_instant(day, time(8), ZONE), "goods are brought and accepted", brought)
            yield Act(
                local_instant(day, time(9), ZONE), "invoices are written and paid", partial(self._pay, day)
            )
            found = partial(self._find_bad, day)
            yield Act(local_instant(day, time(10), ZONE), "what is found to be bad is claimed", found)

    def _bring(self, day: date, leaves_open: str | None) -> None:
        self._make_notes()
        book = self.market.book
        self.partner.share(deliveries.send, self.market, sorted(book.sellers), day)
        self.partner.share(deliveries.take, self.market, sorted(set(book.kitchens) - {leaves_open}), day)

    def _find_bad(self, day: date) -> None:
        """What came on the working day before is looked at closely, and some of it is not good."""
        before = day - timedelta(days=3 if day.weekday() == 0 else 1)
        kitchens = sorted(self.market.book.kitchens)
        self.partner.begin(differences.find_bad, kitchens, before, self.clock.now())

    def _pay(self, day: date) -> None:
        """What was paid yesterday is on today's statement."""
        book, now = self.market.book, self.clock.now()
        self.partner.share(money.read_statements, self.market, self._with_the_bank, now)
        with transaction():
            oddities.change_account(book, day, self.delivers_from, now)
        self.partner.share(money.bill, self.market, sorted(book.producers), day, now)
        desks = money.desks(book)
        self.partner.share(money.approve_all, self.market, desks, now)
        self._with_the_bank = list(money.pay_all(desks, day, now))

    def _after_close(self, week: Week) -> Iterator[Act]:
        """Illness or a trip: a kitchen asks for less, and the producer answers."""
        book, main = self.market.book, week.cycles.get(MAIN, 0)
        asked = week.closes_at + timedelta(minutes=12 + chance(20, "asks", week.monday))
        yield Act(asked, "a kitchen asks for less", partial(afterwards.ask_for_less, book, main))
        answered = week.closes_at + timedelta(minutes=40 + chance(15, "answers", week.monday))
        yield Act(answered, "the producer answers", partial(afterwards.answer, book, main))

    def _advance(self) -> None:
        self._job(jobs.advance_cycles)

    def _close(self) -> None:
        """Two schedulers at once, each of which closes what the other has not begun to."""
        beside = self.partner.begin(run_job, jobs.advance_cycles, self.settings)
        self._advance()
        self.partner.wait(beside)

    def _make_notes(self) -> None:
        self._job(jobs.make_delivery_notes)

    def _job(self, job: jobs.Job) -> None:
        run_job(self.market, job, self.settings)
