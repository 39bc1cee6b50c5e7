"""The demo week: once, again, and after a kill."""

import json
import re
import signal
import time

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


def test_the_demo_week_orders_closes_and_conserves(first_week: dict[str, object]) -> None:
    check(first_week)


def test_run_again_it_plays_the_next_week(home: Home, first_week: dict[str, object]) -> None:
    second = home.json("demo", "--once", "--json")
    third = home.run("demo", "--once")

    check(second)
    assert third.returncode == 0, third.stderr
    cycles = [str(first_week["cycle"]), str(second["cycle"]), re.findall(r"\d{4}-W\d\d", third.stdout)[0]]
    assert len(set(cycles)) == 3
    assert cycles == sorted(cycles)
    # Without --json the summary is for people.
    assert "the deadline passes" in third.stdout
    for word in ("suppliers", "records", "EUR", "organic", "local", "The next cycle"):
        assert word in third.stdout
    with pytest.raises(json.JSONDecodeError):
        json.loads(third.stdout)


def test_killed_at_any_moment_it_goes_on(empty_home: Home) -> None:
    # During set-up, while the world is loaded, in the middle of a week.
    for seconds in (1.5, 4, 7):
        with empty_home.running("demo", "--once", "--json", "--weeks", "1") as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            process.wait(10)

    check(empty_home.json("demo", "--once", "--json", "--weeks", "1"))
    assert empty_home.run("trail", "verify").returncode == 0
    assert empty_home.processes() == []


def test_history_is_made_only_once(home: Home) -> None:
    done = home.run("seed", "demo", "--weeks", "2")

    assert done.returncode == 1
    assert "loaded already" in done.stderr


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
