"""Mails from templates/emails: `NAME.txt`, whose first line is the subject."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from foodorder.config import resource
from foodorder.language import formats, gettext, ngettext, pgettext, speaking


@cache
def environment() -> Environment:
    """Plain text, strict about what is missing, with the same words and figures as the pages."""
    env = Environment(
        loader=FileSystemLoader(resource("templates") / "emails"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext
    )
    env.filters.update(formats.FILTERS)
    return env


def mail(template: str, language: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and text of one mail in the recipient's language."""
    with speaking(language):
        text = environment().get_template(f"{template}.txt").render(data)
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n"
