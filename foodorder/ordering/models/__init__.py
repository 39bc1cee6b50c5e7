"""In: offers of a delivery week; what kitchens type and submit.
Out: submitted order lines, which procurement turns into records at the close.
Frozen when: a submission and its lines at once; changing an order is a new submission.
"""

from foodorder.ordering.models.choices import (
    ApprovalState,
    OfferChoice,
    OrderApproval,
    OrderOption,
    OrderReason,
)
from foodorder.ordering.models.cycles import (
    Cycle,
    CycleLotOffer,
    CycleOffer,
    ReminderSent,
    Schedule,
    cycle_name,
)
from foodorder.ordering.models.orders import DraftLine, OrderLine, OrderSubmission, WeeklyOrder
from foodorder.ordering.models.readings import OfferReading

__all__ = [
    "ApprovalState",
    "Cycle",
    "CycleLotOffer",
    "CycleOffer",
    "DraftLine",
    "OfferChoice",
    "OfferReading",
    "OrderApproval",
    "OrderLine",
    "OrderOption",
    "OrderReason",
    "OrderSubmission",
    "ReminderSent",
    "Schedule",
    "WeeklyOrder",
    "cycle_name",
]
