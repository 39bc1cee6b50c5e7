"""A second pair of hands: a process that does its share of what happens in a week, beside the player.

The player says what to do, a function and its arguments, and the partner does one after the other; whoever
needs what was done waits for it. The process ends when its input does, however the player ended.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from select import select
from types import TracebackType
from typing import IO, Self, TypeVar, cast

from flask import Flask

from foodorder.config import Settings
from foodorder.db import JOB_TIMEOUTS, db
from seeds.demo import bulk
from seeds.demo.acts import Market
from seeds.demo.load import read_book
from seeds.demo.world import load_world

T = TypeVar("T")

DONE = b"."
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
        self._environment = os.environ | {"FOODORDER_DATABASE_URL": settings.database_url}
        self._asked = self._done = 0

    def __enter__(self) -> Self:
        # Ctrl-C is for the player: the child hears of it by the end of its input.
        self._child = subprocess.Popen(
            [sys.executable, "-m", "seeds.demo.partner"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment, start_new_session=True,
        )  # fmt: skip
        self._input, self._output = cast(IO[bytes], self._child.stdin), cast(IO[bytes], self._child.stdout)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(BrokenPipeError):
            self._input.close()
        try:
            self._child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._output.close()

    def begin(self, act: Callable[..., object], *arguments: object) -> int:
        """Have `act(market, *arguments)` done, a function that can be imported; returns what to wait for.

        Raises PartnerEnded.
        """
        try:
            pickle.dump((act, arguments), self._input)
            self._input.flush()
        except BrokenPipeError as error:
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

    def _has_done(self, ticket: int) -> bool:
        while self._done < self._asked and select([self._output], [], [], 0)[0]:
            self.wait(self._done + 1)
        return self._done >= ticket

    def wait(self, ticket: int | None = None) -> None:
        """Wait for what `begin` gave the ticket of; without one, for all. Raises PartnerEnded."""
        while self._done < (self._asked if ticket is None else ticket):
            if os.read(self._output.fileno(), 1) != DONE:
                raise PartnerEnded
            self._done += 1


def main() -> None:
    """Do what the input asks for until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bulk.rarely_look_for_garbage()
    settings = Settings.from_environment()
    app = Flask("foodorder")
    app.config.update(
        SETTINGS=settings,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "isolation_level": "READ COMMITTED",
            "connect_args": {"options": f"-c timezone=UTC {JOB_TIMEOUTS} {bulk.OPTIONS}"},
        },
    )
    db.init_app(app)
    world, market = load_world(), None
    with app.app_context(), suppress(EOFError, pickle.UnpicklingError):
        while True:
            # Whoever can write here has started this process.
            act, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301
            if market is None:
                market = Market(world, read_book(world))
                db.session.rollback()
            act(market, *arguments)
            sys.stdout.buffer.write(DONE)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
