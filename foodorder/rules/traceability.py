"""What must travel with food of animal origin (Regulation (EU) 931/2011, art. 3(1)): one step back, one on.

Regulation (EC) 178/2002, art. 18, asks for one step back and one step forward of all food; Regulation
931/2011 names the fields for food of animal origin. A delivery note carries all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from foodorder.rules.errors import N_

#: Field of a consignment → its words, in the order of art. 3(1)(a) to (h).
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "description": N_("Description of the food"),
        "quantity": N_("Quantity"),
        "sender": N_("Name and address of the sender"),
        "owner": N_("Name and address of the owner, where it is not the sender"),
        "receiver": N_("Name and address of the receiver"),
        "buyer": N_("Name and address of the buyer, where it is not the receiver"),
        "lot": N_("Lot, batch or consignment"),
        "dispatched_on": N_("Date of dispatch"),
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """A business by its name and address."""

    name: str
    address: str

    @property
    def whole(self) -> bool:
        """Whether both are there."""
        return bool(self.name.strip() and self.address.strip())


@dataclass(frozen=True, slots=True)
class Consignment:
    """What the regulation asks to know of one lot on its way; quantity in thousandths of the unit.

    `owner` None: the sender's own goods; `buyer` None: the receiver buys them.
    """

    description: str
    quantity: int
    sender: Named
    receiver: Named
    lot: str
    dispatched_on: date | None
    owner: Named | None = None
    buyer: Named | None = None


def missing_fields(consignment: Consignment) -> tuple[str, ...]:
    """The fields (keys of FIELDS) that a consignment of food of animal origin lacks, in the law's order."""
    there = {
        "description": bool(consignment.description.strip()),
        "quantity": consignment.quantity > 0,
        "sender": consignment.sender.whole,
        "owner": consignment.owner is None or consignment.owner.whole,
        "receiver": consignment.receiver.whole,
        "buyer": consignment.buyer is None or consignment.buyer.whole,
        "lot": bool(consignment.lot.strip()),
        "dispatched_on": consignment.dispatched_on is not None,
    }
    return tuple(name for name in FIELDS if not there[name])
