"""Guards hold for the whole house: they walk what there is, so that nobody has to remember them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from tests.factories import World
from tests.guards.town import Town, build
from tests.stripe_server import settings_for
from tests.web.conftest import app

__all__ = ["app"]


@pytest.fixture
def town(
    app: Flask, world: World, clock_at: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> Town:
    """One thing of every kind that is ours, and strangers; cards are taken, though Stripe is silent."""
    configured = replace(app.config["SETTINGS"], stripe=settings_for("http://127.0.0.1:9"))
    monkeypatch.setitem(app.config, "SETTINGS", configured)
    return build(world, clock_at)
