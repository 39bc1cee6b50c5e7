"""1. How much is spent? By month, and by institution."""

from foodorder.audit import tables
from foodorder.audit.charts import bars
from foodorder.audit.queries import Comparison, Part, Spend
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Lead, Leads, asks, in_month, lines
from foodorder.audit.remembered import spend_compared
from foodorder.language import formats, gettext, ngettext

MEASURES = ("net", "lines", "weight", "organic_weight", "local_weight", "organic", "local", "share")


def brief(asked: Asked) -> str:
    """The sum of the selection."""
    return _sentence(spend_compared(asked.selection, asked.span)[0])


def answer(asked: Asked) -> Answer:
    """Spend by month beside the year before, and by institution."""
    found, compared = spend_compared(asked.selection, asked.span)
    if not found.total.lines:
        return Answer(gettext("Nothing was delivered"))
    return Answer(
        _sentence(found),
        exhibits=(_months(found, compared), _institutions(found)),
        notes=(_prices(found),),
        further=((gettext("Where kitchens chose another offer than the first"), Lead("offer_choices")),),
    )


def _prices(found: Spend) -> str:
    """Whether every line was bought for the price of its offer."""
    lines, repriced = found.total.lines, found.total.repriced
    if repriced:
        return ngettext(
            "Attention: %(count)s line has a price other than its offer’s.",
            "Attention: %(count)s lines have a price other than their offers’.",
            repriced, count=formats.number(repriced),
        )  # fmt: skip
    return ngettext(
        "%(count)s line was compared with its offer: the price is the promised one.",
        "%(count)s lines were compared with their offers: every price is the promised one.",
        lines, count=formats.number(lines),
    )  # fmt: skip


def _sentence(found: Spend) -> str:
    months = len(found.months)
    return ngettext(
        "%(sum)s net in %(count)s month.", "%(sum)s net in %(count)s months.", months,
        sum=formats.money(found.total.net_cents), count=months,
    )  # fmt: skip


def _months(found: Spend, compared: Comparison | None) -> Exhibit:
    return Exhibit(
        "months",
        tables.months(found, compared),
        [row_leads("month", "months", in_month(month)) for month, _ in found.months],
        draw=lambda width: bars.months(found, compared, width),
    )


def _institutions(found: Spend) -> Exhibit:
    table = tables.parts(
        found, found.institutions, gettext("By institution"), "institution", gettext("Institution")
    )
    return Exhibit(
        "institutions",
        table,
        part_leads(found.institutions, "institution", "months"),
        draw=lambda width: bars.ranked(found.institutions, width),
        heading=gettext("Who buys?"),
    )


def row_leads(heading: str, question: str, narrower: dict[str, str]) -> Leads:
    """A row's name narrows the page to it; its figures lead to the lines behind them."""
    return {heading: asks(question, **narrower), **dict.fromkeys(MEASURES, lines(**narrower))}


def part_leads(parts: tuple[Part, ...], key: str, question: str) -> list[Leads]:
    """The leads of a table with a row for each part, whose filter and first column are `key`."""
    return [row_leads(key, question, {key: str(part.id)}) for part in parts]
