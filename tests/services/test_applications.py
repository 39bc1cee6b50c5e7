"""A producer applies to a dynamic purchasing system, and the coordinator decides (ZJN-3, art. 49)."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from foodorder.accounts.calendar import add_period
from foodorder.accounts.interests import Declaring, declare
from foodorder.accounts.models import AdmissionState
from foodorder.agreements.application_queries import (
    application_of,
    applications_of_municipality,
    days_left,
    document_of,
    open_lot_of,
    open_lots,
)
from foodorder.agreements.applications import admit, apply, refuse, withdraw
from foodorder.agreements.models import LotApplication, LotSupplier
from foodorder.agreements.suppliers import NotAdmittedHere, ShareMissing, add_supplier
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.rules.agreements import AgreementKind, AgreementState, AwardMode, LotKind
from foodorder.rules.applications import (
    AlreadyApplied,
    AlreadySupplier,
    ApplicationDecided,
    DocumentsMissing,
    NotOpenForApplications,
    RefusalWithoutReason,
)
from foodorder.rules.files import NotAKnownFile
from foodorder.rules.integrity import OwnInterest, Relation
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from tests.factories import NOW, World
from tests.kept import once
from tests.services.agreed import FIRST, agreement_in, enact, lot_of

PDF = ("izjava.pdf", b"%PDF-1.7 izjava")
ACT = {"actor": COMMAND, "now": NOW}


@once
def system(world: World, session: Session) -> Any:
    """A dynamic purchasing system in force with three lots, a farm that may apply, a coordinator."""
    enact()
    world.farm, world.first = world.add_producer(name="Kmetija Nova"), world.add_producer()
    world.coordinator = world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id)
    world.agreement = agreement_in(world, world.add_institution(), kind=AgreementKind.DPS)
    food = world.add_food_type()
    world.lot = lot_of(world.agreement, food)
    world.shared = lot_of(world.agreement, food, number="2", mode=AwardMode.PARALLEL)
    world.open = lot_of(
        world.agreement, food, number="3", mode=AwardMode.OPEN, kind=LotKind.EXEMPTED, reason="kratke verige"
    )
    add_supplier(world.lot, world.first.id, **ACT)
    world.agreement.state = AgreementState.IN_FORCE
    session.flush()
    return world


def asked(system: Any, lot: Any = None, files: Any = (PDF,), **more: Any) -> LotApplication:
    return apply((lot or system.lot).id, system.farm.id, files, "Imamo korenje", **{**ACT, **more})


def test_an_application_is_kept_with_its_files_and_its_term(system: Any, session: Session) -> None:
    """Ten working days from Tuesday 24 November; the municipality's holiday of 1 December does not count."""
    free, town = date(2026, 12, 1), system.municipality.id
    add_period(town, "Praznik", free, free, closes_all=True, **ACT)
    add_period(town, "Šola", date(2026, 12, 2), date(2026, 12, 4), closes_all=False, **ACT)
    one = asked(system, files=[PDF, ("slika.png", b"\x89PNG\r\n\x1a\n..")])
    assert (one.state, one.decide_by) == ("asked", date(2026, 12, 9))
    assert [(file.name, file.media_type, file.content[:4]) for file in one.documents] == [
        ("izjava.pdf", "application/pdf", b"%PDF"),
        ("slika.png", "image/png", b"\x89PNG"),
    ]
    assert days_left(one, NOW) == 10
    assert days_left(one, NOW + timedelta(days=10)) == 3
    assert days_left(one, NOW + timedelta(days=16)) == -1


def test_coordinators_are_told_at_once(system: Any, session: Session) -> None:
    asked(system)
    (mail,) = session.scalars(select(Message).where(Message.template == "application_received")).all()
    assert mail.recipient_email == system.coordinator.email
    subject, words = render.mail(mail.template, "en", {**mail.data, "base_url": "http://x"})
    assert "Kmetija Nova" in subject
    assert "8 Dec" in words.replace("\N{NO-BREAK SPACE}", " ")


def test_who_is_admitted_supplies_after_the_others(system: Any, session: Session) -> None:
    supplier = admit(asked(system), "Vse je v redu", **ACT)
    assert (supplier.producer_id, supplier.rank, supplier.share_bp) == (system.farm.id, 2, None)
    assert (supplier.valid_from, supplier.valid_to) == (date(2026, 11, 24), None)
    (mail,) = session.scalars(select(Message).where(Message.template == "application_decided")).all()
    assert mail.recipient_email == system.farm.email
    body = json.loads(
        session.scalars(text("SELECT body FROM trail_event WHERE action = 'application.admitted'")).one()
    )
    assert (body["reason"], body["after"]["producer"]) == ("Vse je v redu", "Kmetija Nova")
    with pytest.raises(AlreadySupplier):
        asked(system)


def test_an_open_lot_has_no_rank_and_a_parallel_one_a_share(system: Any) -> None:
    assert admit(asked(system, system.open), **ACT).rank is None
    with pytest.raises(ShareMissing):
        admit(asked(system, system.shared), **ACT)
    waiting = system.shared
    again = apply(waiting.id, system.first.id, [PDF], **ACT)
    assert admit(again, share_bp=4_000, **ACT).share_bp == 4_000


