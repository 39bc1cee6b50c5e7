"""A browser's long name for itself in two words that a person knows."""

from foodorder.blueprints.auth.counter import bp
from foodorder.language import gettext as _

#: The first that is found in the name counts: every browser claims to be the ones after it, too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@bp.app_template_filter("device")
def device(user_agent: str | None) -> str:
    """ "Firefox, Android" of a User-Agent header; "Unknown device" where it says neither."""
    text = user_agent or ""
    found = [next((name for sign, name in names if sign in text), None) for names in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in found if name) or _("Unknown device")
