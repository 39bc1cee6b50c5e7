"""The reports of the law on the command line: help, JSON with numerator and denominator, one-line errors."""

import pytest

from tests.cli.conftest import Home

pytestmark = pytest.mark.slow

KRANJ = ("--municipality", "052", "--year", "2026")


def test_shares_have_numerator_denominator_and_base(home: Home) -> None:
    found = home.json("report", "green", *KRANJ, "--json")

    together = found["together"]
    assert isinstance(together, dict)
    organic = together["organic"]
    assert 0 < organic["numerator_g"] <= organic["denominator_g"]
    assert organic["base"] in ("of all food", "of purchases through this system")
    assert organic["target_bp"] == 1500
    assert found["institutions"]
    before = home.json("report", "green", *KRANJ, "--as-of", "2026-01-01", "--json")["together"]
    assert isinstance(before, dict)
    assert before["organic"]["denominator_g"] == 0


@pytest.mark.parametrize("name", ["green", "evidence", "exempted"])
def test_each_report_is_there_for_people_and_for_machines(name: str, home: Home) -> None:
    told = home.run("report", name, *KRANJ)
    assert told.returncode == 0, told.stderr
    assert "as known on" in told.stdout
    assert home.json("report", name, *KRANJ, "--json")["year"] == 2026
    explained = home.run("report", name, "--help").stdout
    assert "--as-of" in explained
    assert "052 for Kranj" in explained


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--municipality", "999", "--year", "2026"], "no municipality with the code 999"),
        (["--municipality", "052", "--year", "26"], "not in the range"),
        (["--municipality", "052"], "--year"),
        ([*KRANJ, "--as-of", "yesterday"], "yesterday is no day"),
    ],
)
def test_bad_input_is_one_line(options: list[str], said: str, home: Home) -> None:
    done = home.run("report", "green", *options)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
