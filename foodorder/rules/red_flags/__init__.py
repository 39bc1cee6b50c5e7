"""Red flags: pure rules with facts in and evidence out. A flag is a reason to look, not a verdict."""

from collections.abc import Mapping
from types import MappingProxyType

from foodorder.rules.red_flags import competition, farms, goods, limits, money, prices, ties
from foodorder.rules.red_flags.model import Rule

#: Every rule by its code, in the order in which they are shown.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for family in (money, goods, prices, limits, ties, farms, competition)
        for rule in family.RULES
    }
)
