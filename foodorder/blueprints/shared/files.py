"""Files over the web: what people hand in, and what they get back to keep."""

from collections.abc import Iterable
from urllib.parse import quote

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response


def handed_in(files: Iterable[FileStorage] | None) -> list[tuple[str, bytes]]:
    """The files of a form as (name, bytes); a field that was left empty gives none."""
    return [(file.filename, file.read()) for file in files or () if file and file.filename]


def download(name: str, media_type: str, content: bytes) -> Response:
    """A file to keep, never shown in the page: what strangers handed in does not run here."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, content_type=media_type, headers={"Content-Disposition": disposition})
