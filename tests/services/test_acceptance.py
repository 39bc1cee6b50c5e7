"""What came: accepted line by line, sent twice, written by two people, corrected; its pictures."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from foodorder.catalogue.models import TemperatureLimit
from foodorder.db import db
from foodorder.delivery import moves
from foodorder.delivery.accept import (
    AlreadyAccepted,
    BeyondLimit,
    DeliveryCancelled,
    Noted,
    NotYourDelivery,
    accept,
    accept_as_announced,
)
from foodorder.delivery.arriving import find_stop, next_day, stops_of
from foodorder.delivery.claims import close_claim, decline, open_claim
from foodorder.delivery.models import AcceptanceLine, AcceptancePhoto, DeliveryLine, InvoicedQuantity
from foodorder.delivery.photos import NotAPicture, Picture, find_photo, keep_photo, photos_of
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer
from foodorder.procurement.wanted import AlreadySent, Wanted
from foodorder.rules.acceptance import (
    AcceptedTooMuch,
    AcceptReason,
    AcceptReasonMissing,
    AlreadyInvoiced,
    ChangedMeanwhile,
    CorrectionReasonMissing,
    Decision,
    Outcome,
)
from foodorder.rules.claims import ClaimKind, ClaimOutcome, Side
from foodorder.rules.corrections import ClaimedOfAccepted, ClaimedOfRefused
from foodorder.rules.delivery import CameAlready, ShortReason
from foodorder.rules.errors import Refusal
from foodorder.rules.files import NotAKnownFile
from foodorder.rules.temperature import TemperatureVerdict
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.deliveries import AFTER, MONDAY, close_week, farm_notes, line_of, make, record_of
from tests.factories import World
from tests.kept import once

SIX = datetime.fromisoformat(f"{MONDAY}T05:00:00+00:00")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@once
def closed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    session.merge(
        TemperatureLimit(
            code="milk", name_sl="Mleko", name_en="Milk", lowest=None, highest=80, tolerance=0,
            certainty="E", source="test",
        )
    )  # fmt: skip
    close_week(world, clock_at)
    world.cheese.product.food_type.temperature = "milk"
    make(world)
    return world


def noted(line: DeliveryLine, quantity: int | None = None, **more: Any) -> Noted:
    decision = Decision(
        line.quantity if quantity is None else quantity, more.pop("reason", None), more.pop("words", "")
    )
    return Noted(line.id, decision, **{"expected": 0, "key": uuid4(), "noted_at": SIX, **more})


def write(closed: Any, one: Noted, **more: Any) -> Any:
    values = {"institution_id": closed.kitchen.id, "actor": COMMAND, "now": SIX, **more}
    return accept(one, **values)


@pytest.fixture
def carrots(closed: Any) -> DeliveryLine:
    return line_of(farm_notes(closed)[0], closed.carrots)


@pytest.fixture
def cheese(closed: Any) -> DeliveryLine:
    return line_of(farm_notes(closed)[0], closed.cheese)


def test_all_of_it_in_one_act_even_when_the_farmer_told_nothing(closed: Any, session: Session) -> None:
    note = farm_notes(closed)[0]
    keys = [(line.id, uuid4()) for line in note.lines]
    done = accept_as_announced(note.id, keys, institution_id=closed.kitchen.id, actor=COMMAND, now=SIX)
    assert {one.outcome for one in done} == {Outcome.ACCEPTED}
    note = farm_notes(closed)[0]
    assert (note.state, note.received_at) == ("received", SIX)
    assert [line.acceptance_id is not None for line in note.lines] == [True, True]
    kept = session.scalars(select(AcceptanceLine).order_by(AcceptanceLine.id)).all()
    assert [(one.quantity, one.grams, one.version) for one in kept] == [
        (10_000, 10_000, 1),
        (3_000, 3_000, 1),
    ]
    acts = session.scalars(select(TrailEvent.action).where(TrailEvent.action == "delivery.accepted")).all()
    assert len(acts) == 2
    with pytest.raises(AlreadyAccepted):
        accept_as_announced(note.id, keys, institution_id=closed.kitchen.id, actor=COMMAND, now=SIX)


def test_a_note_is_received_with_its_last_line_and_its_record_is_sent_with_the_first(
    closed: Any, carrots: DeliveryLine, cheese: DeliveryLine, session: Session
) -> None:
    record = record_of(closed, closed.kitchen)
    asked = ask_change(
        record.id, ChangeKind.REDUCTION, [Wanted(1_000, carrots.record_line_id)], "trip", actor=COMMAND,
        now=AFTER,
    )  # fmt: skip
    write(closed, noted(carrots))
    assert farm_notes(closed)[0].state == "draft"
    assert session.scalar(text("SELECT count(*) FROM record_line_sent")) == 2
    with pytest.raises(AlreadySent):
        accept_change(asked.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)
    write(closed, noted(cheese))
    assert farm_notes(closed)[0].state == "received"


def test_of_what_has_come_in_part_nobody_says_that_nothing_comes(closed: Any, carrots: DeliveryLine) -> None:
    write(closed, noted(carrots))
    with pytest.raises(CameAlready):
        moves.cancel(closed.farm.id, carrots.note_id, ShortReason.BREAKDOWN, actor=COMMAND, now=SIX)
    assert farm_notes(closed)[0].state == "draft"


def test_what_does_not_come_waits_for_nobody(closed: Any, carrots: DeliveryLine, session: Session) -> None:
    from_farm = farm_notes(closed)[0]
    session.execute(
        text("UPDATE delivery_line SET quantity = 0, grams = 0 WHERE name = :name AND note_id = :note"),
        {"name": closed.cheese.versions[0].name, "note": from_farm.id},
    )
    write(closed, noted(carrots))
    assert farm_notes(closed)[0].state == "received"


def test_sent_twice_it_is_one_acceptance(closed: Any, carrots: DeliveryLine, session: Session) -> None:
    one = noted(carrots, 4_000, reason=AcceptReason.LESS)
    first, again = write(closed, one), write(closed, one)
    assert (first.repeated, again.repeated, again.id) == (False, True, first.id)
    # The same said by another key is the same, too.
    assert write(closed, noted(carrots, 4_000, reason=AcceptReason.LESS)).repeated
    assert session.scalar(select(func.count()).select_from(AcceptanceLine)) == 1


def test_a_key_belongs_to_one_line(closed: Any, carrots: DeliveryLine, cheese: DeliveryLine) -> None:
    one = noted(carrots)
    write(closed, one)
    with pytest.raises(NotYourDelivery):
        write(closed, noted(cheese, key=one.key))


def test_the_second_person_sees_what_the_first_wrote(closed: Any, carrots: DeliveryLine) -> None:
    ana = closed.add_person(institution_id=closed.kitchen.id)
    write(closed, noted(carrots, 8_000, reason=AcceptReason.LESS), actor=closed.actor(ana))
    with pytest.raises(ChangedMeanwhile) as found:
        write(closed, noted(carrots, 9_000, reason=AcceptReason.LESS))
    assert (found.value.version, found.value.facts["person"]) == (1, ana.name)
    better = noted(carrots, 9_000, reason=AcceptReason.LESS, words="found a crate", expected=1)
    assert write(closed, better).version == 2


def test_a_correction_says_why_and_takes_nothing_from_an_invoice(
    closed: Any, carrots: DeliveryLine, session: Session
) -> None:
    write(closed, noted(carrots))
    with pytest.raises(CorrectionReasonMissing):
        write(closed, noted(carrots, 9_000, reason=AcceptReason.LESS, expected=1))
    session.add(InvoicedQuantity(delivery_line_id=carrots.id, sent=10_000, quantity=10_000, net_cents=2_000))
    session.flush()
    with pytest.raises(AlreadyInvoiced):
        write(closed, noted(carrots, 9_000, reason=AcceptReason.LESS, words="one kilo rotten", expected=1))


def test_a_correction_leaves_claims_their_ground(
    closed: Any, carrots: DeliveryLine, session: Session
) -> None:
    """10 sent, 6 accepted; a claim for 2 of what was accepted, and one for 3 of what was refused."""
    write(closed, noted(carrots, 6_000, reason=AcceptReason.QUALITY, words="gnilo"))
    taken, refused = (
        open_claim(carrots.id, kind, quantity, "Gnilo.", was_accepted=accepted, actor=COMMAND, now=SIX)
        for kind, quantity, accepted in ((ClaimKind.HIDDEN, 2_000, True), (ClaimKind.QUALITY, 3_000, False))
    )
    for quantity, why in ((1_999, ClaimedOfAccepted), (7_001, ClaimedOfRefused)):
        with pytest.raises(why):
            write(closed, noted(carrots, quantity, reason=AcceptReason.QUALITY, words="gnilo", expected=1))
    for claim in (taken, refused):
        close_claim(claim.id, ClaimOutcome.WITHDRAWN, Side.BUYER, actor=COMMAND, now=SIX)
    assert write(closed, noted(carrots, 10_000, words="pomota", expected=1)).version == 2


def test_an_ended_claim_still_counts_beside_what_is_invoiced(
    closed: Any, carrots: DeliveryLine, session: Session
) -> None:
    """Of 10 accepted 4 were credited: 6 are invoiced, and taking a kilo off would take it off the invoice."""
    write(closed, noted(carrots))
    claim = open_claim(
        carrots.id, ClaimKind.HIDDEN, 4_000, "Gnilo.", was_accepted=True, actor=COMMAND, now=SIX
    )
    decline(claim.id, "Res je.", actor=COMMAND, now=SIX)
    close_claim(claim.id, ClaimOutcome.CREDITED, Side.SUPPLIER, actor=COMMAND, now=SIX)
    session.add(InvoicedQuantity(delivery_line_id=carrots.id, sent=10_000, quantity=6_000, net_cents=1_200))
    session.flush()
    with pytest.raises(AlreadyInvoiced):
        write(closed, noted(carrots, 9_000, reason=AcceptReason.LESS, words="a kilo less", expected=1))


def test_less_needs_a_reason_and_more_is_never_accepted(closed: Any, carrots: DeliveryLine) -> None:
    with pytest.raises(AcceptReasonMissing):
        write(closed, noted(carrots, 9_000))
    with pytest.raises(AcceptedTooMuch):
        write(closed, noted(carrots, 10_001))


def test_a_device_with_a_wrong_clock_notes_nothing_in_the_future(
    closed: Any, carrots: DeliveryLine, session: Session
) -> None:
    write(closed, noted(carrots, noted_at=SIX + timedelta(hours=3)))
    kept = session.scalars(select(AcceptanceLine)).one()
    assert (kept.noted_at, kept.received_at) == (SIX, SIX)


def test_too_warm_is_refused_or_accepted_with_a_word(
    closed: Any, cheese: DeliveryLine, session: Session
) -> None:
    with pytest.raises(BeyondLimit):
        write(closed, noted(cheese, temperature=91))
    taken = write(closed, noted(cheese, temperature=91, words="cooked at once"))
    assert taken.judged.verdict is TemperatureVerdict.TOO_WARM
    kept = session.scalars(select(AcceptanceLine)).one()
    assert kept.temperature == 91
    assert kept.temperature_facts is not None
    assert kept.temperature_facts["verdict"] == "too_warm"


def test_measured_afterwards_is_a_version_and_what_was_measured_stays(
    closed: Any, cheese: DeliveryLine
) -> None:
    write(closed, noted(cheese))
    assert write(closed, noted(cheese, temperature=62, expected=1)).version == 2
    later = noted(cheese, 2_000, reason=AcceptReason.QUALITY, words="mould", expected=2)
    assert write(closed, later).version == 3
    [line] = [line for line in find_stop(closed.kitchen.id, cheese.note_id).lines if line.id == cheese.id]  # type: ignore[union-attr]
    assert (line.version, line.accepted, line.measured, line.refused) == (3, 2_000, 62, 1_000)


def test_a_cancelled_or_a_foreign_delivery_is_not_accepted(closed: Any, carrots: DeliveryLine) -> None:
    with pytest.raises(NotYourDelivery):
        write(closed, noted(carrots), institution_id=closed.school.id)
    moves.cancel(closed.farm.id, carrots.note_id, ShortReason.HAIL, actor=COMMAND, now=AFTER)
    with pytest.raises(DeliveryCancelled):
        write(closed, noted(carrots))


def test_the_stops_of_a_day_say_what_waits(closed: Any, carrots: DeliveryLine) -> None:
    [at_front, bread] = stops_of(closed.kitchen.id, MONDAY, MONDAY)
    assert (at_front.producer, len(at_front.waiting), at_front.comes) == (closed.farm.name, 2, True)
    assert bread.producer == closed.baker.name
    write(closed, noted(carrots, 0, reason=AcceptReason.QUALITY))
    stop = find_stop(closed.kitchen.id, at_front.id)
    assert stop is not None
    assert [line.name for line in stop.troubled] == [carrots.name]
    assert len(stop.waiting) == 1
    assert find_stop(closed.school.id, at_front.id) is None
    assert next_day(closed.kitchen.id, MONDAY + timedelta(days=1)) == MONDAY + timedelta(days=2)


def test_a_picture_is_kept_once_with_its_acceptance(
    closed: Any, carrots: DeliveryLine, session: Session
) -> None:
    done = write(closed, noted(carrots, 0, reason=AcceptReason.QUALITY))
    picture = Picture(uuid4(), "mould.heic.png", PNG)
    for _ in range(2):
        keep_photo(done.id, picture, actor=COMMAND, now=SIX)
    [kept] = session.scalars(select(AcceptancePhoto))
    assert (kept.media_type, photos_of([carrots.id])) == ("image/png", {carrots.id: (kept.id,)})
    found = find_photo(kept.id)
    assert found is not None
    assert (found.institution_id, found.producer_id) == (closed.kitchen.id, closed.farm.id)
    for content, refusal in ((b"%PDF-1.7", NotAPicture), (b"<svg>", NotAKnownFile)):
        with pytest.raises(refusal):
            keep_photo(done.id, Picture(uuid4(), "x", content), actor=COMMAND, now=SIX)


STEPS = st.lists(
    st.tuples(
        st.integers(-1_000, 12_000),
        st.sampled_from([None, *AcceptReason]),
        st.sampled_from(["", "why"]),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_written_no_more_is_accepted_than_was_delivered(closed: Any, steps: Any) -> None:
    with db.session.begin_nested() as undone:
        carrots = line_of(farm_notes(closed)[0], closed.carrots)
        for quantity, reason, words, expected in steps:
            one = noted(carrots, quantity, reason=reason, words=words, expected=expected)
            try:
                with db.session.begin_nested():
                    write(closed, one)
            except Refusal:
                continue
        versions = db.session.execute(
            text(
                "SELECT version, quantity, reason FROM acceptance_line WHERE delivery_line_id = :line"
                " ORDER BY version"
            ),
            {"line": carrots.id},
        ).all()
        assert [one.version for one in versions] == list(range(1, len(versions) + 1))
        assert all(0 <= one.quantity <= carrots.quantity for one in versions)
        assert all(one.reason or one.quantity == carrots.quantity for one in versions)
        undone.rollback()
