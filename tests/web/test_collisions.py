"""Two people write at the same moment, and the database undoes one of them, who is told and loses nothing."""

from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from foodorder.accounts import municipalities
from tests.factories import World
from tests.web.test_administrator import boss, client

__all__ = ["boss", "client"]

FORM = {
    "contact_email": "hrana@example.org",
    "pack_rounding": "up",
    "minimum_rule": "waive",
    "language": "sl",
}
OURS = {"Sec-Fetch-Site": "same-origin"}


def undone_by(error: psycopg.Error) -> Any:
    def save(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE …", {}, error)

    return save


@pytest.mark.parametrize("error", [psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable])
def test_who_was_undone_sends_again_what_they_typed(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch, error: type[psycopg.Error]
) -> None:
    path = f"/administrator/municipality/{world.add_municipality().code}"
    with monkeypatch.context() as patched:
        patched.setattr(municipalities, "save_settings", undone_by(error()))
        answer = client.post(path, data=FORM, headers=OURS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Somebody else was writing at the same moment" in answer.text
    assert '<input type="hidden" name="contact_email" value="hrana@example.org">' in answer.text
    assert client.post(path, data=FORM, headers=OURS).status_code == 303


def test_another_fault_of_the_database_is_ours(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/administrator/municipality/{world.add_municipality().code}"
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(municipalities, "save_settings", undone_by(psycopg.errors.DiskFull()))
    answer = client.post(path, data=FORM, headers=OURS)
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers
