"""Guards hold for the whole house: they walk what there is, so that nobody has to remember them."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from tests.factories import World
from tests.guards.town import Town, build
from tests.web.conftest import app

__all__ = ["app"]


@pytest.fixture
def town(app: Flask, world: World, clock_at: Callable[[datetime], None]) -> Town:
    """One thing of every kind that is ours, and strangers."""
    return build(world, clock_at)
