"""Publishing a week's offers: versions, refusals, remarks."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from foodorder.accounts.models import Certificate
from foodorder.catalogue import law
from foodorder.catalogue.models import Offer, OfferVersion, StockKind
from foodorder.catalogue.offers import Entry, OffersRefused, publish_offers, same_as_last_week
from foodorder.catalogue.queries import newest_versions, offer_of, product_of, week_cards
from foodorder.db import db
from foodorder.rules import offers as rules
from foodorder.rules.quantity import NotAMultiple
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import NOW, WEEK

WORKDAYS = 0b11111
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def farm(world):
    return world.add_producer()


@pytest.fixture
def carrots(world, farm):
    return world.add_product(farm, step=500, pack=10_000)


def publish(product, *, week=WEEK, price=150, days=WORKDAYS, kind=StockKind.RESERVE, available=120_000):
    entry = Entry(product.id, price, days, kind, available)
    return publish_offers(product.producer_id, week, [entry], actor=COMMAND, now=LATER)


def refusals(product, **values):
    with pytest.raises(OffersRefused) as refused:
        publish(product, **values)
    return {type(problem.refusal) for problem in refused.value.problems}


def versions(offer):
    return db.session.scalar(select(func.count()).where(OfferVersion.offer_id == offer.id))


# Versions


def test_a_new_offer_copies_the_terms_of_its_product(carrots):
    offer = publish(carrots).new[0]
    version = newest_versions([offer.id])[offer.id]
    assert (version.price_cents, version.days, version.available) == (150, WORKDAYS, 120_000)
    assert (version.order_step, version.pack, version.unit, version.name) == (
        500,
        10_000,
        "KGM",
        carrots.name,
    )


def test_the_same_form_again_writes_nothing(carrots):
    offer = publish(carrots).new[0]
    again = publish(carrots)
    assert (again.new, again.changed, again.unchanged) == ((), (), (offer,))
    assert versions(offer) == 1


def test_a_new_price_is_a_new_version_beside_the_old(carrots):
    offer = publish(carrots).new[0]
    assert publish(carrots, price=160).changed == (offer,)
    prices = db.session.scalars(
        select(OfferVersion.price_cents)
        .where(OfferVersion.offer_id == offer.id)
        .order_by(OfferVersion.version)
    ).all()
    assert prices == [150, 160]


def test_a_changed_product_makes_a_new_version_when_published_again(carrots):
    offer = publish(carrots).new[0]
    carrots.pack = 5_000
    assert publish(carrots).changed == (offer,)


def test_versions_cannot_be_changed_by_the_application(carrots):
    offer = publish(carrots).new[0]
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.execute(
            update(OfferVersion).where(OfferVersion.offer_id == offer.id).values(price_cents=1)
        )


def test_the_trail_names_what_changed_with_each_municipality(world, farm):
    other = world.add_municipality()
    both = world.add_producer(world.municipality, other)
    product = world.add_product(both)
    offer = publish(product).new[0]
    publish(product, price=160)
    rows = db.session.execute(
        select(TrailEvent.action, TrailEvent.municipality_id, TrailEvent.body)
        .where(TrailEvent.object_type == "offer", TrailEvent.object_id == offer.id)
        .order_by(TrailEvent.id)
    ).all()
    assert {row.municipality_id for row in rows} == {world.municipality.id, other.id}
    assert len(rows) == 4
    assert '"before":{"price_cents":150}' in rows[-1].body


# Refusals: all at once, and nothing is published


def test_a_wrong_entry_stops_the_whole_form(world, farm, carrots):
    beets = world.add_product(farm)
    entries = [Entry(carrots.id, 150, WORKDAYS), Entry(beets.id, None, 0)]
    with pytest.raises(OffersRefused) as refused:
        publish_offers(farm.id, WEEK, entries, actor=COMMAND, now=LATER)
    assert {problem.product_id for problem in refused.value.problems} == {beets.id}
    assert {type(one.refusal) for one in refused.value.problems} == {rules.PriceMissing, rules.DaysMissing}
    assert db.session.scalar(select(func.count()).where(Offer.producer_id == farm.id)) == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"price": None}, rules.PriceMissing),
        ({"price": 0}, rules.PriceMissing),
        ({"days": 0}, rules.DaysMissing),
        ({"available": None}, rules.QuantityMissing),
        ({"available": 0}, rules.QuantityMissing),
        ({"available": 700}, NotAMultiple),
    ],
)
def test_what_is_missing_or_wrong_is_refused(carrots, values, reason):
    assert refusals(carrots, **values) == {reason}


def test_another_farms_product_is_unknown(world, carrots):
    other = world.add_producer()
    with pytest.raises(OffersRefused) as refused:
        publish_offers(other.id, WEEK, [Entry(carrots.id, 150, 1)], actor=COMMAND, now=LATER)
    assert isinstance(refused.value.problems[0].refusal, rules.ProductUnknown)


def test_a_retired_product_cannot_be_offered(carrots):
    carrots.active = False
    db.session.flush()
    assert refusals(carrots) == {rules.ProductUnknown}


def test_out_of_season_is_refused_and_its_days_are_left_out(world, farm):
    november = world.add_product(farm, world.add_food_type(months=[11]))
    assert refusals(november, week=date(2026, 12, 7)) == {rules.OutOfSeason}
    done = publish(november)
    # 30 November is the Monday, the other days are in December.
    assert newest_versions([done.new[0].id])[done.new[0].id].days == 0b00001
    assert rules.DAYS_DROPPED in {notice.message for _, notice in done.notices}


def test_a_week_that_is_over_takes_no_offers(carrots):
    with pytest.raises(rules.WeekOver):
        publish(carrots, week=date(2026, 11, 9))
    with pytest.raises(ValueError, match="no Monday"):
        publish(carrots, week=date(2026, 12, 1))


def test_a_vat_payer_needs_a_rate_for_the_food_on_the_day(world, farm):
    drink = world.add_product(farm, world.add_food_type(vat_class="unheard"))
    assert len(refusals(drink)) == 1


def test_less_than_what_is_ordered_needs_a_reason(world, farm, carrots, clock_at):
    clock_at(NOW)
    offer = publish(carrots).new[0]
    cycle = world.cycle()
    world.submit(cycle, world.add_institution(), [(offer, "50")])
    assert refusals(carrots, available=40_000) == {rules.AlreadyOrdered}
    assert publish(carrots, available=50_000).changed == (offer,)


# Remarks


def proof(farm, valid_to, scheme="organic", number="1"):
    row = Certificate(
        producer_id=farm.id,
        scheme=scheme,
        number=number,
        body="K",
        valid_from=date(2020, 1, 1),
        valid_to=valid_to,
    )
    db.session.add(row)
    return row


def test_a_certificate_that_does_not_hold_is_remarked_once(farm, carrots):
    carrots.certificates = [
        proof(farm, date(2026, 12, 2), number="new"),
        proof(farm, date(2025, 1, 1), number="old"),
    ]
    notices = [notice for _, notice in publish(carrots).notices]
    assert [(one.message, one.facts["number"], one.facts["day"]) for one in notices] == [
        (rules.CERTIFICATE_ENDS, "new", date(2026, 12, 3))
    ]


def test_a_renewed_certificate_needs_no_remark(farm, carrots):
    carrots.certificates = [proof(farm, date(2026, 12, 31)), proof(farm, date(2025, 1, 1))]
    assert publish(carrots).notices == ()


def test_a_slip_of_the_finger_in_the_price_is_remarked(carrots):
    assert [notice.message for _, notice in publish(carrots, price=1).notices] == [rules.PRICE_UNUSUAL]


# Reading


def test_same_as_last_week_takes_the_last_time_and_leaves_out_what_is_out_of_season(world, farm, carrots):
    november = world.add_product(farm, world.add_food_type(months=[11]))
    publish(november)
    publish(carrots)
    publish(carrots, price=170, week=WEEK + timedelta(weeks=1), kind=StockKind.UNLIMITED, available=None)
    entries = same_as_last_week(farm.id, WEEK + timedelta(weeks=3))
    assert entries == [Entry(carrots.id, 170, WORKDAYS, StockKind.UNLIMITED, None)]


def test_cards_show_this_week_and_the_last_time(farm, carrots):
    publish(carrots)
    card = week_cards(farm.id, WEEK + timedelta(weeks=1))[0]
    assert (card.offer, card.last.week, card.last_version.price_cents, card.usual) == (None, WEEK, 150, True)
    assert week_cards(farm.id, WEEK)[0].published


def test_strangers_find_nothing(world, farm, carrots):
    offer = publish(carrots).new[0]
    stranger = world.add_producer()
    assert offer_of(stranger.id, offer.id) is None
    assert product_of(stranger.id, carrots.id) is None
    assert week_cards(stranger.id, WEEK) == []


def test_numbers_of_the_law_have_their_days(world):
    assert law.value_on("vat.food", WEEK) == 950
    with pytest.raises(law.ParameterUnknown):
        law.value_on("vat.food", date(1999, 1, 1))


def test_numbers_of_the_law_are_read_once_in_a_session(world, session):
    law.vat_rates()
    db.session.execute(text("DELETE FROM legal_parameter"))
    assert law.vat_rates()
