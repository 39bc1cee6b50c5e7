"""1. How much is spent? By month, against the budget, and by institution."""

from collections.abc import Mapping
from datetime import date

from foodorder.audit.charts import bars
from foodorder.audit.charts.heat import heat
from foodorder.audit.queries import Comparison, Part, Spend
from foodorder.audit.questions import budgets
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Lead, Leads, asks, in_month, lines
from foodorder.audit.remembered import spend_compared
from foodorder.audit.tables import name_of
from foodorder.language import formats, gettext, ngettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table

#: So many months side by side; of a longer period the last ones.
ABREAST = 12


def brief(asked: Asked) -> str:
    """The sum of the selection."""
    return _sentence(spend_compared(asked.selection, asked.span)[0])


def answer(asked: Asked) -> Answer:
    """Spend by month beside the year before and against the budget, by institution, and by both."""
    found, compared = spend_compared(asked.selection, asked.span)
    if not found.total.lines:
        return Answer(gettext("Nothing was delivered"))
    spent = budgets.since_january(asked.selection)
    points = budgets.points(asked.selection, spent)
    exhibits = [_months(found, compared), budgets.exhibit(asked, points)]
    if len(found.institutions) > 1:
        exhibits += [budgets.by_institution(asked, found.institutions, spent), _by_both(found, spent)]
    return Answer(
        f"{_sentence(found)} {budgets.summary(points)}",
        exhibits=tuple(exhibits),
        notes=(_prices(found),),
        further=((gettext("Where kitchens chose another offer than the first"), Lead("offer_choices")),),
    )


def _sentence(found: Spend) -> str:
    months = len(found.months)
    return ngettext(
        "%(sum)s net in %(count)s month.", "%(sum)s net in %(count)s months.", months,
        sum=formats.money(found.total.net_cents), count=months,
    ) if months else ""  # fmt: skip


def _prices(found: Spend) -> str:
    """Whether every line was bought for the price of its offer."""
    bought, repriced = found.total.lines, found.total.repriced
    if repriced:
        return ngettext(
            "Attention: %(count)s line has a price that is neither its offer’s nor the agreed one.",
            "Attention: %(count)s lines have a price that is neither their offers’ nor the agreed one.",
            repriced, count=formats.number(repriced),
        )  # fmt: skip
    return ngettext(
        "%(count)s line was compared: its price is that of its offer or the agreed one.",
        "%(count)s lines were compared: every price is that of its offer or the agreed one.",
        bought, count=formats.number(bought),
    )  # fmt: skip


def _months(found: Spend, compared: Comparison | None) -> Exhibit:
    before = compared.months_before if compared else {}
    known = {month: sums.net_cents for month, sums in before.items()}
    columns = (
        Column("month", gettext("Month"), Figure.DAY),
        Column("lines", gettext("Lines"), Figure.COUNT),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("net_year_before", gettext("Year before"), Figure.MONEY),
    )
    rows = tuple(
        (month, sums.lines, sums.grams, sums.net_cents, known.get(month)) for month, sums in found.months
    )
    total = (gettext("Together"), found.total.lines, found.total.grams, found.total.net_cents, None)
    return Exhibit(
        "months",
        Table(gettext("By month"), columns, rows, (total,)),
        [_month_leads(month) for month, _ in found.months],
        [row_leads("", "months", {})],
        draw=lambda width: bars.months(found, compared, width),
    )


def _month_leads(month: date) -> Leads:
    before = in_month(month.replace(year=month.year - 1))
    return {**row_leads("month", "months", in_month(month)), "net_year_before": lines(**before)}


def _by_both(found: Spend, spent: Mapping[tuple[int, date], int]) -> Exhibit:
    """Institutions by the last months of the selection."""
    months = [month for month, _ in found.months][-ABREAST:]
    columns = (
        Column("institution", gettext("Institution"), share=2),
        *(Column(f"{month:%Y-%m}", formats.month(month), Figure.MONEY) for month in months),
    )
    rows = tuple(
        (name_of(part), *(spent.get((part.id, month)) for month in months)) for part in found.institutions
    )
    together = [sum(spent.get((part.id, month), 0) for part in found.institutions) for month in months]
    sums: Row = (gettext("Together"), *together)
    leads = [
        {
            "institution": asks("months", institution=part.id),
            **{f"{month:%Y-%m}": lines(institution=part.id, **in_month(month)) for month in months},
        }
        for part in found.institutions
    ]
    cents = {
        (row, column): spent.get((part.id, month), 0)
        for row, part in enumerate(found.institutions)
        for column, month in enumerate(months)
    }
    table = Table(gettext("By institution and month"), columns, rows, (sums,))
    summary = gettext("Squares: net spend by institution and month, the darker the more.")
    return Exhibit(
        "institution-months",
        table,
        leads,
        [{f"{month:%Y-%m}": lines(**in_month(month)) for month in months}],
        draw=lambda width: heat(
            [name_of(part) for part in found.institutions],
            [formats.month(month) for month in months],
            cents, width, summary,
        ),
        heading=gettext("Who spends when?"),
    )  # fmt: skip


def row_leads(heading: str, question: str, narrower: Mapping[str, str]) -> Leads:
    """A row's name narrows the page to it; its figures lead to the lines behind them."""
    behind = dict.fromkeys(("net", "lines", "weight", "share"), lines(**narrower))
    return {heading: asks(question, **narrower), **behind}


def part_leads(parts: tuple[Part, ...], key: str, question: str) -> list[Leads]:
    """The leads of a table with a row for each part, whose filter and first column are `key`."""
    return [row_leads(key, question, {key: str(part.id)}) for part in parts]
