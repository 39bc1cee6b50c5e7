"""Every figure of every question is what raw lines come to, and leads to lines that come to it."""

import calendar
import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from foodorder.accounts.budgets import Period, set_budget
from foodorder.audit import lines as listed
from foodorder.audit.cells import crossed
from foodorder.audit.exports import render
from foodorder.audit.prices import dearest_food
from foodorder.audit.queries import spend
from foodorder.audit.questions import QUESTIONS, budgets
from foodorder.audit.questions.foods import levels
from foodorder.audit.questions.frame import Asked, Exhibit, Lead
from foodorder.audit.questions.overview import headlines
from foodorder.audit.selection import Selection
from foodorder.language import formats
from foodorder.rules.agreements import Funding
from foodorder.trail.actor import COMMAND
from tests.factories import NOW
from tests.histories import Line, chosen, make_history, raw_lines, selections

TODAY = date(2027, 12, 20)
SPAN = (date(2026, 11, 30), date(2027, 12, 12))
#: Questions whose figures are sums of lines.
OURS = ("months", "producers", "matrix", "foods", "prices", "shares")

#: Key of a column → what its figure is of the lines that it leads to.
FIGURES = {
    "lines": len,
    "net": lambda found: sum(line.net_cents for line in found),
    "since_january": lambda found: sum(line.net_cents for line in found),
    "net_year_before": lambda found: sum(line.net_cents for line in found),
    "weight": lambda found: sum(line.grams for line in found),
    "organic_weight": lambda found: sum(line.grams for line in found),
    "quality_weight": lambda found: sum(line.grams for line in found),
    "local_weight": lambda found: sum(line.grams for line in found),
}
PARAMETERS = {"institution": "institution_id", "producer": "producer_id", "group": "food_group_id",
              "food": "food_type_id"}  # fmt: skip


def figure_of(key: str) -> Any:
    return FIGURES["net"] if key[:2] == "20" or key.startswith("producer-") else FIGURES.get(key)


def led_to(lead: Lead, selection: Selection) -> Selection:
    """The selection of the page that a lead opens."""
    told: dict[str, Any] = {}
    for name, value in lead.filters.items():
        if name == "from":
            told["first"] = date.fromisoformat(f"{value}-01")
        elif name == "to":
            month = date.fromisoformat(f"{value}-01")
            told["last"] = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        elif name in PARAMETERS:
            told[PARAMETERS[name]] = int(value)
        elif name == "origin":
            told["local"] = value == "local"
        else:
            told[name] = value
    return replace(selection, **told)


def answers(selection: Selection) -> Any:
    for question in QUESTIONS:
        if question.name in OURS:
            yield question, question.answer(Asked(selection, SPAN, TODAY))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_that_of_the_lines_it_leads_to(world: Any, clock_at: Any, seed: int) -> None:
    make_history(world, clock_at, seed)
    raw = raw_lines()
    tried = 0
    for selection in selections(world, seed):
        here = chosen(raw, selection)
        assert (spend(selection).total.net_cents, spend(selection).total.lines) == (
            FIGURES["net"](here), len(here),
        )  # fmt: skip
        sums = listed.records(selection, limit=1)
        assert (sums.lines, sums.net_cents, sums.grams) == (
            len(here), FIGURES["net"](here), FIGURES["weight"](here),
        )  # fmt: skip
        assert_weights(selection, here)
        assert_codes(selection, here)
        for question, answer in answers(selection):
            assert bool(answer.exhibits) == bool(here), question.name
            of = selection
            if question.name == "prices":
                of = replace(selection, food_type_id=dearest_food(selection))
            for exhibit in answer.exhibits:
                tried += compare(exhibit, selection, raw)
                assert whole(exhibit, chosen(raw, of)), (question.name, exhibit.name)
                assert same_in_file(exhibit), (question.name, exhibit.name)
    assert tried > 300


