"""A mailed link lets its reader in: nobody but the recipient ever sees one that works."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import cast, select, update
from sqlalchemy.types import Text

from foodorder.accounts import passwords, people, registration, roles
from foodorder.accounts.models import Person, Producer
from foodorder.config import Mail
from foodorder.db import db
from foodorder.outbox.deliver import deliver_due
from foodorder.outbox.models import Message
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import World
from tests.guards.readers import browser
from tests.guards.routes import doors, text_of, undone
from tests.guards.town import LATER, Town
from tests.web.judge import JudgingClient

TEMPLATES = ("invitation", "password_reset", "registration_confirm")
READERS = (Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR)
ENDED = "sent"


@pytest.fixture
def links(town: Town, world: World) -> list[str]:
    """The secrets of one live link of every kind, queued in our municipality."""
    reach = roles.Reach(municipality_id=town.values["municipality_id"])
    people.invite(
        "nova@example.org", "Nova Oseba", Role.COORDINATOR, reach, language="en", actor=COMMAND, now=LATER
    )
    person = db.session.get_one(Person, town.values["person_id"])
    passwords.ask_reset(person.email, actor=COMMAND, now=LATER)
    registration.register(form(world), now=LATER)
    # Messages without a municipality reach no coordinator; here all of them could.
    db.session.execute(update(Message).values(municipality_id=town.values["municipality_id"]))
    db.session.commit()
    data = db.session.scalars(select(Message.data).where(Message.template.in_(TEMPLATES))).all()
    found = [str(one["path"]).rpartition("/")[2] for one in data]
    assert len(found) == len(TEMPLATES)
    assert all(len(secret) > 30 for secret in found)
    return found


def form(world: World) -> registration.Registering:
    """A farm's registration."""
    some = db.session.scalars(select(Producer)).first()
    return registration.Registering(
        email="kmetija@example.org",
        contact_name="Nova Kmetica",
        phone="040 000 000",
        name="Nova kmetija",
        tax_type=some.tax_type,
        tax_number="94533318",
        kmg_mid=None,
        iban="SI56 9988 0407 2386 227",
        village="Voklo",
        postcode="4208",
        town="Šenčur",
        latitude=46.2,
        longitude=14.4,
        products="krompir",
        municipality_ids=[world.municipality.id],
    )


def pages(app: Flask, town: Town, role: Role) -> list[str]:
    """Every page and file that a role can open, messages of every kind among them."""
    ids = db.session.scalars(select(Message.id).where(Message.template.in_(TEMPLATES))).all()
    wanted = {door.path for door in doors(app, town) if door.method == "GET"}
    counter = {
        Role.COORDINATOR: "/coordinator",
        Role.AUDITOR: "/auditor",
        Role.ADMINISTRATOR: "/administrator",
    }
    wanted = {path for path in wanted if path.startswith(counter[role])}
    wanted |= {f"/coordinator/messages/{message}" for message in ids}
    found = []
    for path in sorted(wanted):
        with undone():
            found.append(text_of(browser(app, town.ours[role], JudgingClient).get(path)))
    return found


@pytest.mark.parametrize("role", READERS)
def test_nobody_who_watches_over_others_sees_a_live_link(
    app: Flask, town: Town, links: list[str], role: Role
) -> None:
    shown = pages(app, town, role)
    assert len(shown) > len(TEMPLATES)
    assert not [secret for secret in links for page in shown if secret in page]


def test_a_link_is_forgotten_once_it_is_sent(town: Town, links: list[str], tmp_path: Path) -> None:
    mail = Mail("", 25, "", "", "none", "hrana@example.org", folder=str(tmp_path))
    deliver_due(mail, "https://example.org", attach)
    mailed = "".join(path.read_text("utf-8") for path in tmp_path.iterdir()).replace("=\n", "")
    data = db.session.scalars(select(cast(Message.data, Text))).all()
    for secret in links:
        assert secret in mailed
        assert not [text for text in data if secret in text]


def attach(*_description: Any) -> tuple[str, str, bytes]:
    """Papers are of no interest here."""
    return "paper.txt", "text/plain", b"paper"


def test_the_trail_holds_no_link(links: list[str]) -> None:
    bodies = db.session.scalars(select(TrailEvent.body)).all()
    assert bodies
    assert not [secret for secret in links for body in bodies if secret in body]
