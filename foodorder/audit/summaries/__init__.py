"""Summaries of spend: count them anew from raw rows, and find where they are not what raw rows say.

Triggers keep them (migration 0018); nothing here is needed while all goes well.
"""

from foodorder.audit.summaries.check import Difference, first_difference
from foodorder.audit.summaries.rebuild import Part, parts, rebuild

__all__ = ["Difference", "Part", "first_difference", "parts", "rebuild"]
