"""Packages of open contracting data as they are made: piece by piece, packed on the way, kept by caches."""

import hashlib
import zlib
from collections.abc import Iterator
from importlib.metadata import version

from flask import current_app, request, stream_with_context
from werkzeug.wrappers import Response

from foodorder.audit.releases.export import House, Sort, newest, package
from foodorder.audit.releases.queries import Part
from foodorder.blueprints.shared.page import site
from foodorder.db import clock, db

#: Bytes gathered before they are sent.
ENOUGH = 65_536
#: gzip's header and trailer around the stream, the greatest window.
GZIP = 31


def year_package(part: Part, sort: Sort, *, public: bool) -> Response | None:
    """A year's package, or that it has not changed since the reader took it; None where there is none.

    Names may change without a release (a farm becomes a firm): after an hour it is made anew.
    """
    written_at = newest(part, sort)
    if written_at is None:
        return None
    told = f"{version('foodorder')} {part.municipality.code} {part.name} {sort} {public} {written_at}"
    told += f" {part.municipality.public_small_producers} {clock():%Y-%m-%dT%H}"
    mark = hashlib.sha256(told.encode()).hexdigest()[:20]
    if request.if_none_match.contains_weak(mark):
        return Response(status=304)
    house = House(site(), str(current_app.secret_key))
    pieces = package(part, sort, house, public=public, between=db.session.commit)
    if pieces is None:
        return None
    name = f"ocds-{part.municipality.code}-{part.name}-{sort.value}.json"
    answer = Response(content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.vary.add("Accept-Encoding")
    answer.set_etag(mark, weak=True)
    if request.accept_encodings["gzip"]:
        answer.headers["Content-Encoding"] = "gzip"
        answer.response = stream_with_context(_packed(_gathered(pieces)))
    else:
        answer.response = stream_with_context(_gathered(pieces))
    return answer


def _gathered(pieces: Iterator[str]) -> Iterator[bytes]:
    held, size = [], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > ENOUGH:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def _packed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=GZIP)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()
