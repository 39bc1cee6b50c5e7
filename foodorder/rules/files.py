"""Files that people hand in: known by their first bytes, never by what they are called.

Proofs (of an application) are PDFs and pictures. Documents (of an agreement) may be spreadsheets and texts of
an office program and signed containers as well: all of these are ZIP archives, told apart by what is in them.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from foodorder.rules.errors import N_, Refusal

#: Bytes of all files of one form: with the form around them they fit through the door of the server.
MOST_BYTES = 2_000_000
#: Characters of a file's name that are kept.
LONGEST_NAME = 100

#: First bytes → media type and the usual ending.
KINDS: Mapping[bytes, tuple[str, str]] = MappingProxyType(
    {
        b"%PDF-": ("application/pdf", "pdf"),
        b"\xff\xd8\xff": ("image/jpeg", "jpg"),
        b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    }
)

#: What names itself in its first entry, `mimetype`: OpenDocument, signed containers (ASiC-E) → usual ending.
NAMED: Mapping[bytes, tuple[str, str]] = MappingProxyType(
    {
        kind.encode(): (kind, ending)
        for kind, ending in (
            ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
            ("application/vnd.oasis.opendocument.text", "odt"),
            ("application/vnd.etsi.asic-e+zip", "asice"),
        )
    }
)
#: The entry by which Office Open XML is known → media type and the usual ending.
HOLDING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        "word/document.xml": (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "docx",
        ),
    }
)
#: First bytes of a ZIP archive, and where its first entry's name stands.
ARCHIVE, FIRST_NAME = b"PK\x03\x04", 30
#: Programs inside a document: such a file is refused.
MACROS = "vbaproject.bin"


class NotAKnownFile(Refusal):
    """A file that is neither a PDF nor a picture, whatever its name says."""

    message = N_("“%(name)s” is neither a PDF nor a JPG or PNG picture.")
    default_field = "documents"


class NotAKnownDocument(Refusal):
    """A file that is no document of any kind that is kept; or one with programs in it."""

    message = N_(
        "“%(name)s” is neither a PDF, a picture, a spreadsheet, a text document (without macros) nor a signed"
        " container (ASiC-E)."
    )
    default_field = "documents"


class EmptyFile(Refusal):
    """A file without content."""

    message = N_("“%(name)s” is empty.")
    default_field = "documents"


class FilesTooLarge(Refusal):
    """Files that are too large together."""

    message = N_("The files are too large together: at most %(most)s MB.")
    default_field = "documents"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file as it is kept: a plain name with the ending of what it is, its media type, its bytes."""

    name: str
    media_type: str
    content: bytes


def read_file(name: str, content: bytes, *, document: bool = False) -> HandedIn:
    """A file with its kind, told by its bytes: a proof, or a `document`.

    Raises EmptyFile; NotAKnownFile, or NotAKnownDocument.
    """
    plain = _plain(name)
    if not content:
        raise EmptyFile(name=plain)
    kind = _proof(content) or (_document(content) if document else None)
    if kind is None:
        raise NotAKnownDocument(name=plain) if document else NotAKnownFile(name=plain)
    media_type, ending = kind
    stem = plain.rpartition(".")[0] or plain
    return HandedIn(f"{stem[:LONGEST_NAME]}.{ending}", media_type, content)


def read_files(files: Iterable[tuple[str, bytes]], *, document: bool = False) -> tuple[HandedIn, ...]:
    """All files of a form, given as names and bytes.

    Raises FilesTooLarge, and what `read_file` raises.
    """
    given = tuple(files)
    if sum(len(content) for _name, content in given) > MOST_BYTES:
        raise FilesTooLarge(most=MOST_BYTES // 1_000_000)
    return tuple(read_file(name, content, document=document) for name, content in given)


def _proof(content: bytes) -> tuple[str, str] | None:
    return next((kind for start, kind in KINDS.items() if content.startswith(start)), None)


def _document(content: bytes) -> tuple[str, str] | None:
    """What a ZIP archive holds. Only its list of entries is read, nothing is unpacked."""
    if not content.startswith(ARCHIVE):
        return None
    if content[FIRST_NAME:].startswith(b"mimetype"):
        told = content[FIRST_NAME + len(b"mimetype") :]
        return next((kind for name, kind in NAMED.items() if told.startswith(name)), None)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {entry.lower() for entry in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if any(entry.endswith(MACROS) for entry in entries):
        return None
    return next((kind for entry, kind in HOLDING.items() if entry in entries), None)


def _plain(name: str) -> str:
    """The name without folders and without signs that a header or a file system would stumble over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return (
        "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?;').strip(". ") or "file"
    )
