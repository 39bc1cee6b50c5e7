"""The farmer's counter: what there will be, what to bring where, what it earns. Made for a telephone."""

from foodorder.blueprints.producer import criteria, less, lots, products, profile, records, supply, week
from foodorder.blueprints.producer.counter import bp

__all__ = ["bp", "criteria", "less", "lots", "products", "profile", "records", "supply", "week"]
