"""What a rule of red flags finds, and whom it finds it about."""

from datetime import date

from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.model import VALUES, Party

SCHOOL, NURSERY = Party(1, "School"), Party(2, "Nursery")
FARM, OTHER = Party(11, "Farm"), Party(12, "Other farm")
DAY = date(2026, 11, 30)


def found(rule, facts, **numbers):
    return list(RULES[rule].find(list(facts), RULES[rule].usual() | numbers))


def one(rule, facts, **numbers):
    """The only flag that a rule raises; its sentence and the columns of its evidence can be written."""
    [raised] = found(rule, facts, **numbers)
    assert RULES[rule].sentence % {plain(name): "x" for name in raised.facts}
    assert {plain(name) for item in raised.items for name in item.values} <= {*VALUES, "code"}
    return raised


def plain(name):
    return name.removesuffix("_sl").removesuffix("_en")
