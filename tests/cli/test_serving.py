"""The site as a small installation runs it: it answers, it ends, and it leaves nothing behind."""

import os
import re
import select
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from tests.cli.conftest import Home

pytestmark = pytest.mark.slow


def address_in(process: subprocess.Popen[str], seconds: float = 60) -> str:
    """The address that a command prints once it answers."""
    said = ""
    deadline = time.monotonic() + seconds
    assert process.stdout is not None
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            said += os.read(process.stdout.fileno(), 4096).decode()
        if found := re.search(r"http://127\.0\.0\.1:\d+", said):
            return found[0]
        assert process.poll() is None, said
    raise AssertionError(f"no address within {seconds} s: {said}")


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def nothing_left(home: Home, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while (left := home.processes()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []


def test_ctrl_c_ends_everything(home: Home) -> None:
    with home.running("serve") as process:
        address = address_in(process)
        assert status_of(f"{address}/login") == 200
        assert len(home.processes()) > 3

        process.send_signal(signal.SIGINT)

        assert process.wait(30) == 130
    nothing_left(home)


def test_a_kill_takes_the_children_along_and_a_start_works(home: Home) -> None:
    with home.running("serve") as process:
        address_in(process)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        nothing_left(home)

    with home.running("serve") as process:
        assert status_of(f"{address_in(process)}/login") == 200
    nothing_left(home)


def test_a_taken_port_moves_the_demo_to_the_next(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with home.running("demo", "--port", str(port)) as process:
            address = address_in(process, 120)
            assert int(address.rpartition(":")[2]) > port
            assert status_of(f"{address}/login") == 200


def test_a_taken_port_is_an_error_where_it_was_asked_for(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        done = home.run("web", "--port", str(other.getsockname()[1]))

    assert done.returncode == 1
    assert "Address already in use" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "name", ["advance_cycles", "plan_cycles", "send_reminders", "seal_trail", "check_trail", "sweep"]
)
def test_a_job_runs_by_name(name: str, home: Home) -> None:
    done = home.run("job", name)

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rf"{name}: \d+ done, 0 failed\n", done.stdout)
