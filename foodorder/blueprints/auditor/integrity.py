"""Equal treatment and integrity: who was admitted and who was not, declared interests, suppliers' owners."""

from typing import Any

from flask import render_template, url_for
from werkzeug.wrappers import Response

from foodorder.accounts.interests import declarations, local_day
from foodorder.accounts.models import InterestDeclaration
from foodorder.accounts.ownership import statement_of
from foodorder.agreements.integrity import timeliness
from foodorder.audit import integrity_tables as tables
from foodorder.audit.admitted import admission_cases, application_cases
from foodorder.audit.exports import render
from foodorder.audit.interests import Concerned, purchases_concerned
from foodorder.audit.ownership import asked_for_statements
from foodorder.blueprints.auditor.counter import bp, download, found, show, whole_municipality
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.files import download as download_as_is
from foodorder.db import clock
from foodorder.language import gettext
from foodorder.procurement.documents.tables import Table
from foodorder.rules.files import read_file
from foodorder.rules.permissions import Permission

Pair = tuple[InterestDeclaration, Concerned]


@bp.get("/admissions")
@needs(Permission.INTERESTS_SEE)
def admissions() -> str:
    """Who asked to sell here or in a lot, who was admitted or refused, when, by whom and why."""
    own = whole_municipality()
    return render_template(
        "auditor/admissions.html",
        admissions=show(tables.cases(admission_cases(own.id)).without("to")),
        applications=show(tables.cases(application_cases(own.id))),
    )


@bp.get("/admissions.<any(csv, xlsx):ending>")
@needs(Permission.INTERESTS_SEE)
def admissions_file(ending: str) -> Response:
    """Both lists as one file."""
    own = whole_municipality()
    table = tables.cases([*admission_cases(own.id), *application_cases(own.id)])
    title = gettext("Admissions in %(municipality)s", municipality=own.name)
    return download(render(table, ending, title, f"{table.name}-{own.code}"))


@bp.get("/interests")
@needs(Permission.INTERESTS_SEE)
def interests() -> str:
    """Every declaration, the purchases concerned, and statements of owners."""
    own = whole_municipality()
    rows = declarations(own.id)
    pairs = _pairs(own.id, rows)
    return render_template(
        "auditor/interests.html",
        declared=show(_declared(own.name, rows)),
        concerned=show(tables.concerned(pairs), [_links(declared, one) for declared, one in pairs]),
        forbidden=sum(one.forbidden for _declared, one in pairs),
        owing=asked_for_statements(own.id, local_day(own, clock())),
    )


@bp.get("/interests/<any(declarations, purchases):name>.<any(csv, xlsx):ending>")
@needs(Permission.INTERESTS_SEE)
def interests_file(name: str, ending: str) -> Response:
    """One of the two tables as a file."""
    own = whole_municipality()
    rows = declarations(own.id)
    made = _declared(own.name, rows) if name == "declarations" else tables.concerned(_pairs(own.id, rows))
    title = gettext("%(table)s, %(municipality)s", table=made.name, municipality=own.name)
    return download(render(made, ending, title, f"{made.name}-{own.code}"))


@bp.get("/ownership/<int:statement_id>")
@needs(Permission.INTERESTS_SEE)
def ownership_document(statement_id: int) -> Response:
    """The file of a statement of owners."""
    statement = found(statement_of(whole_municipality().id, statement_id))
    file = read_file(found(statement.document_name), found(statement.document))
    return download_as_is(file.name, file.media_type, file.content)


def _declared(name: str, rows: list[InterestDeclaration]) -> Table:
    return tables.declarations(rows, timeliness(rows), name)


def _pairs(municipality_id: int, rows: list[InterestDeclaration]) -> list[Pair]:
    bought = purchases_concerned(municipality_id, rows)
    # What the law forbids stands first.
    return [
        (row, one)
        for row in rows
        for one in sorted(bought.get(row.id, ()), key=lambda one: not one.forbidden)
    ]


def _links(_declared: InterestDeclaration, one: Concerned) -> dict[str, str]:
    args: dict[str, Any] = {"institution": one.institution_id, "producer": one.producer_id}
    args |= {"from": f"{one.first:%Y-%m}", "to": f"{one.last:%Y-%m}"}
    behind = url_for("auditor.records", **args)
    return dict.fromkeys(("records", "net"), behind) if one.records else {}
