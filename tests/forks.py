"""Processes forked from one that has read the program already: reading it takes a second or two.

Arguments, environment, input, output and exit code are those of the process; what a fork would inherit beyond
them, the program does not look at.
"""

import atexit
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from foodorder.cli import main

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload([__name__])

#: The files that stand for input, output and errors, in the order of their numbers.
STREAMS = (("in", os.O_RDONLY), ("out", os.O_WRONLY), ("err", os.O_WRONLY))


class Fork:
    """A program in a process of its own, begun at once."""

    def __init__(
        self,
        program: Callable[[], object],
        *arguments: object,
        environment: Mapping[str, str],
        typed: str = "",
    ) -> None:
        self._folder = TemporaryDirectory()
        self._arguments = tuple(map(str, arguments))
        for name, _ in STREAMS:
            Path(self._folder.name, name).write_text(typed if name == "in" else "")
        what = (program, self._arguments, dict(environment), self._folder.name)
        self._process = FORKS.Process(target=_become, args=what)
        self._process.start()

    def end(self, seconds: float) -> subprocess.CompletedProcess[str]:
        """How it ended, as `subprocess.run` tells it. Raises TimeoutExpired, and kills it then."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            self.kill()
            raise subprocess.TimeoutExpired(self._arguments, seconds)
        out, err = (Path(self._folder.name, name).read_text() for name in ("out", "err"))
        self._folder.cleanup()
        return subprocess.CompletedProcess(self._arguments, self._process.exitcode, out, err)

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.is_alive()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process.pid
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """As by a power cut."""
        self._process.kill()
        self._process.join()
        self._folder.cleanup()


def run(
    arguments: tuple[str, ...], environment: Mapping[str, str], typed: str, seconds: int
) -> subprocess.CompletedProcess[str]:
    """Run `foodorder ARGUMENTS` to its end. Raises TimeoutExpired."""
    return Fork(main, *arguments, environment=environment, typed=typed).end(seconds)


def _become(
    program: Callable[[], object], arguments: tuple[str, ...], environment: dict[str, str], folder: str
) -> NoReturn:
    os.environ.clear()
    os.environ.update(environment)
    for number, (name, flags) in enumerate(STREAMS):
        handle = os.open(Path(folder, name), flags | os.O_APPEND)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["foodorder", *arguments]
    code = 0
    try:
        program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
