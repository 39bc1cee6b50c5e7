"""What a person reads when something went wrong: what happened, and what to do about it.

A form that expired shows what was typed, so that nothing is lost. A refusal that no view caught becomes a
page with its sentence. Programs that ask for JSON get the same as JSON.
"""

from dataclasses import dataclass
from typing import Any

from babel.support import LazyProxy
from flask import Flask, current_app, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from foodorder.blueprints.shared.access import ended_access
from foodorder.db import RETRIED, db
from foodorder.language import lazy_gettext as _l
from foodorder.language.formats import refusal
from foodorder.rules.errors import Refusal


@dataclass(frozen=True, slots=True)
class Words:
    """Title and advice of an error page."""

    title: LazyProxy
    advice: LazyProxy


WORDS = {
    400: Words(
        _l("This request cannot be understood"),
        _l("Go back, load the page again and try once more."),
    ),
    403: Words(
        _l("This page is not open to your role"),
        _l(
            "If you work for several organisations, change your role in the bar at the top. "
            "Otherwise ask the coordinator of your municipality."
        ),
    ),
    404: Words(
        _l("This page does not exist"),
        _l("The address may be mistyped, or what it showed belongs to another organisation."),
    ),
    405: Words(
        _l("This address cannot be opened directly"),
        _l("Go to the page where the button is, and use it there."),
    ),
    413: Words(
        _l("What you sent is too large"),
        _l("Send a smaller file, or send it in parts. Nothing was saved."),
    ),
    429: Words(
        _l("Too many attempts"),
        _l("Wait a few minutes and try again."),
    ),
    500: Words(
        _l("Something broke on our side"),
        _l(
            "Nothing half-done was saved. Try again in a minute; if it happens again, "
            "tell the coordinator what you were doing."
        ),
    ),
}

# Said when even the page for errors cannot be made, for instance without a database.
BARE = """<!doctype html>
<html lang="sl"><head><meta charset="utf-8"><title>Napaka – Error</title></head>
<body><h1>Na naši strani se je nekaj pokvarilo</h1><p>Poskusite znova čez minuto.</p>
<p lang="en">Something broke on our side. Try again in a minute.</p></body></html>
"""

#: SQLSTATEs of acts that were undone because of another at the same moment; the last: it waited too long.
COLLISIONS = RETRIED | {"55P03"}
SECRET = ("password", "token", "secret")


def wants_json() -> bool:
    """Whether the caller is a program that prefers JSON to a page."""
    offered = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(offered, default="text/html") == "application/json"


def _answer(code: int, template: str, sentence: str, /, **more: Any) -> tuple[Any, int]:
    if wants_json():
        return jsonify(error=code, message=sentence), code
    return render_template(template, code=code, **more), code


def show_error(error: HTTPException) -> Any:
    """The page of an HTTP error, with its headers (Allow, Retry-After) kept."""
    if error.response is not None:
        return error.response
    code = error.code or 500
    words = WORDS.get(code) or WORDS[500 if code >= 500 else 400]
    ended = ended_access() if code == 403 else None
    body, status = _answer(code, "errors/error.html", str(words.title), words=words, ended=ended)
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return body, status, kept


def typed_values() -> list[tuple[str, str]]:
    """What a form brought, without passwords and tokens, in the order of the form."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if value.strip() and not any(word in name.lower() for word in SECRET)
    ]


def show_expired(error: CSRFError) -> Any:
    """A form whose token is gone: show what was typed and let it be sent again with a new token.

    The button is offered only for what came from our own page: a stranger's page must not get a valid
    token by making a person press a button.
    """
    title = str(_l("The form has expired"))
    return _answer(400, "errors/expired.html", title, typed=typed_values(), again=_to_send_again())


def _to_send_again() -> list[tuple[str, str]]:
    """The fields of a form of ours that brought no files; nothing if a stranger's page sent it."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    own = site == "same-origin" if site else (origin + "/").startswith(request.host_url)
    fields = list(request.form.items(multi=True)) if own and not request.files else []
    return [(name, value) for name, value in fields if "password" not in name and name != "csrf_token"]


def show_collision(error: OperationalError) -> Any:
    """Two people wrote the same things in a different order, and the database undid this one's whole act."""
    if getattr(error.orig, "sqlstate", None) not in COLLISIONS:
        raise error
    db.session.rollback()
    title = str(_l("Somebody else was writing at the same moment"))
    answer = _answer(503, "errors/collision.html", title, typed=typed_values(), again=_to_send_again())
    return *answer, {"Retry-After": "1"}


def show_refusal(reason: Refusal) -> Any:
    """A rule said no and no view put it beside a field."""
    sentence = refusal(reason)
    return _answer(409, "errors/refusal.html", sentence, sentence=sentence, typed=typed_values())


def show_failure(error: HTTPException) -> Any:
    """Our own fault. The page is made without asking the database who is reading."""
    words = WORDS[500]
    if wants_json():
        return jsonify(error=500, message=str(words.title)), 500
    try:
        page = current_app.jinja_env.get_template("errors/failure.html").render(words=words)
    except Exception:
        current_app.logger.exception("The error page could not be made.")
        page = BARE
    return Response(page, status=500, content_type="text/html; charset=utf-8")


def register_errors(app: Flask) -> None:
    """Handle every error a person can meet."""
    app.register_error_handler(HTTPException, show_error)
    app.register_error_handler(500, show_failure)
    app.register_error_handler(CSRFError, show_expired)
    app.register_error_handler(Refusal, show_refusal)
    app.register_error_handler(OperationalError, show_collision)
