"""Two years of random weeks: whatever happened, the green report is what anybody adds up from the raw rows.

Records, certificates that begin, end and are corrected, corrections of records, purchases elsewhere entered
and voided; the report is asked for as of now and of moments at which something was done.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select

from foodorder.accounts.producers import CertificateData, add_certificate, edit_certificate
from foodorder.agreements import elsewhere
from foodorder.agreements.elsewhere import Purchase
from foodorder.agreements.models import PurchaseElsewhere
from foodorder.audit.green import green_year
from foodorder.audit.then import AsOf
from foodorder.catalogue.models import StockKind
from foodorder.catalogue.offers import Entry, publish_offers
from foodorder.db import db
from foodorder.ordering.cycles import open_cycle, plan_cycle
from foodorder.procurement.changes import CostBearer, accept_change, ask_change
from foodorder.procurement.models import ChangeKind, ProcurementRecord, RecordLine
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.green import Base
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import World
from tests.guards.routes import undone

ZONE = ZoneInfo("Europe/Ljubljana")
START = datetime(2025, 1, 7, 9, tzinfo=ZoneInfo("UTC"))
YEARS = (2025, 2026)
SCHEMES = ("organic", "pgi", "dobrote")
COUNTS = {"organic": "organic", "pgi": "quality", "integrated": "quality"}

Clock = Callable[[datetime], None]


class Weeks(RuleBasedStateMachine):
    """Acts of two kitchens and two farms, one after another; `proofs` is what was known when."""

    clock_at: Clock

    def __init__(self) -> None:
        super().__init__()
        self.undo = undone()
        self.undo.__enter__()
        self.now = START
        self.clock_at(self.now)
        self.world = World()
        self.kitchens = [self.world.add_institution() for _ in range(2)]
        self.farms = [self.world.add_producer() for _ in range(2)]
        self.products = [self.world.add_product(farm) for farm in (*self.farms, self.farms[0])]
        #: (since when, certificate, product, scheme, first, last): the newest row of a certificate holds.
        self.proofs: list[tuple[datetime, int, int, str, date, date]] = []
        self.certificates: list[Any] = []
        self.moments: list[datetime] = []

    def later(self, days: int) -> None:
        self.moments.append(self.now)
        self.now += timedelta(days=days)
        self.clock_at(self.now)

    @rule(
        kilos=st.lists(st.integers(0, 9), min_size=6, max_size=6),
        weekday=st.integers(0, 4),
        pause=st.integers(1, 70),
    )
    def buy(self, kilos: list[int], weekday: int, pause: int) -> None:
        week = (self.now + timedelta(days=14 - self.now.weekday())).date()
        offers = [self.offer(product, week) for product in self.products]
        cycle = plan_cycle(
            self.world.municipality.id, week, opens_at=self.now - timedelta(hours=1),
            closes_at=self.now + timedelta(hours=1), days=0b11111, school_days=0b11111, actor=COMMAND,
            now=self.now - timedelta(hours=2),
        )  # fmt: skip
        open_cycle(cycle.id, actor=COMMAND)
        db.session.refresh(cycle)
        for place, kitchen in enumerate(self.kitchens):
            asked = [
                (one, str(kilo)) for one, kilo in zip(offers, kilos[place * 3 :][:3], strict=True) if kilo
            ]
            if asked:
                self.world.submit(cycle, kitchen, asked, day=weekday)
        self.now += timedelta(hours=2)
        self.clock_at(self.now)
        record_cycle(cycle.id, actor=SCHEDULER)
        self.later(pause)

    def offer(self, product: Any, week: date) -> Any:
        entry = Entry(product.id, 100 + product.id % 7, 0b11111, StockKind.UNLIMITED, None)
        done = publish_offers(product.producer_id, week, [entry], actor=COMMAND, now=self.now)
        return (done.new + done.changed + done.unchanged)[0]

    @rule(
        product=st.integers(0, 2), scheme=st.sampled_from(SCHEMES), first=st.integers(-60, 200),
        days=st.integers(0, 300),
    )  # fmt: skip
    def certify(self, product: int, scheme: str, first: int, days: int) -> None:
        sold = self.products[product]
        starts = self.now.date() + timedelta(days=first)
        data = CertificateData(
            scheme=scheme, number="1", body="IKC", valid_from=starts, valid_to=starts + timedelta(days=days)
        )
        made = add_certificate(sold.producer, data, actor=COMMAND, now=self.now)
        sold.certificates.append(made)
        db.session.flush()
        self.certificates.append((made, sold.id))
        self.proofs.append((self.now, made.id, sold.id, scheme, data.valid_from, data.valid_to))
        self.later(1)

    @rule(place=st.integers(0, 9), days=st.integers(-100, 100))
    def correct_certificate(self, place: int, days: int) -> None:
        if not self.certificates:
            return
        made, product = self.certificates[place % len(self.certificates)]
        last = max(made.valid_from, made.valid_to + timedelta(days=days))
        data = CertificateData(
            scheme=made.scheme, number="2", body="IKC", valid_from=made.valid_from, valid_to=last
        )
        edit_certificate(made, data, actor=COMMAND, now=self.now)
        self.proofs.append((self.now, made.id, product, made.scheme, made.valid_from, last))
        self.later(1)

    @rule(place=st.integers(0, 30))
    def correct_record(self, place: int) -> None:
        lines = db.session.scalars(
            select(RecordLine).join(RecordLine.record)
            .where(ProcurementRecord.superseded_by_id.is_(None), RecordLine.quantity > 1000,
                   RecordLine.delivery_date > self.now.date())
            .order_by(RecordLine.id)
        ).all()  # fmt: skip
        if not lines:
            return
        line = lines[place % len(lines)]
        change = ask_change(
            line.record_id, ChangeKind.REDUCTION, [Wanted(1000, record_line_id=line.id)], "trip",
            actor=COMMAND, now=self.now,
        )  # fmt: skip
        accept_change(change.id, CostBearer.NOBODY, "", actor=COMMAND, now=self.now)
        self.later(1)

    @rule(
        kitchen=st.integers(0, 1), back=st.integers(0, 400), grams=st.sampled_from([None, 500, 70_000]),
        scheme=st.sampled_from([None, "organic", "integrated", "dobrote"]),
        origin=st.sampled_from([None, "SI", "IT"]),
    )  # fmt: skip
    def buy_elsewhere(
        self, kitchen: int, back: int, grams: int | None, scheme: str | None, origin: str | None
    ) -> None:
        month = (self.now - timedelta(days=back)).date().replace(day=1)
        food = self.products[0].food_type_id
        bought = Purchase(
            month=month, food_type_id=food, net_cents=1234, grams=grams, scheme=scheme, origin=origin
        )
        elsewhere.enter(self.kitchens[kitchen], bought, actor=COMMAND, now=self.now)
        self.later(2)

    @rule()
    def enter_what_is_missing(self) -> None:
        for kitchen in self.kitchens:
            known = {row.month for row in self.purchases(kitchen.id) if standing(row, self.now)}
            for year in YEARS:
                for month in (date(year, number, 1) for number in range(1, 13)):
                    if month not in known and month <= self.now.date():
                        elsewhere.enter_nothing(kitchen, month, actor=COMMAND, now=self.now)
        self.later(1)

    @rule(place=st.integers(0, 30))
    def void(self, place: int) -> None:
        rows = [
            (row, kitchen)
            for kitchen in self.kitchens
            for row in self.purchases(kitchen.id)
            if row.voided_at is None
        ]
        if rows:
            row, kitchen = rows[place % len(rows)]
            elsewhere.void(row, kitchen, "wrong", actor=COMMAND, now=self.now)
            db.session.expire(row)
            self.later(1)

    def purchases(self, kitchen_id: int) -> list[PurchaseElsewhere]:
        wanted = select(PurchaseElsewhere).where(PurchaseElsewhere.institution_id == kitchen_id)
        return list(db.session.scalars(wanted.order_by(PurchaseElsewhere.id)))

    def teardown(self) -> None:
        try:
            for moment in (*self.moments[-6::2], self.now):
                for year in YEARS:
                    self.compare(year, AsOf(moment, moment.astimezone(ZONE).date()))
        finally:
            self.undo.__exit__(None, None, None)

    def compare(self, year: int, at: AsOf) -> None:
        report = green_year(self.world.municipality.id, year, at)
        assert [one.id for one in report.institutions] == [kitchen.id for kitchen in self.kitchens]
        for one in report.institutions:
            base, sums = self.naive(one.id, year, at)
            shares = one.shares
            assert shares.base is base
            for name, share in (("organic", shares.organic), ("quality", shares.quality)):
                assert (share.numerator, share.denominator) == (sums[name], sums["grams"]), (name, year, at)
                assert (share.unknown_rows, share.unknown_cents) == (sums["unknown"], sums["unknown_cents"])
            assert (shares.conventional.numerator, shares.conventional.denominator) == (
                sums["conventional_cents"], sums["cents"],
            )  # fmt: skip
            assert shares.origins["slovenia"].numerator == sums["slovenia"]  # type: ignore[index]

    def naive(self, kitchen_id: int, year: int, at: AsOf) -> tuple[Base, dict[str, int]]:
        """Row by row, as a clerk would."""
        names = ("grams", "cents", "organic", "quality", "conventional_cents", "slovenia", "unknown")
        sums = dict.fromkeys((*names, "unknown_cents"), 0)
        for record in db.session.scalars(
            select(ProcurementRecord).where(ProcurementRecord.institution_id == kitchen_id)
        ):
            newer = db.session.get(ProcurementRecord, record.superseded_by_id or 0)
            if record.recorded_at > at.moment or (newer and newer.recorded_at <= at.moment):
                continue
            for line in record.record_lines:
                if line.delivery_date.year == year:
                    count(sums, line.grams, line.net_cents, self.proved(line, at), "SI")
        rows = [
            row for row in self.purchases(kitchen_id) if standing(row, at.moment) and row.month.year == year
        ]
        over = {date(year, month, 1) for month in range(1, 13) if is_over(year, month, at.day)}
        if not over or over - {row.month for row in rows}:
            return Base.THROUGH_SYSTEM, sums
        for row in rows:
            if row.food_type_id is not None:
                count(sums, row.grams, row.net_cents, COUNTS.get(row.scheme or ""), row.origin)
        return Base.ALL_FOOD, sums

    def proved(self, line: RecordLine, at: AsOf) -> str | None:
        known: dict[int, tuple[int, str, date, date]] = {}
        for since, certificate, *rest in self.proofs:
            if since <= at.moment:
                known[certificate] = tuple(rest)  # type: ignore[assignment]
        held = {
            COUNTS.get(scheme)
            for product, scheme, first, last in known.values()
            if product == line.product_id and first <= line.delivery_date <= last
        }
        return "organic" if "organic" in held else "quality" if "quality" in held else None


def count(sums: dict[str, int], grams: int | None, cents: int, share: str | None, origin: str | None) -> None:
    sums["cents"] += cents
    if share is None:
        sums["conventional_cents"] += cents
    if grams is None:
        sums["unknown"] += 1
        sums["unknown_cents"] += cents
        return
    sums["grams"] += grams
    if share is not None:
        sums[share] += grams
    if origin == "SI":
        sums["slovenia"] += grams


def standing(row: PurchaseElsewhere, moment: datetime) -> bool:
    return row.entered_at <= moment and (row.voided_at is None or row.voided_at > moment)


def is_over(year: int, month: int, day: date) -> bool:
    after = date(year + month // 12, month % 12 + 1, 1)
    return after - timedelta(days=1) <= day


@pytest.fixture
def machine(app: Any, clock_at: Clock) -> type[Weeks]:
    Weeks.clock_at = staticmethod(clock_at)
    return Weeks


def test_the_green_report_is_what_the_raw_rows_add_up_to(machine: type[Weeks]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            # To shrink a failure of many weeks takes many minutes and says little more.
            phases=(Phase.generate,),
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
