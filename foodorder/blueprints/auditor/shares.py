"""Green and local shares of the municipality's institutions, from a traffic light to the certificate."""

from flask import request
from werkzeug.wrappers import Response

from foodorder.audit.green import institutions
from foodorder.blueprints.auditor.counter import bp, download, institution_id, municipality
from foodorder.blueprints.shared import shares as pages
from foodorder.blueprints.shared.access import needs
from foodorder.rules.permissions import Permission


def chosen_institution() -> int | None:
    """The institution that is looked at: the reader's only one, or the one that the address names."""
    only = institution_id()
    if only is not None:
        return only
    wanted = request.args.get("institution", type=int)
    if wanted is not None and institutions(municipality().id, wanted):
        return wanted
    return None


@bp.get("/shares")
@needs(Permission.SHARES_SEE)
def shares() -> str:
    """The year's shares of every institution, or of one."""
    return pages.shares_page(
        "auditor/shares.html", municipality(), chosen_institution(), one=chosen_institution()
    )


@bp.get("/shares/lines")
@needs(Permission.SHARES_SEE)
def share_lines() -> str:
    """The lines behind a share."""
    one = chosen_institution()
    return pages.lines_page("auditor/share_lines.html", municipality(), one, institution=one)


@bp.get("/shares.<any(csv, xlsx):ending>")
@needs(Permission.SHARES_SEE)
def shares_file(ending: str) -> Response:
    """Shares by institution as a file."""
    return download(pages.shares_file(municipality(), chosen_institution(), "institutions", ending))


@bp.get("/shares/agreements.<any(csv, xlsx):ending>")
@needs(Permission.SHARES_SEE)
def agreement_shares_file(ending: str) -> Response:
    """Shares under each agreement as a file."""
    return download(pages.shares_file(municipality(), chosen_institution(), "agreements", ending))


@bp.get("/shares/<any(lines, elsewhere):name>.<any(csv, xlsx):ending>")
@needs(Permission.SHARES_SEE)
def share_lines_file(name: str, ending: str) -> Response:
    """The lines behind a share as a file."""
    return download(pages.lines_file(municipality(), chosen_institution(), name, ending))
