"""Temperatures at acceptance, by the limits of the reference data."""

import csv
from pathlib import Path

import pytest

from foodorder.rules.errors import Temperature, facts_from_json, facts_to_json
from foodorder.rules.temperature import (
    BEYOND,
    TEMPERATURE_WORDS,
    WARNINGS,
    NotATemperature,
    TemperatureLimit,
    TemperatureVerdict,
    judge,
    parse_temperature,
)

OK, WARM, COLD = TemperatureVerdict.OK, TemperatureVerdict.TOO_WARM, TemperatureVerdict.TOO_COLD
SHORT, NOT_MEASURED = TemperatureVerdict.SHORT_TIME, TemperatureVerdict.NOT_MEASURED
REFERENCE = Path(__file__).parents[2] / "seeds" / "reference" / "temperature_limits.tsv"


def limits():
    def number(text):
        return int(text) if text else None

    with REFERENCE.open(encoding="utf-8", newline="") as table:
        return {
            row["code"]: TemperatureLimit(
                number(row["min_tenths_celsius"]),
                number(row["max_tenths_celsius"]),
                int(row["tolerance_tenths"]),
            )
            for row in csv.DictReader(table, delimiter="\t")
        }


LIMITS = limits()


@pytest.mark.parametrize(
    ("group", "tenths", "verdict", "limit", "source"),
    [
        ("meat", 70, OK, 70, "853/2004, annex III: meat at most 7 °C"),
        ("meat", 71, WARM, 70, "a tenth above"),
        ("poultry", 40, OK, 40, "853/2004: poultry at most 4 °C"),
        ("poultry", 55, WARM, 40, "too warm for poultry, not for beef"),
        ("minced", 21, WARM, 20, "853/2004: minced meat at most 2 °C"),
        ("offal", 30, OK, 30, "853/2004: offal at most 3 °C"),
        ("milk", 81, WARM, 80, "good practice: milk at most 8 °C"),
        ("fish", 0, OK, 20, "on melting ice"),
        ("eggs", 49, COLD, 50, "good practice: a steady 5 to 18 °C"),
        ("eggs", 50, OK, 180, "the lower end"),
        ("eggs", 180, OK, 180, "the upper end"),
        ("eggs", 181, WARM, 180, "a tenth above"),
        ("frozen", -180, OK, -180, "89/108/EEC: −18 °C or colder"),
        ("frozen", -250, OK, -180, "colder is no fault"),
        ("frozen", -179, SHORT, -180, "89/108/EEC, art. 5: 3 °C warmer for a short time"),
        ("frozen", -150, SHORT, -180, "the tolerance exactly"),
        ("frozen", -149, WARM, -180, "beyond it"),
        ("hot", 630, OK, 630, "vrtec-velenje.si: at least 63 °C"),
        ("hot", 629, COLD, 630, "a tenth below"),
        ("hot", None, NOT_MEASURED, 630, "the limit that there is"),
        ("eggs", None, NOT_MEASURED, 180, "nobody measured"),
    ],
)
def test_a_temperature_against_the_limit_of_its_group(group, tenths, verdict, limit, source):
    judged = judge(tenths, LIMITS[group])
    assert judged.verdict is verdict, source
    assert judged.facts["limit"] == Temperature(limit)
    assert judged.facts.get("measured") == (None if tenths is None else Temperature(tenths))
    assert TEMPERATURE_WORDS[verdict] % judged.facts
    assert judged.warns is (verdict in (WARM, COLD, SHORT))


def test_a_lower_limit_may_have_a_tolerance_too():
    limit = TemperatureLimit(lowest=50, highest=None, tolerance=5)
    assert [judge(t, limit).verdict for t in (50, 49, 45, 44)] == [OK, SHORT, SHORT, COLD]


@pytest.mark.parametrize("limit", [None, TemperatureLimit(None, None)])
@pytest.mark.parametrize("tenths", [None, 250])
def test_bread_has_no_limit(limit, tenths):
    judged = judge(tenths, limit)
    assert (judged.verdict, dict(judged.facts), judged.warns) == (TemperatureVerdict.NO_LIMIT, {}, False)


def test_every_verdict_has_its_words_and_what_is_beyond_warns():
    assert TEMPERATURE_WORDS.keys() == set(TemperatureVerdict)
    assert {WARM, COLD} == BEYOND < WARNINGS


@pytest.mark.parametrize(
    ("typed", "tenths"),
    [
        ("4", 40),
        ("3,5", 35),
        ("3.5", 35),
        ("-18", -180),
        ("−18,4", -184),
        ("– 18", -180),
        ("+4 °C", 40),
        (" 63 C ", 630),
        ("0", 0),
        ("-60", -600),
        ("120", 1200),
    ],
)
def test_temperatures_that_people_type(typed, tenths):
    assert parse_temperature(typed) == tenths


@pytest.mark.parametrize(
    "typed", ["", "cold", "3.55", "1e2", "-60.1", "120.1", "1000", "4-5", "٤", "4 F", "--4"]
)
def test_what_is_no_temperature(typed):
    with pytest.raises(NotATemperature):
        parse_temperature(typed)


def test_a_temperature_survives_storage():
    facts = {"measured": Temperature(-184), "limit": Temperature(40)}
    assert facts_from_json(facts_to_json(facts)) == facts
    assert [str(fact) for fact in facts.values()] == ["-18.4 °C", "4 °C"]
