"""Packages of open contracting data: written once to the data folder, packed, and sent from there.

A package is whole before the first byte of it is sent, and whoever reads slowly keeps no transaction open.
"""

import gzip
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from flask import current_app, request
from werkzeug.wrappers import Response

from foodorder.audit.releases.export import House, Sort, newest, package
from foodorder.audit.releases.queries import Part
from foodorder.blueprints.shared.page import site
from foodorder.config import Settings
from foodorder.db import clock, db

#: Bytes sent at a time.
CHUNK = 65_536
#: Seconds for which the public gets the package that is there, though there may be newer releases.
FRESH = 300


def year_package(part: Part, sort: Sort, *, public: bool) -> Response | None:
    """A year's package, or that it has not changed since the reader took it; None where there is none."""
    written_at = newest(part, sort)
    if written_at is None:
        return None
    # Names may change without a release (a farm becomes a firm): after an hour it is made anew.
    mark = sha256(f"{written_at} {clock():%Y-%m-%dT%H} {site()}".encode()).hexdigest()[:20]
    file = _kept(_name(part, sort, public), mark, FRESH if public else 0)
    if file is None:
        file = _make(part, sort, mark, public)
    mark = file.suffixes[-2].removeprefix(".")
    if request.if_none_match.contains_weak(mark):
        return Response(status=304)
    return _answer(file, mark, f"ocds-{part.municipality.code}-{part.name}-{sort.value}.json")


def _answer(file: Path, mark: str, name: str) -> Response:
    answer = Response(content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.vary.add("Accept-Encoding")
    answer.set_etag(mark, weak=True)
    packed = bool(request.accept_encodings["gzip"])
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.response = _read(file, packed=packed)
    return answer


def _read(file: Path, *, packed: bool) -> Iterator[bytes]:
    with file.open("rb") if packed else gzip.open(file) as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    folder = settings.data_dir / "packages"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _name(part: Part, sort: Sort, public: bool) -> str:
    """What the public sees of small farms is a part of the name: a decision holds at once."""
    seen = part.municipality.public_small_producers if public else "full"
    return f"{part.municipality.id}-{part.name}-{sort.value}-{seen}"


def _kept(name: str, mark: str, fresh: int) -> Path | None:
    """The file of this mark; else one that is not older than so many seconds."""
    for file in _folder().glob(f"{name}.*.gz"):
        if file.name == f"{name}.{mark}.gz" or time.time() - file.stat().st_mtime < fresh:
            return file
    return None


def _make(part: Part, sort: Sort, mark: str, public: bool) -> Path:
    """Write the file and take the older ones away. Raises Nonsense, and then there is none."""
    house = House(site(), str(current_app.secret_key))
    pieces = package(part, sort, house, public=public, between=db.session.commit) or iter(())
    folder, name = _folder(), _name(part, sort, public)
    unfinished = folder / f"{token_hex(8)}.part"
    try:
        with gzip.open(unfinished, "wt", encoding="utf-8", compresslevel=6) as target:
            target.writelines(pieces)
        older = list(folder.glob(f"{name}.*.gz"))
        file = unfinished.replace(folder / f"{name}.{mark}.gz")
    finally:
        unfinished.unlink(missing_ok=True)
    for one in older:
        if one != file:
            one.unlink(missing_ok=True)
    return file
