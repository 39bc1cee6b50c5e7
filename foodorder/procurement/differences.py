"""Why recorded is not ordered, and how scarce supply was shared: read back in translatable words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.aggregation import REASONS, Reason
from foodorder.rules.allocation import EXPLANATIONS
from foodorder.rules.errors import Fact, facts_from_json


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message of the rules with the facts that fill it, for the reader's language."""

    message: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference of one ordered line; quantities in thousandths, `quantity` and `grams` signed."""

    order_line_id: int
    institution_id: int
    institution: str
    producer_id: int
    producer: str
    delivery_date: date
    delivery_point: str
    name: str
    unit: str
    ordered: int
    quantity: int
    grams: int
    kind: str
    allocation_id: int | None
    why: Sentence


@dataclass(frozen=True, slots=True)
class Share:
    """What one delivery point asked of a scarce offer and was given, in thousandths."""

    institution: str
    delivery_point: str
    asked: int
    given: int


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """How one scarce offer was shared in a cycle; `seed` is what lots were drawn from."""

    id: int
    offer_id: int
    product: str
    unit: str
    producer_id: int
    producer: str
    available: int
    asked: int
    given: int
    seed: str
    shares: tuple[Share, ...]
    explanation: tuple[Sentence, ...]


_DIFFERENCES = text("""
SELECT x.order_line_id, l.institution_id, i.short_name AS institution, l.producer_id, p.name AS producer,
       l.delivery_date, d.name AS delivery_point, l.name, l.unit, l.quantity AS ordered, x.quantity, x.grams,
       x.kind, x.allocation_id, x.reason, x.facts
FROM difference x
JOIN order_line l ON l.id = x.order_line_id
JOIN institution i ON i.id = l.institution_id
JOIN producer p ON p.id = l.producer_id
JOIN delivery_point d ON d.id = l.delivery_point_id
WHERE x.cycle_id = :cycle
  AND (CAST(:institution AS integer) IS NULL OR l.institution_id = :institution)
  AND (CAST(:producer AS integer) IS NULL OR l.producer_id = :producer)
  AND (CAST(:basis AS text) IS NULL OR l.basis = :basis)
ORDER BY i.sort_key, i.id, p.sort_key, p.id, l.name, l.delivery_date, l.id, x.id
""")

_ALLOCATIONS = text("""
SELECT a.id, a.offer_id, v.name AS product, v.unit, o.producer_id, p.name AS producer,
       a.available, a.asked, a.given, a.detail
FROM allocation a
JOIN offer o ON o.id = a.offer_id
JOIN producer p ON p.id = o.producer_id
JOIN cycle_offer c ON c.cycle_id = a.cycle_id AND c.offer_id = a.offer_id
JOIN offer_version v ON v.id = c.offer_version_id
WHERE a.cycle_id = :cycle AND (CAST(:offer AS integer) IS NULL OR a.offer_id = :offer)
ORDER BY p.sort_key, v.name, a.id
""")

_POINTS = text("""
SELECT d.id, d.name, i.short_name AS institution
FROM delivery_point d JOIN institution i ON i.id = d.institution_id
WHERE d.id = ANY(CAST(:points AS integer[]))
""")


def differences(
    cycle_id: int,
    *,
    institution_id: int | None = None,
    producer_id: int | None = None,
    basis: str | None = None,
) -> list[DifferenceRow]:
    """Every difference of a cycle, or of one institution's or producer's lines in it, line by line."""
    rows = db.session.execute(
        _DIFFERENCES,
        {"cycle": cycle_id, "institution": institution_id, "producer": producer_id, "basis": basis},
    )
    found = []
    for row in rows:
        values = row._asdict()
        why = Sentence(REASONS[Reason(values.pop("reason"))], facts_from_json(values.pop("facts")))
        found.append(DifferenceRow(**values, why=why))
    return found


def allocations(cycle_id: int, *, offer_id: int | None = None) -> list[AllocationRow]:
    """How the scarce offers of a cycle were shared, with the rule's own explanation."""
    rows = db.session.execute(_ALLOCATIONS, {"cycle": cycle_id, "offer": offer_id}).all()
    asking = sorted({int(point) for row in rows for point in row.detail["asked"]})
    points = {row.id: row for row in db.session.execute(_POINTS, {"points": asking})}
    found = []
    for row in rows:
        values = row._asdict()
        detail = values.pop("detail")
        found.append(
            AllocationRow(
                **values,
                seed=detail["seed"],
                shares=tuple(
                    Share(points[int(key)].institution, points[int(key)].name, asked, detail["given"][key])
                    for key, asked in detail["asked"].items()
                ),
                explanation=tuple(
                    Sentence(EXPLANATIONS[said["code"]], facts_from_json(said["facts"]))
                    for said in detail["explanation"]
                ),
            )
        )
    return found
