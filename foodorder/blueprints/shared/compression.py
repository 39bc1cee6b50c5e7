"""Send answers compressed: the weekly order is a tenth of its size, which a telephone in a cellar feels.

Compression and secrets: somebody who can make a reader's browser ask for pages with words of their choice,
and who sees how long the answers are, may guess a secret that stands in the same page (BREACH). Ours is the
token of the forms. Two things stand in the way. The session cookie is SameSite=Lax, so that another site can
only open pages one by one before the reader's eyes, never in the background; and every compressed page gets
up to a hundred random bytes in its gzip header, so that lengths say nothing without thousands of such
openings. Files that may be kept hold no secrets and get none.
"""

import gzip
import io
import secrets
import string

from flask import Flask, request
from werkzeug.wrappers import Response

#: Shorter answers gain nothing.
SMALLEST = 1024
#: Level 6 of zlib: a tenth smaller than level 4 for a few milliseconds.
LEVEL = 6
RANDOM_BYTES = 100

TYPES = frozenset(
    {
        "text/html", "text/css", "text/csv", "text/plain", "text/javascript", "application/javascript",
        "application/json", "image/svg+xml",
    }
)  # fmt: skip


def packed(content: bytes, *, disguise: bool) -> bytes:
    """The content in gzip; with `disguise` its length varies by chance."""
    name = ""
    if disguise:
        name = "".join(
            secrets.choice(string.ascii_letters) for _ in range(secrets.randbelow(RANDOM_BYTES) + 1)
        )
    buffer = io.BytesIO()
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=LEVEL, fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def compress(answer: Response) -> Response:
    """Compress what a browser can read compressed."""
    if answer.mimetype not in TYPES:
        return answer
    answer.vary.add("Accept-Encoding")
    if (
        answer.status_code not in (200, 403, 404, 409, 422)
        or "Content-Encoding" in answer.headers
        or request.method == "HEAD"
        or not request.accept_encodings["gzip"]
    ):
        return answer
    is_file = answer.direct_passthrough
    answer.direct_passthrough = False
    content = answer.get_data()
    if len(content) < SMALLEST:
        return answer
    answer.set_data(packed(content, disguise=not is_file))
    answer.headers["Content-Encoding"] = "gzip"
    tag, weak = answer.get_etag()
    if tag and not weak:
        # Two encodings of one file are not the same bytes.
        answer.set_etag(tag, weak=True)
    return answer


def register_compression(app: Flask) -> None:
    """Compress the answers of the application. Register it first: it must see them last."""
    app.after_request(compress)
