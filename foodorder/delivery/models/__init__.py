"""In: the lines of procurement records in force.
Out: delivery notes, what was accepted of each line and by whom, claims with their outcome.
Frozen when: a note's lines when it leaves; an acceptance at once (a correction is the next version of it).
"""

from foodorder.delivery.models.acceptance import AcceptanceLine, AcceptancePhoto
from foodorder.delivery.models.claims import Claim, CoverPurchase
from foodorder.delivery.models.notes import (
    DeliveryCounter,
    DeliveryLine,
    DeliveryNote,
    InvoicedQuantity,
    Shortfall,
)

__all__ = [
    "AcceptanceLine",
    "AcceptancePhoto",
    "Claim",
    "CoverPurchase",
    "DeliveryCounter",
    "DeliveryDue",
    "DeliveryLine",
    "DeliveryNote",
    "InvoicedQuantity",
    "Shortfall",
]
