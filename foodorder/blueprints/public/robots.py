"""What search engines are asked to leave alone: the counters, which show nothing without a log-in."""

from flask import url_for
from werkzeug.wrappers import Response

from foodorder.blueprints.public.counter import bp
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.page import site

COUNTERS = (
    "kitchen",
    "producer",
    "coordinator",
    "auditor",
    "administrator",
    "login",
    "password",
    "register/",
)


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """The rules for robots, and where the list of public pages is."""
    lines = ["User-agent: *", *(f"Disallow: /{name}" for name in COUNTERS)]
    lines.append(f"Sitemap: {site()}{url_for('window.sitemap')}")
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
