"""Guards hold for the whole house: they walk what there is, so that nobody has to remember them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from tests.factories import World
from tests.guards.town import Town, build
from tests.kept import once
from tests.stripe_server import settings_for
from tests.web.conftest import app

__all__ = ["app"]


@pytest.fixture
def silent_stripe(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards are taken, though Stripe is silent."""
    configured = replace(app.config["SETTINGS"], stripe=settings_for("http://127.0.0.1:9"))
    monkeypatch.setitem(app.config, "SETTINGS", configured)


@once
def built(app: Flask, world: World, clock_at: Callable[[datetime], None]) -> Town:
    """One thing of every kind that is ours, and strangers."""
    return build(world, clock_at)


@pytest.fixture
def town(silent_stripe: None, built: Town) -> Town:
    """What is built, where cards are taken."""
    return built
