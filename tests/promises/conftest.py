"""Houses for promises to be broken in: see house.py."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from foodorder.config import Settings
from foodorder.db import db, transaction
from foodorder.embedded import EmbeddedServer
from foodorder.schema import upgrade
from tests.factories import World
from tests.promises.house import House, application


@pytest.fixture
def house(server: EmbeddedServer, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """A house with a small world in it; whatever it started is ended with it."""
    yield from _house(server, tmp_path, request)


@pytest.fixture(scope="session")
def durable_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server as in real use, which may be killed: commits are on the disk, unlike those of other tests."""
    with EmbeddedServer.start(tmp_path_factory.mktemp("durable")) as running:
        yield running


@pytest.fixture
def durable_house(
    durable_server: EmbeddedServer, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[House]:
    """A house on the server that may be killed."""
    yield from _house(durable_server, tmp_path, request)


def _house(server: EmbeddedServer, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**8}"
    server.create_database(name)
    upgrade(server.url("owner", name))
    environment = {
        "FOODORDER_DATABASE_URL": server.url("app", name),
        "FOODORDER_OWNER_URL": server.url("owner", name),
        "FOODORDER_DATA_DIR": str(tmp_path),
        "FOODORDER_SECRET_KEY": "only for tests",
    }
    app = application(Settings.from_environment(environment))
    with app.app_context():
        with transaction():
            world = World()
        built = House(server, name, app, world, environment)
        yield built
        for child in built.children:
            child.kill()
            child.wait()
        db.session.remove()
        db.engine.dispose()
    server.drop_database(name)
