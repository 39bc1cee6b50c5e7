"""Worlds that the tests of a file share: made once, then found by each test as they were when made.

`@once` in the place of `@pytest.fixture` says that what a fixture makes may be kept for the next test that
asks for it. Its rows stay behind a savepoint, to which every test goes back; its value is pickled, with rows
by their keys, so that each test has its own. Fixtures stand on each other: tests that ask for the first two
of three go back to the second.

A kept fixture asks only for other kept ones, for `app`, `session` and `clock_at`, and for what lives longer
than a test. What must not happen fails aloud: that a fixture which is not kept wrote before, or that another
test asks for the same thing at another hour.
"""

import inspect
import io
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, cast

import psycopg
import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import Connection, event
from sqlalchemy import inspect as state_of
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.collections import InstrumentedList
from sqlalchemy.orm.util import identity_key

from foodorder.db import db

Given = ParamSpec("Given")
Value = TypeVar("Value")

#: What a kept fixture may ask for although it lives no longer than a test.
PLAIN = {"app", "session", "clock_at"}
WRITES = re.compile(r"\b(INSERT INTO|(?<!FOR )(?<!KEY )UPDATE|DELETE FROM|CREATE|SET LOCAL)\b", re.IGNORECASE)


#: A row that the owner writes: a new function would be seen only by transactions that begin after it.
STOPPED = """
CREATE SCHEMA tests;
CREATE TABLE tests.clock AS SELECT NULL::timestamptz AS moment;
GRANT USAGE ON SCHEMA tests TO PUBLIC;
GRANT SELECT ON tests.clock TO PUBLIC;
CREATE OR REPLACE FUNCTION foodorder_clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL RESTRICTED
AS 'SELECT coalesce((SELECT moment FROM tests.clock), clock_timestamp() + ahead) FROM clock_offset';
"""


class Clock:
    """The database's clock, which whoever calls this with a moment stops there; for all connections."""

    def __init__(self, address: str) -> None:
        self.owner = psycopg.connect(address, autocommit=True)
        self.owner.execute(STOPPED)
        self.moment: datetime | None = None
        self.stops = 0

    def __call__(self, moment: datetime) -> None:
        assert moment.tzinfo is not None
        self.stops += 1
        self._stand(moment)

    def go_on(self) -> None:
        """The clock tells the time again."""
        self._stand(None)

    def _stand(self, moment: datetime | None) -> None:
        if moment != self.moment:
            self.owner.execute("UPDATE tests.clock SET moment = %s", [moment])
            self.moment = moment


@dataclass(frozen=True)
class Layer:
    """What one kept fixture left: where the clock stood before and, if it was moved, after it."""

    fixture: Callable[..., Any]
    values: bytes  # of this fixture and of those below
    before: datetime | None
    after: datetime | None


