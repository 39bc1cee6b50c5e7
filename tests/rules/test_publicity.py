"""Who is named in public."""

import pytest

from foodorder.rules.publicity import Shown, SmallProducers, is_small, shown

NAMED, MASKED = SmallProducers.NAMED, SmallProducers.MASKED


@pytest.mark.parametrize(
    ("kind", "tax_type", "small"),
    [
        ("farm", "flat_rate", True),
        ("farm", "exempt", True),
        ("farm", "vat_payer", False),
        ("cooperative", "vat_payer", False),
        ("cooperative", "exempt", False),
        ("processor", "exempt", False),
        ("reseller", "flat_rate", False),
    ],
)
def test_small_are_farmers_who_sell_as_natural_persons(kind: str, tax_type: str, small: bool) -> None:
    assert is_small(kind, tax_type) is small


def test_a_masked_farmer_is_told_by_the_village_alone() -> None:
    told = shown("Kmetija Novak", "farm", "flat_rate", "Voklo", MASKED)
    assert told == Shown("Voklo", None)
    assert told.masked
    assert shown("Kmetija Novak", "farm", "flat_rate", "Voklo", NAMED).name == "Kmetija Novak"


def test_a_firm_is_named_whatever_the_setting() -> None:
    assert not shown("Mlekarna", "processor", "vat_payer", "Voklo", MASKED).masked
