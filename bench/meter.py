"""Seconds that pass, and seconds that processors work: ours and those of the database's server."""

import os
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from foodorder.embedded import EmbeddedServer

RUNS = 5
TICKS = os.sysconf("SC_CLK_TCK")


class Took(NamedTuple):
    """Milliseconds on the clock, and of work in all processes, which hardly depends on what else runs."""

    wall: float
    work: float

    def __str__(self) -> str:
        return f"{self.wall:>9.1f} ms {self.work:>9.1f} ms of work"


class Meter:
    """Takes the time of what this process asks of one server."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._postmaster = int((server.cluster / "postmaster.pid").read_text().splitlines()[0])

    def once(self, work: Callable[[], object]) -> Took:
        """How long it takes."""
        before, started = self._worked(), time.perf_counter()
        work()
        return Took(1000 * (time.perf_counter() - started), 1000 * (self._worked() - before))

    def median(self, work: Callable[[], object], before: Callable[[], object] = lambda: None) -> Took:
        """Of several runs after one that does not count, each with something done `before` it."""
        took = []
        for _ in range(RUNS + 1):
            before()
            took.append(self.once(work))
        walls, works = zip(*took[1:], strict=True)
        return Took(statistics.median(walls), statistics.median(works))

    def _worked(self) -> float:
        """Seconds of all processes, those of the server that have ended among them."""
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children").read_text().split()
        living = 0
        for pid in children:
            with suppress(FileNotFoundError, ProcessLookupError):
                living += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        ended = Path(f"/proc/{self._postmaster}/stat").read_text().rpartition(")")[2].split()[13:15]
        return time.process_time() + living / 1e9 + sum(map(int, ended)) / TICKS
