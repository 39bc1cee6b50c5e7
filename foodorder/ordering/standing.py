"""The lines of an order page in their published order, with their scores (ordering/comparison.py)."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from foodorder.agreements.criteria import Published
from foodorder.ordering.comparison import SUPPLY_OF, lot_of, quality_of
from foodorder.rules.calendar import weekdays_of
from foodorder.rules.scoring import Offered, Rule, Score, scores


def put_in_order(cycle_lines: Iterable[list[Any]], criteria: Mapping[int | None, Published]) -> None:
    """Sort the lines of each food type of an order page (ordering/market.py), and note their scores.

    Offers under an award stand first, by price; then those that are compared, best first; then what cannot be
    ordered. Without criteria all stand by price. Equal ones stand by their lot.
    """
    for lines in cycle_lines:
        lines.sort(key=attrgetter("paid_cents", "draw"))
        if None not in criteria:
            continue
        by_offer = {line.offer: line for line in lines}
        for _published, found in scores_of_lines(lines, criteria):
            for score in found:
                by_offer[score.offered.offer].score = score.total
        lines.sort(key=_place)


def scores_of_lines(
    lines: Iterable[Any], criteria: Mapping[int | None, Published]
) -> list[tuple[Published, list[Score]]]:
    """The lines of one food type that are compared, by the criteria that hold for them, best first."""
    fields: dict[int | None, list[tuple[Any, int]]] = {}
    for line in lines:
        if None in criteria and line.published and (days := line.compared):
            basis = line.on(weekdays_of(days)[0]).basis if line.by_day else line.basis
            fields.setdefault(criteria[lot_of(basis, criteria)].agreement_id, []).append((line, days))
    of = {published.agreement_id: published for published in criteria.values()}
    return [
        (
            of[agreement],
            scores(
                of[agreement].rule, [_offered_line(line, days, of[agreement].rule) for line, days in members]
            ),
        )
        for agreement, members in fields.items()
    ]


def _place(line: Any) -> tuple[int, int]:
    if line.score is not None:
        return 1, -line.score
    return (0, 0) if line.published and line.days and line.basis is not None else (2, 0)


def _offered_line(line: Any, days: int, rule: Rule) -> Offered:
    quality = quality_of(line.marks, days)
    emitted = rule.emitted(line.metres)
    paid = line.on(weekdays_of(days)[0]).paid_cents if line.by_day else line.paid_cents
    return Offered(line.offer, paid, line.hours, quality, emitted, SUPPLY_OF[line.kind], line.draw)
