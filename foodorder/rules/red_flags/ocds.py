"""Contracting processes as far as the indicators of OCDS Cardinal read them.

The words are OCDS's: a process has bids of tenderers and awards to suppliers. Amounts are exact; whoever
makes a process of other data leaves out what it does not know.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction


class BidStatus(StrEnum):
    """What became of a bid."""

    INVITED = "invited"
    PENDING = "pending"
    VALID = "valid"
    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"


class AwardStatus(StrEnum):
    """What became of an award."""

    PENDING = "pending"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    UNSUCCESSFUL = "unsuccessful"


#: Bids that somebody handed in and did not take back.
SUBMITTED = frozenset({BidStatus.PENDING, BidStatus.VALID, BidStatus.DISQUALIFIED})
#: Awards about which nothing is open any more.
FINAL = frozenset({AwardStatus.ACTIVE, AwardStatus.CANCELLED, AwardStatus.UNSUCCESSFUL})


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid; None: not told, or a word that OCDS does not know."""

    status: BidStatus | None
    tenderers: tuple[str, ...] = ()
    amount: Fraction | None = None
    currency: str | None = None
    received: datetime | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """One award: to whom, for goods of which codes."""

    status: AwardStatus | None
    suppliers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """One contracting process. `method` is OCDS's word, `details` the local one."""

    ocid: str
    buyer: str | None = None
    entity: str | None = None
    method: str | None = None
    details: str | None = None
    cancelled: bool = False
    opens: datetime | None = None
    closes: datetime | None = None
    tenderers: int | None = None
    bids: tuple[Bid, ...] = ()
    awards: tuple[Award, ...] = ()

    def submitted(self) -> Iterator[Bid]:
        """Bids that were handed in."""
        return (bid for bid in self.bids if bid.status in SUBMITTED)

    def complete(self) -> tuple[Award, ...]:
        """Its active awards, once all are final; nothing before."""
        if any(award.status not in FINAL for award in self.awards):
            return ()
        return tuple(award for award in self.awards if award.status is AwardStatus.ACTIVE)
