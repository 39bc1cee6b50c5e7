"""Make a document when it is first asked for, and keep it by the fingerprint of what it shows.

The caller owns the transaction and commits it, for the first download writes a row: a view does
`with transaction(): file = make(...)`. Whether the reader may see it is the caller's matter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from foodorder.db import db
from foodorder.procurement.documents import deliveries, lists, pdf, record, sheets, supply
from foodorder.procurement.documents.paper import Paper
from foodorder.procurement.models import Document


@dataclass(frozen=True, slots=True)
class File:
    """A finished document as it is downloaded or attached."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Format:
    """A form that every paper can take."""

    ending: str
    media_type: str
    render: Callable[[Paper], bytes]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        form.ending: form
        for form in (
            Format("pdf", "application/pdf", pdf.render),
            Format("csv", "text/csv; charset=utf-8", sheets.csv_file),
            Format(
                "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheets.workbook
            ),
        )
    }
)

#: What a message may ask for by name; each takes a language, a base URL and the message's arguments.
PAPERS: Mapping[str, Callable[..., Paper]] = MappingProxyType(
    {
        "record": record.paper,
        "supply": supply.paper,
        "deliveries": deliveries.paper,
        "offers": lists.offers,
        "producers": lists.producers,
    }
)


def kept(paper: Paper, ending: str) -> File:
    """The paper in one form: as it was made the first time, or made and stored now."""
    form = FORMATS[ending]
    name = f"{paper.name}.{ending}"
    if not paper.kept:
        return File(name, form.media_type, form.render(paper))
    key = {
        "kind": paper.kind,
        "object_id": paper.object_id,
        "language": paper.language,
        "format": ending,
        "fingerprint": paper.fingerprint(),
    }
    content = db.session.scalar(select(Document.content).filter_by(**key))
    if content is None:
        content = form.render(paper)
        # Two readers may make it at once; one row stays, both have the same.
        db.session.execute(insert(Document).values(**key, content=content).on_conflict_do_nothing())
    return File(name, form.media_type, content)


def make(name: str, ending: str, language: str, base_url: str = "", **arguments: Any) -> File:
    """A document by its name: `make("record", "pdf", "sl", record_id=7)`.

    Raises KeyError for a name or ending that does not exist, NoResultFound for a row that does not.
    """
    return kept(PAPERS[name](language, base_url, **arguments), ending)


def attach(description: Mapping[str, Any], language: str, base_url: str = "") -> tuple[str, str, bytes]:
    """The attachment that a queued message describes: file name, media type, content.

    `description` is {"document": name, "format": "pdf" | "xlsx" | "csv", "arguments": {…}}.
    """
    file = make(
        description["document"], description["format"], language, base_url, **description["arguments"]
    )
    return file.name, file.media_type, file.content
