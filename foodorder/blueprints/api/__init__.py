"""What programs ask: whether the installation is well, and figures to watch it by."""

from foodorder.blueprints.api import health, metrics
from foodorder.blueprints.api.counter import bp

__all__ = ["bp", "health", "metrics"]
