"""The public window: what public kitchens buy, from where, at what price. No log-in, the same for all."""

from foodorder.blueprints.window import (  # noqa: F401 - their views
    catalogue,
    data,
    downloads,
    feeds,
    pages,
    town,
)
from foodorder.blueprints.window.counter import bp

__all__ = ["bp"]
