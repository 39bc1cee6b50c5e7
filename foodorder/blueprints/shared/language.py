"""Which language and which zone a page speaks, and the switch in the top bar.

The order: what the person has chosen for good, the cookie of this browser, the browser's wish, Slovene.
"""

from collections.abc import Callable
from datetime import timedelta, tzinfo
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, abort, current_app, g, has_request_context, redirect, request
from flask_babel import get_locale
from flask_login import current_user
from werkzeug.wrappers import Response

# Each language names itself: whoever looks for it may not read the others.
LANGUAGES = {"sl": "Slovenščina", "en": "English"}
DEFAULT = "sl"
COOKIE = "foodorder_language"
DEFAULT_ZONE = ZoneInfo("Europe/Ljubljana")


def select_locale() -> str:
    """The language of this request, for Flask-Babel's `locale_selector`."""
    if not has_request_context():
        return DEFAULT
    chosen = getattr(current_user, "language", None) or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES), default=DEFAULT) or DEFAULT


def select_timezone() -> tzinfo:
    """The zone of the municipality the person acts for (`g.zone`, an IANA name), else Ljubljana's."""
    name = g.get("zone") if has_request_context() else None
    return ZoneInfo(name) if name else DEFAULT_ZONE


def local_path(target: str | None) -> str:
    """A path of this site to go back to; anything that leads elsewhere becomes the first page."""
    parts = urlsplit((target or "").replace("\\", "/"))
    # A browser reads "//host" as another site.
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def set_language() -> Response:
    """POST: keep the chosen language in a cookie, and with the person who is logged in; then go back."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    remember: Callable[[str], None] | None = current_app.extensions.get("foodorder_remember_language")
    if remember and getattr(current_user, "is_authenticated", False):
        remember(language)
    answer = redirect(local_path(request.form.get("next")), code=303)
    answer.set_cookie(
        COOKIE,
        language,
        max_age=timedelta(days=365),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


def register_language(app: Flask, remember: Callable[[str], None] | None = None) -> None:
    """Add the switch's address and tell templates what there is to choose.

    `remember` stores the language with the logged-in person, in a transaction of its own.
    """
    app.extensions["foodorder_remember_language"] = remember
    app.add_url_rule("/language", "set_language", set_language, methods=["POST"])
    app.jinja_env.globals["languages"] = LANGUAGES
    app.jinja_env.globals["get_locale"] = get_locale
