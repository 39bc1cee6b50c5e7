"""Nobody sees another's data: every route, as everybody.

Not a list of pages but a walk over what is there: a new route is tried from the day it is written.
"""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from foodorder.rules.permissions import Permission, Role, may
from tests.guards.readers import Reader, browser
from tests.guards.routes import HOME, Door, doors, rules, text_of, undone, writes
from tests.guards.town import FARM, GOODS, KITCHEN, PEOPLE, STRANGERS, Town

#: Things that next-door people share with ours: the municipality's weeks and offers.
SHARED = {
    "kitchen next door": {"cycle_id", "offer_id"},
    "approver next door": {"cycle_id", "offer_id"},
    "accountant next door": {"cycle_id", "offer_id", "version_id"},
    "farm next door": {"cycle_id", "municipality_id"},
}


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    silent = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in rules(app)
        if not isinstance(getattr(app.view_functions[rule.endpoint], "needs", None), Permission)
        and getattr(app.view_functions[rule.endpoint], "needs", None) not in ("public", "logged_in")
    ]
    assert not silent, "without @needs, @logged_in or @public: " + ", ".join(silent)


def test_every_counter_has_its_people(app: Flask) -> None:
    """A new counter must be told to the guards."""
    known = {*HOME, "auth", "public", "window", "ways", "api", "webhooks"}
    assert set(app.blueprints) - {"bootstrap"} <= known


@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_what_the_table_gives_it_and_nothing_else(app: Flask, town: Town, role: Role) -> None:
    wrong = []
    before = writes()
    for door in doors(app, town):
        refused = isinstance(door.needs, Permission) and not may(role, door.needs)
        # A refusal is not read here, and plain words are made faster than a page.
        headers = {"Accept": "application/json"} if refused else {}
        with undone():
            answer = browser(app, town.ours[role]).open(door.path, method=door.method, headers=headers)
            before, earlier = writes(), before
        if refused:
            good = answer.status_code == 403 and before == earlier
        elif door.needs in ("public", "logged_in") or role not in HOME[door.counter]:
            good = answer.status_code < 500 or door.path == "/healthz"
        else:
            good = answer.status_code < 400 or answer.status_code in (409, 422)
        if not good:
            wrong.append(f"{door}: {answer.status_code}")
    assert not wrong, f"{role}:\n" + "\n".join(wrong)


def test_what_strangers_must_not_see_stands_on_our_own_pages(app: Flask, town: Town) -> None:
    """Otherwise the walk below would look for names that nobody writes."""
    cycle = town.values["cycle_id"]
    client = browser(app, town.ours[Role.COORDINATOR])
    paths = ("institutions", "producers", f"cycles/{cycle}/offers", f"cycles/{cycle}")
    pages = "".join(client.get(f"/coordinator/{path}").text for path in paths)
    assert [mark for mark in (KITCHEN, FARM, GOODS, PEOPLE) if mark not in pages] == []


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_finds_nothing_of_ours_and_changes_nothing(app: Flask, town: Town, name: str) -> None:
    """Through the doors that their role has; the others are closed to them as to our own people."""
    stranger = town.strangers[name]
    wrong = []
    before = writes()
    for door in doors(app, town):
        if isinstance(door.needs, Permission) and not may(stranger.role, door.needs):
            continue
        with undone():
            answer = browser(app, stranger).open(
                door.path, method=door.method, follow_redirects=door.method == "GET"
            )
            before, earlier = writes(), before
        changed = [table for table, number in before.items() if number != earlier.get(table, 0)]
        if fault := fault_of(answer, door, stranger, SHARED.get(name, set()), changed):
            wrong.append(f"{door}: {fault}")
    assert not wrong, f"{name}:\n" + "\n".join(wrong)


def fault_of(answer: TestResponse, door: Door, stranger: Reader, shared: set[str], changed: list[str]) -> str:
    """What a stranger got through a door that they should not have; empty when all is well.

    `changed` names the tables that were written to.
    """
    if answer.status_code >= 500 and door.path != "/healthz":
        return str(answer.status_code)
    for_all = door.counter == "window" or door.endpoint.startswith("public.open_contracting")
    hidden = [mark for mark in stranger.hidden if not (for_all and mark in (KITCHEN, FARM))]
    said = text_of(answer)
    shown = [mark for mark in hidden if mark in said or mark in str(answer.headers)]
    if shown:
        return f"shows {', '.join(shown)}"
    refused = answer.status_code in (403, 404)
    if door.names - shared and isinstance(door.needs, Permission) and not refused:
        return f"answers {answer.status_code}"
    if refused and changed:
        return f"refuses, but writes to {', '.join(changed)}"
    if door.endpoint == "auth.end_session" and "login_session" in changed:
        return "ends our session"
    return ""


def test_visitors_are_led_to_the_log_in(app: Flask, town: Town) -> None:
    wrong = []
    before = writes()
    for door in doors(app, town):
        with undone():
            answer = browser(app, None).open(door.path, method=door.method)
            before, earlier = writes(), before
        if door.needs == "public":
            good = answer.status_code not in (401, 403) or door.path == "/metrics"
        else:
            good = (
                answer.status_code in (302, 303)
                and answer.location.startswith("/login")
                and before == earlier
            )
        if not good:
            wrong.append(f"{door}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_after_the_log_in_a_visitor_is_where_they_wanted_to_be(app: Flask, town: Town) -> None:
    path = f"/records/{town.values['record_id']}"
    assert browser(app, None).get(path).location == f"/login?next={path.replace('/', '%2F')}"


def test_no_form_is_taken_without_its_token(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every POST answers 400 without it; what programs call is named here, with its reason."""
    exempt = {"webhooks.stripe": "proved by its signature: tests/web/test_webhooks.py"}
    monkeypatch.undo()
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    wrong = []
    before = writes()
    for door in doors(app, town):
        if door.method == "POST" and door.endpoint not in exempt:
            with undone():
                answer = browser(app, town.ours[Role.COORDINATOR]).post(
                    door.path, headers={"Accept": "application/json"}
                )
                before, earlier = writes(), before
            if answer.status_code != 400 or before != earlier:
                wrong.append(f"{door}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
