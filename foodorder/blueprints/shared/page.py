"""What stands around every page: addresses of the top bar and the foot, our own files, undo.

`base.html` shows only those links whose views exist, so a counter can be tried without the others.
"""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, flash, request, url_for

from foodorder.config import Settings

# What base.html calls a link → the endpoint behind it.
LINKS = {
    "home": "public.home",
    "window": "window.index",
    "help": "public.help",
    "accessibility": "public.accessibility",
    "login": "auth.login",
    "logout": "auth.logout",
    "profile": "auth.profile",
    "switch": "auth.switch",
    "language": "set_language",
    "stop_acting": "coordinator.stop_acting",
}


def page_links() -> dict[str, str]:
    """The addresses of those fixed links that this application serves."""
    return {
        name: url_for(endpoint) for name, endpoint in LINKS.items() if endpoint in current_app.view_functions
    }


def site() -> str:
    """How this installation's addresses begin: as it is configured, whatever a request calls it."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.base_url or request.host_url.rstrip("/")


@cache
def _mark(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of one of our static files, marked with its content so that browsers may keep it."""
    path = Path(current_app.static_folder or "") / name
    return url_for("static", filename=name, v=_mark(path, path.stat().st_mtime_ns))


def flash_undo(text: str, url: str, fields: dict[str, str] | None = None) -> None:
    """Say what was done, with a button that takes it back: a POST of `fields` to `url`."""
    flash({"text": text, "url": url, "fields": fields or {}}, "undo")  # type: ignore[arg-type]


def register_page(app: Flask) -> None:
    """Give templates `links` and `asset`."""
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["links"] = page_links
