"""What anybody may see: what this is, what is open, how a farm joins, help, accessibility."""

from foodorder.blueprints.public import criteria, open_contracting, pages, register, robots  # noqa: F401 - their views
from foodorder.blueprints.public.counter import bp

__all__ = ["bp"]
