"""Claims: opened, answered, brought to an end by whoever may; the clock; what is bought elsewhere."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.delivery import claims
from foodorder.delivery.accept import Noted, accept
from foodorder.delivery.claim_clock import overdue, tell_overdue
from foodorder.delivery.claim_queries import ClaimScope, claimable, claims_of, find_claim
from foodorder.delivery.claims import Cover, NotAccepted, PromiseInThePast, Replacement, WordsMissing
from foodorder.delivery.models import Claim, CoverPurchase
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.rules.claims import (
    ClaimedTooMuch,
    ClaimKind,
    ClaimOutcome,
    CoveredTooMuch,
    IllegalClaimMove,
    NotYoursToClose,
    ReplacedTooMuch,
    ReplacementStillPossible,
    Side,
)
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.deliveries import MONDAY, close_week, farm_notes, line_of, make
from tests.factories import World
from tests.kept import once

SIX = datetime.fromisoformat(f"{MONDAY}T05:00:00+00:00")
HOUR = timedelta(minutes=60)
COVER = Cover("Trgovina", "R-12", date(2026, 11, 30), 4_000, 1_200, 114)


@once
def closed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    close_week(world, clock_at)
    make(world)
    return world


@once
def line(closed: Any) -> int:
    """Six of ten kilograms of carrots were accepted."""
    carrots = line_of(farm_notes(closed)[0], closed.carrots)
    decision = Decision(6_000, AcceptReason.QUALITY, "soft")
    noted = Noted(carrots.id, decision, 0, uuid4(), SIX)
    accept(noted, institution_id=closed.kitchen.id, actor=COMMAND, now=SIX)
    return carrots.id


def opened(line: int, quantity: int = 4_000, **more: Any) -> Claim:
    values = {"was_accepted": False, "actor": COMMAND, "now": SIX, **more}
    return claims.open_claim(line, ClaimKind.QUALITY, quantity, values.pop("words", "soft"), **values)


def close(claim: Claim, outcome: ClaimOutcome, side: Side = Side.BUYER, **more: Any) -> Claim:
    return claims.close_claim(claim.id, outcome, side, **{"actor": COMMAND, "now": SIX + HOUR, **more})


def told(session: Session, template: str) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.template == template).order_by(Message.id)))


def test_a_claim_is_told_to_both_sides_at_once_with_its_clock(
    closed: Any, line: int, session: Session
) -> None:
    claim = opened(line)
    assert (claim.state, claim.due_at) == ("open", SIX + timedelta(minutes=closed.municipality.claim_minutes))
    messages = told(session, "claim_opened")
    assert {one.recipient_email for one in messages} == {closed.farm.email, closed.kitchen.email}
    subject, body = render.mail("claim_opened", "en", {**messages[0].data, "base_url": "https://x"})
    assert subject.replace("\xa0", " ") == f"Claim: {closed.carrots.versions[0].name}, 4 kg"
    assert f"https://x/claims/{claim.id}" in body
    assert "7:00" in body
    assert session.scalars(select(TrailEvent).where(TrailEvent.action == "claim.opened")).one()


def test_no_more_is_claimed_than_was_refused_or_accepted(closed: Any, line: int) -> None:
    with pytest.raises(ClaimedTooMuch):
        opened(line, 4_001)
    opened(line, 3_000)
    with pytest.raises(ClaimedTooMuch):
        opened(line, 1_001)
    opened(line, 6_000, was_accepted=True)
    with pytest.raises(ClaimedTooMuch):
        opened(line, 1, was_accepted=True)
    found = claimable(line, closed.kitchen.id)
    assert found is not None
    assert (found.claimed_refused, found.claimed_accepted) == (3_000, 6_000)
    assert claimable(line, closed.school.id) is None


def test_first_what_came_then_what_is_wrong_and_in_words(closed: Any, line: int) -> None:
    cheese = line_of(farm_notes(closed)[0], closed.cheese)
    with pytest.raises(NotAccepted):
        opened(cheese.id, 1_000)
    with pytest.raises(WordsMissing):
        opened(line, words="  ")


def test_the_producer_promises_and_the_kitchen_says_that_it_came(
    closed: Any, line: int, session: Session
) -> None:
    claim = opened(line)
    with pytest.raises(PromiseInThePast):
        claims.promise(claim.id, SIX - HOUR, actor=COMMAND, now=SIX)
    claims.promise(claim.id, SIX + HOUR, "in an hour", actor=COMMAND, now=SIX)
    assert (claim.state, claim.promised_at, claim.answer) == ("promised", SIX + HOUR, "in an hour")
    _subject, body = render.mail(
        "claim_answered", "en", {**told(session, "claim_answered")[0].data, "base_url": ""}
    )
    assert "in an hour" in body
    with pytest.raises(ReplacedTooMuch):
        close(claim, ClaimOutcome.REPLACED, replacement=Replacement(4_001))
    done = close(claim, ClaimOutcome.REPLACED, replacement=Replacement(3_500, "K-9", MONDAY))
    assert (done.state, done.replaced, done.replacement_lot) == ("closed", 3_500, "K-9")
    _subject, body = render.mail(
        "claim_closed", "en", {**told(session, "claim_closed")[0].data, "base_url": ""}
    )
    assert "3.5 kg was replaced." in body.replace("\xa0", " ")
    with pytest.raises(IllegalClaimMove):
        claims.decline(claim.id, "", actor=COMMAND, now=SIX)


def test_nobody_says_for_the_other_side_what_is_to_the_others_harm(closed: Any, line: int) -> None:
    claim = opened(line)
    with pytest.raises(NotYoursToClose):
        close(claim, ClaimOutcome.CREDITED)
    with pytest.raises(NotYoursToClose):
        close(claim, ClaimOutcome.WITHDRAWN, Side.SUPPLIER)
    with pytest.raises(WordsMissing):
        claims.contest(claim.id, " ", actor=COMMAND, now=SIX)
    claims.contest(claim.id, "they were fresh", actor=COMMAND, now=SIX)
    with pytest.raises(NotYoursToClose):
        close(claim, ClaimOutcome.REFUSED, Side.SUPPLIER)
    assert close(claim, ClaimOutcome.REFUSED, Side.COORDINATOR).outcome == "refused"


def test_bought_elsewhere_only_when_the_time_is_over_or_the_producer_cannot(
    closed: Any, line: int, session: Session
) -> None:
    claim = opened(line)
    with pytest.raises(ReplacementStillPossible):
        close(claim, ClaimOutcome.COVERED, cover=COVER, now=claim.due_at)
    claims.decline(claim.id, "nothing left", actor=COMMAND, now=SIX)
    more = Cover("T", "R", MONDAY, 4_001, 1_200, 114)
    with pytest.raises(CoveredTooMuch):
        close(claim, ClaimOutcome.COVERED, cover=more, now=SIX)
    with pytest.raises(WordsMissing):
        close(claim, ClaimOutcome.COVERED, cover=Cover("T", "", MONDAY, 1_000, 1, 0), now=SIX)
    session.refresh(claim)
    close(claim, ClaimOutcome.COVERED, cover=COVER, now=SIX)
    bought = session.scalars(select(CoverPurchase)).one()
    # Four kilograms at 2.00 EUR were agreed.
    assert (bought.gross_cents, bought.extra_cents) == (1_314, 400)
    row = find_claim(claim.id, ClaimScope(institution_id=closed.kitchen.id))
    assert row is not None
    assert (row.extra_cents, row.supplier, row.is_open) == (400, "Trgovina", False)


def test_the_end_of_the_time_is_told_once(closed: Any, line: int, session: Session) -> None:
    claim = opened(line)
    assert overdue(claim.due_at) == []
    late = claim.due_at + timedelta(seconds=1)
    assert [one.id for one in overdue(late)] == [claim.id]
    assert tell_overdue(claim.id, now=late) == 2
    assert overdue(late) == []
    assert tell_overdue(claim.id, now=late) == 0
    subject, _body = render.mail(
        "claim_overdue", "en", {**told(session, "claim_overdue")[0].data, "base_url": ""}
    )
    assert subject.startswith("The time for a replacement is over")


def test_a_declined_or_closed_claim_needs_no_reminder(closed: Any, line: int) -> None:
    first, second = opened(line, 1_000), opened(line, 1_000)
    claims.decline(first.id, "", actor=COMMAND, now=SIX)
    close(second, ClaimOutcome.WITHDRAWN)
    assert overdue(SIX + 24 * HOUR) == []


def test_everybody_reads_their_own_claims_the_most_urgent_first(closed: Any, line: int) -> None:
    first = opened(line, 1_000)
    second = opened(line, 1_000, now=SIX + HOUR)
    close(first, ClaimOutcome.WITHDRAWN)
    for scope in (
        ClaimScope(institution_id=closed.kitchen.id),
        ClaimScope(producer_id=closed.farm.id),
        ClaimScope(municipality_id=closed.municipality.id),
    ):
        assert [row.id for row in claims_of(scope)] == [second.id, first.id]
        assert [row.id for row in claims_of(scope, open_only=True)] == [second.id]
    assert claims_of(ClaimScope(producer_id=closed.baker.id)) == []
    assert find_claim(first.id, ClaimScope(institution_id=closed.school.id)) is None
    [row] = claims_of(ClaimScope(), open_only=True)
    assert row.left(row.due_at - HOUR) == HOUR
