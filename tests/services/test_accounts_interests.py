"""Declared interests: who may not buy from whom, who may not decide, what came late (ZIntPK, art. 35)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from foodorder.accounts import admission as admissions
from foodorder.accounts.interests import (
    DeclaredInTheFuture,
    Declaring,
    EndedAlready,
    EndsBeforeItBegan,
    NotOurs,
    ShareImpossible,
    ShareMissing,
    check_may_decide,
    correct,
    declaration_of,
    declarations,
    declare,
    end,
    interests_of_person,
    withdrawn_from,
)
from foodorder.accounts.models import Admission, AdmissionState, InterestDeclaration
from foodorder.agreements.amending import AmendmentData
from foodorder.agreements.amendments import amend_supplier, amend_supplier_left
from foodorder.agreements.integrity import barred_producers, timeliness
from foodorder.agreements.prices import PriceData, agree_prices
from foodorder.agreements.suppliers import add_supplier, edit_supplier, remove_supplier
from foodorder.catalogue.models import LegalParameter
from foodorder.rules.integrity import OwnInterest, Relation
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import NOW, World
from tests.kept import once
from tests.services.agreed import agreement_in, enact, lot_of

DAY = date(2026, 11, 24)


@once
def town(world: World) -> Any:
    """A school whose head has a tie to a farm, another school, another farm, and a coordinator."""
    world.school, world.other = world.add_institution(), world.add_institution()
    world.farm, world.neighbour = world.add_producer(name="Kmetija Vez"), world.add_producer()
    world.head = world.add_person(institution_id=world.school.id)
    world.coordinator = world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id)
    return world


def data(town: Any, **more: Any) -> Declaring:
    usual = {
        "name": "Ana Ravnatelj", "office": "ravnateljica", "producer_id": town.farm.id,
        "relation": Relation.FAMILY, "declared_on": DAY, "valid_from": date(2026, 11, 1),
        "institution_id": town.school.id,
    }  # fmt: skip
    return Declaring(**{**usual, **more})


def declared(town: Any, **more: Any) -> InterestDeclaration:
    return declare(town.municipality, data(town, **more), actor=COMMAND, now=NOW)


def test_an_institution_may_not_order_from_its_own_functionarys_farm(town: Any) -> None:
    row = declared(town)
    assert barred_producers(town.school.id, DAY) == {town.farm.id: row}
    assert barred_producers(town.other.id, DAY) == {}
    assert barred_producers(town.school.id, date(2026, 10, 31)) == {}


def test_a_councillor_bars_no_orders(town: Any) -> None:
    """kpk-rs.si/ufaqs/420: the councillor serves the municipality, not the school."""
    declared(town, institution_id=None, relation=Relation.SELF)
    assert barred_producers(town.school.id, DAY) == {}


def test_the_share_is_that_of_the_days_law(town: Any, session: Session) -> None:
    declared(town, relation=Relation.OWNER, share_bp=500)
    assert barred_producers(town.school.id, DAY) == {}
    row = session.scalars(
        select(LegalParameter).where(LegalParameter.key == "integrity.functionary_share")
    ).one()
    row.valid_to = date(2026, 12, 31)
    session.add(
        LegalParameter(
            country="SI", key=row.key, value=100, unit="bp", valid_from=date(2027, 1, 1), source="t",
            certainty="E",
        )
    )  # fmt: skip
    session.flush()
    session.info.pop("law", None)
    assert barred_producers(town.school.id, date(2026, 12, 31)) == {}
    assert list(barred_producers(town.school.id, date(2027, 1, 1))) == [town.farm.id]


def test_who_is_barred_costs_one_statement(town: Any, session: Session) -> None:
    declared(town)
    declared(town, producer_id=town.neighbour.id)
    barred_producers(town.school.id, DAY)
    session.flush()
    sent: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: sent.append(args[2]))
    assert len(barred_producers(town.school.id, DAY)) == 2
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        ({"relation": Relation.OWNER}, ShareMissing, "share_bp"),
        ({"share_bp": 10_001}, ShareImpossible, "share_bp"),
        ({"share_bp": -1}, ShareImpossible, "share_bp"),
        ({"valid_to": date(2026, 10, 31)}, EndsBeforeItBegan, "valid_to"),
        ({"declared_on": date(2026, 11, 25)}, DeclaredInTheFuture, "declared_on"),
        ({"institution_id": 0}, None, None),
    ],
)
def test_what_cannot_be_declared_is_refused(
    town: Any, wrong: dict[str, Any], refusal: type[Exception] | None, field: str | None
) -> None:
    if refusal is None:
        wrong = {"institution_id": town.add_institution(municipality=town.add_municipality()).id}
        refusal, field = NotOurs, "institution_id"
    with pytest.raises(refusal) as refused:
        declared(town, **wrong)
    assert refused.value.field == field


def test_a_producer_of_another_town_cannot_be_named(town: Any) -> None:
    stranger = town.add_producer(town.add_municipality())
    with pytest.raises(NotOurs):
        declared(town, producer_id=stranger.id)


def test_a_declaration_is_corrected_and_ended_and_the_trail_keeps_all(town: Any, session: Session) -> None:
    row = declared(town)
    correct(row, data(town, relation=Relation.OWNER, share_bp=100), actor=COMMAND, now=NOW)
    assert barred_producers(town.school.id, DAY) == {}
    correct(row, data(town), actor=COMMAND, now=NOW)
    end(row, DAY - timedelta(days=1), actor=COMMAND, now=NOW)
    assert barred_producers(town.school.id, DAY) == {}
    assert list(barred_producers(town.school.id, DAY - timedelta(days=1))) == [town.farm.id]
    with pytest.raises(EndedAlready):
        end(row, DAY, actor=COMMAND, now=NOW)
    actions = session.scalars(
        text("SELECT action FROM trail_event WHERE object_type = 'interest' ORDER BY id")
    ).all()
    assert actions == [
        "interest.declared", "interest.corrected", "interest.corrected", "interest.ended",
    ]  # fmt: skip


def test_an_end_before_the_beginning_is_refused(town: Any) -> None:
    row = declared(town)
    with pytest.raises(EndsBeforeItBegan):
        end(row, date(2026, 10, 31), actor=COMMAND, now=NOW)


def test_a_correction_that_changes_nothing_leaves_no_trace(town: Any, session: Session) -> None:
    row = declared(town)
    correct(row, data(town), actor=COMMAND, now=NOW)
    count = session.scalar(text("SELECT count(*) FROM trail_event WHERE object_type = 'interest'"))
    assert count == 1


def test_another_towns_declarations_are_not_found(town: Any) -> None:
    row = declared(town)
    elsewhere = town.add_municipality()
    assert declarations(town.municipality.id) == [row]
    assert declarations(elsewhere.id) == []
    assert declaration_of(elsewhere.id, row.id) is None


# Decisions


def test_whoever_declared_an_interest_decides_nothing_about_the_farm(town: Any, session: Session) -> None:
    declared(town, person_id=town.coordinator.id, institution_id=None)
    actor = town.actor(town.coordinator, Role.COORDINATOR)
    own = session.get_one(Admission, (town.farm.id, town.municipality.id))
    with pytest.raises(OwnInterest) as refused:
        admissions.suspend(own, "a reason", actor=actor, now=NOW)
    assert "Kmetija Vez" in str(refused.value)
    own.state = AdmissionState.APPLIED
    session.flush()
    for verb in (
        lambda: admissions.admit(own, actor=actor, now=NOW),
        lambda: admissions.refuse(own, "a reason", actor=actor, now=NOW),
    ):
        with pytest.raises(OwnInterest):
            verb()
    session.refresh(own)
    assert own.state == AdmissionState.APPLIED

    other = session.get_one(Admission, (town.neighbour.id, town.municipality.id))
    admissions.suspend(other, "a reason", actor=actor, now=NOW)
    colleague = town.add_person(Role.COORDINATOR, municipality_id=town.municipality.id)
    admissions.admit(own, actor=town.actor(colleague, Role.COORDINATOR), now=NOW)
    assert own.state == AdmissionState.ADMITTED


def test_nor_does_it_award_a_lot_or_agree_prices(town: Any, session: Session) -> None:
    enact()
    agreement = agreement_in(town, town.school)
    food = town.add_food_type()
    lot = lot_of(agreement, food)
    declared(town, person_id=town.coordinator.id, institution_id=None)
    mine = {"actor": town.actor(town.coordinator, Role.COORDINATOR), "now": NOW}
    with pytest.raises(OwnInterest):
        add_supplier(lot, town.farm.id, **mine)
    own, other = (add_supplier(lot, one.id, actor=COMMAND, now=NOW) for one in (town.farm, town.neighbour))

    def price(producer_id: int) -> PriceData:
        return PriceData(
            lot_id=lot.id, producer_id=producer_id, food_type_id=food.id, price_cents=150,
            valid_from=agreement.valid_from,
        )  # fmt: skip

    change = AmendmentData(signed_on=DAY, effective_on=DAY, reason="aneks")
    for verb in (
        lambda: edit_supplier(own, rank=3, **mine),
        lambda: remove_supplier(own, **mine),
        lambda: agree_prices(agreement, [price(town.neighbour.id), price(town.farm.id)], **mine),
        lambda: amend_supplier(lot, change, town.farm.id, rank=3, **mine),
        lambda: amend_supplier_left(own, change, **mine),
    ):
        with pytest.raises(OwnInterest):
            verb()
    edit_supplier(other, rank=4, **mine)
    agree_prices(agreement, [price(town.neighbour.id)], **mine)
    assert (own.rank, other.rank) == (1, 4)


def test_a_tie_that_ended_keeps_nobody_out(town: Any) -> None:
    row = declared(town, person_id=town.head.id)
    actor = town.actor(town.head)
    with pytest.raises(OwnInterest):
        check_may_decide(actor, [town.neighbour.id, town.farm.id], DAY)
    check_may_decide(actor, [town.neighbour.id], DAY)
    check_may_decide(actor, [], DAY)
    end(row, DAY - timedelta(days=1), actor=COMMAND, now=NOW)
    check_may_decide(actor, [town.farm.id], DAY)


def test_the_clock_and_commands_have_no_interests(town: Any) -> None:
    declared(town, person_id=town.head.id)
    for actor in (COMMAND, SCHEDULER):
        check_may_decide(actor, [town.farm.id], DAY)
        assert withdrawn_from(actor, DAY) == frozenset()
    assert withdrawn_from(town.actor(town.head), DAY) == {town.farm.id}
    assert [row.producer_id for row in interests_of_person(town.head.id, DAY)] == [town.farm.id]
    assert interests_of_person(town.coordinator.id, DAY) == []


def test_the_day_is_the_towns_own(town: Any, clock_at: Callable[[datetime], None], session: Session) -> None:
    """Half past midnight in Kranj is still the day before in UTC."""
    declared(town, person_id=town.coordinator.id, valid_from=date(2026, 11, 25))
    own = session.get_one(Admission, (town.farm.id, town.municipality.id))
    actor = town.actor(town.coordinator, Role.COORDINATOR)
    with pytest.raises(OwnInterest):
        admissions.suspend(own, "r", actor=actor, now=datetime.fromisoformat("2026-11-24T23:30:00+00:00"))
    admissions.suspend(own, "r", actor=actor, now=datetime.fromisoformat("2026-11-24T22:30:00+00:00"))


# Terms


def test_a_first_declaration_has_a_month_and_a_change_eight_days(town: Any) -> None:
    first = declared(town, valid_from=DAY - timedelta(days=30), valid_to=DAY - timedelta(days=10))
    late = declared(town, valid_from=DAY - timedelta(days=31), producer_id=town.neighbour.id)
    change = declared(town, valid_from=DAY - timedelta(days=9), name="ana RAVNATELJ")
    found = timeliness([first, late, change])
    assert [(one.limit_days, one.late_days, one.is_change) for one in found.values()] == [
        (30, 0, False),
        (30, 1, False),
        (8, 1, True),
    ]
