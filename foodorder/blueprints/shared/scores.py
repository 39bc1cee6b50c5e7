"""Scores and criteria in words, for the pages of kitchens, coordinators, producers and everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.numbers import format_decimal

from foodorder.agreements.criteria import Published, all_published, rule_with
from foodorder.language import formats as write
from foodorder.language import get_locale, gettext
from foodorder.rules.scoring import CRITERIA, QUALITIES, SUPPLIES, Part, Quality, Rule, Supply


def heads(rule: Rule) -> list[tuple[str, int]]:
    """The criteria with their weights, in the order of the columns."""
    return [(gettext(label), rule.weights[criterion]) for criterion, label in CRITERIA.items()]


def value_words(part: Part, unit: str) -> str:
    """The input of a criterion alone; `unit` is that of the price."""
    if part.value is None:
        return gettext("not said")
    match part.unit:
        case "cents":
            return write.price(part.value, unit)
        case "hours":
            return gettext("%(hours)s h", hours=write.number(part.value))
        case "quality":
            return gettext(QUALITIES[Quality(part.value)])
        case "supply":
            return gettext(SUPPLIES[Supply(part.value)])
        case _:
            return write.weight(part.value)


def points(hundredths: int) -> str:
    """Points with two decimals: 8725 → "87,25"."""
    return format_decimal(Decimal(hundredths).scaleb(-2), format="0.00", locale=get_locale())


@dataclass(frozen=True, slots=True)
class CriteriaWords:
    """One set of criteria for a page: whose and since when in words, the criteria with their weights."""

    caption: str
    heads: list[tuple[str, int]]
    rule: Rule


def criteria_words(
    municipality_id: int, holding: Mapping[int | None, Published], today: date
) -> list[CriteriaWords]:
    """What holds, each set once, and what is published for later."""
    titles = {
        agreement.id: agreement.title for _row, agreement in all_published(municipality_id) if agreement
    }
    once = {published.agreement_id: published for published in holding.values()}
    found = [
        CriteriaWords(_caption(titles.get(agreement or 0), one.valid_from), heads(one.rule), one.rule)
        for agreement, one in sorted(once.items(), key=lambda item: item[0] or 0)
    ]
    for row, agreement in reversed(all_published(municipality_id)):
        if row.valid_from > today:
            rule = rule_with(
                {criterion: row.weights[criterion.value] for criterion in CRITERIA}, row.valid_from
            )
            caption = _caption(agreement.title if agreement else None, row.valid_from)
            found.append(CriteriaWords(caption, heads(rule), rule))
    return found


def _caption(procurement: str | None, since: date | None) -> str:
    if since is None:
        return gettext("The usual criteria")
    day = write.day(since, year=True)
    if procurement is None:
        return gettext("Criteria from %(day)s on", day=day)
    return gettext(
        "Criteria of the exempted lots of “%(procurement)s” from %(day)s on", procurement=procurement, day=day
    )
