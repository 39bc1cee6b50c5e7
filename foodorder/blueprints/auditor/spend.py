"""Where the money goes: four figures, and a question with its chart and table for each direction."""

from dataclasses import dataclass

from flask import abort, render_template, url_for
from werkzeug.wrappers import Response

from foodorder.audit import tables
from foodorder.audit.charts import CHARTS, WIDTHS
from foodorder.audit.exports import render
from foodorder.audit.queries import Comparison, Spend, Sums
from foodorder.audit.remembered import spend_compared
from foodorder.blueprints.auditor.counter import Shown, bp, download, municipality, show
from foodorder.blueprints.auditor.filters import Filters, chosen
from foodorder.blueprints.shared.access import needs
from foodorder.language import formats, gettext
from foodorder.language.times import days_between
from foodorder.rules.permissions import Permission

#: A drawing is a document of its own: nothing may be loaded from it.
DRAWING = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Question:
    """A heading with its chart and its table. `name` stands in the addresses of both."""

    name: str
    heading: str
    summary: str
    table: Shown
    caption: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures at the top: value, what it compares with, where it leads."""

    label: str
    value: str
    comparison: str
    trend: str | None
    url: str


def read() -> tuple[Filters, Spend, Comparison | None]:
    """What this request asks about."""
    filters = chosen()
    return filters, *spend_compared(filters.selection, filters.span)


@bp.get("/spend")
@needs(Permission.SPEND_SEE)
def spend() -> str:
    """Spend of the chosen purchases, added up in every direction."""
    filters, found, compared = read()
    return render_template(
        "auditor/spend.html",
        filters=filters,
        spent=found,
        figures=_figures(filters, found, compared),
        questions=_questions(filters, found, compared) if found.total.lines else [],
        widths=WIDTHS,
    )


@bp.get("/charts/<any(months, producers, institutions, groups, shares):name>-<any(wide, narrow):size>.svg")
@needs(Permission.SPEND_SEE)
def chart(name: str, size: str) -> Response:
    """The drawing of one question."""
    _, found, compared = read()
    if not found.total.lines:
        abort(404)
    drawn = CHARTS[name](found, compared, WIDTHS[size]).svg()
    return Response(drawn, content_type="image/svg+xml", headers={"Content-Security-Policy": DRAWING})


@bp.get("/spend/<any(months, producers, institutions, groups, shares):name>.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def spend_file(name: str, ending: str) -> Response:
    """One table of the page as a file."""
    filters, found, compared = read()
    table = tables.spend_tables(found, compared)[name]
    title = gettext("%(table)s, %(municipality)s, %(period)s", table=table.name,
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


def _figures(filters: Filters, found: Spend, compared: Comparison | None) -> list[Figure]:
    total, to = found.total, url_for("auditor.records", **filters.args)
    now, before = (compared.now, compared.before) if compared else (Sums(), Sums())
    stretch = days_between(compared.first, compared.last) if compared and not compared.whole else None
    return [
        Figure(gettext("Net, without VAT"), formats.money(total.net_cents),
               *_grown(now.net_cents, before.net_cents, stretch), to),
        Figure(gettext("Weight"), formats.weight(total.grams), *_grown(now.grams, before.grams, stretch), to),
        Figure(gettext("Organic, by weight"), formats.share(total.organic_bp),
               *_moved(now.organic_bp, before.organic_bp, stretch), "#shares"),
        Figure(gettext("Local, by weight"), formats.share(total.local_bp),
               *_moved(now.local_bp, before.local_bp, stretch), "#shares"),
    ]  # fmt: skip


def _grown(now: int, before: int, stretch: str | None) -> tuple[str, str | None]:
    if not before:
        return gettext("There is no year before to compare with."), None
    # Basis points, half up away from zero.
    grown = (abs(now - before) * 20_000 + before) // (2 * before)
    change = _signed(formats.share(grown), now - before)
    text = gettext("%(change)s on the year before", change=change)
    if stretch:
        text = gettext("%(days)s: %(change)s on the year before", days=stretch, change=change)
    return text, _trend(now - before)


def _moved(now: int | None, before: int | None, stretch: str | None) -> tuple[str, str | None]:
    if now is None or before is None:
        return gettext("There is no year before to compare with."), None
    text = gettext("%(before)s the year before", before=formats.share(before))
    if stretch:
        text = gettext(
            "%(days)s: %(now)s, the year before %(before)s",
            days=stretch, now=formats.share(now), before=formats.share(before),
        )  # fmt: skip
    return text, _trend(now - before)


def _signed(text: str, change: int) -> str:
    return ("+" if change > 0 else "−" if change < 0 else "") + text


def _trend(change: int) -> str:
    return "up" if change > 0 else "down" if change < 0 else "same"


def _questions(filters: Filters, found: Spend, compared: Comparison | None) -> list[Question]:
    made = tables.spend_tables(found, compared)
    headings = {
        "months": gettext("How much is spent?"),
        "producers": gettext("Who supplies us?"),
        "institutions": gettext("Who buys?"),
        "groups": gettext("What is bought?"),
        "shares": gettext("How organic and how local is it?"),
    }
    links = {
        "months": _month_links(filters, found),
        "shares": _month_links(filters, found),
        "producers": _part_links(filters, "producer", [part.id for part in found.producers]),
        "institutions": _part_links(filters, "institution", [part.id for part in found.institutions]),
        "groups": _part_links(filters, "group", [part.id for part in found.groups]),
    }
    return [
        Question(
            name, headings[name], CHARTS[name](found, compared, WIDTHS["wide"]).summary,
            show(made[name], links[name]), made[name].name,
        )
        for name in headings
    ]  # fmt: skip


def _month_links(filters: Filters, found: Spend) -> list[dict[str, str]]:
    return [
        _links(filters, "month", {"from": f"{month:%Y-%m}", "to": f"{month:%Y-%m}"})
        for month, _ in found.months
    ]


def _part_links(filters: Filters, name: str, ids: list[int]) -> list[dict[str, str]]:
    heading = "food_group" if name == "group" else name
    return [_links(filters, heading, {name: str(one)}) for one in ids]


def _links(filters: Filters, heading: str, narrower: dict[str, str]) -> dict[str, str]:
    """A row's name narrows the page to it; its figures lead to the records behind them."""
    args = {**filters.args, **narrower}
    behind = url_for("auditor.records", **args)
    measures = ("net", "lines", "weight", "organic_weight", "local_weight")
    return {heading: url_for("auditor.spend", **args), **dict.fromkeys(measures, behind)}
