"""Ends that are asked for from outside."""

import signal
import sys
from types import FrameType


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the process like Ctrl-C does: through `finally` and atexit, not at once."""

    def leave(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    # A shell lets what it starts in the background ignore Ctrl-C from the beginning.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
