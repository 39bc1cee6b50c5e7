"""Claims as the auditor reads them: what came of them, and what was bought elsewhere."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import claims as listed
from foodorder.audit.claims import ClaimRow
from foodorder.audit.exports import render
from foodorder.blueprints.auditor.counter import bp, download, found, institution_id, municipality, show
from foodorder.blueprints.auditor.filters import Filters, chosen
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.claim_page import claim_context
from foodorder.delivery.claim_queries import ClaimScope, find_claim
from foodorder.language import gettext
from foodorder.procurement.documents.tables import Table
from foodorder.rules.claims import CLAIM_STATES, ClaimState
from foodorder.rules.permissions import Permission

#: Claims on one page of the list.
PAGE = 50


def scope() -> ClaimScope:
    """As far as the reader sees."""
    return ClaimScope(municipality_id=municipality().id, institution_id=institution_id())


@bp.get("/claims")
@needs(Permission.SPEND_SEE)
def claims() -> str:
    """Claims about goods of the selection, those that wait on top."""
    filters, state = _asked()
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    sums = listed.claims(filters.selection, state, limit=PAGE, offset=(number - 1) * PAGE)
    return render_template(
        "auditor/claims.html",
        filters=filters,
        sums=sums,
        shown=show(_told(listed.table(sums.rows)), [_links(filters, one) for one in sums.rows]),
        number=number,
        pages=(sums.claims + PAGE - 1) // PAGE,
    )


@bp.get("/claims.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def claims_file(ending: str) -> Response:
    """The same as a file, whole."""
    filters, state = _asked()
    table = listed.table(listed.claims(filters.selection, state).rows)
    title = gettext("%(table)s, %(municipality)s, %(period)s", table=table.name,
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


@bp.get("/claims/<int:claim_id>")
@needs(Permission.SPEND_SEE)
def claim(claim_id: int) -> Any:
    """A claim with its clock, its answer and its end."""
    return render_template("auditor/claim.html", **claim_context(found(find_claim(claim_id, scope()))))


def _asked() -> tuple[Filters, ClaimState | None]:
    """The filters of this request, and where the claims are to stand."""
    filters = chosen()
    value = filters.also(
        "state", gettext("State"), [(one, gettext(word)) for one, word in CLAIM_STATES.items()]
    )
    return filters, ClaimState(value) if value else None


def _told(table: Table) -> Table:
    """What is read at a glance; the page of a claim and the file have it all."""
    extra = () if any(row[-1] for row in table.rows) else ("extra",)
    return table.without("opened", "closed", *extra)


def _links(filters: Filters, one: ClaimRow) -> dict[str, str]:
    kitchen = {**filters.args, "institution": str(one.institution_id)}
    farm = {**filters.args, "producer": str(one.producer_id)}
    return {
        "food": url_for("auditor.claim", claim_id=one.id),
        "quantity": url_for("auditor.line", line_id=one.line_id),
        "note": url_for("auditor.note", note_id=one.note_id),
        "institution": url_for("auditor.claims", **kitchen),
        "producer": url_for("auditor.claims", **farm),
        **({"extra": url_for("auditor.claim", claim_id=one.id)} if one.extra_cents else {}),
    }
