"""The questions of the desk: a page, a drawing and files for each, and a first page with all in short."""

from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, url_for
from werkzeug.wrappers import Response

from foodorder.audit.charts.drawing import WIDTHS
from foodorder.audit.exports import render
from foodorder.audit.flags import words as flag_words
from foodorder.audit.flags.queries import concerning
from foodorder.audit.questions import BY_NAME, QUESTIONS
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Headline, Lead, Leads, Question
from foodorder.audit.questions.overview import headlines
from foodorder.blueprints.auditor.counter import Shown, bp, download, institution_id, municipality, show
from foodorder.blueprints.auditor.filters import Filters, chosen
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock
from foodorder.language import gettext
from foodorder.language.times import local
from foodorder.rules.permissions import Permission

#: A drawing is a document of its own: nothing may be loaded from it.
DRAWING = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

#: Converter of addresses that takes the names of the questions and nothing else.
NAMED = f"any({', '.join(BY_NAME)})"


@dataclass(frozen=True, slots=True)
class View:
    """An exhibit as the page shows it. `summary`: the drawing in words; empty without a drawing."""

    name: str
    heading: str
    words: tuple[str, ...]
    caption: str
    table: Shown
    summary: str


@bp.get("/spend")
@needs(Permission.SPEND_SEE)
def spend() -> str:
    """The desk: four figures, every question in short, and the first one in full."""
    filters = chosen()
    asked = _asked(filters)
    cards = [(one, one.brief(asked)) for one in _questions()]
    figures = [_headline(one, filters) for one in headlines(asked)]
    return _page(QUESTIONS[0], filters, asked, figures=figures, cards=cards)


@bp.get(f"/spend/<{NAMED}:question>")
@needs(Permission.SPEND_SEE)
def question(question: str) -> str:
    """One question with its answer."""
    found = _question(question)
    filters = chosen(found.boxes)
    return _page(found, filters, _asked(filters))


@bp.get(f"/spend/<{NAMED}:question>/<exhibit>-<any(wide, narrow):size>.svg")
@needs(Permission.SPEND_SEE)
def drawing(question: str, exhibit: str, size: str) -> Response:
    """The drawing of an exhibit."""
    _, _, one = _exhibit(question, exhibit)
    if one.draw is None:
        abort(404)
    drawn = one.draw(WIDTHS[size]).svg()
    return Response(drawn, content_type="image/svg+xml", headers={"Content-Security-Policy": DRAWING})


@bp.get(f"/spend/<{NAMED}:question>/<exhibit>.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def spend_file(question: str, exhibit: str, ending: str) -> Response:
    """The table of an exhibit as a file."""
    filters, _, one = _exhibit(question, exhibit)
    title = gettext("%(table)s, %(municipality)s, %(period)s", table=one.table.name,
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(one.table, ending, title, f"{one.table.name}-{municipality().code}"))


def _questions() -> list[Question]:
    """The questions that this reader may ask."""
    return [one for one in QUESTIONS if not one.whole or institution_id() is None]


def _question(name: str) -> Question:
    found = BY_NAME[name]
    if found not in _questions():
        abort(404)
    return found


def _asked(filters: Filters) -> Asked:
    return Asked(filters.selection.reaching(), filters.span, local(clock()).date())


def _exhibit(name: str, exhibit: str) -> tuple[Filters, Answer, Exhibit]:
    found = _question(name)
    filters = chosen(found.boxes)
    answer = found.answer(_asked(filters))
    one = answer.exhibit(exhibit)
    if one is None:
        abort(404)
    return filters, answer, one


def _page(asking: Question, filters: Filters, asked: Asked, **more: Any) -> str:
    answer = asking.answer(asked)
    return render_template(
        "auditor/spend.html",
        filters=filters,
        question=asking,
        questions=_questions(),
        answer=answer,
        headlines=[_headline(one, filters) for one in answer.figures],
        exhibits=[_view(one, filters) for one in answer.exhibits],
        further=[(words, _address(lead, filters)) for words, lead in answer.further],
        **_margin(filters),
        **more,
    )


def _margin(filters: Filters) -> dict[str, Any]:
    """The flags that concern what is shown, for who may see them."""
    if not present().may(Permission.FLAGS_SEE):
        return {}
    return {"flags": concerning(filters.selection), "flag_words": flag_words}


def _view(one: Exhibit, filters: Filters) -> View:
    def addresses(leads: Leads) -> dict[str, str]:
        # Many figures of a row lead to the same lines.
        different = {id(lead): lead for lead in leads.values()}
        made = {number: _address(lead, filters) for number, lead in different.items()}
        return {key: there for key, lead in leads.items() if (there := made[id(lead)])}

    return View(
        one.name,
        one.heading,
        one.words,
        one.table.name,
        show(one.table, [addresses(row) for row in one.leads], [addresses(row) for row in one.sum_leads]),
        one.draw(WIDTHS["wide"]).summary if one.draw else "",
    )


def _headline(one: Headline, filters: Filters) -> tuple[Headline, str | None]:
    return one, _address(one.lead, filters) if one.lead else None


def _address(lead: Lead, filters: Filters) -> str | None:
    """Where a figure leads; nowhere for a reader who may not go there."""
    if lead.page == "trail" and not present().may(Permission.TRAIL_SEE):
        return None
    of: dict[str, Any] = dict(lead.of)
    if of:
        return url_for(f"auditor.{lead.page}", **of)
    args: dict[str, Any] = {key: one for key, one in {**filters.args, **lead.filters}.items() if one}
    page, _, name = lead.page.partition(":")
    if name:
        args["question"] = name
    return url_for(f"auditor.{page}", **args)
