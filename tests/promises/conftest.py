"""Houses for promises to be broken in: see house.py."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from foodorder.config import Settings
from foodorder.db import db, transaction
from foodorder.embedded import EmbeddedServer
from tests.databases import create_migrated, make_empty
from tests.factories import World
from tests.promises.house import House, application


@pytest.fixture(scope="session")
def plot(server: EmbeddedServer) -> Iterator[str]:
    """The name of the database in which one house after the other is built."""
    yield from _plot(server)


@pytest.fixture
def house(server: EmbeddedServer, plot: str, tmp_path: Path) -> Iterator[House]:
    """A house with a small world in it; whatever it started is ended with it."""
    yield from _house(server, plot, tmp_path)


@pytest.fixture(scope="session")
def durable_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server as in real use, which may be killed: commits are on the disk, unlike those of other tests."""
    with EmbeddedServer.start(tmp_path_factory.mktemp("durable")) as running:
        yield running


@pytest.fixture(scope="session")
def durable_plot(durable_server: EmbeddedServer) -> Iterator[str]:
    """The same on the server that may be killed."""
    yield from _plot(durable_server)


@pytest.fixture
def durable_house(durable_server: EmbeddedServer, durable_plot: str, tmp_path: Path) -> Iterator[House]:
    """A house on the server that may be killed."""
    yield from _house(durable_server, durable_plot, tmp_path)


def _plot(server: EmbeddedServer) -> Iterator[str]:
    name = f"test_{os.getpid()}_house"
    create_migrated(server, name)
    yield name
    server.drop_database(name)


def _house(server: EmbeddedServer, name: str, data: Path) -> Iterator[House]:
    make_empty(server, name)
    environment = {
        "FOODORDER_DATABASE_URL": server.url("app", name),
        "FOODORDER_OWNER_URL": server.url("owner", name),
        "FOODORDER_DATA_DIR": str(data),
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
        db.session.remove()
        db.engine.dispose()
