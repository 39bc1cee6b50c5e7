"""Files that people hand in: known by their first bytes, never by what they are called."""

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


class NotAKnownFile(Refusal):
    """A file that is neither a PDF nor a picture, whatever its name says."""

    message = N_("“%(name)s” is neither a PDF nor a JPG or PNG picture.")
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


def read_file(name: str, content: bytes) -> HandedIn:
    """A file with its kind, told by its first bytes.

    Raises EmptyFile, NotAKnownFile.
    """
    plain = _plain(name)
    if not content:
        raise EmptyFile(name=plain)
    for start, (media_type, ending) in KINDS.items():
        if content.startswith(start):
            stem = plain.rpartition(".")[0] or plain
            return HandedIn(f"{stem[:LONGEST_NAME]}.{ending}", media_type, content)
    raise NotAKnownFile(name=plain)


def read_files(files: Iterable[tuple[str, bytes]]) -> tuple[HandedIn, ...]:
    """All files of a form, given as names and bytes.

    Raises FilesTooLarge, and what `read_file` raises.
    """
    given = tuple(files)
    if sum(len(content) for _name, content in given) > MOST_BYTES:
        raise FilesTooLarge(most=MOST_BYTES // 1_000_000)
    return tuple(read_file(name, content) for name, content in given)


def _plain(name: str) -> str:
    """The name without folders and without signs that a header or a file system would stumble over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return (
        "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?;').strip(". ") or "file"
    )
