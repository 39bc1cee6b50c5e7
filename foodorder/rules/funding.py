"""Funding: which money may pay which food.

The EU school scheme (šolska shema) gives fruit and vegetables, and milk, to pupils of primary school, grades
1 to 9, as a separate free meal (Regulation (EU) 1308/2013, art. 23; gov.si "Šolska shema"; domain.md §2.4).
"""

from foodorder.rules.agreements import Funding
from foodorder.rules.errors import N_, Refusal

#: The school scheme's kind of institution and food groups (codes of seeds/reference/food_groups.tsv).
SCHEME_INSTITUTION = "school"
SCHEME_GROUPS = frozenset({"fruit", "vegetables", "dairy"})


class SchoolsOnly(Refusal):
    """The school scheme in an institution that is no primary school."""

    message = N_("The school scheme is for primary schools only.")
    default_field = "funding"


class SchemeFoodsOnly(Refusal):
    """The school scheme for a food that it does not know."""

    message = N_("The school scheme pays fruit, vegetables and milk only.")
    default_field = "funding"


def check_funding(funding: Funding, institution_kind: str, food_group: str) -> None:
    """Refuse money that may not pay a food. Raises SchoolsOnly or SchemeFoodsOnly."""
    if funding is not Funding.SCHOOL_SCHEME:
        return
    if institution_kind != SCHEME_INSTITUTION:
        raise SchoolsOnly
    if food_group not in SCHEME_GROUPS:
        raise SchemeFoodsOnly
