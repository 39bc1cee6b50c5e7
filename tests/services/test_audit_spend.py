"""Spend adds up to the records in every direction, stays in its municipality, and leads back to the offer."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts.models import Certificate, Farm
from foodorder.audit import lines
from foodorder.audit.charts import bars
from foodorder.audit.cycles import cycles
from foodorder.audit.events import chain, events_of
from foodorder.audit.queries import Part, Spend, Sums, added, compare, share_of, spend
from foodorder.audit.remembered import spend_compared
from foodorder.audit.selection import Selection, choices, recorded_span
from foodorder.audit.trail_list import Asked, events
from foodorder.ordering.offers import take_up
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord, RecordLine
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@once
def closed(world: World, clock_at: Callable[[datetime], None]) -> Any:
    """Two kitchens bought carrots (organic until Tuesday) and beets of two farms; another town bought too."""
    clock_at(NOW)
    world.farm, world.far = world.add_producer(), world.add_producer()
    world.far.farms[0].latitude = 45.5
    world.carrots, world.beets = world.offer(world.farm, price=200), world.offer(world.far, price=100)
    world.carrots.product.certificates.append(
        Certificate(
            producer_id=world.farm.id, scheme="organic", number="1", body="IKC",
            valid_from=date(2026, 1, 1), valid_to=WEEK + timedelta(days=1),
        )
    )  # fmt: skip
    world.kitchens = [world.add_institution(), world.add_institution()]
    world.week = world.cycle()
    for kitchen, kilos in zip(world.kitchens, ("10", "4"), strict=True):
        day = {"10": 0, "4": 3}[kilos]
        world.submit(world.week, kitchen, [(world.carrots, kilos), (world.beets, kilos)], day=day)
    world.town = world.add_municipality()
    seller = world.add_producer(world.town)
    stranger = world.add_institution(municipality=world.town)
    elsewhere = world.offer(seller)
    other = world.cycle(municipality=world.town)
    world.submit(other, stranger, [(elsewhere, "7")])
    clock_at(CLOSES)
    record_cycle(world.week.id, actor=SCHEDULER)
    record_cycle(other.id, actor=SCHEDULER)
    return world


def all_of(world: Any, **narrower: Any) -> Selection:
    return Selection(world.municipality.id, *YEAR, **narrower)


def test_every_direction_adds_up_to_the_records_in_force(closed: Any, session: Session) -> None:
    found = spend(all_of(closed))
    records = session.scalars(
        select(ProcurementRecord).where(
            ProcurementRecord.cycle_id == closed.week.id, ProcurementRecord.superseded_by_id.is_(None)
        )
    ).all()

    assert found.total.net_cents == sum(record.net_cents for record in records) == 14 * 300
    assert found.total.grams == sum(record.grams for record in records) == 28_000
    for parts in (found.institutions, found.producers, found.groups):
        assert added(part.sums for part in parts) == found.total
    assert added(sums for _, sums in found.months) == found.total
    assert [month for month, _ in found.months] == [date(2026, 11, 1), date(2026, 12, 1)]
    assert [part.name for part in found.producers] == [closed.farm.name, closed.far.name]


def test_organic_counts_only_on_days_with_a_certificate_and_local_only_from_near(closed: Any) -> None:
    total = spend(all_of(closed)).total

    # 10 kg of carrots came on Monday, 4 kg on Thursday, when the certificate had ended.
    assert total.organic_grams == 10_000
    assert total.local_grams == 14_000
    assert (total.organic_bp, total.local_bp, total.repriced) == (3571, 5000, 0)


def test_the_last_day_of_a_certificate_counts_and_the_next_does_not(closed: Any, clock_at: Any) -> None:
    clock_at(NOW)
    again, kitchen = closed.cycle(), closed.kitchens[0]
    typed = {
        **closed.typed(again, kitchen, [(closed.carrots, "3")], day=1),
        **closed.typed(again, kitchen, [(closed.carrots, "5")], day=2),
    }
    closed.submit(again, kitchen, typed)
    clock_at(CLOSES)
    record_cycle(again.id, actor=SCHEDULER)
    assert spend(all_of(closed)).total.organic_grams == 10_000 + 3_000
    proofs = {}
    for row in lines.lines(all_of(closed, producer_id=closed.farm.id, institution_id=kitchen.id)):
        page = lines.line(row.id, closed.municipality.id)
        assert page is not None
        proofs[row.quantity] = [proof.scheme for proof in page.proofs]
    assert proofs == {10_000: ["organic"], 3_000: ["organic"], 5_000: []}


def test_local_is_counted_from_the_farm_of_origin_and_not_from_the_seller(
    closed: Any, session: Session, clock_at: Any
) -> None:
    clock_at(NOW)
    field = Farm(
        producer_id=closed.farm.id, name="Njiva", village="Njiva", postcode="8000", town="Novo mesto",
        latitude=45.5, longitude=14.5,
    )  # fmt: skip
    session.add(field)
    session.flush()
    product = closed.add_product(closed.farm)
    product.farm_id = field.id
    session.flush()
    offer, cycle, kitchen = closed.offer(product=product), closed.cycle(), closed.kitchens[0]
    closed.submit(cycle, kitchen, [(offer, "6")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    total = spend(all_of(closed)).total
    assert (total.grams, total.local_grams) == (28_000 + 6_000, 14_000)
    [line] = [row for row in lines.lines(all_of(closed)) if row.quantity == 6_000]
    page = lines.line(line.id, closed.municipality.id)
    assert page is not None
    assert page.metres > 50_000


def test_nothing_has_no_share() -> None:
    assert share_of(0, 0) is None
    assert Sums().organic_bp is None
    assert share_of(1, 3) == 3333


def test_filters_narrow_and_other_municipalities_stay_out_of_reach(closed: Any) -> None:
    first, second = closed.kitchens
    assert spend(all_of(closed, institution_id=first.id)).total.net_cents == 3000
    assert spend(all_of(closed, producer_id=closed.farm.id)).total.net_cents == 2800
    assert spend(all_of(closed, food_group_id=closed.group.id)).total.net_cents == 4200
    assert spend(all_of(closed, basis="no such basis")).total == Sums()
    december = Selection(closed.municipality.id, date(2026, 12, 1), date(2026, 12, 31))
    assert spend(december).total.net_cents == 1200
    # Another town's selection does not reach our kitchen, nor the other way round.
    assert spend(Selection(closed.town.id, *YEAR, institution_id=second.id)).total == Sums()
    assert spend(Selection(closed.town.id, *YEAR)).total.net_cents == 7 * 150


def test_a_correction_replaces_what_it_corrects(closed: Any, session: Session) -> None:
    line = session.scalars(
        select(RecordLine).where(
            RecordLine.institution_id == closed.kitchens[0].id, RecordLine.price_cents == 200
        )
    ).one()
    change = ask_change(
        line.record_id, ChangeKind.REDUCTION, [Wanted(6000, record_line_id=line.id)], "trip",
        actor=COMMAND, now=CLOSES + timedelta(hours=1),
    )  # fmt: skip
    accept_change(change.id, CostBearer.NOBODY, "", actor=COMMAND, now=CLOSES + timedelta(hours=2))

    assert spend(all_of(closed)).total.net_cents == 4200 - 800
    listed = lines.records(all_of(closed))
    assert listed.net_cents == sum(row.net_cents for row in listed.rows) == 3400
    row = cycles(closed.municipality.id)[0]
    assert (row.ordered_grams, row.difference_grams, row.recorded_grams, row.changed_grams) == (
        28_000, 0, 24_000, -4000,
    )  # fmt: skip


def test_from_a_sum_to_records_lines_offer_and_trail(closed: Any, session: Session) -> None:
    selection = all_of(closed, producer_id=closed.farm.id)
    listed = lines.records(selection, limit=1)
    assert (listed.records, len(listed.rows), listed.lines, listed.net_cents) == (2, 1, 2, 2800)
    every = list(lines.lines(selection))
    assert [row.net_cents for row in every] == [2000, 800]

    page = lines.line(every[0].id, closed.municipality.id)
    assert page is not None
    assert (page.line.offer_id, page.line.ordered, page.line.quantity) == (closed.carrots.id, 10_000, 10_000)
    assert [proof.scheme for proof in page.proofs] == ["organic"]
    assert page.metres < 30_000
    offer = lines.offer(page.line.offer_version_id, closed.municipality.id)
    assert offer is not None
    assert sum(row.net_cents for row in offer.sold) == 2800

    things = [("offer", closed.carrots.id), ("procurement_record", page.line.record_id)]
    told = events_of([*things, ("weekly_order", page.line.order_id)], closed.municipality.id)
    assert [event.action for event in told] == ["offer.published", "order.submitted", "record.written"]

    for reach in ((closed.town.id, None), (closed.municipality.id, closed.kitchens[1].id)):
        assert lines.line(every[0].id, *reach) is None
    assert lines.offer(page.line.offer_version_id, closed.town.id) is None


def test_behind_every_figure_stand_records_that_come_to_it(closed: Any, clock_at: Any) -> None:
    clock_at(NOW)
    cycle = closed.cycle(week=WEEK + timedelta(weeks=1))
    kitchen = closed.kitchens[0]
    other = closed.offer(closed.farm, price=120, week=cycle.week)
    carrots = closed.offer(product=closed.carrots.product, price=210, week=cycle.week)
    take_up([other.id, carrots.id])
    typed = {
        **closed.typed(cycle, kitchen, [(carrots, "3")]),
        **closed.typed(cycle, kitchen, [(other, "5")], day=2),
    }
    closed.submit(cycle, kitchen, typed)
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)

    found = spend(all_of(closed))
    narrower = [({"institution_id": part.id}, part.sums) for part in found.institutions]
    narrower += [({"producer_id": part.id}, part.sums) for part in found.producers]
    narrower += [({"food_group_id": part.id}, part.sums) for part in found.groups]
    chosen = [(all_of(closed, **which), sums) for which, sums in narrower]
    chosen.append((all_of(closed), found.total))
    for selection, sums in chosen:
        listed = lines.records(selection, limit=1)
        every = list(lines.lines(selection))
        assert (listed.net_cents, listed.grams, listed.lines) == (sums.net_cents, sums.grams, sums.lines)
        assert sum(row.net_cents for row in every) == sums.net_cents
    # One day of a record that has more.
    monday = Selection(closed.municipality.id, cycle.week, cycle.week)
    [row] = lines.records(monday).rows
    assert (row.net_cents, row.record_cents) == (630, 630 + 600)


def test_an_offers_page_counts_corrected_lines_once_and_no_other_towns(
    world: World, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    clock_at(NOW)
    town = world.add_municipality()
    offer = world.offer(world.add_producer(world.municipality, town), price=100)
    sold = {}
    for place, kilos in ((world.municipality, "5"), (town, "7")):
        kitchen, cycle = world.add_institution(municipality=place), world.cycle(municipality=place)
        world.submit(cycle, kitchen, [(offer, kilos)])
        sold[place.id] = cycle
    clock_at(CLOSES)
    for cycle in sold.values():
        record_cycle(cycle.id, actor=SCHEDULER)
    record = session.scalars(
        select(ProcurementRecord).where(ProcurementRecord.cycle_id == sold[world.municipality.id].id)
    ).one()
    line = session.scalars(select(RecordLine).where(RecordLine.record_id == record.id)).one()
    change = ask_change(
        record.id,
        ChangeKind.REDUCTION,
        [Wanted(2000, record_line_id=line.id)],
        "trip",
        actor=COMMAND,
        now=CLOSES,
    )
    accept_change(change.id, CostBearer.NOBODY, actor=COMMAND, now=CLOSES)

    for place, quantities in ((world.municipality, [2000]), (town, [7000])):
        page = lines.offer(line.offer_version_id, place.id)
        assert page is not None
        assert [row.quantity for row in page.sold] == quantities
        assert [row.id for row in cycles(place.id)] == [sold[place.id].id]


def test_what_happened_to_a_shared_thing_is_told_in_each_town_by_itself(closed: Any) -> None:
    for place, whose in ((closed.municipality.id, "here"), (closed.town.id, "there")):
        trail.record(COMMAND, "offer.published", "offer", 10**9, now=NOW, municipality_id=place, reason=whose)
    told = events_of([("offer", 10**9)], closed.municipality.id)
    assert [event.reason for event in told] == ["here"]


def test_a_drawing_shows_every_cent_of_its_sum() -> None:
    parts = tuple(
        Part(number, f"Farm {number}", f"Farm {number}", Sums(net_cents=100 * number))
        for number in range(20, 0, -1)
    )
    month = ((date(2026, 12, 1), added(part.sums for part in parts)),)
    found = Spend(month[0][1], month, parts, parts, parts)
    for name, chart in (("months", bars.months(found, None, 860)), ("parts", bars.ranked(parts, 860))):
        rows = chart.spec["data"]["values"]
        assert sum(row["cents"] for row in rows) == found.total.net_cents, name


def test_the_year_before_is_compared_like_with_like(closed: Any) -> None:
    selection = all_of(closed)
    found = spend(selection)
    span = recorded_span(closed.municipality.id)
    assert span == (WEEK, WEEK + timedelta(days=6))
    assert recorded_span(closed.town.id) == span
    assert recorded_span(closed.add_municipality().id) is None
    # Only since the first full month a year later.
    assert compare(selection, found, span) is None

    # December has begun, and is not compared before it is over.
    assert compare(selection, found, (date(2025, 11, 10), span[1])) is None
    compared = compare(selection, found, (date(2025, 10, 10), span[1]))
    assert compared is not None
    assert (compared.first, compared.last, compared.whole) == (date(2026, 11, 1), date(2026, 11, 30), False)
    assert compared.now.net_cents == 3000
    assert compared.before == Sums()
    assert compare(selection, found, (date(2024, 5, 1), date(2026, 12, 31))).whole  # type: ignore[union-attr]


def test_what_is_remembered_is_forgotten_when_something_happens(closed: Any, session: Session) -> None:
    selection = all_of(closed)
    span = recorded_span(closed.municipality.id)
    first = spend_compared(selection, span)
    assert spend_compared(selection, span)[0] is first[0]
    trail.record(COMMAND, "offer.published", "offer", 1, now=NOW)
    assert spend_compared(selection, span)[0] is not first[0]


def test_choices_are_the_municipalitys_own(closed: Any) -> None:
    there = choices(closed.municipality.id)
    assert {name for _, name in there.institutions} == {one.short_name for one in closed.kitchens}
    assert {name for _, name in there.producers} == {closed.farm.name, closed.far.name}
    assert there.bases == ("unclassified",)


def test_the_trail_is_read_by_person_action_thing_and_day(closed: Any, session: Session) -> None:
    town = closed.municipality.id
    everything = events(Asked(town), limit=500)
    assert [event.id for event in everything] == sorted((event.id for event in everything), reverse=True)
    assert not any(
        event.action == "cycle.planned" and event.object_id != closed.week.id for event in everything
    )
    orders = events(Asked(town, action="order.submitted"))
    assert len(orders) == 2
    assert events(Asked(town, action="order.submitted"), before=orders[0].id) == orders[1:]
    assert events(Asked(town, person_id=-1)) == []
    assert (
        events(Asked(town, object_type="cycle", object_id=closed.week.id, since=CLOSES + timedelta(days=1)))
        == []
    )
    opened = next(event for event in everything if event.action == "cycle.opened")
    state = next(change for change in opened.changes if change.key == "state")
    assert (state.before, state.after, opened.source) == ("planned", "open", "command")
    assert opened.block is None

    waiting = chain(NOW).unsealed
    assert waiting >= len(everything)
    trail.seal()
    after = chain(NOW)
    assert (after.unsealed, after.overdue) == (0, 0)
    assert len(after.head) == 64
    assert events(Asked(town))[0].block == after.blocks
