"""Logging in and out, links, roles and devices, over HTTP."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foodorder.accounts import people, roles
from foodorder.accounts.models import LoginSession, Person
from foodorder.blueprints.auth import counter
from foodorder.db import clock
from foodorder.outbox.models import Message
from foodorder.rules.limits import LOGIN_PER_ACCOUNT, RESET_PER_ACCOUNT
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND

GOOD = "three words apart"
BETTER = "four other words apart"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers need not be slow here, but where that is tested."""
    monkeypatch.setattr(counter, "SLOWEST", 0.0)


@pytest.fixture
def person(session: Session) -> Person:
    """An administrator with a password."""
    ana = people.create_person(
        "ana@example.org", "Ana", password=GOOD, language="en", actor=COMMAND, now=clock()
    )
    roles.grant_role(ana, Role.ADMINISTRATOR, roles.Reach(), actor=COMMAND, now=clock())
    return ana


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that speaks English."""
    browser = app.test_client()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def log_in(
    client: FlaskClient, email: str = "ana@example.org", password: str = GOOD, target: str = ""
) -> Any:
    return client.post(f"/login{target}", data={"email": email, "password": password})


def mailed_path(session: Session, template: str) -> str:
    data = session.scalars(
        select(Message.data).where(Message.template == template).order_by(Message.id.desc())
    ).first()
    assert data is not None
    return str(data["path"])


def bare(page: str) -> str:
    """A page without what differs on every page: tokens and what was typed."""
    return re.sub(r'value="[^"]*"', "", page)


def test_log_in_leads_to_the_first_page_of_the_role(client: FlaskClient, person: Person) -> None:
    answer = log_in(client)
    assert (answer.status_code, answer.location) == (303, "/administrator/")
    assert client.get("/administrator/").status_code == 200


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: FlaskClient, person: Person) -> None:
    known, unknown = log_in(client, password="wrong"), log_in(client, email="eva@example.org")
    assert known.status_code == unknown.status_code == 422
    assert bare(known.text) == bare(unknown.text)
    assert "ana@example.org" in known.text
    assert GOOD not in unknown.text


def test_after_too_many_attempts_even_the_right_password_waits(client: FlaskClient, person: Person) -> None:
    for _ in range(LOGIN_PER_ACCOUNT.attempts):
        log_in(client, password="wrong")
    answer = log_in(client)
    assert answer.status_code == 422
    assert "too many attempts" in answer.text


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/profile", "/profile"),
        ("/administrator/people", "/administrator/people"),
        ("https://evil.example/", "/administrator/"),
        ("//evil.example/", "/administrator/"),
        ("\\\\evil.example", "/administrator/"),
    ],
)
def test_log_in_leads_nowhere_but_here(client: FlaskClient, person: Person, target: str, lands: str) -> None:
    assert log_in(client, target=f"?next={target}").location == lands


def test_a_page_behind_the_log_in_comes_back_after_it(client: FlaskClient, person: Person) -> None:
    assert client.get("/administrator/people").location == "/login?next=%2Fadministrator%2Fpeople"


def test_logging_out_ends_the_session_itself_and_not_only_the_cookie(
    client: FlaskClient, person: Person, app: Flask
) -> None:
    log_in(client)
    kept = client.get_cookie("foodorder")
    assert kept is not None
    client.post("/logout")
    thief = app.test_client()
    thief.set_cookie("foodorder", kept.value)
    assert thief.get("/profile").status_code == 302


def test_a_session_revoked_elsewhere_is_out_at_the_next_page(
    client: FlaskClient, person: Person, app: Flask, session: Session
) -> None:
    log_in(client)
    other = app.test_client()
    log_in(other)
    newest = session.scalars(select(LoginSession.id).order_by(LoginSession.id.desc())).first()
    assert client.post(f"/profile/sessions/{newest}/end").status_code == 303
    assert other.get("/profile").status_code == 302
    assert client.get("/profile").status_code == 200


def test_nobody_ends_anothers_session(
    client: FlaskClient, person: Person, app: Flask, session: Session
) -> None:
    people.create_person("eva@example.org", "Eva", password=GOOD, actor=COMMAND, now=clock())
    log_in(client)
    victim = session.scalars(select(LoginSession.id)).one()
    other = app.test_client()
    log_in(other, email="eva@example.org")
    assert other.post(f"/profile/sessions/{victim}/end").status_code == 404
    assert client.get("/profile").status_code == 200


def test_a_role_is_switched_and_a_strangers_is_not(world: Any, client: FlaskClient, person: Person) -> None:
    second = roles.grant_role(
        person, Role.AUDITOR, roles.Reach(municipality_id=world.municipality.id), actor=COMMAND, now=clock()
    )
    strangers = world.add_person(Role.AUDITOR, municipality_id=world.municipality.id).grants[0]
    log_in(client)
    assert client.post("/role", data={"to": strangers.id}).status_code == 409
    assert client.post("/role", data={"to": "x"}).status_code == 400
    assert client.post("/role", data={"to": second.id}).status_code == 303
    page = client.get("/profile").text
    assert world.municipality.name in page
    assert "Auditor" in page
    assert client.get("/administrator/people").status_code == 403


def test_a_forgotten_password_reads_the_same_for_everybody(
    client: FlaskClient, person: Person, session: Session
) -> None:
    known = client.post("/password", data={"email": person.email})
    unknown = client.post("/password", data={"email": "eva@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert bare(known.text) == bare(unknown.text)
    assert session.scalars(select(Message.recipient_email)).all() == [person.email]


@pytest.mark.parametrize("email", ["ana@example.org", "eva@example.org"])
def test_a_forgotten_password_is_asked_for_a_few_times_only(
    client: FlaskClient, person: Person, session: Session, email: str
) -> None:
    for _ in range(RESET_PER_ACCOUNT.attempts):
        assert client.post("/password", data={"email": email}).status_code == 200
    mailed = session.scalars(select(func.count()).select_from(Message)).one()
    refused = client.post("/password", data={"email": email})
    assert refused.status_code == 422
    assert "too many attempts" in refused.text
    assert session.scalars(select(func.count()).select_from(Message)).one() == mailed


def test_a_forgotten_password_takes_as_long_for_everybody(
    client: FlaskClient, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter, "SLOWEST", 0.2)
    for email in (person.email, "eva@example.org"):
        started = time.monotonic()
        client.post("/password", data={"email": email})
        assert time.monotonic() - started >= 0.2


def test_a_new_password_by_link_logs_in_once(client: FlaskClient, person: Person, session: Session) -> None:
    client.post("/password", data={"email": person.email})
    path = mailed_path(session, "password_reset")
    assert "ana@example.org" in client.get(path).text
    different = client.post(path, data={"password": BETTER, "again": "something else"})
    assert different.status_code == 422
    answer = client.post(path, data={"password": BETTER, "again": BETTER})
    assert answer.location == "/administrator/"
    assert client.get(path).status_code == 410


def test_a_short_password_is_refused_beside_the_field(
    client: FlaskClient, person: Person, session: Session
) -> None:
    client.post("/password", data={"email": person.email})
    path = mailed_path(session, "password_reset")
    answer = client.post(path, data={"password": "short", "again": "short"})
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text


def test_an_invitation_makes_an_account(client: FlaskClient, world: Any, session: Session) -> None:
    reach = roles.Reach(municipality_id=world.municipality.id)
    people.invite("eva@example.org", "Eva", Role.AUDITOR, reach, language="en", actor=COMMAND, now=clock())
    path = mailed_path(session, "invitation")
    answer = client.post(path, data={"name": "Eva Zgled", "password": GOOD, "again": GOOD})
    assert answer.status_code == 303
    assert "Eva Zgled" in client.get("/profile").text
    assert client.get(path).status_code == 410


def test_name_and_language_are_ones_own_choice(client: FlaskClient, person: Person, session: Session) -> None:
    log_in(client)
    client.post("/profile", data={"name": "Ana Nova", "language": "sl"})
    session.refresh(person)
    assert (person.name, person.language) == ("Ana Nova", "sl")


def test_changing_the_password_needs_the_present_one(client: FlaskClient, person: Person) -> None:
    log_in(client)
    wrong = client.post("/profile/password", data={"present": "x", "password": BETTER, "again": BETTER})
    assert wrong.status_code == 422
    assert 'id="present-error"' in wrong.text
    right = client.post("/profile/password", data={"present": GOOD, "password": BETTER, "again": BETTER})
    assert right.status_code == 303
    assert client.get("/profile").status_code == 200


def test_a_session_lives_on_while_it_is_used(client: FlaskClient, person: Person, session: Session) -> None:
    log_in(client)
    login = session.scalars(select(LoginSession)).one()
    login.last_seen_at -= timedelta(hours=1)
    login.expires_at -= timedelta(hours=1)
    session.commit()
    before = login.expires_at
    with client.session_transaction() as cookie:
        cookie.pop("seen", None)
    client.get("/profile")
    session.refresh(login)
    assert login.expires_at > before + timedelta(minutes=50)


def test_somebody_without_a_role_lands_on_their_account(client: FlaskClient, session: Session) -> None:
    people.create_person("eva@example.org", "Eva", password=GOOD, language="en", actor=COMMAND, now=clock())
    assert log_in(client, email="eva@example.org").location == "/profile"
    assert "no role at present" in client.get("/profile").text
