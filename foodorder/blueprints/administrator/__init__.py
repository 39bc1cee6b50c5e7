"""The administrator's counter: municipalities, the people of the installation, its health."""

from foodorder.blueprints.administrator import health, municipalities, people  # noqa: F401 - their views
from foodorder.blueprints.administrator.counter import bp

__all__ = ["bp"]
