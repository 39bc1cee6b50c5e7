"""The administrator's pages."""

import gzip
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts import people, queries, roles
from foodorder.accounts.models import Person
from foodorder.db import clock, db
from foodorder.outbox.models import Message
from foodorder.rules.permissions import Role
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND
from tests.factories import NOW, World
from tests.kept import once

GOOD = "three words apart"


@once
def boss(session: Session) -> Person:
    """The administrator."""
    person = people.create_person(
        "boss@example.org", "Boss", password=GOOD, language="en", actor=COMMAND, now=clock()
    )
    roles.grant_role(person, Role.ADMINISTRATOR, roles.Reach(), actor=COMMAND, now=clock())
    return person


@once
def client(app: Flask, boss: Person) -> FlaskClient:
    """The administrator's browser."""
    browser = app.test_client()
    browser.post("/login", data={"email": boss.email, "password": GOOD})
    return browser


@pytest.mark.parametrize("path", ["/administrator/", "/administrator/people", "/administrator/health"])
def test_pages_open_to_administrators_only(client: FlaskClient, app: Flask, path: str) -> None:
    assert client.get(path).status_code == 200
    assert app.test_client().get(path).status_code == 302


def test_a_municipality_begins_and_gets_its_rules(
    client: FlaskClient, world: World, session: Session
) -> None:
    resting = world.add_municipality(active=False)
    answer = client.post(f"/administrator/municipality/{resting.code}/begin")
    assert answer.location == f"/administrator/municipality/{resting.code}"
    form = {
        "contact_email": "hrana@example.org",
        "pack_rounding": "up",
        "minimum_rule": "waive",
        "language": "sl",
    }
    assert client.post(answer.location, data=form).status_code == 303
    session.refresh(resting)
    assert (resting.active, resting.pack_rounding, resting.minimum_rule) == (True, "up", "waive")


def test_municipalities_are_found_by_name(client: FlaskClient, world: World) -> None:
    world.add_municipality(active=False, name="Škofja Loka", sort_key="s~kofja loka")
    assert "Škofja Loka" in client.get("/administrator/?q=škofja").text
    assert "No municipality has such a name" in client.get("/administrator/?q=xyz").text


def test_an_unknown_municipality_is_not_found(client: FlaskClient) -> None:
    assert client.get("/administrator/municipality/999").status_code == 404


def invitation(world: World, **values: Any) -> dict[str, Any]:
    return {
        "name": "Rok Vzorec",
        "email": "rok@example.org",
        "role": "auditor",
        "municipality": world.municipality.id,
        "language": "sl",
        **values,
    }


def test_an_auditor_is_invited_for_a_time(client: FlaskClient, world: World, session: Session) -> None:
    answer = client.post("/administrator/people", data=invitation(world, valid_until="2099-12-31"))
    assert answer.status_code == 303
    grant = next(one for one in queries.staff_of_installation() if one.role == Role.AUDITOR)
    assert grant.valid_until is not None
    assert grant.valid_until.isoformat() == "2099-12-31T23:00:00+00:00"
    assert session.scalars(select(Message.recipient_email)).all() == ["rok@example.org"]
    assert client.post("/administrator/people", data=invitation(world)).status_code == 422


def test_an_auditor_belongs_to_a_municipality(client: FlaskClient, world: World) -> None:
    answer = client.post("/administrator/people", data=invitation(world, municipality=""))
    assert answer.status_code == 422
    assert 'id="municipality-error"' in answer.text


def test_the_last_administrator_cannot_leave(client: FlaskClient, boss: Person, session: Session) -> None:
    answer = client.post(f"/administrator/roles/{boss.grants[0].id}/revoke", follow_redirects=True)
    assert "last administrator" in answer.text
    client.post(f"/administrator/people/{boss.id}/dismiss")
    session.refresh(boss)
    assert boss.active


def test_a_role_is_taken_away_and_an_invitation_sent_again(
    client: FlaskClient, world: World, session: Session
) -> None:
    client.post("/administrator/people", data=invitation(world))
    grant = next(one for one in queries.staff_of_installation() if one.role == Role.AUDITOR)
    client.post(f"/administrator/roles/{grant.id}/invite")
    assert len(session.scalars(select(Message.id)).all()) == 2
    client.post(f"/administrator/roles/{grant.id}/revoke")
    assert all(one.id != grant.id for one in queries.staff_of_installation())
    assert client.post(f"/administrator/roles/{grant.id}/invite").status_code == 404


def test_the_chain_to_take_along_has_no_texts_of_municipalities(client: FlaskClient, world: World) -> None:
    trail.record(COMMAND, "test.done", "installation", 1, now=NOW)
    trail.record(COMMAND, "test.done", "cycle", 1, now=NOW, municipality_id=world.municipality.id)
    trail.seal()
    db.session.commit()
    rows = gzip.decompress(client.get("/administrator/health/chain.gz").data).decode().splitlines()
    assert '"format":"foodorder trail 1"' in rows[0]
    texts = [row for row in rows if '"text"' in row]
    assert [row for row in texts if "test.done" in row]
    assert not [row for row in texts if "municipality" in row]
