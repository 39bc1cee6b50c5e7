"""Make a document when it is first asked for, and keep it by the fingerprint of what it shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class File:
    """A finished document as it is downloaded or attached."""

    name: str
    media_type: str
    content: bytes


#: Makes the document of one kind from the arguments that a message names, a language and a format.
MAKERS: dict[str, Callable[[Mapping[str, Any], str, str], File]] = {}


def attach(description: Mapping[str, Any], language: str) -> tuple[str, str, bytes]:
    """The attachment that a queued message describes: file name, media type, content.

    `description` is {"document": kind, "format": "pdf" | "xlsx" | "csv", "arguments": {…}}. Raises KeyError for a
    kind that does not exist.
    """
    maker = MAKERS[description["document"]]
    file = maker(description["arguments"], language, description["format"])
    return file.name, file.media_type, file.content
