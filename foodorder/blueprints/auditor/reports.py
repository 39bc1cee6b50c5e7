"""The records of the law: evidence orders, exempted lots, statistics, each as known on a day."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import report_tables as tables
from foodorder.audit.evidence import (
    Behind,
    evidence,
    order_lines,
    order_lines_sum,
    publication_due,
    statistics,
)
from foodorder.audit.exempted import exempted
from foodorder.audit.exports import render
from foodorder.audit.green import targets
from foodorder.blueprints.auditor.counter import bp, download, institution_id, municipality, show
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.asked import Asked, asked
from foodorder.language import gettext
from foodorder.procurement.documents.tables import Table
from foodorder.rules.agreements import Basis
from foodorder.rules.errors import N_
from foodorder.rules.green import law_day
from foodorder.rules.permissions import Permission

#: Reports with a page of lines → the basis of the orders they are about.
BASIS_OF = {"evidence": Basis.EVIDENCE, "exempted": Basis.EXEMPTED}

#: Lines on one page.
PAGE = 50

#: Before any system: lines of exempted lots are told since the agreement began.
BEGINNING = 2000

HEADINGS = {
    "evidence": N_("Evidence orders"),
    "exempted": N_("Exempted lots"),
    "statistics": N_("Yearly statistics"),
}


@bp.get("/reports")
@needs(Permission.REPORTS_SEE)
def reports() -> str:
    """What the law asks for of a year, and until when."""
    question = asked(municipality())
    law = law_day(question.year, question.at.day)
    return render_template(
        "auditor/reports.html",
        asked=question,
        publish_by=publication_due(question.year, law),
        statistics_by=statistics(municipality().id, question.year, question.at, institution_id()).due,
        targets=targets(question.year, question.at),
    )


@bp.get("/reports/<any(evidence, exempted, statistics):name>")
@needs(Permission.REPORTS_SEE)
def report(name: str) -> str:
    """One report of a year, as known on a day."""
    question = asked(municipality())
    made = REPORTS[name](question)
    return render_template(
        f"auditor/report_{name}.html", asked=question, name=name, heading=gettext(HEADINGS[name]), **made
    )


@bp.get("/reports/<any(evidence, exempted, statistics):name>.<any(csv, xlsx):ending>")
@needs(Permission.REPORTS_SEE)
def report_file(name: str, ending: str) -> Response:
    """A report as a file; ?publish=1: only what must be published."""
    question = asked(municipality())
    return _file(_table(name, question), ending, question)


@bp.get("/reports/<any(evidence, exempted):name>/lines")
@needs(Permission.REPORTS_SEE)
def report_lines(name: str) -> str:
    """The lines of records behind an entry of a report."""
    question = asked(municipality())
    behind, args = _behind(name, question)
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    here = order_lines(behind, limit=PAGE, offset=(number - 1) * PAGE)
    count, net_cents = order_lines_sum(behind)
    # Who orders knows records at the own counter.
    record = "auditor.record" if present().may(Permission.SPEND_SEE) else "kitchen.record"
    table = tables.order_lines(here)
    # What is the same in every row stands in the heading.
    idle = ("basis", "lot") if name == "evidence" else ("basis", "subject")
    shown = show(table.without("recorded", *idle), [
        {"record": url_for(record, record_id=line.record_id) + f"#line-{line.id}"} for line in here
    ])  # fmt: skip
    return render_template(
        "auditor/report_lines.html",
        asked=question,
        name=name,
        heading=gettext(HEADINGS[name]),
        table=shown,
        count=count,
        net_cents=net_cents,
        args=args,
        number=number,
        pages=-(-count // PAGE),
    )


@bp.get("/reports/<any(evidence, exempted):name>/lines.<any(csv, xlsx):ending>")
@needs(Permission.REPORTS_SEE)
def report_lines_file(name: str, ending: str) -> Response:
    """The lines behind an entry as a file."""
    question = asked(municipality())
    return _file(tables.order_lines(order_lines(_behind(name, question)[0])), ending, question)


def _evidence(question: Asked) -> dict[str, Any]:
    found = evidence(municipality().id, question.year, question.at, institution_id())
    links = [
        {
            key: url_for(
                "auditor.report_lines", name="evidence", institution=row.institution_id,
                producer=row.producer_id, subject=row.subject, **question.args,
            )
            for key in ("value", "orders")
        }
        for row in found.rows
    ]  # fmt: skip
    # All that is bought here is goods: only the portal asks for it.
    return {"report": found, "table": show(tables.evidence(found).without("kind"), links)}


def _exempted(question: Asked) -> dict[str, Any]:
    found = exempted(municipality().id, question.year, question.at, institution_id())
    return {"report": found}


def _statistics(question: Asked) -> dict[str, Any]:
    found = statistics(municipality().id, question.year, question.at, institution_id())
    return {"report": found, "table": show(tables.statistics(found))}


#: What each page shows.
REPORTS: Mapping[str, Callable[[Asked], dict[str, Any]]] = {
    "evidence": _evidence,
    "exempted": _exempted,
    "statistics": _statistics,
}


def _table(name: str, question: Asked) -> Table:
    of, only = municipality().id, institution_id()
    if name == "exempted":
        found = exempted(of, question.year, question.at, only)
        return tables.exempted_parts(found) if request.args.get("parts") else tables.exempted(found)
    if name == "statistics":
        return tables.statistics(statistics(of, question.year, question.at, only))
    return tables.evidence(evidence(of, question.year, question.at, only), bool(request.args.get("publish")))


def _behind(name: str, question: Asked) -> tuple[Behind, dict[str, Any]]:
    """What lines this request asks for, and the parameters of its address."""
    args: dict[str, Any] = dict(question.args)
    for key in ("institution", "producer", "lot", "since"):
        value = request.args.get(key, type=int)
        if value is not None:
            args[key] = value
    if request.args.get("subject"):
        args["subject"] = request.args["subject"][:200]
    behind = Behind(
        municipality().id,
        question.year,
        question.at,
        BASIS_OF[name],
        institution_id=institution_id() or args.get("institution"),
        producer_id=args.get("producer"),
        subject=args.get("subject"),
        lot_id=args.get("lot"),
        since_year=BEGINNING if args.get("since") else None,
    )
    return behind, args


def _file(table: Table, ending: str, question: Asked) -> Response:
    of = municipality()
    title = gettext(
        "%(table)s, %(municipality)s, as known on %(day)s",
        table=table.name, municipality=of.name, day=question.at.day.isoformat(),
    )  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{of.code}"))
