"""A kitchen that orders on a Tuesday, and what its orders come to."""

import pytest

from foodorder.db import db
from tests.factories import NOW
from tests.kept import once


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    """The clock stands at an hour in which the cycle takes orders, until a test moves it."""
    clock_at(NOW)
    return clock_at


@once
def kitchen(world):
    return world.add_institution(doors=2)


def taken(offer):
    db.session.refresh(offer)
    return offer.taken
