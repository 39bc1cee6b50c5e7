"""Why another offer than the first: the fields r-<food type> (a code) and rt-<food type> (own words)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from foodorder.language import formats as write
from foodorder.ordering.choices import Given, find_choices
from foodorder.ordering.page import OrderPage
from foodorder.rules.errors import Refusal
from foodorder.rules.scoring import Reason, ReasonsMissing

_NAME = re.compile(r"(rt?)-([0-9]{1,9})")
CODES = frozenset(reason.value for reason in Reason)


@dataclass(frozen=True, slots=True)
class ReasonField:
    """What stands under the chosen offer: the food, the first offer by name, the reason, what is wrong."""

    food: int
    first: str
    code: str
    words: str
    problem: str


def read_reasons(fields: Mapping[str, str]) -> dict[int, Given | None]:
    """The reasons that a form holds, by food type; None where nothing is given.

    Pages and scripts send both fields of a food together. Words without a code are the reason "other".
    """
    typed: dict[int, dict[str, str]] = {}
    for name, value in fields.items():
        match = _NAME.fullmatch(name)
        if match:
            typed.setdefault(int(match[2]), {})[match[1]] = value.strip()
    given: dict[int, Given | None] = {}
    for food, halves in typed.items():
        code, words = halves.get("r", ""), halves.get("rt", "")
        if code in CODES:
            given[food] = Given(Reason(code), words or None)
        else:
            given[food] = Given(Reason.OTHER, words) if words else None
    return given


def reason_fields(page: OrderPage, refusal: Refusal | None) -> dict[int, ReasonField]:
    """The fields by the offer that they stand under; none where the municipality does not ask."""
    if not page.accepts:
        return {}
    foods = {page.lines[cell.offer].food_type_id for cell in page.quantities}
    problems = refusal.problems if isinstance(refusal, ReasonsMissing) else {}
    fields = {}
    for choice in find_choices(page.row, page.open_days, foods, page.quantities, page.held):
        problem = problems.get(choice.food_type)
        first = choice.field.goods[choice.first].row
        fields[choice.chosen] = ReasonField(
            choice.food_type,
            f"{first.producer}, {first.name}",
            choice.reason.code.value if choice.reason else "",
            (choice.reason.words or "") if choice.reason else "",
            write.refusal(problem) if problem else "",
        )
    return fields
