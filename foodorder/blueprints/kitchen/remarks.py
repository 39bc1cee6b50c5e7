"""What is said above the weekly order: everything that is wrong in it, and what did not come along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from foodorder.blueprints.kitchen.cells import field_name
from foodorder.language import formats as write
from foodorder.language import get_locale, gettext, ngettext
from foodorder.ordering.leftover import LeftOut
from foodorder.ordering.market import Line
from foodorder.ordering.page import OrderPage
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Cell


def farm_of(page: OrderPage, line: Line) -> str:
    """Who sells it; of a cooperative's goods also the farm they come from."""
    seller = page.farms[line.producer].name
    return seller if seller == line.farm else f"{seller}, {line.farm}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A fault of the order: of what it is, the sentence, and the fields that have it: (door, name, which)."""

    what: str
    sentence: str
    places: list[tuple[int, str, str]]


def problems_of(page: OrderPage) -> list[Remark]:
    """Everything that is wrong, in the order of the page; the fields of an offer with one fault together."""
    offers = [line.offer for group in page.groups for food in group.foods for line in food.lines]
    rank = {offer: number for number, offer in enumerate(offers)}

    def place(cell: Cell) -> tuple[int, date, int]:
        return rank.get(cell.offer, len(rank)), cell.day, cell.delivery_point

    found: dict[tuple[int, str], Remark] = {}
    for cell in sorted(page.problems, key=place):
        line, sentence = page.lines.get(cell.offer), write.refusal(page.problems[cell])
        what = f"{line.name}, {farm_of(page, line)}" if line else ""
        which = write.day(cell.day)
        if len(page.points) > 1 and cell.delivery_point in page.points:
            which = f"{which}, {page.points[cell.delivery_point].name}"
        remark = found.setdefault((cell.offer, sentence), Remark(what, sentence, []))
        remark.places.append((cell.delivery_point, field_name(cell), which))
    return list(found.values())


def missing_reasons(page: OrderPage, problems: Mapping[int, Refusal]) -> list[Remark]:
    """The foods whose choice needs a reason, in the order of the page."""
    slovene = get_locale().language == "sl"
    return [
        Remark(
            (food.name_sl if slovene else food.name_en).capitalize(),
            write.refusal(problems[food.id]),
            [(page.point.id, f"r-{food.id}", "")],
        )
        for group in page.groups
        for food in group.foods
        if food.id in problems
    ]


def left_behind(left_out: Iterable[LeftOut]) -> list[tuple[str, int | None]]:
    """What did not come along from another week: a sentence for each product and reason.

    Beside it the offer whose lawful basis explains more; None where it is no matter of law.
    """

    def kind(one: LeftOut) -> tuple[str, str, str, int]:
        lawful = not isinstance(one.reason, Refusal)
        reason = gettext(one.reason) if isinstance(one.reason, str) else write.refusal(one.reason)
        return one.name, one.unit, reason, 0 if lawful else one.offer or 0

    told = []
    for (name, unit, reason, offer), group in groupby(sorted(left_out, key=kind), key=kind):
        lines = list(group)
        quantities = [one.quantity for one in lines if one.quantity is not None]
        if not quantities:
            told.append((f"{name}: {reason}", offer or None))
            continue
        told.append(
            (
                ngettext(
                    "%(name)s, %(count)s quantity, %(amount)s: %(reason)s",
                    "%(name)s, %(count)s quantities, together %(amount)s: %(reason)s",
                    len(quantities),
                    name=name,
                    count=len(quantities),
                    amount=write.amount(sum(quantities), unit),
                    reason=reason,
                ),
                offer or None,
            )
        )
    return told
