"""Limits of agreements, each case beside its source; the numbers of the law as of 2026 (seeds/reference)."""

from datetime import date

import pytest

from foodorder.rules.agreements import AgreementKind
from foodorder.rules.cpv import beginning, best, covered, is_code
from foodorder.rules.thresholds import (
    ExemptedLot,
    ExemptedLotsTooLarge,
    ExemptedLotTooLarge,
    Level,
    Levels,
    SharesAboveWhole,
    TermTooLong,
    change_warning,
    check_shares,
    check_term,
    exempted_problems,
    fullest,
    last_day,
    part,
    used_share,
)

#: ZJN-3, art. 73(5); mkgp.gov.si, interpretation of 2017: each below 80,000 EUR, together at most 20 %.
LOT_LIMIT, SHARE = 8_000_000, 2_000
#: ZJN-3, art. 48: four years.
MONTHS = 48
EUR = 100
LEVELS = Levels(8_000, 9_500, 10_000)


@pytest.mark.parametrize(
    ("lots_eur", "value_eur", "problems"),
    [
        # several lots, each below the limit, as long as together they stay within the share: mkgp.gov.si 2017
        ([79_999, 79_999], 1_000_000, []),
        # "below": the limit itself is too much (art. 73(5))
        ([80_000], 1_000_000, [ExemptedLotTooLarge]),
        # exactly the share is allowed, a euro more is not ("največ 20 %")
        ([50_000, 50_000], 500_000, []),
        ([50_000, 50_001], 500_000, [ExemptedLotsTooLarge]),
        # the share is of the whole procurement's value: zelenaslovenija.si
        ([79_000], 300_000, [ExemptedLotsTooLarge]),
        ([90_000, 70_000], 500_000, [ExemptedLotTooLarge, ExemptedLotsTooLarge]),
        ([], 1, []),
    ],
)
def test_exempted_lots_stay_below_their_limit_and_within_their_share(lots_eur, value_eur, problems):
    lots = [ExemptedLot(str(number), eur * EUR) for number, eur in enumerate(lots_eur, 1)]
    found = exempted_problems(lots, value_eur * EUR, lot_limit_cents=LOT_LIMIT, share_bp=SHARE)
    assert [type(problem) for problem in found] == problems


def test_a_refusal_names_the_lot_and_both_sums():
    lots = [ExemptedLot("7", 8_000_001)]
    (problem,) = exempted_problems(lots, 10**9, lot_limit_cents=LOT_LIMIT, share_bp=SHARE)
    assert "lot 7 may be worth 80000.01 EUR: it must stay below 80000.00 EUR" in str(problem)


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 3, 1), 48, date(2030, 2, 28)),
        (date(2024, 3, 1), 48, date(2028, 2, 29)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2025, 8, 31), 6, date(2026, 2, 27)),
    ],
)
def test_a_term_in_months_ends_the_day_before(first, months, last):
    assert last_day(first, months) == last


@pytest.mark.parametrize(
    ("kind", "last", "allowed"),
    [
        (AgreementKind.FRAMEWORK, date(2030, 8, 31), True),  # art. 48: four years
        (AgreementKind.FRAMEWORK, date(2030, 9, 1), False),
        (AgreementKind.DPS, date(2035, 8, 31), True),  # art. 49: open for its whole life
        (AgreementKind.CONTRACT, date(2035, 8, 31), True),
    ],
)
def test_only_a_framework_agreement_has_a_longest_term(kind, last, allowed):
    first = date(2026, 9, 1)
    if allowed:
        check_term(kind, first, last, framework_months=MONTHS)
    else:
        with pytest.raises(TermTooLong):
            check_term(kind, first, last, framework_months=MONTHS)


@pytest.mark.parametrize(
    ("added_eur", "warned"),
    [
        (0, False),
        (100_000, False),
        (100_001, True),
        (-50_000, False),
    ],  # art. 95: under 10 % of the first value
)
def test_growing_by_more_than_a_small_change_is_warned_of(added_eur, warned):
    assert bool(change_warning(1_000_000 * EUR, added_eur * EUR, share_bp=1_000)) is warned


def test_shares_are_at_most_the_whole():
    check_shares("1", [6_000, 4_000])
    with pytest.raises(SharesAboveWhole) as refused:
        check_shares("1", [6_000, 4_001])
    assert "more than 100 %." in str(refused.value)
    assert (part(1_001, 5_000), part(None, 5_000)) == (500, None)


@pytest.mark.parametrize(
    ("cents", "limit_cents", "grams", "limit_grams", "share"),
    [
        (800, 1_000, 0, None, 8_000),
        (800, 1_000, 950, 1_000, 9_500),  # the higher of the two
        (999_999, 1_000_000, 0, None, 9_999),  # only what is full is full
        (0, 0, 0, None, 10_000),  # nothing may be ordered
        (800, None, 10, None, None),  # counted, not limited
        (1_100, 1_000, 0, None, 11_000),
    ],
)
def test_a_ceiling_is_as_full_as_its_fuller_side(cents, limit_cents, grams, limit_grams, share):
    assert fullest(cents, limit_cents, grams, limit_grams) == share


@pytest.mark.parametrize(
    ("share", "level", "passed"),
    [
        (None, Level.FREE, 0),
        (7_999, Level.FREE, 0),
        (8_000, Level.WARN, 8_000),
        (9_499, Level.WARN, 8_000),
        (9_500, Level.URGENT, 9_500),
        (9_999, Level.URGENT, 9_500),
        (10_000, Level.FULL, 10_000),
        (10_500, Level.FULL, 10_000),
    ],
)
def test_levels_begin_at_their_marks(share, level, passed):
    assert (LEVELS.of(share), LEVELS.passed(share)) == (level, passed)


def test_a_limit_of_nothing_is_full_and_no_limit_never():
    assert (used_share(0, 0), used_share(10**12, None)) == (10_000, None)


@pytest.mark.parametrize(
    ("code", "digits"),
    [("03221112-4", "03221112"), ("03220000-9", "0322"), ("15540000", "1554"), ("031", "031")],
)
def test_zeros_at_the_end_of_a_whole_code_say_nothing(code, digits):
    assert beginning(code) == digits


def test_a_code_is_covered_by_its_beginnings():
    assert covered("03221112-4", ["15", "03220000-9"])
    assert not covered("03221112-4", ["03222000", ""])


def test_of_several_groups_the_longest_beginning_decides():
    kinds = {"vegetables": ["0322", "15331"], "fruit": ["03222"], "other": ["15"]}
    assert best("03222321-9", kinds) == "fruit"
    assert best("03221112-4", kinds) == "vegetables"
    assert best("15331110-1", kinds) == "vegetables"
    assert best("15331110-1", dict(reversed(kinds.items()))) == "vegetables"
    assert best("33000000-0", kinds) is None


@pytest.mark.parametrize(
    ("text", "good"),
    [("03221112-4", True), ("03221112", True), ("03", True), ("0", False), ("0322-4", False),
     ("carrots", False), ("03221112-44", False), ("032211124", False)],
)  # fmt: skip
def test_what_is_a_code(text, good):
    assert is_code(text) is good
