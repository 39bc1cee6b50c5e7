"""The coordinator's counter: decisions of today, cycles, producers, kitchens and people, messages."""

from foodorder.blueprints.coordinator import (
    admissions,
    applications,
    budgets,
    calendar,
    cycle_moves,
    cycles,
    institutions,
    interests,
    messages,
    orders,
    people,
    points,
    printing,
    producers,
    schedules,
    settings,
    today,
)
from foodorder.blueprints.coordinator.counter import bp

__all__ = [
    "admissions",
    "applications",
    "bp",
    "budgets",
    "calendar",
    "cycle_moves",
    "cycles",
    "institutions",
    "interests",
    "messages",
    "orders",
    "people",
    "points",
    "printing",
    "producers",
    "schedules",
    "settings",
    "today",
]
