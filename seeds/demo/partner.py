"""A second pair of hands: a process that does its share of what happens in a week, beside the player.

The player says what to do, a function and its arguments, and the partner does one after the other; whoever
needs what was done waits for it. It is a fork of the player, and ends when the player does, in whatever way.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self, TypeVar

from flask import Flask

from foodorder.config import Settings
from foodorder.db import db
from seeds.demo import bulk
from seeds.demo.acts import Market
from seeds.demo.load import read_book
from seeds.demo.world import load_world

FORKS = get_context("fork")
T = TypeVar("T")

#: How long it may take to finish what it is at before it is ended.
PATIENCE_S = 5
#: Into how many portions shared work is cut, and how many the partner has at once: one waits at its door.
PORTIONS, AHEAD = 10, 2


class PartnerEnded(RuntimeError):
    """The partner ended by itself; what it said of it stands on stderr."""

    def __init__(self) -> None:
        super().__init__("the second process of the demo ended before its work was done")


class Partner:
    """The process. A context manager that leaves none behind."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asked = self._done = 0

    def __enter__(self) -> Self:
        self._line, far_end = FORKS.Pipe()
        self._child = FORKS.Process(name="partner", target=_work, args=(self._settings, far_end, self._line))
        self._child.start()
        far_end.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        self._child.join(PATIENCE_S)
        if self._child.is_alive():
            self._child.kill()
            self._child.join()

    def begin(self, act: Callable[..., object], *arguments: object) -> int:
        """Have `act(market, *arguments)` done, a function that can be imported; returns what to wait for.

        Raises PartnerEnded.
        """
        try:
            self._line.send((act, arguments))
        except ConnectionError as error:
            raise PartnerEnded from error
        self._asked += 1
        return self._asked

    def share(self, act: Callable[..., object], market: Market, those: Sequence[T], *rest: object) -> None:
        """`act(market, some, *rest)` until all of those are done, here and there: who is free goes on."""
        size = max(1, len(those) // PORTIONS)
        portions = deque(those[at : at + size] for at in range(0, len(those), size))
        before = last = self._asked
        while portions:
            if self._has_done(before) and self._asked - self._done < AHEAD:
                last = self.begin(act, portions.pop(), *rest)
            if portions:
                act(market, portions.popleft(), *rest)
        if last > before:
            self.wait(last)

    def is_free(self) -> bool:
        """Whether all that it was asked for is done."""
        return self._has_done(self._asked)

    def _has_done(self, ticket: int) -> bool:
        while self._done < self._asked and self._line.poll():
            self.wait(self._done + 1)
        return self._done >= ticket

    def wait(self, ticket: int | None = None) -> None:
        """Wait for what `begin` gave the ticket of; without one, for all. Raises PartnerEnded."""
        while self._done < (self._asked if ticket is None else ticket):
            try:
                self._done = self._line.recv()
            except (EOFError, ConnectionError) as error:
                raise PartnerEnded from error


def _work(settings: Settings, line: Connection, players_end: Connection) -> None:
    """Do what comes on the line until it ends, and say after each how many are done."""
    # Ctrl-C is for the player: we hear of it by the end of the line, which comes when no other end is open.
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    players_end.close()
    app = Flask("foodorder")
    app.config.update(
        SETTINGS=settings,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=dict(bulk.ENGINE),
    )
    db.init_app(app)
    world, market, done = load_world(), None, 0
    with app.app_context(), suppress(EOFError, ConnectionError):
        while True:
            act, arguments = line.recv()
            if market is None:
                market = Market(world, read_book(world))
                db.session.rollback()
            act(market, *arguments)
            line.send(done := done + 1)
