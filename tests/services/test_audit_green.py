"""Green shares of records and purchases elsewhere: exact, with their base, and the same for a past day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts.producers import (
    CertificateData,
    FarmData,
    add_certificate,
    edit_certificate,
    edit_farm,
)
from foodorder.agreements import elsewhere
from foodorder.agreements.elsewhere import Purchase
from foodorder.agreements.models import Agreement, AgreementLot
from foodorder.audit.green import green_year
from foodorder.audit.green_lines import Wanted, green_lines
from foodorder.audit.reports import green_json
from foodorder.audit.then import AsOf, as_of
from foodorder.catalogue.models import LegalParameter
from foodorder.procurement.changes import CostBearer, accept_change, ask_change
from foodorder.procurement.models import ChangeKind, RecordLine
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted as WantedLine
from foodorder.rules.certificates import CountsAs
from foodorder.rules.green import Base, Distance, Origin
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once
from tests.rebase import rebase

ZONE = ZoneInfo("Europe/Ljubljana")
DAY = timedelta(days=1)
#: After the close, in the week after, and long after the year.
SOON, LATER, MUCH_LATER = CLOSES + timedelta(hours=1), CLOSES + 5 * DAY, CLOSES + 90 * DAY


def certificate(world: Any, offer: Any, scheme: str, first: date, last: date, now: datetime = NOW) -> Any:
    data = CertificateData(scheme=scheme, number=f"{scheme} 1", body="IKC", valid_from=first, valid_to=last)
    made = add_certificate(offer.product.producer, data, actor=COMMAND, now=now)
    offer.product.certificates.append(made)
    return made


@once
def week(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Carrots organic on Monday and Tuesday only, a protected apple from far away, plain beets."""
    clock_at(NOW)
    world.near, world.far = world.add_producer(), world.add_producer()
    world.far.farms[0].latitude = 45.5
    world.carrots, world.beets = (world.offer(world.near, price=price) for price in (200, 50))
    world.apples = world.offer(world.far, price=100)
    world.organic = certificate(world, world.carrots, "organic", date(2026, 1, 1), WEEK + DAY)
    certificate(world, world.apples, "pgi", date(2026, 1, 1), date(2027, 1, 1))
    certificate(world, world.apples, "dobrote", date(2026, 1, 1), date(2027, 1, 1))
    world.kitchen = world.add_institution()
    cycle = world.cycle()
    world.submit(
        cycle,
        world.kitchen,
        {
            **world.typed(cycle, world.kitchen, [(world.carrots, "10"), (world.beets, "5")], day=0),
            **world.typed(cycle, world.kitchen, [(world.carrots, "4"), (world.apples, "6")], day=3),
        },
    )
    world.bought = cycle
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    return world


def at(moment: datetime) -> AsOf:
    return AsOf(moment, moment.astimezone(ZONE).date())


def report(world: Any, moment: datetime = SOON, year: int = 2026) -> Any:
    return green_year(world.municipality.id, year, at(moment))


def enter(world: Any, now: datetime = SOON, **values: Any) -> Any:
    food = world.carrots.product.food_type_id
    usual = {"month": date(2026, 10, 1), "food_type_id": food, "net_cents": 10_000, "grams": 75_000}
    purchase = Purchase(**{**usual, **values})
    return elsewhere.enter(world.kitchen, purchase, actor=COMMAND, now=now)


def say_nothing(world: Any, *months: int, now: datetime = SOON) -> None:
    for month in months:
        elsewhere.enter_nothing(world.kitchen, date(2026, month, 1), actor=COMMAND, now=now)


def test_shares_of_records_with_numerator_denominator_and_base(week: Any) -> None:
    found = report(week)
    [one] = found.institutions
    shares = one.shares

    assert shares.base is Base.THROUGH_SYSTEM
    assert (shares.organic.numerator, shares.organic.denominator) == (10_000, 25_000)
    assert (shares.quality.numerator, shares.quality.denominator) == (6_000, 25_000)
    # Thursday's carrots had no certificate any more; the beets never had.
    assert (shares.conventional.numerator, shares.conventional.denominator) == (800 + 250, 3_650)
    assert shares.origins[Origin.SLOVENIA].numerator == 25_000
    distances = {name: share.numerator for name, share in shares.distances.items()}
    assert distances == {
        Distance.NEAR: 19_000, Distance.REGIONAL: 6_000, Distance.FAR: 0, Distance.UNKNOWN: 0,
    }  # fmt: skip
    assert (found.targets.organic_bp, found.targets.quality_bp) == (1500, 2000)
    assert len(one.elsewhere.missing) == 10
    assert found.together == shares


