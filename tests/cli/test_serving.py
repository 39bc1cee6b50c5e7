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

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def said_until_address(process: subprocess.Popen[str], seconds: float = 60) -> str:
    """What a command prints until it names the address at which it answers."""
    said = ""
    deadline = time.monotonic() + seconds
    assert process.stdout is not None
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            said += os.read(process.stdout.fileno(), 4096).decode()
        if ADDRESS.search(said):
            return said
        assert process.poll() is None, said
    raise AssertionError(f"no address within {seconds} s: {said}")


def address_in(process: subprocess.Popen[str]) -> str:
    """The address that a command prints once it answers."""
    return ADDRESS.findall(said_until_address(process))[0]


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


def test_a_kill_takes_the_children_along_a_start_works_and_ctrl_c_ends_everything(home: Home) -> None:
    with home.running("serve") as process:
        address_in(process)
        assert len(home.processes()) > 3
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        nothing_left(home)

    with home.running("serve") as process:
        assert status_of(f"{address_in(process)}/login") == 200
        assert len(home.processes()) > 3

        process.send_signal(signal.SIGINT)

        assert process.wait(30) == 130
    nothing_left(home)


def test_run_again_the_demo_plays_the_next_week_tells_of_it_and_moves_from_a_taken_port_to_the_next(
    home: Home, first_week: dict[str, object]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with home.running("demo", "--port", str(port)) as process:
            said = said_until_address(process, 120)
            address = ADDRESS.findall(said)[0]
            assert int(address.rpartition(":")[2]) > port
            assert status_of(f"{address}/login") == 200

    for words in ("the deadline passes", "suppliers", "records", "EUR", "organic", "local", "The next cycle"):
        assert words in said
    assert re.findall(r"\d{4}-W\d\d", said)[0] > str(first_week["cycle"])
    told = dict(re.findall(r"^  (\w.*?) {2,}(\S.*)$", said, re.MULTILINE))
    assert told["orders"] == "12"
    kilograms = {
        name: int(re.sub(r"[ ,+]|kg", "", text)) for name, text in told.items() if text.endswith(" kg")
    }
    rounding = kilograms["added by rounding less what was cut or cancelled"]
    assert kilograms["recorded"] > 0
    assert kilograms["recorded"] == pytest.approx(kilograms["ordered"] + rounding, abs=1.5)
    assert "{" not in said


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
