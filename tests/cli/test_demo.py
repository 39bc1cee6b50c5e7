"""The demo week after kills, and what it refuses; the week after it is played in test_serving.py."""

import os
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import Home

pytestmark = pytest.mark.slow

KEYS = [
    "cycle", "orders", "lines", "records", "producers", "net_cents", "vat_cents", "gross_cents",
    "ordered_grams", "recorded_grams", "differences_grams", "seconds",
]  # fmt: skip


def check(week: dict[str, object]) -> None:
    assert list(week) == KEYS
    numbers = {name: value for name, value in week.items() if isinstance(value, int)}
    assert numbers["orders"] == 12
    assert numbers["ordered_grams"] == numbers["recorded_grams"] + numbers["differences_grams"]
    assert numbers["gross_cents"] == numbers["net_cents"] + numbers["vat_cents"]
    assert 12 < numbers["producers"] < numbers["records"] < numbers["lines"]
    assert numbers["differences_grams"] != 0


def test_killed_at_any_moment_it_goes_on(home: Home, first_week: dict[str, object]) -> None:
    """It was killed during set-up, while the world was loaded, in the middle of a week: see `KILLS`."""
    check(first_week)
    verified = home.run("trail", "verify")
    assert verified.returncode == 0, verified.stderr


def test_history_is_made_only_once(home: Home) -> None:
    done = home.run("seed", "demo", "--weeks", "2")

    assert done.returncode == 1
    assert "loaded already" in done.stderr


def test_without_its_second_process_it_says_so_and_ends(home: Home) -> None:
    with home.running("demo", "--once") as playing:
        assert playing.stdout
        for line in playing.stdout:
            if "the cycle opens" in line:
                break
        os.kill(only_child_of(playing.pid), signal.SIGKILL)
        rest = playing.stdout.read()
        assert playing.wait(60) == 1
    assert "the second process of the demo ended before its work was done" in rest
    assert "Traceback" not in rest
    assert home.processes() == []


def only_child_of(parent: int) -> int:
    """The one process that another one has started and that is still its own."""
    (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(child)


def test_it_invents_nothing_among_real_people(empty_home: Home) -> None:
    administrator = ("user", "add", "prva@example.si", "--name", "Prva Oseba", "--role", "administrator")
    assert (
        empty_home.run(*administrator, "--password-stdin", typed="šest velikih rdečih jabolk\n").returncode
        == 0
    )

    for command in (("demo", "--once"), ("seed", "demo")):
        done = empty_home.run(*command)
        assert done.returncode == 1
        assert "is in use" in done.stderr