def test_food_of_a_farm_abroad_is_from_abroad_as_its_country_was_known_then(week: Any) -> None:
    farm = week.beets.product.farm
    data = FarmData(
        name=farm.name, village="Tarvisio", postcode="33018", town="Tarvisio", latitude=46.505,
        longitude=13.578, country="IT",
    )  # fmt: skip
    edit_farm(farm, data, actor=COMMAND, now=SOON + DAY)
    abroad = {
        moment: {name: share.numerator for name, share in report(week, moment).together.origins.items()}
        for moment in (SOON, SOON + 2 * DAY)
    }
    grams = abroad[SOON + 2 * DAY][Origin.ABROAD]
    assert abroad[SOON] == {Origin.SLOVENIA: 25_000, Origin.ABROAD: 0, Origin.UNKNOWN: 0}
    assert grams > 0
    assert abroad[SOON + 2 * DAY] == {
        Origin.SLOVENIA: 25_000 - grams,
        Origin.ABROAD: grams,
        Origin.UNKNOWN: 0,
    }
    lines = green_lines(Wanted(week.municipality.id, 2026), at(SOON + 2 * DAY)).rows
    assert sum(line.grams for line in lines if line.country == "IT") == grams


def test_with_every_month_entered_the_base_is_all_food(week: Any) -> None:
    enter(week, scheme="organic", origin="SI")
    enter(week, scheme=None, origin="IT", grams=100_000)
    assert report(week).together.base is Base.THROUGH_SYSTEM
    assert report(week).together.grams == 25_000

    say_nothing(week, *range(1, 10))

    found = report(week).together
    assert found.base is Base.ALL_FOOD
    assert (found.organic.numerator, found.organic.denominator) == (85_000, 200_000)
    assert found.origins[Origin.ABROAD].numerator == 100_000
    assert found.distances[Distance.UNKNOWN].numerator == 175_000
    # In December November is over, and nobody has said anything of it.
    assert report(week, CLOSES + 10 * DAY).together.base is Base.THROUGH_SYSTEM


def test_a_purchase_without_weight_makes_the_year_unknown(week: Any) -> None:
    enter(week, grams=None)
    say_nothing(week, *range(1, 10))
    organic = report(week).together.organic
    assert (organic.bp, organic.unknown_rows, organic.unknown_cents) == (None, 1, 10_000)
    assert report(week).together.conventional.bp is not None


def test_together_is_of_all_food_only_if_every_institution_is(week: Any) -> None:
    enter(week, scheme="organic")
    say_nothing(week, *range(1, 10))
    week.add_institution()
    found = report(week)
    assert [one.shares.base for one in found.institutions] == [Base.ALL_FOOD, Base.THROUGH_SYSTEM]
    assert (found.together.base, found.together.grams) == (Base.THROUGH_SYSTEM, 25_000)


def test_other_years_and_other_towns_are_not_counted(week: Any, world: World) -> None:
    assert report(week, year=2027).together.rows == 0
    town = world.add_municipality()
    assert green_year(town.id, 2026, at(SOON)).institutions == ()
    own = green_year(week.municipality.id, 2026, at(SOON), week.kitchen.id)
    assert [one.id for one in own.institutions] == [week.kitchen.id]


def test_per_agreement_only_what_was_bought_under_it(week: Any, session: Session) -> None:
    agreement = Agreement(
        municipality_id=week.municipality.id, kind="dps", title="Živila", valid_from=date(2026, 1, 1),
        valid_to=date(2029, 12, 31), value_cents=1_000_000, state="in_force",
    )  # fmt: skip
    lot = AgreementLot(agreement=agreement, number="1", position=1, name="Zelenjava", cpv=[])
    session.add_all([agreement, lot])
    session.flush()
    for producer, values in ((week.near, ("call_off", lot.id)), (week.far, ("evidence", None))):
        rebase(producer.id, *values)

    [one] = report(week).agreements

    assert (one.title, one.shares.base, one.shares.grams) == ("Živila", Base.AGREEMENT, 19_000)
    assert one.shares.organic.numerator == 10_000


def reduce(world: Any, session: Session, now: datetime) -> None:
    """Six kilograms of Monday's carrots less."""
    line = session.scalars(
        select(RecordLine).where(RecordLine.price_cents == 200, RecordLine.quantity == 10_000)
    ).one()
    change = ask_change(
        line.record_id, ChangeKind.REDUCTION, [WantedLine(4000, record_line_id=line.id)], "trip",
        actor=COMMAND, now=now,
    )  # fmt: skip
    accept_change(change.id, CostBearer.NOBODY, "", actor=COMMAND, now=now)


