"""What releases are made of. Money in net cents unless it says otherwise, quantities in thousandths of the
unit, instants aware, days in the municipality's zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Side(StrEnum):
    """Who a party is; with its number the party's id in every release."""

    INSTITUTION = "institution"
    PRODUCER = "producer"
    MUNICIPALITY = "municipality"


class Technique(StrEnum):
    """How a lot was procured: the words of rules/agreements.AgreementKind."""

    CONTRACT = "contract"
    FRAMEWORK = "framework"
    DPS = "dps"


class Step(StrEnum):
    """What a person or the clock did with a cycle before its close."""

    PLANNED = "planned"
    REPLANNED = "replanned"
    EXTENDED = "extended"


class NoteStep(StrEnum):
    """What became of a delivery note."""

    LEFT = "left"
    RECEIVED = "received"
    #: What had been accepted was put right later.
    CORRECTED = "corrected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An organisation. Only what may be kept for ever: no account, no telephone, no home of a farmer."""

    side: Side
    number: int
    name: str
    #: Register and number there; None where the only number is a person's.
    scheme: str | None = None
    identifier: str | None = None
    street: str | None = None
    postcode: str | None = None
    town: str | None = None
    #: Of institutions alone.
    email: str | None = None
    phone: str | None = None

    @property
    def id(self) -> str:
        """Its id in every release, whatever else is known of it."""
        return f"{self.side.value}-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot of an agreement under which the institution may order in this cycle."""

    id: int
    number: str
    name: str
    agreement_ocid: str
    agreement_title: str
    technique: Technique

    @property
    def key(self) -> str:
        """Its id in releases."""
        return f"LOT-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Food:
    """A kind of food that the cycle sells; of its lots the first."""

    id: int
    name: str
    cpv: str
    cpv_name: str
    unit: str
    lot: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bidder:
    """A producer with offers in the cycle: since when all of them stood, and their lots."""

    party: Party
    at: datetime
    lots: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One act of planning, with the times that it set: None where it left them."""

    id: int
    step: Step
    at: datetime
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    days: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The cycle. The times are those of today; `moves` tell what they were before."""

    name: str
    week: date
    days: int
    opens_at: datetime
    closes_at: datetime
    opened_at: datetime | None
    recorded_at: datetime | None
    cancelled_at: datetime | None
    reason: str | None
    zone: str
    moves: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a record; `root` is its number in the first version, the same in all."""

    root: int
    name: str
    cpv: str
    cpv_name: str
    unit: str
    quantity: int
    price_cents: int
    net_cents: int
    delivery_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A version of a procurement record. `number` without it; `reason`: why it was changed or added."""

    id: int
    number: str
    version: int
    recorded_at: datetime
    producer: Party
    basis: str
    lot: int | None
    net_cents: int
    lines: tuple[Line, ...]
    #: Asked for after the close: a version of another, or a record of its own.
    later: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a note holds of one record at that moment, net cents; `whole`: all of it was accepted."""

    contract: str
    ordered_cents: int
    accepted_cents: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event of a delivery note."""

    key: str
    number: str
    step: NoteStep
    at: datetime
    due: date
    producer: Party
    brought: tuple[Brought, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoiced:
    """An invoice, or a credit note on one (`corrects`); gross cents of it by contract of this process."""

    id: int
    number: str
    at: datetime
    due: date
    producer: Party
    gross: Mapping[str, int]
    corrects: int | None = None
    corrects_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Money that moved for an invoice, gross cents by contract of this process; `back`: it came back."""

    id: int
    invoice_id: int
    invoice: str
    at: datetime
    value_date: date
    producer: Party
    shares: Mapping[str, int]
    back: bool
    #: Whether the invoice is paid in full by it.
    full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """An institution's part of a cycle, with all that ever happened in it."""

    ocid: str
    buyer: Party
    round: Round
    budget_cents: int | None = None
    foods: tuple[Food, ...] = ()
    lots: tuple[Lot, ...] = ()
    bidders: tuple[Bidder, ...] = ()
    records: tuple[Record, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    invoices: tuple[Invoiced, ...] = ()
    payments: tuple[Paid, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A release: what happened (once for each process), when, its tags, and all of its text."""

    event: str
    date: datetime
    tags: tuple[str, ...]
    body: dict[str, Any] = field(hash=False)

    @property
    def id(self) -> str:
        """Its number, unique in the world by the ocid in it."""
        return str(self.body["id"])
