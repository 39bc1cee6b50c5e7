"""The first administrator, and what the doctor says."""

import pytest

from tests.cli.conftest import Home

pytestmark = pytest.mark.slow


def test_the_first_administrator(empty_home: Home) -> None:
    administrator = ("user", "add", "prva@demo.example", "--name", "Prva Oseba", "--role", "administrator")

    weak = empty_home.run(*administrator, "--password-stdin", typed="geslo\n")
    added = empty_home.run(*administrator, "--password-stdin", typed="šest velikih rdečih jabolk\n")
    twice = empty_home.run(*administrator)

    assert weak.returncode == 1
    assert weak.stderr.count("\n") == 1
    assert added.returncode == 0, added.stderr
    assert "prva@demo.example is administrator now" in added.stdout
    assert twice.returncode == 1
    assert "has this role already" in twice.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--role", "kitchen_manager"], "needs --municipality"),
        (["--role", "kitchen_manager", "--municipality", "052"], "needs --institution"),
        (["--role", "kitchen_manager", "--municipality", "052", "--institution", "XX"], "no institution"),
        (["--role", "auditor", "--municipality", "999"], "no municipality"),
        (["--role", "producer", "--producer", "123"], "no producer"),
    ],
)
def test_a_role_needs_its_organisation(options: list[str], said: str, home: Home) -> None:
    done = home.run("user", "add", "nova@demo.example", "--name", "Nova", *options)

    assert done.returncode in (1, 2)
    assert said in done.stderr


def test_who_is_known_gets_the_role_and_keeps_the_password(home: Home) -> None:
    done = home.run(
        "user", "add", "kmet@demo.example", "--name", "X", "--role", "auditor", "--municipality", "052"
    )

    assert done.returncode == 0, done.stderr
    assert "keeps the password" in done.stdout


def test_the_doctor_says_what_is_wrong(home: Home) -> None:
    done = home.run("doctor")

    assert done.returncode == 1
    assert "!! scheduler:" in done.stdout
    assert "ok rights: foodorder_app cannot change" in done.stdout
    assert done.stderr == ""


def test_the_doctor_of_an_unreachable_database(empty_home: Home) -> None:
    done = empty_home.run("doctor", FOODORDER_DATABASE_URL="postgresql://nobody@127.0.0.1:1/food")

    assert done.returncode == 1
    assert "!! database:" in done.stdout
    assert "!! address:" in done.stdout