def test_a_report_of_a_past_day_stays_as_it_was(
    week: Any, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    wrong = enter(week, scheme="organic")
    say_nothing(week, *range(1, 10))
    before = green_json(report(week, SOON))
    lines_before = green_lines(Wanted(week.municipality.id, 2026), at(SOON))

    clock_at(LATER)
    reduce(week, session, SOON + timedelta(minutes=5))
    elsewhere.void(wrong, week.kitchen, "double", actor=COMMAND, now=LATER)
    enter(week, LATER, grams=1000)
    late = CertificateData(
        scheme="organic", number="2", body="X", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)
    )
    edit_certificate(week.organic, late, actor=COMMAND, now=LATER)
    added = certificate(week, week.beets, "organic", date(2026, 1, 1), date(2027, 1, 1), LATER)
    for row in session.scalars(select(LegalParameter).where(LegalParameter.key == "green.organic_share")):
        row.valid_to = date(2026, 12, 31)
    session.add(
        LegalParameter(
            country="SI", key="green.organic_share", value=2500, unit="bp", valid_from=date(2027, 1, 1),
            source="t", certainty="S",
        )
    )  # fmt: skip
    session.flush()
    session.info.pop("law", None)

    assert green_json(report(week, SOON)) == before
    assert green_lines(Wanted(week.municipality.id, 2026), at(SOON)) == lines_before
    after = report(week, MUCH_LATER).together
    # Carrots of both days (4 + 4) and the beets are organic by what is known now.
    assert (after.organic.numerator, after.organic.denominator) == (13_000, 19_000)
    assert added.id
    # The year keeps the law of its own end; the next has the new one.
    assert report(week, MUCH_LATER).targets.organic_bp == 1500
    assert report(week, MUCH_LATER, year=2027).targets.organic_bp == 2500


def test_a_link_to_a_certificate_is_put_back_from_the_trail(week: Any, session: Session) -> None:
    before = green_json(report(week, SOON))
    proof = week.organic.id
    week.carrots.product.certificates.clear()
    session.flush()
    trail.record(
        COMMAND, "product.changed", "product", week.carrots.product_id, now=LATER,
        before={"certificates": [proof]}, after={"certificates": []},
    )  # fmt: skip
    assert green_json(report(week, SOON)) == before
    assert report(week, MUCH_LATER).together.organic.numerator == 0


def test_every_kilogram_leads_to_its_certificate(week: Any) -> None:
    enter(week, scheme="integrated")
    of = week.municipality.id
    organic = green_lines(Wanted(of, 2026, share="organic"), at(SOON))
    [line] = organic.rows
    assert (line.grams, line.counts_as, line.distance) == (10_000, CountsAs.ORGANIC, Distance.NEAR)
    assert line.proof is not None
    assert (line.proof.number, line.proof.body, line.proof.valid_to) == ("organic 1", "IKC", WEEK + DAY)
    quality = green_lines(Wanted(of, 2026, share="quality"), at(SOON))
    assert [one.proof.scheme for one in quality.rows if one.proof] == ["pgi"]
    assert [one.scheme for one in quality.elsewhere] == ["integrated"]
    plain = green_lines(Wanted(of, 2026, share="conventional"), at(SOON))
    assert (plain.count, plain.grams, plain.elsewhere) == (2, 9_000, ())
    assert all(one.proof is None for one in plain.rows)
    far = green_lines(Wanted(of, 2026, distance=Distance.REGIONAL), at(SOON))
    assert [one.grams for one in far.rows] == [6_000]
    page = green_lines(Wanted(of, 2026), at(SOON), limit=1, offset=1)
    assert (len(page.rows), page.count, page.grams) == (1, 4, 25_000)


def test_a_day_ends_at_midnight_of_the_municipality() -> None:
    now = datetime(2026, 11, 26, 11, tzinfo=ZoneInfo("UTC"))
    past = as_of(date(2026, 10, 24), ZONE, now=now)
    # The last hour of the 24th, summer time.
    assert past.moment.isoformat() == "2026-10-24T21:59:59.999999+00:00"
    assert (
        as_of(None, ZONE, now=now) == as_of(date(2027, 1, 1), ZONE, now=now) == AsOf(now, date(2026, 11, 26))
    )
