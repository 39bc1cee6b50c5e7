"""What every test may use: a real database, a world to act in, a clock to set, and no network."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, request_started
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session

from foodorder.app import create_app
from foodorder.config import PROJECT, Settings
from foodorder.db import db
from foodorder.embedded import EmbeddedServer
from tests.databases import create_migrated, drop_left_behind, plain
from tests.factories import World
from tests.kept import GROUND, Clock, once

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


#: Begun first: two files that each make a world which other files copy, so that no process waits for one;
#: then the folders whose files take long, so that all processes end together.
FIRST = (
    "browser/test_pages.py", "cli/test_demo.py",
    "browser", "cli", "promises", "guards", "flow", "standards", "seeds", "platform",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes take file after file in this order (`--dist loadfile --no-loadscope-reorder`)."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: min(places.get(one, len(FIRST)) for one in (item.path, *item.path.parents)))


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """A test that leaves this machine fails."""
    patch = pytest.MonkeyPatch()
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise RuntimeError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def run_id() -> str:
    """The same for all processes of one test run, and for no other run."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", secrets.token_hex(16))[:16]


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """The tests' own database server, kept between runs so that it starts in a moment."""
    with EmbeddedServer.start(PROJECT / "var" / "tests", fast=True) as running:
        yield running


@pytest.fixture(scope="session")
def database(server: EmbeddedServer) -> Iterator[str]:
    """The name of a migrated database of this process alone."""
    name = f"test_{os.getpid()}"
    drop_left_behind(server, "test_")
    create_migrated(server, name)
    yield name
    server.drop_database(name)


@pytest.fixture(scope="session")
def settings(server: EmbeddedServer, database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation on the tests' database."""
    return Settings.from_environment(
        {
            "FOODORDER_DATABASE_URL": server.url("app", database),
            "FOODORDER_OWNER_URL": server.url("owner", database),
            "FOODORDER_DATA_DIR": str(tmp_path_factory.mktemp("data")),
            "FOODORDER_SECRET_KEY": "only for tests",
        }
    )


@pytest.fixture(scope="session")
def application(settings: Settings) -> Iterator[Flask]:
    """The application, made once."""
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    # Templates are compiled once for all processes, and anew when their text is another.
    compiled = PROJECT / "var" / "tests-templates"
    compiled.mkdir(parents=True, exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    request_started.connect(forget_who_was_here, app)
    yield app
    with app.app_context():
        db.engine.dispose()


def forget_who_was_here(sender: Flask, **_more: Any) -> None:
    """Requests share the test's application context; without this a second browser would be the first."""
    for name in list(g):
        g.pop(name)


@pytest.fixture
def app(application: Flask, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application in a transaction that is undone after the test: commits are savepoints in it.

    Requests of the test client see what the test wrote, and the other way round.
    """
    with application.app_context(), GROUND.stand(application, request.node):
        yield application


@pytest.fixture
def session(app: Flask) -> Session:
    """The session that services use."""
    return db.session()


@pytest.fixture(scope="session")
def database_clock(server: EmbeddedServer, database: str) -> Iterator[Clock]:
    """The clock of the tests' database."""
    GROUND.clock = Clock(plain(server.url("owner", database)))
    yield GROUND.clock
    GROUND.clock.owner.close()


@pytest.fixture
def clock_at(database_clock: Clock) -> Iterator[Callable[[datetime], None]]:
    """Stop the database's clock at a moment: `clock_at(moment)`, as often as needed."""
    yield database_clock
    database_clock.go_on()


@once
def world(session: Session) -> World:
    """A small municipality to act in; see tests/factories.py."""
    return World()
