"""Producers publish the week to come, in a process of their own beside the one that plays the week.

The player writes a line for each week to this program's input, its Monday and the earliest time, and reads a
line when all is published. The program ends when its input does, however the player ended.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from types import TracebackType
from typing import IO, Self, cast

from flask import Flask

from foodorder.config import Settings
from foodorder.db import JOB_TIMEOUTS, db
from foodorder.rules.calendar import local_instant
from seeds.demo import acts
from seeds.demo.acts import Market
from seeds.demo.appetite import chance
from seeds.demo.clock import ZONE
from seeds.demo.load import read_book
from seeds.demo.world import load_world

DONE = "published"
#: In bulk a commit need not wait for the disk.
BULK = "-c synchronous_commit=off"
#: How long it may take to finish a producer's offers before it is ended.
PATIENCE_S = 5


class PublisherEnded(RuntimeError):
    """The process that publishes ended by itself; what it said of it stands on stderr."""


class Publisher:
    """The process that publishes. A context manager that leaves none behind."""

    def __init__(self, settings: Settings) -> None:
        self._environment = os.environ | {"FOODORDER_DATABASE_URL": settings.database_url}

    def __enter__(self) -> Self:
        # Ctrl-C is for the player: the child hears of it by the end of its input.
        self._child = subprocess.Popen(
            [sys.executable, "-m", "seeds.demo.publisher"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment,
            start_new_session=True,
        )  # fmt: skip
        self._input, self._output = cast(IO[str], self._child.stdin), cast(IO[str], self._child.stdout)
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

    def begin(self, monday: date, earliest: datetime) -> None:
        """Publish what there will be in the week of `monday`, from `earliest` on. Raises PublisherEnded."""
        try:
            self._input.write(f"{monday.isoformat()} {earliest.isoformat()}\n")
            self._input.flush()
        except BrokenPipeError as error:
            raise PublisherEnded("the producers could not publish") from error

    def finish(self) -> None:
        """Wait until everything begun is published. Raises PublisherEnded."""
        if self._output.readline().strip() != DONE:
            raise PublisherEnded("the producers could not publish")


def publish_week(market: Market, monday: date, earliest: datetime) -> None:
    """Every producer publishes the offers of a week, thirteen or twelve days before it.

    Publishing takes its time as it is told, so it does not matter where the clock stands.
    """
    for code in market.book.producers:
        day = monday - timedelta(days=13 - chance(2, "publishes on", code, monday))
        at = time(5 + chance(16, "publishes at", code, monday), chance(60, "minute", code, monday))
        acts.publish(market, code, monday, max(local_instant(day, at, ZONE), earliest))


def main() -> None:
    """Publish the weeks that the input names until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = Settings.from_environment()
    app = Flask("foodorder")
    app.config.update(
        SETTINGS=settings,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "isolation_level": "READ COMMITTED",
            "connect_args": {"options": f"-c timezone=UTC {JOB_TIMEOUTS} {BULK}"},
        },
    )
    db.init_app(app)
    world = load_world()
    with app.app_context():
        for line in sys.stdin:
            monday, earliest = line.split()
            market = Market(world, read_book(world))
            db.session.rollback()
            publish_week(market, date.fromisoformat(monday), datetime.fromisoformat(earliest))
            sys.stdout.write(f"{DONE}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
