"""The farmer's counter: what there will be, what to bring where, what it earns. Made for a telephone."""

from foodorder.blueprints.producer import (
    additions,
    cards,
    claims,
    criteria,
    deliveries,
    delivery_notes,
    disputes,
    excess,
    invoices,
    invoicing,
    less,
    lots,
    payments,
    products,
    profile,
    records,
    shortfall,
    statements,
    supply,
    week,
)
from foodorder.blueprints.producer.counter import bp

__all__ = [
    "additions", "bp", "cards", "claims", "criteria", "deliveries", "delivery_notes", "disputes", "excess",
    "invoices", "invoicing", "less", "lots", "payments", "products", "profile", "records", "shortfall",
    "statements", "supply", "week",
]  # fmt: skip
