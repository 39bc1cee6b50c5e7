"""A claim as every counter shows it: what is wrong, the clock, the answer, the end."""

from datetime import timedelta
from typing import Any

from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from foodorder.blueprints.shared.forms import BaseForm
from foodorder.db import clock
from foodorder.delivery.claim_queries import ClaimRow, pictures_of
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.language import ngettext
from foodorder.rules.claims import ClaimState

#: How states look in a badge.
LOOKS = {
    ClaimState.OPEN: "warn",
    ClaimState.PROMISED: "wait",
    ClaimState.DECLINED: "bad",
    ClaimState.CONTESTED: "bad",
    ClaimState.CLOSED: "ok",
}


#: In how many minutes a replacement may be promised; the usual one is chosen.
PROMISES, USUAL = (15, 30, 45, 60, 120, 240, 1440), 30


class AnswerForm(BaseForm):
    """An answer in words; a promise says in how many minutes."""

    # Not every answer asks for it.
    minutes = SelectField(_l("When does it come?"), coerce=int, default=USUAL, validate_choice=False)
    words = TextAreaField(_l("In your words"), [Length(max=500)], render_kw={"rows": "2"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.minutes.choices = [(minutes, time_left(timedelta(minutes=minutes))) for minutes in PROMISES]

    @property
    def wait(self) -> timedelta:
        """How long it takes."""
        return timedelta(minutes=self.minutes.data if self.minutes.data in PROMISES else USUAL)


def time_left(left: timedelta) -> str:
    """A span of time in hours and minutes, in words."""
    minutes = max(int(left.total_seconds()) // 60, 0)
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(count)s hour", "%(count)s hours", hours, count=hours)] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(count)s minute", "%(count)s minutes", rest, count=rest))
    return " ".join(parts)


def clock_words(claim: ClaimRow) -> str:
    """How much of the agreed time is left; nothing of a claim that is closed."""
    if not claim.is_open:
        return ""
    left = claim.left(clock())
    if left < timedelta(0):
        return _("The agreed time is over since %(time)s.", time=time_left(-left))
    return _("%(time)s left for a replacement.", time=time_left(left))


def look(state: str) -> str:
    """The look of a state's badge."""
    return LOOKS[ClaimState(state)]


def claim_context(claim: ClaimRow) -> dict[str, Any]:
    """What the component needs."""
    return {"claim": claim, "pictures": pictures_of(claim), "clock_words": clock_words, "look": look}


def list_context(rows: list[ClaimRow]) -> dict[str, Any]:
    """What the list of claims needs."""
    return {"claims": rows, "clock_words": clock_words, "look": look}