def test_nobody_supplies_before_the_agreement_begins(system: Any, session: Session) -> None:
    early = datetime.fromisoformat("2026-08-24T09:00:00+00:00")
    assert admit(asked(system, now=early), actor=COMMAND, now=early).valid_from == FIRST


def test_a_refusal_needs_a_reason_and_leaves_the_door_open(system: Any, session: Session) -> None:
    one = asked(system)
    with pytest.raises(RefusalWithoutReason):
        refuse(one, "  ", **ACT)
    refuse(one, "Manjka potrdilo", **ACT)
    assert (one.state, one.reason, one.decided_at) == ("refused", "Manjka potrdilo", NOW)
    mail = session.scalars(select(Message).where(Message.template == "application_decided")).one()
    assert "Manjka potrdilo" in render.mail(mail.template, "sl", {**mail.data, "base_url": "http://x"})[1]
    assert session.scalars(select(LotSupplier).where(LotSupplier.producer_id == system.farm.id)).all() == []
    assert asked(system).state == "asked"


def test_what_was_decided_or_withdrawn_is_not_decided_again(system: Any) -> None:
    one = asked(system)
    with pytest.raises(AlreadyApplied):
        asked(system)
    withdraw(one, **ACT)
    for late in (
        lambda: admit(one, **ACT),
        lambda: refuse(one, "x", **ACT),
        lambda: withdraw(one, **ACT),
    ):
        with pytest.raises(ApplicationDecided):
            late()
    assert asked(system).id != one.id


def test_two_that_wait_cannot_be(system: Any, session: Session) -> None:
    one = asked(system)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO lot_application (lot_id, producer_id, state, applied_at, decide_by)"
                " SELECT lot_id, producer_id, state, applied_at, decide_by FROM lot_application"
                " WHERE id = :id"
            ),
            {"id": one.id},
        )


def test_one_connection_takes_application_after_application(system: Any) -> None:
    """By the eleventh the driver has prepared the statement, and the server plans it for any value."""
    for _ in range(11):
        withdraw(asked(system), **ACT)
    assert asked(system).state == "asked"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"state": AgreementState.ENDED}, NotOpenForApplications),
        ({"state": AgreementState.DRAFT}, NotOpenForApplications),
        ({"kind": AgreementKind.FRAMEWORK}, NotOpenForApplications),
        ({"valid_to": date(2026, 11, 23)}, NotOpenForApplications),
    ],
)
def test_only_a_system_in_force_takes_applications(
    system: Any, session: Session, change: dict[str, Any], refusal: type[Exception]
) -> None:
    for name, value in change.items():
        setattr(system.agreement, name, value)
    session.flush()
    with pytest.raises(refusal):
        asked(system)
    assert open_lots(system.farm.id, NOW) == []


def test_documents_are_needed_and_are_what_they_say(system: Any, session: Session) -> None:
    with pytest.raises(DocumentsMissing):
        asked(system, files=[])
    with pytest.raises(NotAKnownFile), session.begin_nested():
        asked(system, files=[PDF, ("virus.pdf", b"MZ")])
    assert session.scalars(select(LotApplication)).all() == []


def test_only_who_is_admitted_to_the_municipality_can_be_a_supplier(system: Any) -> None:
    stranger = system.add_producer(system.add_municipality())
    one = apply(system.lot.id, stranger.id, [PDF], **ACT)
    with pytest.raises(NotAdmittedHere):
        admit(one, **ACT)
    assert AdmissionState.ADMITTED == "admitted"


def test_whoever_declared_an_interest_does_not_decide(system: Any) -> None:
    tie = Declaring(
        name="K", office="koordinator", producer_id=system.farm.id, relation=Relation.FAMILY,
        declared_on=date(2026, 11, 2), valid_from=date(2026, 11, 1), person_id=system.coordinator.id,
    )  # fmt: skip
    declare(system.municipality, tie, **ACT)
    one, actor = asked(system), system.actor(system.coordinator, Role.COORDINATOR)
    for verb in (
        lambda: admit(one, actor=actor, now=NOW),
        lambda: refuse(one, "x", actor=actor, now=NOW),
    ):
        with pytest.raises(OwnInterest):
            verb()
    assert one.state == "asked"


def test_lists_show_ones_own_and_nobody_elses(system: Any) -> None:
    one = asked(system)
    stranger, elsewhere = system.add_producer(), system.add_municipality()
    mine = open_lots(system.farm.id, NOW)
    assert [(row.lot.number, row.application is one, row.is_supplier) for row in mine] == [
        ("1", True, False), ("2", False, False), ("3", False, False),
    ]  # fmt: skip
    assert open_lots(system.first.id, NOW)[0].is_supplier
    assert open_lots(stranger.id, NOW)[0].application is None
    assert open_lot_of(system.lot.id, stranger.id, NOW).lot is system.lot
    assert open_lot_of(0, stranger.id, NOW) is None
    assert applications_of_municipality(system.municipality.id, waiting=True) == [one]
    assert applications_of_municipality(elsewhere.id) == []
    assert application_of(one.id, municipality_id=system.municipality.id) is one
    assert application_of(one.id, producer_id=system.farm.id) is one
    assert application_of(one.id, municipality_id=elsewhere.id) is None
    assert application_of(one.id, producer_id=stranger.id) is None
    assert application_of(one.id) is None
    assert document_of(one, one.documents[0].id).content == PDF[1]
    assert document_of(one, 0) is None
