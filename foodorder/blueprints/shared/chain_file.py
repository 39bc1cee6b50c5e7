"""The sealed chain to take along: for auditors with the texts of their municipality, for administrators with
those of the installation itself, and for both the program that checks it."""

from collections.abc import Iterator

from flask import stream_with_context
from werkzeug.wrappers import Response

from foodorder.blueprints.shared.files import download
from foodorder.config import resource
from foodorder.db import clock, db
from foodorder.trail.export import Extent, export, packed

VERIFIER = "verify_chain.py"


def chain_download(extent: Extent, name: str) -> Response:
    """An export as it is made, piece by piece."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pieces = stream_with_context(_pieces(extent))
    return Response(pieces, content_type="application/gzip", headers=headers)


def _pieces(extent: Extent) -> Iterator[bytes]:
    # Whoever reads slowly must not keep a transaction open: nothing that was sealed changes.
    yield from packed(export(extent, now=clock(), between=db.session.commit))


def verifier() -> Response:
    """The program that checks an export, with Python's standard library alone."""
    program = (resource("docs") / VERIFIER).read_bytes()
    return download(VERIFIER, "text/x-python; charset=utf-8", program)
