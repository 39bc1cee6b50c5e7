"""A process that is asked to end does, whatever it is at, and in order."""

import subprocess
import sys

ASKED = """
import os, signal, time
from foodorder.embedded import exit_on_signals

class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)

def leave_in_order():
    try:
        raise ValueError
    except ValueError:
        time.sleep(1.2)
    print("left in order")

exit_on_signals()
"""


def end_of(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ASKED + program]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_asked_to_end_in_the_midst_of_a_destructor_it_ends() -> None:
    done = end_of("Gone(); time.sleep(60)")

    assert "Exception ignored" in done.stderr
    assert done.returncode == 143


def test_what_is_done_on_leaving_is_done_to_its_end_however_long_it_takes() -> None:
    program = "import atexit; atexit.register(leave_in_order)\n"
    program += "try: os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)\nfinally: leave_in_order()"

    done = end_of(program)

    assert done.stdout == "left in order\nleft in order\n"
    assert (done.returncode, done.stderr) == (143, "")
