"""A paper before it has a form: what is printed, and the tables behind it."""

import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import segno

from foodorder.language import get_locale, gettext
from foodorder.procurement.documents.tables import Table

#: Raised when the look of the papers changes, so that a kept PDF is made anew.
LOOK = 2
#: The same data always give the same bytes: no moment of making stands in a file.
MADE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Paper:
    """One document in one language.

    `object_id` is the row it is about, `name` the file's without its ending.
    """

    kind: str
    object_id: int
    name: str
    language: str
    #: Template in templates/documents, and what it takes: texts and tables that are written out.
    template: str
    content: dict[str, Any]
    #: For workbooks; CSV has the one at place `machine`.
    sheets: tuple[Table, ...]
    machine: int = 0
    #: Whether it is kept once it is made. What shows telephones or changes from hour to hour is not.
    kept: bool = True

    def fingerprint(self) -> str:
        """Hash of everything shown, so that other data are another document."""
        told = json.dumps(
            [LOOK, self.template, self.content, [_raw(sheet) for sheet in self.sheets]],
            sort_keys=True, ensure_ascii=False, default=str,
        )  # fmt: skip
        return hashlib.sha256(told.encode()).hexdigest()


def _raw(table: Table) -> list[Any]:
    return [table.name, [column.label for column in table.columns], table.rows, table.sums]


def head(title: str, under: str = "", *, link: str = "") -> dict[str, Any]:
    """What every printed paper has: title, a line under it, language, page numbers, a QR code of its page."""
    return {
        "title": title,
        "under": under,
        "language": get_locale().language,
        # The template puts the figures where the language wants them.
        "page_of": gettext("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
        "code": qr(link),
    }


def qr(link: str) -> dict[str, str] | None:
    """A QR code as SVG with its alternative text; none without a link."""
    if not link:
        return None
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="svg", border=0, xmldecl=False, nl=False)
    return {
        "svg": picture.getvalue().decode(),
        "alt": gettext("QR code that opens %(link)s", link=link),
        "link": link,
    }


def facts(*pairs: tuple[str, str | None]) -> list[dict[str, str]]:
    """Named facts in their order, without those that are not known."""
    return [{"name": name, "value": value} for name, value in pairs if value]


def section(title: str, table: Table, *, note: str = "", notes: Sequence[str] = ()) -> dict[str, Any]:
    """A heading with its table and what must be said about it."""
    return {"title": title, "table": table.printed(), "notes": [text for text in (note, *notes) if text]}


def file_name(words: Iterable[str]) -> str:
    """Words as a file name that also a header of HTTP takes: ASCII letters, no spaces, no slashes."""
    plain = unicodedata.normalize("NFKD", "-".join(words)).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[\w.]+", plain))
