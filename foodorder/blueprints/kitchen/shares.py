"""Our green and local shares: the year's figures, and the certificate behind each kilogram."""

from flask import Response

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.kitchen.records import download
from foodorder.blueprints.shared import shares as pages
from foodorder.blueprints.shared.access import needs
from foodorder.procurement.documents.store import File
from foodorder.rules.permissions import Permission


@bp.get("/shares")
@needs(Permission.SHARES_SEE)
def shares() -> str:
    """The year's shares of our kitchen."""
    ours = our_institution()
    return pages.shares_page("kitchen/shares.html", ours.municipality, ours.id)


@bp.get("/shares/lines")
@needs(Permission.SHARES_SEE)
def share_lines() -> str:
    """The lines behind a share of ours."""
    ours = our_institution()
    return pages.lines_page("kitchen/share_lines.html", ours.municipality, ours.id)


@bp.get("/shares.<any(csv, xlsx):ending>")
@needs(Permission.SHARES_SEE)
def shares_file(ending: str) -> Response:
    """Our shares as a file."""
    ours = our_institution()
    return _download(pages.shares_file(ours.municipality, ours.id, "institutions", ending))


@bp.get("/shares/agreements.<any(csv, xlsx):ending>")
@needs(Permission.SHARES_SEE)
def agreement_shares_file(ending: str) -> Response:
    """Our shares under each agreement as a file."""
    ours = our_institution()
    return _download(pages.shares_file(ours.municipality, ours.id, "agreements", ending))


@bp.get("/shares/<any(lines, elsewhere):name>.<any(csv, xlsx):ending>")
@needs(Permission.SHARES_SEE)
def share_lines_file(name: str, ending: str) -> Response:
    """The lines behind a share of ours as a file."""
    ours = our_institution()
    return _download(pages.lines_file(ours.municipality, ours.id, name, ending))


def _download(file: File) -> Response:
    return download(file.name, file.media_type, file.content)
