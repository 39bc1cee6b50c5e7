"""Pages that are the same for everybody, so that caches may keep them: all that lies below /open.

There nobody is logged in, whoever looks: the cookie is neither read nor set, and the language stands in the
address. What a cache gives to one reader can therefore be given to every other.
"""

from typing import Any

from flask import Flask, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.wrappers import Request, Response

from foodorder.language import DEFAULT, LANGUAGES

#: The addresses of the public window and of open data.
PLACE = "/open"


def is_same_for_all(path: str) -> bool:
    """Whether an address lies in the public window."""
    return path == PLACE or path.startswith(PLACE + "/")


def language_of_address() -> str:
    """The language that the address asks for; the default without a wish."""
    asked = request.args.get("lang", DEFAULT)
    return asked if asked in LANGUAGES else DEFAULT


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie; in the public window one that is empty and is never kept."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The reader's session."""
        if is_same_for_all(request.path):
            return self.session_class()
        return super().open_session(app, request)  # type: ignore[arg-type]

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Set the cookie where there is one."""
        if not is_same_for_all(request.path):
            super().save_session(app, session, response)  # type: ignore[arg-type]
