"""Ends that are asked for from outside."""

import signal
import sys
from types import FrameType

#: After how long a process that does not leave is told again (seconds).
AGAIN_S = 0.5


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the process like Ctrl-C does: through `finally` and atexit, not at once.

    The interpreter swallows what is raised while it runs a destructor, so it is raised again until it is
    seen on its way.
    """
    code = 0

    def leave(number: int, frame: FrameType | None) -> None:
        nonlocal code
        if number != signal.SIGALRM:
            code = 128 + number
            for asked in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(asked, signal.SIG_IGN)
        elif _leaves(frame):
            return
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        sys.exit(code)

    # A shell lets what it starts in the background ignore Ctrl-C from the beginning.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for asked in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(asked, leave)


def _leaves(frame: FrameType | None) -> bool:
    """Whether SystemExit is on its way, through what is done in spite of it, or has ended the program."""
    error = sys.exception()
    while error and not isinstance(error, SystemExit):
        error = error.__context__
    while frame and frame.f_back:
        frame = frame.f_back
    return error is not None or not frame or frame.f_globals.get("__name__") != "__main__"
