"""Bootstrap's icons, written into the page one by one.

The sprite that Bootstrap-Flask brings is one file of more than a megabyte: too much for a telephone at the
edge of a field, when a page needs ten of its two thousand drawings.
"""

import re
from functools import cache
from pathlib import Path

import flask_bootstrap
from flask import Flask
from markupsafe import Markup

SPRITE = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/icons/bootstrap-icons.svg"
SYMBOL = re.compile(r'<symbol[^>]*viewBox="([^"]+)"[^>]*id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)


@cache
def _drawings() -> dict[str, tuple[str, str]]:
    sprite = SPRITE.read_text(encoding="utf-8")
    return {name: (box, " ".join(paths.split())) for box, name, paths in SYMBOL.findall(sprite)}


@cache
def icon(name: str, classes: str = "") -> Markup:
    """One icon of Bootstrap as an SVG, as tall as the text; hidden from screen readers.

    An icon never speaks alone: the word stands beside it. Raises KeyError for an unknown name.
    """
    box, paths = _drawings()[name]
    css = f"icon {classes}".strip()
    # Trusted text: the drawings are Bootstrap's, the classes come from our templates.
    return Markup(  # noqa: S704
        f'<svg class="{css}" viewBox="{box}" fill="currentColor" aria-hidden="true">{paths}</svg>'
    )


def icon_sheet(*names: str) -> Markup:
    """Drawings that a long page uses thousands of times, written once; `icon_ref` shows them."""
    symbols = "".join(
        f'<symbol id="icon-{name}" viewBox="{box}">{paths}</symbol>'
        for name, (box, paths) in ((name, _drawings()[name]) for name in names)
    )
    return Markup(f'<svg class="d-none" aria-hidden="true">{symbols}</svg>')  # noqa: S704


@cache
def icon_ref(name: str) -> Markup:
    """A drawing from this page's `icon_sheet`."""
    return Markup(  # noqa: S704
        f'<svg class="icon" fill="currentColor" aria-hidden="true"><use href="#icon-{name}"/></svg>'
    )


def register_icons(app: Flask) -> None:
    """Give templates `icon(name)`, and `icon_sheet(*names)` with `icon_ref(name)` for long lists."""
    app.jinja_env.globals.update(icon=icon, icon_sheet=icon_sheet, icon_ref=icon_ref)
