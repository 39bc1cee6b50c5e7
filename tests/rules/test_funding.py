"""Which money may pay which food."""

import pytest

from foodorder.rules.agreements import Funding
from foodorder.rules.funding import SchemeFoodsOnly, SchoolsOnly, check_funding

SCHEME = Funding.SCHOOL_SCHEME


@pytest.mark.parametrize("group", ["fruit", "vegetables", "dairy"])
def test_the_school_scheme_pays_its_foods_in_primary_schools(group: str) -> None:
    check_funding(SCHEME, "school", group)


@pytest.mark.parametrize("kind", ["kindergarten", "secondary_school", "home"])
def test_only_grades_one_to_nine_take_part(kind: str) -> None:
    """domain.md §2.4: only grades 1-9 (gov.si)."""
    with pytest.raises(SchoolsOnly):
        check_funding(SCHEME, kind, "fruit")


@pytest.mark.parametrize("group", ["drinks", "eggs", "meat", "fish", "cereals", "other"])
def test_other_foods_are_not_of_the_scheme(group: str) -> None:
    """domain.md §2.4: fruit and vegetables, and milk."""
    with pytest.raises(SchemeFoodsOnly):
        check_funding(SCHEME, "school", group)


def test_other_money_pays_anything() -> None:
    for funding in (Funding.REGULAR, Funding.BREAKFAST, Funding.OTHER):
        check_funding(funding, "home", "meat")
