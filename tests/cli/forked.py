"""`foodorder` in a process of its own, forked from one that has read the program already.

Reading it takes a second, and these tests run it a hundred times. Arguments, environment, input, output and
exit code are those of the process; what a fork would inherit beyond them, the program does not look at.
"""

import atexit
import os
import signal
import subprocess
import sys
import traceback
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from foodorder.cli import main

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload([__name__])

#: The files that stand for input, output and errors, in the order of their numbers.
STREAMS = (("in", os.O_RDONLY), ("out", os.O_WRONLY), ("err", os.O_WRONLY))


def run(
    arguments: tuple[str, ...], environment: dict[str, str], typed: str, seconds: int
) -> subprocess.CompletedProcess[str]:
    """Run `foodorder ARGUMENTS` to its end, like `subprocess.run` would. Raises TimeoutExpired."""
    with TemporaryDirectory() as folder:
        for name, _ in STREAMS:
            Path(folder, name).write_text(typed if name == "in" else "")
        child = FORKS.Process(target=_become, args=(arguments, environment, folder))
        child.start()
        child.join(seconds)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(arguments, seconds)
        out, err = (Path(folder, name).read_text() for name in ("out", "err"))
        return subprocess.CompletedProcess(arguments, child.exitcode, out, err)


def _become(arguments: tuple[str, ...], environment: dict[str, str], folder: str) -> NoReturn:
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
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
