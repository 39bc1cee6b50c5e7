"""Web tests open pages with a browser that judges them; see judge.py."""

import flask_wtf.csrf
import pytest
from argon2 import PasswordHasher
from flask import Flask

from foodorder.accounts import passwords
from tests.web.judge import JudgingClient

#: Somebody logs in in nearly every test; what a real hash costs is tried in tests/services.
CHEAP = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)


@pytest.fixture
def app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with a judging browser. Forms show their tokens; no test has to send them back."""
    monkeypatch.setattr(app, "test_client_class", JudgingClient)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    monkeypatch.setattr(flask_wtf.csrf, "validate_csrf", lambda *_args, **_more: None)
    monkeypatch.setattr(passwords, "HASHER", CHEAP)
    return app
