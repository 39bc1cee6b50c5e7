"""Log-in and log-out, passwords, invitations, the role one works in, and one's own account."""

from foodorder.blueprints.auth import devices, links, login, profile  # noqa: F401 - their views
from foodorder.blueprints.auth.counter import bp

__all__ = ["bp"]
