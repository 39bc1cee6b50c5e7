"""Which delivered goods a line of another's invoice means."""

from dataclasses import replace
from datetime import date

from foodorder.rules.placing import Brought, Written, place, score, unit_of

MONDAY, WEDNESDAY = date(2026, 11, 30), date(2026, 12, 2)
CARROTS = Brought(1, "Korenje rdeče", "KGM", 10_000, 2_000_000, "K1-2026-0001", "D-2026-0001", MONDAY)
LATER = replace(CARROTS, key=2, left=4_000, note="D-2026-0003", day=WEDNESDAY)
EGGS = Brought(3, "Jajca", "H87", 30_000, 240_000, "K1-2026-0002", "D-2026-0002", MONDAY, "3830000000017")
ALL = [CARROTS, LATER, EGGS]


def written(**other: object) -> Written:
    return replace(
        Written("Korenje rdeče", "KGM", 10_000, 2_000_000, order="K1-2026-0001", day=MONDAY), **other
    )  # type: ignore[arg-type]


def test_the_day_tells_two_deliveries_of_one_product_apart() -> None:
    assert place([written(), written(day=WEDNESDAY, quantity=4_000)], ALL) == [1, 2]


def test_where_two_fit_as_well_a_person_chooses() -> None:
    assert place([written(day=None, quantity=1_000)], ALL) == [None]
    assert place([written(day=None, quantity=4_000)], ALL) == [2]


def test_names_are_compared_without_case_accents_and_order_of_words() -> None:
    assert place([written(name="RDECE Korenje")], ALL) == [1]
    assert place([written(name="Korenje")], ALL) == [1]
    assert place([written(name="Krompir")], ALL) == [None]


def test_a_name_alone_is_not_enough() -> None:
    one = Written("Korenje rdeče", "KGM", 9_000, 1_900_000)
    assert place([one], [CARROTS]) == [None]
    # Price and quantity beside it are.
    assert place([replace(one, quantity=10_000, price=2_000_000)], [CARROTS]) == [1]


def test_a_gtin_is_sure_whatever_the_name() -> None:
    assert place([Written("Eier", "EA", 30_000, 1, gtin="3830000000017")], ALL) == [3]


def test_another_unit_is_another_thing() -> None:
    assert score(written(unit="LTR"), CARROTS) == 0
    assert (unit_of("c62"), unit_of("KGM")) == ("H87", "KGM")


def test_a_wrong_price_or_quantity_is_placed_all_the_same_for_the_match_to_find() -> None:
    assert place([written(price=2_500_000, quantity=12_000)], ALL) == [1]


def test_what_is_written_twice_means_the_same_goods_twice() -> None:
    assert place([written(), written()], [CARROTS]) == [1, 1]


def test_the_number_of_a_later_version_of_the_record_is_the_same_record() -> None:
    again = replace(CARROTS, order="K1-2026-0001/2")
    assert place([written(price=1, quantity=1)], [again]) == [1]
