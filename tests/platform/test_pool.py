"""Pooled connections: a dead one is never handed out, a live one is not asked without need."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from foodorder import pool
from foodorder.db import db

BACKEND = text("SELECT pg_backend_pid()")
END = text("SELECT pg_terminate_backend(:number, 5000)")


@pytest.fixture
def engine(server: Any, database: str) -> Iterator[Engine]:
    engine = create_engine(server.url("app", database), pool_size=2)
    pool.watch(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that were asked whether they live."""
    asked: list[Any] = []
    ask = engine.dialect.do_ping

    def ping(connection: Any) -> bool:
        asked.append(connection)
        return ask(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", ping)
    return asked


@pytest.fixture
def end(server: Any, database: str) -> Iterator[Callable[..., None]]:
    """End connections from another one, and wait until they are gone."""
    killer = create_engine(server.url("app", database), isolation_level="AUTOCOMMIT")

    def end(*backends: int) -> None:
        with killer.connect() as connection:
            for number in backends:
                assert connection.execute(END, {"number": number}).scalar_one()

    yield end
    killer.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        number: int = connection.execute(BACKEND).scalar_one()
        return number


def test_a_connection_that_was_just_used_is_taken_without_asking(engine, asked):
    assert backend(engine) == backend(engine) == backend(engine)
    assert asked == []


def test_one_that_rested_is_asked(engine, asked, monkeypatch):
    first = backend(engine)
    monkeypatch.setattr(pool, "REST", 0.0)
    assert backend(engine) == first
    assert len(asked) == 1


def test_after_the_server_ended_them_all_are_made_anew(engine, asked, end):
    with engine.connect() as one, engine.connect() as other:
        ended = [connection.execute(BACKEND).scalar_one() for connection in (one, other)]
    end(*ended)
    with engine.connect() as one, engine.connect() as other:
        assert not {connection.execute(BACKEND).scalar_one() for connection in (one, other)} & set(ended)
    assert len(asked) == 1


def test_one_that_was_closed_on_our_side_is_replaced(engine):
    with engine.connect() as connection:
        first = connection.execute(BACKEND).scalar_one()
        raw = connection.connection.dbapi_connection
    raw.close()
    assert backend(engine) != first


def test_the_application_goes_on_after_the_server_ended_its_connections(application, end):
    with application.app_context():
        first = backend(db.engine)
        end(first)
        assert backend(db.engine) != first
