"""A figure beside that of the year before, in words and with the direction it went."""

from foodorder.audit.queries import Comparison
from foodorder.language import formats, gettext
from foodorder.language.times import days_between


def stretch(compared: Comparison | None) -> str | None:
    """The days that are compared where they are not the whole selection."""
    return days_between(compared.first, compared.last) if compared and not compared.whole else None


def grown(now: int, before: int, days: str | None) -> tuple[str, str | None]:
    """By how much a sum grew: the sentence and the trend. `days`: what is compared, if not everything."""
    if not before:
        return gettext("There is no year before to compare with."), None
    # Basis points, half up away from zero.
    points = (abs(now - before) * 20_000 + before) // (2 * before)
    change = signed(formats.share(points), now - before)
    told = gettext("%(change)s on the year before", change=change)
    if days:
        told = gettext("%(days)s: %(change)s on the year before", days=days, change=change)
    return told, trend(now - before)


def moved(now: int | None, before: int | None, days: str | None) -> tuple[str, str | None]:
    """What a share (basis points) was: the sentence and the trend."""
    if now is None or before is None:
        return gettext("There is no year before to compare with."), None
    was, is_now = formats.share(before), formats.share(now)
    if days:
        told = gettext("%(days)s: %(now)s, the year before %(before)s", days=days, now=is_now, before=was)
        return told, trend(now - before)
    return gettext("%(before)s the year before", before=was), trend(now - before)


def signed(text: str, change: int) -> str:
    """A figure with the sign of its change; minus is a minus, not a hyphen."""
    return ("+" if change > 0 else "−" if change < 0 else "") + text


def trend(change: int) -> str:
    """up, down or same."""
    return "up" if change > 0 else "down" if change < 0 else "same"
