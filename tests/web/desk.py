"""The coordinator's desk on a Tuesday."""

import pytest

from tests.factories import NOW
from tests.kept import once
from tests.web.office import coordinator_of


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)
    return clock_at


@once
def desk(app, world):
    return coordinator_of(app, world)
