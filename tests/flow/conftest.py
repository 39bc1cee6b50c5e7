"""Whole weeks pass through the services alone, as in tests/services."""

from tests.services.conftest import application

__all__ = ["application"]