class Ground:
    """The connection on which the tests of a file work, and the layers on it; undone when the file ends."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.layers: list[Layer] = []
        self.asked: list[Callable[..., Any]] = []
        self.values: list[Any] = []
        self.wrote = False
        self.clock: Clock | None = None

    @contextmanager
    def stand(self, application: Flask, item: pytest.Item) -> Iterator[None]:
        """For one test: commits are savepoints, and whatever it does is undone after it."""
        engine, engines = db.engine, db._app_engines[application]
        if self.connection is None:
            module = item.getparent(pytest.Module)
            assert module is not None
            self._begin(engine.connect())
            module.addfinalizer(self.leave)
        self.asked = kept_fixtures(item)
        same = [layer.fixture is one for layer, one in zip(self.layers, self.asked, strict=False)]
        self._back_to((*same, False).index(False))
        engines[None] = self.connection  # type: ignore[assignment]
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        self.values = pickle.loads(self.layers[-1].values) if self.layers else []
        self.wrote = False
        yield
        db.session.remove()
        engines[None] = engine
        try:
            self._back_to(len(self.layers))
        except DBAPIError:  # the test has broken the connection: the next one makes all anew
            self.leave()
        if not self.layers:
            self.leave()

    def find_or_make(self, fixture: Callable[..., Any], make: Callable[..., Any], given: Any) -> Any:
        """What the fixture made for an earlier test, or makes now."""
        if fixture not in self.asked:  # asked for while the test runs
            return make(**given)
        name = make.__qualname__
        at, now = self.asked.index(fixture), self.clock.moment if self.clock else None
        written = self.wrote or db.session.new or db.session.dirty or db.session.deleted
        assert not written, f"a fixture that is not kept wrote before {name}"
        if at < len(self.layers):
            layer = self.layers[at]
            assert layer.before == now, f"{name} was made at {layer.before}, and is wanted at {now}"
            if layer.after is not None and self.clock is not None:
                self.clock(layer.after)
            return self.values[at]
        stops = self.clock.stops if self.clock else 0
        self.values.append(make(**given))
        db.session.commit()
        self._execute(f"SAVEPOINT kept_{at + 1}")
        moved = self.clock is not None and self.clock.stops > stops
        after = self.clock.moment if moved and self.clock else None
        self.layers.append(Layer(fixture, self._dump(), now, after))
        self.wrote = False
        return self.values[at]

    def leave(self) -> None:
        """Undo everything and give the connection back."""
        self.layers, self.values = [], []
        if self.connection is not None:
            connection, self.connection = self.connection, None
            event.remove(connection, "before_cursor_execute", self._listen)
            connection.close()

    def _begin(self, connection: Connection) -> None:
        self.connection = connection
        connection.begin()
        self._execute("SAVEPOINT kept_0")
        event.listen(connection, "before_cursor_execute", self._listen)

    def _listen(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.wrote = self.wrote or WRITES.search(statement) is not None

    def _back_to(self, height: int) -> None:
        del self.layers[height:]
        self._execute(f"ROLLBACK TO SAVEPOINT kept_{height}")

    def _execute(self, statement: str) -> None:
        assert self.connection is not None
        self.connection.exec_driver_sql(statement)

    def _dump(self) -> bytes:
        written = io.BytesIO()
        _Pickler(written).dump(self.values)
        return written.getvalue()


class _Pickler(pickle.Pickler):
    """Rows are told by their keys, with what tests hung on them; a browser by its cookies."""

    def reducer_override(self, one: Any) -> Any:
        if isinstance(one, InstrumentedList):
            return list, (list(one),)
        if isinstance(one, Flask | Session | Clock):
            return _here, (next(kind for kind in (Flask, Session, Clock) if isinstance(one, kind)),)
        if isinstance(one, FlaskClient):
            return _browser, (type(one),), {"_cookies": one._cookies, "environ_base": one.environ_base}
        if hasattr(type(one), "__mapper__"):
            mapped = {"_sa_instance_state", *type(one).__mapper__.all_orm_descriptors.keys()}
            more = {name: value for name, value in vars(one).items() if name not in mapped}
            return _row, (type(one), state_of(one).identity), more or None
        return NotImplemented


def _here(kind: type) -> Any:
    """The test's own."""
    if kind is Clock:
        return GROUND.clock
    return db.session() if kind is Session else current_app._get_current_object()  # type: ignore[attr-defined]


def _browser(kind: type[FlaskClient]) -> FlaskClient:
    return kind(_here(Flask), current_app.response_class)


def _row(model: Any, identity: tuple[Any, ...]) -> Any:
    """The row of this key, which is read when something of it is asked for."""
    row = db.session().identity_map.get(identity_key(model, identity))
    if row is None:
        row = model.__mapper__.class_manager.new_instance()
        for column, value in zip(model.__mapper__.primary_key, identity, strict=True):
            set_committed_value(row, model.__mapper__.get_property_by_column(column).key, value)
        make_transient_to_detached(row)
        db.session.add(row)
    return row


GROUND = Ground()


def once_for_all(make: Callable[Given, Value]) -> Callable[Given, Value]:
    """Like `once`, for every test of the file."""
    return once(make, autouse=True)


def once(make: Callable[Given, Value], autouse: bool = False) -> Callable[Given, Value]:
    """A fixture whose rows and value are kept for the next test of the file that asks for it."""

    def fixture(**given: Any) -> Any:
        return GROUND.find_or_make(fixture, make, given)

    fixture.__signature__ = inspect.signature(make)  # type: ignore[attr-defined]
    fixture.__name__, fixture.__doc__, fixture.__module__ = make.__name__, make.__doc__, make.__module__
    fixture.once = True  # type: ignore[attr-defined]
    return cast(Callable[Given, Value], pytest.fixture(fixture, autouse=autouse))


def kept_fixtures(item: Any) -> list[Callable[..., Any]]:
    """The kept fixtures of a test in the order in which pytest will call them."""
    found: dict[Any, bool] = {}  # each definition that was looked at → whether it is kept

    def look(name: str, at: int = -1) -> None:
        definitions = item._fixtureinfo.name2fixturedefs.get(name, ())
        if len(definitions) < -at or definitions[at] in found:
            return
        one = definitions[at]
        for asked in one.argnames:  # a fixture that asks for its own name means the one that it overrides
            look(asked, at - 1 if asked == name else -1)
        found[one] = getattr(one.func, "once", False)
        if found[one]:
            short = [each for each in one.argnames if each not in PLAIN and not _lasts(item, each)]
            assert not short, f"{name} is kept, but {', '.join(short)} is not"

    def _lasts(item: Any, name: str) -> bool:
        one = item._fixtureinfo.name2fixturedefs[name][-1]
        return found.get(one, False) or (one.scope != "function" and not one.params)

    for name in item.fixturenames:
        look(name)
    return [one.func for one, is_kept in found.items() if is_kept]