def assert_weights(selection: Selection, here: list[Line]) -> None:
    """Organic, quality-scheme and local weight are those of the lines, and the figures on top their sums."""
    total = spend(selection).total
    for certificate, grams in (("organic", total.organic_grams), ("quality", total.quality_grams)):
        assert grams == sum(line.grams for line in here if line.certificate == certificate)
    assert total.local_grams == sum(line.grams for line in here if line.local)
    near, far = (listed.records(replace(selection, local=one)) for one in (True, False))
    assert (near.grams, near.lines) == (total.local_grams, len([line for line in here if line.local]))
    assert (near.grams + far.grams, near.lines + far.lines) == (total.grams, total.lines)
    told = [one.value for one in headlines(Asked(selection, SPAN, TODAY))[:2]]
    expected = [formats.money(FIGURES["net"](here)), formats.weight(FIGURES["weight"](here))]
    assert told == (expected if here else [])


def assert_codes(selection: Selection, here: list[Line]) -> None:
    """Codes add up at every level."""
    found = levels({code: sums for (code,), sums in crossed(selection, "cpv").items()})
    for start, sums in found.items():
        assert sums.net_cents == sum(line.net_cents for line in here if line.cpv.startswith(start)), start
    assert not here or {len(start) for start in found} >= {2, 3, 4}


def compare(exhibit: Exhibit, selection: Selection, raw: list[Line]) -> int:
    """How many figures were compared with the lines behind them."""
    tried = 0
    keys = [column.key for column in exhibit.table.columns]
    rows = [*zip(exhibit.table.rows, exhibit.leads, strict=False),
            *zip(exhibit.table.sums, exhibit.sum_leads, strict=False)]  # fmt: skip
    for row, leads in rows:
        for key, value in zip(keys, row, strict=True):
            figure, lead = figure_of(key), leads.get(key)
            if lead and figure and value is not None:
                assert lead.page == "records", (exhibit.name, key)
                assert value == figure(chosen(raw, led_to(lead, selection))), (exhibit.name, key, row)
                tried += 1
    return tried


def whole(exhibit: Exhibit, here: list[Line]) -> bool:
    """Rows, and the row of sums, come to all lines of the selection."""
    keys = [column.key for column in exhibit.table.columns]
    if "net" not in keys or exhibit.name == "budget":
        return True
    place = keys.index("net")
    rows = [row for row in exhibit.table.rows if exhibit.name != "codes" or len(str(row[0])) == 2]
    every = [sum(row[place] or 0 for row in rows)]  # type: ignore[misc]
    every += [row[place] for row in exhibit.table.sums]  # type: ignore[misc]
    return set(every) == {FIGURES["net"](here)}


def same_in_file(exhibit: Exhibit) -> bool:
    """The file has the same sum of net cents."""
    keys = [column.key for column in exhibit.table.columns]
    told = render(exhibit.table, "csv", "", "x").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told)))
    if "net" not in keys:
        return len(rows) == len(exhibit.table.rows)
    cents = sum(round(float(row["net_eur"] or 0) * 100) for row in rows)
    return cents == sum(row[keys.index("net")] or 0 for row in exhibit.table.rows)  # type: ignore[misc]


def test_since_january_begins_anew_each_year_and_stands_beside_the_whole_budget(
    world: Any, clock_at: Any
) -> None:
    make_history(world, clock_at, 4)
    raw = [line for line in raw_lines() if line.municipality_id == world.municipality.id]
    selection = Selection(world.municipality.id, date(2027, 1, 1), date(2027, 12, 31))
    spent = budgets.since_january(selection)
    points = budgets.points(selection, spent)
    for point in points:
        assert point.since_january == sum(
            line.net_cents for line in raw if line.day.year == 2027 and line.month <= point.month
        )
        assert point.budget is None
    buyers = {line.institution_id for line in raw if line.day.year == 2027}
    for kitchen in world.kitchens:
        if kitchen.id in buyers:
            for funding in (Funding.REGULAR, Funding.SCHOOL_SCHEME):
                set_budget(kitchen, funding, Period.YEAR, 2027, 50_000, actor=COMMAND, now=NOW)
            # Only when all of them have a budget is their sum one.
            known = budgets.points(selection, spent)[-1].budget
            assert known in (None, len(buyers) * 100_000)
    assert known == len(buyers) * 100_000
    narrower = replace(selection, producer_id=raw[0].producer_id)
    assert budgets.points(narrower, budgets.since_january(narrower))[-1].budget is None
