"""The numbers of the rules on a day: dated rows beside the numbers of the law, else their usual values."""

from datetime import date

from foodorder.catalogue import law
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.model import Rule


def numbers_on(day: date) -> dict[str, dict[str, int]]:
    """Rule → name → value in force on a day.

    A day for which no row or more than one is in force has the usual value: a rule that cannot be asked
    would hide what it would find.
    """
    return {rule.code: _of(rule, day) for rule in RULES.values()}


def _of(rule: Rule, day: date) -> dict[str, int]:
    return {
        name: _value(rule.key_of(name), parameter.usual, day) for name, parameter in rule.parameters.items()
    }


def _value(key: str, usual: int, day: date) -> int:
    try:
        return law.value_on(key, day)
    except law.ParameterUnknown:
        return usual
