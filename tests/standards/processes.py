"""A cycle in which everything happens that a release can tell."""

from datetime import UTC, date, datetime
from typing import Any

from foodorder.exchange.ocds.model import (
    Bidder,
    Brought,
    Delivery,
    Food,
    Invoiced,
    Line,
    Lot,
    Moved,
    NoteStep,
    Paid,
    Party,
    Process,
    Record,
    Round,
    Side,
    Step,
    Technique,
)

MONDAY = date(2026, 11, 30)
KITCHEN = Party(
    side=Side.INSTITUTION, number=3, name="Vrtec Primer", scheme="SI-PRS", identifier="5082480000",
    street="Pot 1", postcode="4000", town="Kranj", email="kuhinja@vrtec.example", phone="04 222 33 44",
)  # fmt: skip
FARM = Party(
    side=Side.PRODUCER, number=7, name="Pri Brezovčevih", scheme="SI-KMG", identifier="100123456",
    town="Podblica", postcode="4201",
)  # fmt: skip
DAIRY = Party(side=Side.PRODUCER, number=9, name="Zadruga, z. o. o.", scheme="SI-PRS", identifier="5123")
IDLE = Party(side=Side.PRODUCER, number=11, name="Čebelar")
LOTS = (
    Lot(id=1, number="1", name="Mleko", agreement_ocid="ocds-000000-052-agreement-1",
        agreement_title="Živila", technique=Technique.DPS),
    Lot(id=2, number="2a", name="Meso", agreement_ocid="ocds-000000-052-agreement-2",
        agreement_title="Meso", technique=Technique.FRAMEWORK),
)  # fmt: skip


def at(day: int, hour: int, month: int = 11) -> datetime:
    """A moment of the autumn of 2026."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def line(root: int, quantity: int = 10_000, price: int = 215, **values: Any) -> Line:
    """A line of carrots for Monday."""
    return Line(
        **{
            "root": root, "name": "Korenje Pri Brezovčevih", "cpv": "03221112-4", "cpv_name": "Korenje",
            "unit": "KGM", "quantity": quantity, "price_cents": price,
            "net_cents": (price * quantity + 500) // 1000, "delivery_date": MONDAY, **values,
        }
    )  # fmt: skip


def record(number: int, lines: tuple[Line, ...], **values: Any) -> Record:
    """A record of the farm's, at the close."""
    return Record(
        **{
            "id": number, "number": f"VP-2026-{number:04}", "version": 1, "recorded_at": at(26, 11),
            "producer": FARM, "basis": "evidence", "lot": None, "lines": lines,
            "net_cents": sum(one.net_cents for one in lines), **values,
        }
    )  # fmt: skip


def week(**values: Any) -> Process:
    """Planned, moved, opened, extended, recorded, corrected, added to, brought, invoiced, paid, paid back."""
    carrots, milk = line(1, 3_333), line(2, 5_500, 90, name="Mleko", unit="LTR")
    moves = (
        Moved(id=1, step=Step.PLANNED, at=at(1, 8), opens_at=at(20, 7), closes_at=at(26, 10), days=31),
        Moved(id=2, step=Step.REPLANNED, at=at(2, 8), days=15),
        Moved(id=3, step=Step.EXTENDED, at=at(25, 8), closes_at=at(26, 11), reason="Dolga noč, prosi Lojzka"),
    )
    first = record(1, (carrots, line(3)))
    second = record(
        1, (carrots,), id=11, version=2, recorded_at=at(27, 8), later=True, reason="Izlet, pravi Lojzka"
    )
    third = record(1, (), id=12, version=3, recorded_at=at(27, 9), later=True, reason="Bolezen")
    agreed = record(2, (milk,), producer=DAIRY, basis="call_off", lot=1)
    added = record(3, (line(4),), recorded_at=at(27, 10), later=True, reason="Gostje")
    deliveries = tuple(
        Delivery(
            key=f"{step.value}-5",
            number="D-2026-0042",
            step=step,
            at=moment,
            due=MONDAY,
            producer=DAIRY,
            brought=(Brought(contract=agreed.number, ordered_cents=495, accepted_cents=cents, whole=whole),),
        )
        for step, moment, cents, whole in (
            (NoteStep.LEFT, at(30, 4), 0, False),
            (NoteStep.RECEIVED, at(30, 5), 450, False),
            (NoteStep.CORRECTED, at(30, 9), 495, True),
        )
    )
    gone = Delivery(
        key="cancelled-6", number="D-2026-0043", step=NoteStep.CANCELLED, at=at(29, 9), due=MONDAY,
        producer=FARM,
        brought=(Brought(contract=added.number, ordered_cents=2150, accepted_cents=0, whole=False),),
    )  # fmt: skip
    number = agreed.number
    invoice = Invoiced(
        id=8, number="R-8", at=at(1, 6, 12), due=date(2026, 12, 30), producer=DAIRY, gross={number: 542}
    )
    credit = Invoiced(
        id=9, number="DB-1", at=at(2, 6, 12), due=date(2026, 12, 30), producer=DAIRY, gross={number: 42},
        corrects=8, corrects_number="R-8",
    )  # fmt: skip
    payments = tuple(
        Paid(
            id=key, invoice_id=8, invoice="R-8", at=at(day, 9, 12), value_date=date(2026, 12, day),
            producer=DAIRY, shares={number: cents}, back=back, full=full,
        )
        for key, day, cents, back, full in ((1, 10, 200, False, False), (2, 11, 300, False, True),
                                            (3, 12, 300, True, False))
    )  # fmt: skip
    return Process(
        **{
            "ocid": "ocds-000000-052-VP-2026-W49", "buyer": KITCHEN, "budget_cents": 50_000,
            "round": Round(
                name="2026-W49", week=MONDAY, days=15, opens_at=at(20, 7), closes_at=at(26, 11),
                opened_at=at(20, 7), recorded_at=at(26, 11), cancelled_at=None, reason=None,
                zone="Europe/Ljubljana", moves=moves,
            ),
            "foods": (
                Food(id=1, name="korenje", cpv="03221112-4", cpv_name="Korenje", unit="KGM"),
                Food(id=2, name="mleko", cpv="15511000-3", cpv_name="Mleko", unit="LTR", lot=1),
            ),
            "lots": LOTS,
            "bidders": tuple(
                Bidder(party=one, at=at(19, 9), lots=frozenset({1}) if one is DAIRY else frozenset())
                for one in (FARM, DAIRY, IDLE)
            ),
            "records": (first, second, third, agreed, added),
            "deliveries": (*deliveries, gone), "invoices": (invoice, credit), "payments": payments, **values,
        }
    )  # fmt: skip
