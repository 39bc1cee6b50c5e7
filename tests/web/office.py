"""A coordinator at their desk: logged in, in English, in the world's municipality or another."""

from flask import Flask
from flask.testing import FlaskClient

from foodorder.accounts.models import Municipality
from foodorder.accounts.passwords import hash_password
from foodorder.db import db
from foodorder.rules.permissions import Role
from tests.factories import World

PASSWORD = "dolgo geslo za preskus"


def log_in(app: Flask, world: World, role: Role = Role.COORDINATOR, **reach: int) -> FlaskClient:
    """A browser in which somebody with this role is logged in."""
    person = world.add_person(role, **reach)
    person.password_hash = hash_password(PASSWORD)
    person.language = "en"
    db.session.commit()
    client = app.test_client()
    answer = client.post("/login", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code in (302, 303), answer.text
    return client


def coordinator_of(app: Flask, world: World, municipality: Municipality | None = None) -> FlaskClient:
    """The coordinator of a municipality, the world's own if none is named."""
    return log_in(app, world, municipality_id=(municipality or world.municipality).id)
