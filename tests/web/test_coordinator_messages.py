"""The coordinator's outbox: what failed, what is printed, and what stays out of sight."""

import pytest
from sqlalchemy import select

from foodorder.accounts.models import (
    RoleGrant,
)
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.service import Recipient
from foodorder.rules.permissions import Role
from foodorder.trail.models import TrailEvent
from tests.web.desk import desk, tuesday
from tests.web.office import coordinator_of, log_in

__all__ = ["desk", "tuesday"]


def message(world, email=None, template="admission_admitted", **data):
    outbox.queue(
        template,
        [Recipient("Oseba Brez pošte", email, "en")],
        key=f"test {template} {email} {data}",
        data={"producer": "Kmetija", "municipality": "Kranj", "contact": "", **data},
        municipality_id=world.municipality.id,
    )
    db.session.commit()
    return db.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one().id


def state_of(message_id):
    db.session.expire_all()
    return db.session.get(Message, message_id).state


# Messages


def test_failed_messages_are_shown_and_tried_again(desk, world):
    failed = message(world, "gone@example.org")
    db.session.get(Message, failed).state = MessageState.FAILED
    db.session.get(Message, failed).last_error = "550 User unknown"
    db.session.commit()
    assert "550 User unknown" in desk.get("/coordinator/").text
    assert "gone@example.org" in desk.get("/coordinator/messages?state=failed").text
    desk.post("/coordinator/messages/retry")
    assert state_of(failed) == MessageState.QUEUED
    assert db.session.scalars(select(TrailEvent.action).where(TrailEvent.object_id == failed)).one()


def test_messages_without_address_are_printed_and_marked_and_unmarked(desk, world):
    paper = message(world)
    page = desk.get("/coordinator/messages/print").text
    assert "Oseba Brez pošte" in page
    desk.post("/coordinator/messages/printed", data={"message": str(paper)})
    assert state_of(paper) == MessageState.PRINTED
    desk.post(f"/coordinator/messages/{paper}/not-printed")
    assert state_of(paper) == MessageState.NO_ADDRESS


def test_a_message_that_cannot_be_made_does_not_break_the_page(desk, world):
    broken = message(world, "a@example.org", template="no_such_template")
    assert "no_such_template" in desk.get("/coordinator/messages").text
    assert "cannot be shown" in desk.get(f"/coordinator/messages/{broken}").text


def test_words_and_pages_of_the_outbox(desk, world):
    message(world, "ana@example.org")
    message(world, "bor@example.org")
    page = desk.get("/coordinator/messages?words=bor&state=nonsense&page=0").text
    assert "bor@example.org" in page
    assert "ana@example.org" not in page


# Others' rows


def test_another_municipality_is_not_there(app, world):
    farm, kitchen, cycle = world.add_producer(), world.add_institution(), world.cycle(opened=False)
    mail = message(world)
    grant = (
        db.session.scalars(select(RoleGrant)).first()
        or world.add_person(Role.KITCHEN_MANAGER, institution_id=kitchen.id).grants[0]
    )
    db.session.commit()
    stranger = coordinator_of(app, world, world.add_municipality())
    point = kitchen.delivery_points[0].id
    for path in (
        f"cycles/{cycle.id}", f"cycles/{cycle.id}/offers", f"cycles/{cycle.id}/simulate",
        f"cycles/{cycle.id}/extend", f"cycles/{cycle.id}/cancel", f"cycles/{cycle.id}/lists",
        f"cycles/{cycle.id}/orders/{kitchen.id}", f"cycles/{cycle.id}/offers/csv",
        f"producers/{farm.id}", f"producers/{farm.id}/refuse", f"producers/{farm.id}/terms",
        f"institutions/{kitchen.id}", f"institutions/{kitchen.id}/edit",
        f"institutions/{kitchen.id}/points/new", f"institutions/{kitchen.id}/points/{point}",
        f"messages/{mail}", "records/1", "schedules/1", "calendar/1",
    ):  # fmt: skip
        assert stranger.get(f"/coordinator/{path}").status_code == 404, path
    for path in (
        f"cycles/{cycle.id}/open", f"cycles/{cycle.id}/close", f"cycles/{cycle.id}/remind",
        f"producers/{farm.id}/admit", f"producers/{farm.id}/act", f"people/{grant.id}/revoke",
        f"institutions/{kitchen.id}/rest", f"institutions/{kitchen.id}/points/{point}/close",
        "calendar/1/remove",
    ):  # fmt: skip
        assert stranger.post(f"/coordinator/{path}").status_code == 404, path
    stranger.post(f"/coordinator/messages/{mail}/printed")
    assert state_of(mail) == MessageState.NO_ADDRESS


@pytest.mark.parametrize("role", [Role.KITCHEN_MANAGER, Role.PRODUCER])
def test_kitchens_and_farms_have_no_coordinator_s_pages(app, world, role):
    kitchen, farm = world.add_institution(), world.add_producer()
    reach = {"institution_id": kitchen.id} if role is Role.KITCHEN_MANAGER else {"producer_id": farm.id}
    client = log_in(app, world, role, **reach)
    for path in ("", "cycles", "producers", "institutions", "messages", "settings", f"producers/{farm.id}"):
        assert client.get(f"/coordinator/{path}").status_code in (403, 404), path


def test_an_auditor_reads_the_outbox_and_changes_nothing(app, world):
    mail = message(world)
    auditor = log_in(app, world, Role.AUDITOR, municipality_id=world.municipality.id)
    page = auditor.get("/coordinator/messages").text
    assert "Oseba Brez pošte" in page
    assert "Print those without address" not in page
    assert auditor.post(f"/coordinator/messages/{mail}/printed").status_code == 403
