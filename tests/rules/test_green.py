"""Green shares, case by case. Sources: domain.md §2.3 (Uredba o zelenem javnem naročanju, Ur. l. RS 51/17,
64/19, 121/21, 132/23) and §2.6 (schemes)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.certificates import CountsAs, Held, counts_as
from foodorder.rules.green import (
    Base,
    Bought,
    Distance,
    Origin,
    Share,
    Verdict,
    base_of,
    distance_of,
    law_day,
    missing_months,
    months_of,
    months_over,
    origin_of,
    shares,
)

ORGANIC, QUALITY = CountsAs.ORGANIC, CountsAs.QUALITY


def of(grams, share=None, cents=100, rows=1, origin=Origin.SLOVENIA, distance=Distance.NEAR):
    return Bought(rows, cents, grams, share, origin, distance)


@pytest.mark.parametrize(
    ("organic", "whole", "target", "verdict", "source"),
    [
        (1_199, 10_000, 1200, Verdict.CLOSE, "12 % through 2024 (skupnostobcin.si 2024-01-03)"),
        (1_200, 10_000, 1200, Verdict.REACHED, "12 % through 2024 (skupnostobcin.si 2024-01-03)"),
        (1_200, 10_000, 1500, Verdict.CLOSE, "15 % from 1 Jan 2025 (svetkapitala.delo.si)"),
        (1_500, 10_000, 1500, Verdict.REACHED, "15 % from 1 Jan 2025 (svetkapitala.delo.si)"),
        (1_420, 10_000, 1500, Verdict.CLOSE, "14.2 % of the sketch of the weekly order"),
        (499, 10_000, 1500, Verdict.BELOW, "58 of 87 inspected were below 5 % (24ur.com)"),
        (149_999_999, 1_000_000_000, 1500, Verdict.CLOSE, "a gram short is not reached"),
        (0, 0, 1500, Verdict.NOTHING, "nothing has no share"),
    ],
)
def test_a_share_is_judged_by_its_exact_parts(organic, whole, target, verdict, source):
    found = shares([of(organic, ORGANIC), of(whole - organic)], Base.ALL_FOOD)
    assert found.organic.verdict(target) is verdict, source


def test_a_share_reads_as_reached_only_when_it_is():
    share = Share(149_999_999, 1_000_000_000, Base.ALL_FOOD)
    assert share.bp == 1499
    assert Share(1, 3, Base.ALL_FOOD).bp == 3333


@pytest.mark.parametrize(
    ("schemes", "counts", "source"),
    [
        (["organic"], ORGANIC, "ekološka pridelava (gov.si, Sheme kakovosti)"),
        (["pgi"], QUALITY, "ZGO"),
        (["organic", "pgi"], ORGANIC, "a kilogram counts once: quality schemes other than organic (delo.si)"),
        (["pgi", "selected_quality"], QUALITY, "two schemes of one kilogram are one kilogram"),
        (["dobrote"], None, "an award is no quality scheme of the decree"),
        (["regional_brand"], None, "a trade mark is no quality scheme of the decree"),
        ([], None, "conventional"),
    ],
)
def test_a_kilogram_counts_once_or_not_at_all(schemes, counts, source):
    held = [Held(scheme, date(2026, 1, 1), date(2026, 12, 31)) for scheme in schemes]
    found = counts_as(held, date(2026, 6, 1))
    assert found is counts, source
    told = shares([of(1000, found)], Base.ALL_FOOD)
    assert told.organic.numerator == (1000 if counts is ORGANIC else 0)
    assert told.quality.numerator == (1000 if counts is QUALITY else 0)
    assert told.organic.denominator == told.quality.denominator == 1000


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2026, 3, 1), ORGANIC),
        (date(2026, 3, 31), ORGANIC),
        (date(2026, 2, 28), None),
        (date(2026, 4, 1), None),
    ],
)
def test_a_certificate_counts_on_the_day_of_delivery(day, counts):
    assert counts_as([Held("organic", date(2026, 3, 1), date(2026, 3, 31))], day) is counts


def test_weight_decides_and_value_tells_what_is_conventional():
    # Saffron and potatoes: by weight organic is a thousandth, by value nearly all.
    found = shares([of(1_000, ORGANIC, cents=900_000), of(999_000, None, cents=100_000)], Base.ALL_FOOD)
    assert (found.organic.numerator, found.organic.denominator) == (1_000, 1_000_000)
    assert (found.conventional.numerator, found.conventional.denominator) == (100_000, 1_000_000)
    assert found.conventional.bp == 1000


def test_what_has_no_weight_makes_a_share_unknown_never_zero_and_never_full():
    found = shares([of(1_000, ORGANIC), of(None, None, cents=77_00, rows=2)], Base.ALL_FOOD)
    for share in (
        found.organic,
        found.quality,
        found.origins[Origin.SLOVENIA],
        found.distances[Distance.NEAR],
    ):
        assert (share.bp, share.unknown_rows, share.unknown_cents) == (None, 2, 7700)
        assert share.verdict(1500) is Verdict.UNKNOWN
    # Value needs no weight.
    assert found.conventional.bp == 9871
    only = shares([of(None, ORGANIC)], Base.ALL_FOOD)
    assert only.organic.bp is None
    assert only.organic.verdict(0) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("metres", "distance"),
    [(0, Distance.NEAR), (30_000, Distance.NEAR), (30_001, Distance.REGIONAL), (100_000, Distance.REGIONAL),
     (100_001, Distance.FAR), (None, Distance.UNKNOWN)],
)  # fmt: skip
def test_classes_of_distance(metres, distance):
    assert distance_of(metres) is distance


@pytest.mark.parametrize(
    ("country", "origin"), [("SI", Origin.SLOVENIA), ("IT", Origin.ABROAD), (None, Origin.UNKNOWN)]
)
def test_classes_of_origin(country, origin):
    assert origin_of(country) is origin


@pytest.mark.parametrize(
    ("day", "over"),
    [(date(2026, 1, 30), 0), (date(2026, 1, 31), 1), (date(2026, 2, 1), 1), (date(2026, 2, 28), 2),
     (date(2026, 12, 30), 11), (date(2026, 12, 31), 12), (date(2027, 3, 1), 12), (date(2025, 12, 31), 0)],
)  # fmt: skip
def test_a_month_is_over_at_the_end_of_its_last_day(day, over):
    assert months_over(2026, day) == months_of(2026)[:over]


def test_the_base_is_all_food_only_when_every_month_that_is_over_is_entered():
    day, months = date(2026, 3, 15), months_of(2026)
    assert base_of(2026, set(), day) is Base.THROUGH_SYSTEM
    assert base_of(2026, {months[0]}, day) is Base.THROUGH_SYSTEM
    assert missing_months(2026, {months[0]}, day) == (months[1],)
    assert base_of(2026, {months[0], months[1]}, day) is Base.ALL_FOOD
    # In January no month is over: nothing is known yet.
    assert base_of(2026, {months[0]}, date(2026, 1, 10)) is Base.THROUGH_SYSTEM


@pytest.mark.parametrize(
    ("day", "law"),
    [(date(2026, 5, 5), date(2026, 5, 5)), (date(2027, 2, 28), date(2026, 12, 31)),
     (date(2025, 5, 5), date(2026, 1, 1))],
)  # fmt: skip
def test_a_report_takes_the_law_of_its_year(day, law):
    assert law_day(2026, day) == law


bought = st.builds(
    Bought,
    st.integers(1, 5),
    st.integers(0, 10**6),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.sampled_from([ORGANIC, QUALITY, None]),
    st.sampled_from(Origin),
    st.sampled_from(Distance),
)


@given(st.lists(bought, max_size=12))
def test_classes_add_up_to_the_whole(lines):
    found = shares(lines, Base.ALL_FOOD)
    grams = sum(one.grams or 0 for one in lines)
    for classes in (found.origins, found.distances):
        assert sum(share.numerator for share in classes.values()) == grams == found.grams
    conventional = sum(one.grams or 0 for one in lines if one.counts_as is None)
    assert found.organic.numerator + found.quality.numerator + conventional == grams
    assert found.conventional.denominator == found.net_cents == sum(one.net_cents for one in lines)
