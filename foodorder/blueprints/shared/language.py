"""Which language and zone a page speaks, and the switch in the top bar.

The order: what the person has chosen for good, the cookie of this browser, the browser's wish, Slovene. In
the public window the address alone says it.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, abort, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from foodorder.accounts import people
from foodorder.blueprints.shared.access import acting, public
from foodorder.blueprints.shared.anonymous import is_same_for_all, language_of_address
from foodorder.db import transaction
from foodorder.language import (
    DEFAULT,
    DEFAULT_ZONE,
    LANGUAGES,
    formats,
    get_locale,
    gettext,
    ngettext,
    pgettext,
    speak,
)

COOKIE = "foodorder_language"


def select_language() -> str:
    """The language of this request's reader."""
    if is_same_for_all(request.path):
        return language_of_address()
    chosen = getattr(current_user, "language", None) or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES), default=DEFAULT) or DEFAULT


def speak_to_reader() -> None:
    """Before each request: speak the reader's language and tell times in their municipality's zone."""
    if request.endpoint and request.endpoint.endswith("static"):
        return
    present = acting()
    speak(select_language(), present.zone if present else DEFAULT_ZONE)


def local_path(target: str | None) -> str:
    """A path of this site to go back to; anything that leads elsewhere becomes the first page."""
    parts = urlsplit((target or "").replace("\\", "/"))
    # A browser reads "//host" as another site.
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


@public
def choose_language() -> Response:
    """POST: keep the chosen language in a cookie, and with the person who is logged in; then go back."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    if current_user.is_authenticated:
        with transaction():
            people.choose_language(current_user.person_id, language)
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


def register_language(app: Flask) -> None:
    """Give templates words, figures and the choice of languages; add the switch's address."""
    app.before_request(speak_to_reader)
    app.add_url_rule("/language", "set_language", choose_language, methods=["POST"])
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext
    )
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(languages=LANGUAGES, get_locale=get_locale)
