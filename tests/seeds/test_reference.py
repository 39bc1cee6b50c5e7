"""The reference data is complete, dated and fits together."""

from datetime import date
from itertools import pairwise

import pytest

from foodorder.rules.red_flags import RULES
from seeds.demo.tables import REFERENCE, months, numbers, rows

FOOD = rows(REFERENCE / "food_types.tsv")
LAW = rows(REFERENCE / "legal_parameters.tsv")
FLAGS = rows(REFERENCE / "flag_parameters.tsv")


def test_every_row_of_every_table_names_its_source() -> None:
    for path in sorted(REFERENCE.glob("*.tsv")):
        assert all(row["source"] for row in rows(path)), path.name


def test_there_are_94_food_types_with_their_group_unit_and_cpv_code() -> None:
    groups = {row["code"] for row in rows(REFERENCE / "food_groups.tsv")}
    units = {row["code"] for row in rows(REFERENCE / "units.tsv")}
    cpv = {row["code"] for row in rows(REFERENCE / "cpv_codes.tsv") if row["used"] == "1"}
    limits = {row["code"] for row in rows(REFERENCE / "temperature_limits.tsv")}
    assert len({row["code"] for row in FOOD}) == 94
    for row in FOOD:
        assert row["group"] in groups
        assert row["unit"] in units
        assert row["cpv"] in cpv
        assert row["code"].isascii()
        assert row["temperature"] in limits | {""}


def test_every_food_type_has_weight_price_months_and_allergens() -> None:
    for row in FOOD:
        assert int(row["grams_per_unit"]) > 0, row["code"]
        assert 0 < int(row["price_low_cents"]) < int(row["price_high_cents"]), row["code"]
        assert set() < months(row["months"]) <= set(range(1, 13)), row["code"]
        assert set(numbers(row["allergens"]) + numbers(row["allergens_possible"])) <= set(range(1, 15))


def test_a_third_of_the_foods_keeps_and_every_estimate_says_so() -> None:
    """Perishable or not decides who pays for a late reduction (Directive (EU) 2019/633, art. 2(5))."""
    days = {row["code"]: int(row["shelf_life_days"] or 0) for row in FOOD}
    assert all(0 <= count <= 30 for count in days.values())
    assert 30 < sum(not count for count in days.values()) < 60
    assert all(days[code] for code in ("mleta-govedina", "solata", "mleko", "jajca", "kruh"))
    assert not any(days[code] for code in ("krompir", "moka-psenicna", "med", "jabolka"))
    assert all("shelf life: own estimate" in row["source"] for row in FOOD)


def test_storage_crops_have_months_across_the_new_year() -> None:
    assert months("7-12,1-5") == {7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5}
    assert months("4-6,9-11") == {4, 5, 6, 9, 10, 11}


def test_all_212_municipalities_and_the_18_of_gorenjska_are_there() -> None:
    everywhere = {row["code"]: row for row in rows(REFERENCE / "municipalities.tsv")}
    gorenjska = {row["code"]: row for row in rows(REFERENCE / "gorenjska.tsv")}
    assert len(everywhere) == 212
    assert everywhere["052"]["name_sl"] == "Kranj"
    assert {code for code, row in everywhere.items() if row["region"] == "SI042"} == gorenjska.keys()
    assert len(gorenjska) == 18


def test_neighbours_in_gorenjska_are_mutual() -> None:
    neighbours = {row["code"]: row["neighbours"].split(",") for row in rows(REFERENCE / "gorenjska.tsv")}
    for code, others in neighbours.items():
        assert all(code in neighbours[other] for other in others if other in neighbours)


def test_periods_of_a_legal_parameter_never_overlap() -> None:
    periods: dict[str, list[tuple[str, str]]] = {}
    for row in (*LAW, *FLAGS):
        periods.setdefault(row["key"], []).append((row["valid_from"], row["valid_to"] or "9999-12-31"))
    for key, spans in periods.items():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert end < start, key


@pytest.mark.parametrize(
    ("key", "day", "value"),
    [
        ("vat.food", "2026-11-30", 950),
        ("vat.sugar_drink", "2024-12-31", 950),
        ("vat.sugar_drink", "2025-01-01", 2200),
        ("vat.flat_rate", "2026-11-30", 800),
        ("green.organic_share", "2024-12-31", 1200),
        ("green.organic_share", "2025-01-01", 1500),
        ("green.quality_share", "2026-11-30", 2000),
        ("procurement.threshold_goods", "2026-11-30", 4_000_000),
        ("procurement.exempted_lot_limit", "2026-11-30", 8_000_000),
        ("payment.days_max", "2026-11-30", 30),
        ("utp.cancellation_notice", "2026-11-30", 30),
        ("utp.payment_perishable", "2026-11-30", 30),
        ("utp.shelf_life", "2026-11-30", 30),
        ("integrity.functionary_share", "2026-11-30", 500),
        ("integrity.report_first", "2026-11-30", 30),
        ("integrity.report_change", "2026-11-30", 8),
    ],
)
def test_the_law_of_a_day(key: str, day: str, value: int) -> None:
    there = [
        int(row["value"])
        for row in LAW
        if row["key"] == key and row["valid_from"] <= day <= (row["valid_to"] or "9999")
    ]
    assert there == [value]


def test_cpv_check_digits_follow_the_weights() -> None:
    for row in rows(REFERENCE / "cpv_codes.tsv"):
        digits, check = row["code"].split("-")
        # Group 033 is off by eight in the official list.
        off = 8 if digits.startswith("033") else 0
        total = sum(
            int(digit) * weight for digit, weight in zip(digits, (3, 7, 1, 3, 7, 1, 3, 7), strict=True)
        )
        assert int(check) == (total % 10 + off) % 10, row["code"]


def test_school_holidays_are_periods_and_the_future_is_marked_as_estimated() -> None:
    for row in rows(REFERENCE / "school_holidays.tsv"):
        first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
        assert first <= last
        assert row["estimated"] == ("1" if first >= date(2026, 9, 1) else "0")


def test_every_number_of_a_rule_of_flags_has_its_rows() -> None:
    wanted = {
        (rule.key_of(name), parameter.unit)
        for rule in RULES.values()
        for name, parameter in rule.parameters.items()
        if parameter.law is None
    }
    assert {(row["key"], row["unit"]) for row in FLAGS} == wanted
    assert {parameter.law for rule in RULES.values() for parameter in rule.parameters.values()} - {None} <= {
        row["key"] for row in LAW
    }
