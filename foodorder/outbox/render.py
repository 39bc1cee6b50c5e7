"""Mails from templates/emails: `NAME.txt`, whose first line is the subject."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from foodorder.config import resource
from foodorder.language import DEFAULT_ZONE, approvals, formats, gettext, ngettext, pgettext, speaking
from foodorder.rules.calendar import WORKDAYS
from foodorder.rules.claims import (
    CLAIM_KINDS,
    CLAIM_OUTCOMES,
    CLAIM_STATES,
    ClaimKind,
    ClaimOutcome,
    ClaimState,
)
from foodorder.rules.closing import REASONS, Reason
from foodorder.rules.delivery import SHORT_REASONS, ShortReason
from foodorder.rules.errors import facts_from_json


def week(monday: str, days: int) -> str:
    """The days of a delivery week, from its Monday in ISO form and its delivery days (bit 0 = Monday)."""
    return formats.delivery_week(date.fromisoformat(monday), days)


def reason(code: str, facts: Mapping[str, Any]) -> str:
    """Why a quantity changed at the close, from the stored code and facts."""
    return formats.sentence(REASONS[Reason(code)], facts_from_json(facts))


def short_reason(code: str) -> str:
    """Why a producer cannot deliver, from the stored code."""
    return gettext(SHORT_REASONS[ShortReason(code)])


def claim_kind(code: str) -> str:
    """What a claim says is wrong, from the stored code."""
    return gettext(CLAIM_KINDS[ClaimKind(code)])


def claim_stands(code: str) -> str:
    """Where a claim stands, or how it ended, from the stored code."""
    if code in set(ClaimOutcome):
        return gettext(CLAIM_OUTCOMES[ClaimOutcome(code)])
    return gettext(CLAIM_STATES[ClaimState(code)])


#: A message's data is plain JSON: days and instants are read from their ISO form, then formatted as on pages.
FILTERS: Mapping[str, Callable[..., Any]] = {
    "as_day": date.fromisoformat,
    "as_moment": datetime.fromisoformat,
    "week": week,
    "reason": reason,
    "short_reason": short_reason,
    "claim_kind": claim_kind,
    "claim_stands": claim_stands,
    "approval_why": approvals.why,
}


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
    env.filters.update(FILTERS)
    env.globals["WORKDAYS"] = WORKDAYS
    return env


def mail(template: str, language: str, data: Mapping[str, Any], zone: str = DEFAULT_ZONE) -> tuple[str, str]:
    """Subject and text of one mail in the recipient's language, times told in `zone`.

    Every text ends with whose message it is; `data` has `base_url`, and `municipality` unless there is none.
    """
    data = {"municipality": "", **data}
    with speaking(language, zone):
        text = environment().get_template(f"{template}.txt").render(data)
        foot = environment().get_template("_foot.txt").render(data)
    subject, _, body = text.partition("\n")
    return " ".join(subject.split()), f"{_without_gaps(body)}\n\n{foot.strip()}\n"


def _without_gaps(text: str) -> str:
    """At most one empty line between paragraphs, whatever a template left out."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)
