"""Whether a pooled connection is still alive, without asking the database before each request.

A server that ended, or that ended the connection, says so on its socket: what was lent a moment ago and is
silent is taken as alive. What rested longer, or has something to say, is asked.
"""

import selectors
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

#: Seconds of rest after which a connection is asked: a network between may have forgotten it in silence.
REST = 10.0


def watch(engine: Engine) -> None:
    """Look at each connection of the engine's pool when it is taken out; all are made anew if one is dead."""

    def returned(_connection: Any, record: Any) -> None:
        record.info["returned"] = time.monotonic()

    def taken(connection: Any, record: Any, _lent: Any) -> None:
        returned = record.info.get("returned")
        # Without that mark it has just been made.
        if returned is None or (time.monotonic() - returned < REST and silent(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)


def silent(connection: Any) -> bool:
    """Whether nothing waits on a connection's socket: neither its end nor a message."""
    try:
        socket = connection.fileno()
    except connection.OperationalError:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(socket, selectors.EVENT_READ)
        return not selector.select(0)
