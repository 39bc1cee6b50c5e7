"""How much of its budget an institution has spent, month by month since January.

Budgets are net cents a calendar year, of all funding sources together. They are of everything an institution
buys, so they stand only beside a selection that nothing but institution and period narrows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.audit.cells import Part, crossed, share_of
from foodorder.audit.charts import lines as drawn
from foodorder.audit.questions.frame import Asked, Exhibit, Leads, asks, in_month, lines, thing
from foodorder.audit.selection import Selection
from foodorder.audit.tables import name_of
from foodorder.db import db
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table

_BUDGETS = text("""
SELECT institution_id, year, sum(cents)::bigint AS cents FROM budget
 WHERE period = 'year' AND institution_id = ANY(CAST(:institutions AS integer[]))
   AND year BETWEEN :first_year AND :last_year
 GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class Point:
    """A month: what was spent in it, since January, and the budget of its year (None: none is entered)."""

    month: date
    net_cents: int
    since_january: int
    budget: int | None


def since_january(selection: Selection) -> dict[tuple[int, date], int]:
    """Net cents by institution and month, from January of the first year on."""
    whole = selection.between(date(selection.first.year, 1, 1), selection.last)
    found = crossed(whole, "institution_id", "month")
    return {(institution, month): of.net_cents for (institution, month), of in found.items()}


def budgets(selection: Selection) -> dict[tuple[int, int], int]:
    """Net cents by institution and year; nothing where the selection is narrower than what a budget is of."""
    narrower = (
        selection.producer_id, selection.food_group_id, selection.food_type_id, selection.cpv,
        selection.basis, selection.certificate,
    )  # fmt: skip
    if any(one is not None for one in narrower):
        return {}
    years = {"first_year": selection.first.year, "last_year": selection.last.year}
    rows = db.session.execute(_BUDGETS, {**selection.parameters(), **years})
    return {(row.institution_id, row.year): row.cents for row in rows}


def points(selection: Selection, spent: Mapping[tuple[int, date], int]) -> list[Point]:
    """The months of a selection with what all its institutions spent since January, beside their budgets.

    The budget of a year is that of all institutions that spent anything; None where one of them has none:
    a sum of some would be taken for that of all.
    """
    entered = budgets(selection)
    by_month: dict[date, int] = defaultdict(int)
    for (_, month), cents in spent.items():
        by_month[month] += cents
    found, year, together = [], 0, 0
    for month in sorted(by_month):
        together = by_month[month] + (together if month.year == year else 0)
        year = month.year
        if month >= selection.first:
            found.append(Point(month, by_month[month], together, _together(entered, spent, year)))
    return found


def _together(
    entered: Mapping[tuple[int, int], int], spent: Mapping[tuple[int, date], int], year: int
) -> int | None:
    buyers = {institution for institution, month in spent if month.year == year}
    known = [entered[one, year] for one in buyers if (one, year) in entered]
    return sum(known) if buyers and len(known) == len(buyers) else None


def exhibit(asked: Asked, found: Sequence[Point]) -> Exhibit:
    """Spend since January against the budget of the year, by month."""
    columns = (
        Column("month", gettext("Month"), Figure.DAY),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("since_january", gettext("Since January"), Figure.MONEY),
        Column("budget", gettext("Budget of the year"), Figure.MONEY),
        Column("used", gettext("Used"), Figure.RATE),
    )
    rows = tuple(
        (one.month, one.net_cents, one.since_january, one.budget, _used(one.since_january, one.budget))
        for one in found
    )
    leads = [
        {
            "month": asks("months", **in_month(one.month)),
            "net": lines(**in_month(one.month)),
            **_used_leads(one.month, asked.selection.institution_id),
        }
        for one in found
    ]
    return Exhibit(
        "budget",
        Table(gettext("Spend and budget"), columns, rows),
        leads,
        draw=lambda width: drawn.against_budget(
            [(one.month, one.since_january, one.budget) for one in found], width, summary(found)
        ),
        heading=gettext("How much of the budget is used?"),
        words=() if any(one.budget for one in found) else (_no_budget(asked.selection),),
    )


def _no_budget(selection: Selection) -> str:
    if selection.institution_id is None:
        return gettext(
            "Not every institution has entered a budget, or the filters are narrower than budgets."
        )
    return gettext("No budget is entered, or the filters are narrower than the budget.")


def summary(found: Sequence[Point]) -> str:
    """The newest month in a sentence."""
    last = found[-1]
    sums = formats.money(last.since_january)
    if not last.budget:
        return gettext(
            "From January to %(month)s %(sum)s was spent.", month=formats.month(last.month), sum=sums
        )
    return gettext(
        "From January to %(month)s %(sum)s was spent, %(share)s of the budget of %(budget)s.",
        month=formats.month(last.month), sum=sums, budget=formats.money(last.budget),
        share=formats.share(_used(last.since_january, last.budget)),
    )  # fmt: skip


def by_institution(asked: Asked, parts: Sequence[Part], spent: Mapping[tuple[int, date], int]) -> Exhibit:
    """Every institution: its spend in the selection, and in the last year since January of its budget."""
    year = asked.selection.last.year
    entered = budgets(asked.selection)
    total = sum(part.sums.net_cents for part in parts)
    columns = (
        Column("institution", gettext("Institution"), share=2),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("share", gettext("Share"), Figure.RATE),
        Column("since_january", gettext("Since January %(year)s", year=year), Figure.MONEY),
        Column("budget", gettext("Budget of the year"), Figure.MONEY),
        Column("used", gettext("Used"), Figure.RATE),
    )
    rows, leads = [], []
    for part in parts:
        this_year = sum(of for (one, month), of in spent.items() if one == part.id and month.year == year)
        budget = entered.get((part.id, year))
        net = part.sums.net_cents
        rows.append(
            (name_of(part), net, share_of(net, total), this_year, budget, _used(this_year, budget))
        )  # fmt: skip
        leads.append(
            {
                "institution": asks("months", institution=part.id),
                **dict.fromkeys(("net", "share"), lines(institution=part.id)),
                **_used_leads(asked.selection.last, part.id),
            }
        )
    every = sum(of for (_, month), of in spent.items() if month.year == year)
    together = _together(entered, spent, year)
    sums = (
        (gettext("Together"), total, share_of(total, total), every, together, _used(every, together)),
    )  # fmt: skip
    table = Table(gettext("By institution"), columns, tuple(rows), sums)
    every_lead = {
        **dict.fromkeys(("net", "share"), lines()),
        **_used_leads(asked.selection.last, asked.selection.institution_id),
    }
    return Exhibit("institutions", table, leads, [every_lead], heading=gettext("Who buys?"))


def _used_leads(last: date, institution_id: int | None) -> Leads:
    """What is used of a budget leads to the lines since January, the budget to who set it and when."""
    of = {"institution": str(institution_id)} if institution_id else {}
    behind = lines(**{**of, "from": f"{last.year}-01", "to": f"{last:%Y-%m}"})
    set_there = thing("trail", action="institution.budget_set", **of)
    return {**dict.fromkeys(("since_january", "used"), behind), "budget": set_there}


def _used(cents: int, budget: int | None) -> int | None:
    return share_of(cents, budget) if budget else None
