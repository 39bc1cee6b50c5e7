"""An access limited in time: its end is announced once, to whoever has it and to whoever gave it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder import audit_jobs
from foodorder.accounts.endings import BEFORE, ending, tell_ending
from foodorder.accounts.people import create_person
from foodorder.accounts.roles import Reach, grant_role, revoke_grant
from foodorder.outbox.deliver import written
from foodorder.outbox.models import Message
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND, Actor, Source
from tests.factories import NOW
from tests.kept import once

END = datetime(2026, 12, 31, 23, tzinfo=UTC)


@once
def town(world: Any, clock_at: Callable[[datetime], None]) -> Any:
    """An administrator lets an auditor in until the end of the year; there is one coordinator."""
    clock_at(NOW)
    world.clock_at = clock_at
    world.coordinator = world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id)
    world.administrator = world.add_person(Role.ADMINISTRATOR)
    world.auditor = create_person("gost@revizija.example", "Gost Revizor", actor=COMMAND, now=NOW)
    world.grant = let_in(world, END)
    return world


def let_in(town: Any, until: datetime) -> Any:
    giver = Actor(Source.PERSON, town.administrator.id, Role.ADMINISTRATOR.value)
    reach = Reach(municipality_id=town.municipality.id)
    return grant_role(town.auditor, Role.AUDITOR, reach, valid_until=until, actor=giver, now=NOW)


def told(session: Session) -> dict[str, set[str | None]]:
    rows = session.scalars(select(Message).where(Message.object_type == "role_grant"))
    found: dict[str, set[str | None]] = {}
    for row in rows:
        found.setdefault(row.template, set()).add(row.recipient_email)
    return found


def test_a_week_before_the_end_all_three_are_told_once(town: Any, session: Session, settings: Any) -> None:
    assert not ending(END - BEFORE - timedelta(seconds=1))
    town.clock_at(END - BEFORE)
    outcomes = [audit_jobs.remind_of_endings(settings) for _ in range(2)]
    assert [(one.done, one.failed) for one in outcomes] == [(1, 0), (0, 0)]
    assert told(session) == {
        "access_ends": {"gost@revizija.example"},
        "access_given_ends": {town.coordinator.email, town.administrator.email},
    }
    assert tell_ending(town.grant.id, now=END - BEFORE) == 0
    assert session.query(Message).filter_by(object_type="role_grant").count() == 3


def test_what_it_says_in_both_languages(town: Any, session: Session) -> None:
    tell_ending(town.grant.id, now=END - BEFORE)
    rows = session.scalars(select(Message).where(Message.object_type == "role_grant")).all()
    for row in rows:
        for row.language, day, word in (
            ("en", "Thursday 31 December", "ends"),
            ("sl", "31. december", "konča"),
        ):
            subject, body = written(row, "https://x")
            assert day in subject
            assert word in body
            assert town.municipality.name in body
            assert "Gost Revizor" in subject + body


def test_who_was_let_go_or_has_no_end_is_left_alone(town: Any, session: Session) -> None:
    assert [one.id for one in ending(END - timedelta(days=1))] == [town.grant.id]
    assert not ending(END)
    revoke_grant(town.grant, actor=COMMAND, now=NOW)
    session.flush()
    assert not ending(END - timedelta(days=1))
    assert tell_ending(town.grant.id, now=END - timedelta(days=1)) == 0


def test_a_short_access_is_announced_in_its_second_half(town: Any, session: Session) -> None:
    revoke_grant(town.grant, actor=COMMAND, now=NOW)
    session.flush()
    short = let_in(town, NOW + timedelta(days=4))
    assert not ending(NOW + timedelta(days=2, seconds=-1))
    assert [(one.id, one.due_at) for one in ending(NOW + timedelta(days=2))] == [
        (short.id, NOW + timedelta(days=2))
    ]
