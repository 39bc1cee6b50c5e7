"""What is written about producers, and the personal values that can be erased."""

import json
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts import personal, places, producers, queries, sellers
from foodorder.accounts.models import PersonalDetail, ProducerKind
from foodorder.accounts.personal import Detail
from foodorder.db import clock
from foodorder.ordering.comparison import SUPPLY_OF
from foodorder.rules.checkdigits import WrongHoldingNumber, WrongTaxNumber
from foodorder.rules.vat import TaxType
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import World


def data(**values: object) -> producers.ProducerData:
    known: dict[str, object] = {
        "name": "Kmetija Žagar",
        "tax_type": TaxType.VAT_PAYER,
        "tax_number": "94533318",
        "village": "Voklo",
        "postcode": "4208",
        "town": "Šenčur",
        "latitude": 46.22,
        "longitude": 14.41,
    }
    return producers.ProducerData(**{**known, **values})  # type: ignore[arg-type]


def events(session: Session, action: str) -> list[TrailEvent]:
    return list(
        session.scalars(select(TrailEvent).where(TrailEvent.action == action).order_by(TrailEvent.id))
    )


def test_a_change_is_in_the_trail_of_every_municipality_served(world: World, session: Session) -> None:
    other = world.add_municipality()
    farm = world.add_producer(world.municipality, other, tax_number="94533318")
    producers.edit_producer(farm, data(village="Podbrezje"), actor=COMMAND, now=clock())
    found = events(session, "producer.changed")
    assert [event.municipality_id for event in found] == [world.municipality.id, other.id]
    assert '"village":"Voklo"' in found[0].body
    assert '"village":"Podbrezje"' in found[0].body


def test_the_same_again_changes_nothing(session: Session) -> None:
    farm = producers.create_producer(data(), actor=COMMAND, now=clock())
    producers.edit_producer(farm, data(), actor=COMMAND, now=clock())
    assert events(session, "producer.changed") == []


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [({"tax_number": "94533319"}, WrongTaxNumber), ({"kmg_mid": "200000000"}, WrongHoldingNumber)],
)
def test_wrong_numbers_are_refused(
    session: Session, wrong: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        producers.create_producer(data(**wrong), actor=COMMAND, now=clock())


def test_a_farm_lies_in_a_country_that_there_is(world: World) -> None:
    producer = world.add_producer()
    place = {"village": "Selo", "postcode": "9999", "town": "Selo", "latitude": 46.5, "longitude": 13.5}
    farm = producers.add_farm(producer, producers.FarmData(name="A", **place), actor=COMMAND, now=clock())
    assert farm.country == "SI"
    for wrong in ("XX", "EU", "it", ""):
        with pytest.raises(producers.CountryUnknown):
            producers.edit_farm(
                farm, producers.FarmData(name="A", country=wrong, **place), actor=COMMAND, now=clock()
            )


def test_what_a_producer_is_changes_with_a_trace(world: World, session: Session) -> None:
    farm = world.add_producer()
    sellers.set_kind(farm, ProducerKind.FARM, actor=COMMAND, now=clock())
    assert events(session, "producer.changed") == []
    sellers.set_kind(farm, ProducerKind.RESELLER, actor=COMMAND, now=clock())
    [event] = events(session, "producer.changed")
    assert (farm.kind, '"kind":"reseller"' in event.body) == ("reseller", True)


def test_every_kind_of_producer_has_its_words_and_its_place_in_the_comparison() -> None:
    assert set(sellers.KINDS) == set(sellers.SUPPLY) == set(ProducerKind) == set(SUPPLY_OF)
    assert [kind for kind in ProducerKind if sellers.is_direct(kind)] == ["farm", "cooperative"]


def test_terms_need_a_day(world: World) -> None:
    admission = world.add_producer().admissions[0]
    with pytest.raises(producers.NoDays):
        producers.set_terms(admission, days=0, minimum_cents=0, actor=COMMAND, now=clock())
    producers.set_terms(admission, days=0b101, minimum_cents=4000, actor=COMMAND, now=clock())
    assert (admission.days, admission.minimum_cents) == (0b101, 4000)


def test_a_certificate_that_ends_before_it_begins_is_refused(world: World) -> None:
    proof = producers.CertificateData(
        scheme="organic",
        number="1",
        body="SI-EKO-002",
        valid_from=date(2026, 2, 1),
        valid_to=date(2026, 1, 31),
    )
    with pytest.raises(producers.EndsBeforeItBegins):
        producers.add_certificate(world.add_producer(), proof, actor=COMMAND, now=clock())


def test_an_ending_certificate_is_named_until_a_newer_one_follows(world: World) -> None:
    farm = world.add_producer()

    def add(first: date, last: date) -> None:
        proof = producers.CertificateData(
            scheme="organic", number="1", body="SI-EKO-002", valid_from=first, valid_to=last
        )
        producers.add_certificate(farm, proof, actor=COMMAND, now=clock())

    add(date(2025, 12, 1), date(2026, 11, 30))
    window = (world.municipality.id, date(2026, 11, 20), date(2026, 12, 20))
    assert len(queries.ending_certificates(*window)) == 1
    add(date(2026, 12, 1), date(2027, 11, 30))
    assert queries.ending_certificates(*window) == []


def test_a_stranger_municipality_does_not_know_the_farm(world: World) -> None:
    farm, other = world.add_producer(), world.add_municipality()
    assert queries.producer_of(world.municipality.id, farm.id) is farm
    assert queries.producer_of(other.id, farm.id) is None
    assert queries.admission_of(other.id, farm.id) is None


def test_erasing_a_personal_value_erases_its_key_and_keeps_the_trail_valid(
    world: World, session: Session
) -> None:
    farm = world.add_producer()
    personal.set_detail(Detail.PHONE, "040 000 000", producer_id=farm.id, actor=COMMAND, now=clock())
    row = session.scalars(select(PersonalDetail)).one()
    assert row.key is not None
    expected = personal.keyed_hash(row.key, "040 000 000")
    assert expected in events(session, "personal_detail.changed")[0].body
    personal.set_detail(Detail.PHONE, None, producer_id=farm.id, actor=COMMAND, now=clock())
    assert row.value is None
    assert row.key is None
    assert row.erased_at is not None
    assert personal.details_of(producer_id=farm.id) == {}
    trail.seal()
    assert trail.verify(clock()).problem is None


def test_equal_personal_values_are_not_told_by_their_hashes(world: World, session: Session) -> None:
    first, second = world.add_producer(), world.add_producer()
    for farm, phone in ((first, "040 000 000"), (second, "040 000 000"), (first, "040 111 111")):
        personal.set_detail(Detail.PHONE, phone, producer_id=farm.id, actor=COMMAND, now=clock())
    personal.set_detail(Detail.PHONE, "040 000 000", producer_id=first.id, actor=COMMAND, now=clock())
    bodies = [json.loads(event.body) for event in events(session, "personal_detail.changed")]
    assert len({body["after"]["hash"] for body in bodies}) == len(bodies) == 4
    assert not any("040 " in event.body for event in events(session, "personal_detail.changed"))


def test_a_place_is_guessed_from_neighbours_with_the_postcode(world: World) -> None:
    world.add_producer()
    assert places.guess_place("4208", []) == (46.22, 14.41)
    world.add_institution()
    assert places.guess_place("9999", [world.municipality.id]) == (46.24, 14.36)
    assert places.guess_place("9999", []) == places.MIDDLE
