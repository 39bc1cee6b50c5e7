"""The auditor's counter: spend, records, lines, cycles, trail. It reads, and asks for checks of the trail."""

from foodorder.blueprints.auditor import cycles, duties, integrity, offers, records, spend, trail
from foodorder.blueprints.auditor.counter import bp

__all__ = ["bp", "cycles", "duties", "integrity", "offers", "records", "spend", "trail"]
