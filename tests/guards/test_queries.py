"""A page asks the database a handful of questions, however much there is to show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from foodorder.rules.permissions import Permission, Role, may
from tests.factories import World
from tests.guards.readers import browser
from tests.guards.routes import HOME, doors, undone
from tests.guards.town import build
from tests.web.judge import JudgingClient

#: Statements for a page, those of log-in, language and navigation (about six) included.
MOST = 25
#: The page that a kitchen lives on has fewer; the simulation plays a whole close, and undoes it; the first
#: page of the desk asks every question in short, the coordinator's each part of the house what waits.
LIMITS = {"kitchen.order": 20, "coordinator.simulate": 34, "auditor.spend": 50, "coordinator.today": 28}
#: Things of each kind in the town: enough that one statement for each of them is seen.
SIZE = 8


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent inside; savepoints belong to the test."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def repeated(sent: list[str]) -> str:
    """The statement that was sent most often, for whoever must mend it."""
    most = max(set(sent), key=sent.count)
    return f"{sent.count(most)} × {most[:200]}"


def test_no_page_asks_once_for_each_thing_it_shows(
    app: Flask, world: World, clock_at: Callable[[datetime], None]
) -> None:
    town = build(world, clock_at, SIZE)
    wrong = []
    for role in Role:
        for door in doors(app, town):
            mine = isinstance(door.needs, Permission) and may(role, door.needs) and role in HOME[door.counter]
            first = mine and role not in (Role.APPROVER, Role.ACCOUNTANT)
            if door.method != "GET" or not first:
                continue
            client = browser(app, town.ours[role], JudgingClient, seen=False)
            with undone(), counted() as sent:
                answer = client.get(door.path)
            most = LIMITS.get(door.endpoint, MOST)
            if answer.mimetype == "text/html" and len(sent) > most:
                wrong.append(f"{door}: {len(sent)} statements, at most {most}; {repeated(sent)}")
    assert not wrong, "\n".join(wrong)


def test_the_counting_counts(app: Flask) -> None:
    with counted() as sent:
        app.test_client().get("/help")
    assert 0 < len(sent) <= MOST


pytestmark = pytest.mark.usefixtures("app")
