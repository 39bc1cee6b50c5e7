"""Seasons, distances, certificates and allergens."""

from datetime import date

import pytest

from foodorder.rules.allergens import ALLERGENS, Declaration, added_by, parse_declaration
from foodorder.rules.certificates import SCHEMES, CountsAs, Held, counts_as
from foodorder.rules.geography import NEARNESS_LABELS, Nearness, air_metres, nearness, road_metres
from foodorder.rules.season import ALL_YEAR, in_season, parse_months

DAY = date(2025, 11, 26)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("7-12,1-5", {7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5}),
        ("6-7, 9-11", {6, 7, 9, 10, 11}),
        ("11-2", {11, 12, 1, 2}),
        ("4", {4}),
        ("1-12", ALL_YEAR),
    ],
)
def test_months_are_read_as_ranges(text, months):
    assert parse_months(text) == months


@pytest.mark.parametrize("text", ["", "0-3", "13", "a", "1-", "-1-2"])
def test_what_is_no_month_is_an_error(text):
    if text == "1-":
        assert parse_months(text) == {1}
    else:
        with pytest.raises(ValueError, match="not a month"):
            parse_months(text)


def test_a_day_is_in_season_by_its_month():
    assert in_season(parse_months("7-12,1-5"), DAY)
    assert not in_season(parse_months("6-7"), DAY)


def test_air_distance_from_kranj():
    kranj, naklo, ljubljana = (46.2389, 14.3556), (46.2733, 14.3178), (46.0511, 14.5051)
    assert 4_000 < air_metres(*kranj, *naklo) < 6_000
    assert 22_500 < air_metres(*kranj, *ljubljana) < 25_000
    assert air_metres(*kranj, *ljubljana) == air_metres(*ljubljana, *kranj)
    assert air_metres(*kranj, *kranj) == 0


def test_a_road_is_longer_than_the_air():
    assert road_metres(10_000) == 13_000
    assert road_metres(5, 110) == 6


@pytest.mark.parametrize(
    ("neighbours", "region", "country", "air", "expected"),
    [
        (True, True, True, 5_000, Nearness.MUNICIPALITY),
        (False, True, True, 52_000, Nearness.REGION),
        (False, False, True, 50_000, Nearness.NEAR),
        (False, False, False, 30_000, Nearness.NEAR),
        (False, False, True, 50_001, Nearness.COUNTRY),
        (False, False, False, 90_000, Nearness.OTHER),
    ],
)
def test_the_classes_of_local(neighbours, region, country, air, expected):
    assert nearness(neighbours=neighbours, same_region=region, same_country=country, air=air) is expected
    assert expected in NEARNESS_LABELS


ORGANIC = Held("organic", date(2025, 1, 1), date(2025, 12, 31))
QUALITY = Held("selected_quality", date(2025, 1, 1), date(2025, 12, 31))
EXPIRED = Held("organic", date(2024, 1, 1), date(2025, 11, 25))
BRAND = Held("regional_brand", date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("certificates", "share"),
    [
        ([], None),
        ([ORGANIC], CountsAs.ORGANIC),
        ([QUALITY, ORGANIC], CountsAs.ORGANIC),  # no kilogram counts twice
        ([EXPIRED, QUALITY], CountsAs.QUALITY),
        ([EXPIRED], None),
        ([BRAND], None),  # brands never count
    ],
)
def test_a_delivery_counts_for_one_share_by_what_is_valid_that_day(certificates, share):
    assert counts_as(certificates, DAY) is share


@pytest.mark.parametrize(
    ("day", "counted"), [(date(2025, 1, 1), True), (date(2025, 12, 31), True), (date(2026, 1, 1), False)]
)
def test_both_days_of_a_certificate_are_included(day, counted):
    assert (counts_as([ORGANIC], day) is CountsAs.ORGANIC) is counted


def test_every_scheme_stands_under_its_own_code():
    assert all(code == scheme.code for code, scheme in SCHEMES.items())


@pytest.mark.parametrize(
    ("text", "contains", "traces"),
    [
        ("–", set(), set()),
        ("", set(), set()),
        ("1,3,7", {1, 3, 7}, set()),
        ("1,(7,11)", {1}, {7, 11}),
        ("(12)", set(), {12}),
    ],
)
def test_a_declaration_is_read_on_two_levels(text, contains, traces):
    assert parse_declaration(text) == Declaration(frozenset(contains), frozenset(traces))


def test_there_are_fourteen_allergens_and_no_others():
    assert list(ALLERGENS) == list(range(1, 15))
    with pytest.raises(ValueError, match="no such allergens"):
        Declaration(frozenset({15}))


@pytest.mark.parametrize(
    ("ordered", "substitute", "added"),
    [("1,7", "1", set()), ("1", "1,7", {7}), ("1,(7)", "1,7", {7}), ("7", "(7)", set()), ("", "(8)", {8})],
)
def test_a_substitute_may_not_add_an_allergen(ordered, substitute, added):
    assert added_by(parse_declaration(substitute), parse_declaration(ordered)) == added
