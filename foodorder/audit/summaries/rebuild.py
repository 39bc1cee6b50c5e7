"""Count summaries anew, part by part: proofs first, then each institution, then each municipality.

A part is one transaction of the caller, so that years of many institutions fit in memory, and others wait for
one part at most. A part waits for whoever writes what it counts, and they wait for it: no write is missed.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from foodorder.audit.selection import AIMED
from foodorder.db import db


class Kind(StrEnum):
    """What a part counts."""

    #: Which products are proven what.
    PROOFS = "proofs"
    #: Spend of an institution.
    INSTITUTION = "institution"
    #: Prices and offers of a municipality.
    MUNICIPALITY = "municipality"


@dataclass(frozen=True, slots=True)
class Part:
    """What is counted in one transaction; `name` for people."""

    kind: Kind
    id: int
    name: str


_PARTS = text("""
SELECT 'proofs' AS kind, 0 AS id, 'proofs' AS name, 0 AS place
UNION ALL SELECT 'institution', id, code || ' ' || short_name, 1 FROM institution
UNION ALL SELECT 'municipality', id, code || ' ' || name, 2 FROM municipality
 ORDER BY place, id
""")

#: Before a part is counted: it is a small part of all rows.
FEW_OF_MANY = text(f"SELECT {AIMED}")

_COUNT = {
    Kind.PROOFS: text("SELECT foodorder_proofs_recount()"),
    Kind.INSTITUTION: text(
        "SELECT foodorder_spend_recount(ARRAY[CAST(:id AS integer)], NULL, '-infinity', 'infinity')"
    ),
    Kind.MUNICIPALITY: text("SELECT foodorder_prices_recount(:id)"),
}


def parts() -> list[Part]:
    """All there is to count, in the order in which it is counted."""
    return [Part(Kind(row.kind), row.id, row.name) for row in db.session.execute(_PARTS)]


def rebuild(part: Part) -> None:
    """Count one part anew, in the caller's transaction."""
    db.session.execute(FEW_OF_MANY)
    db.session.execute(_COUNT[part.kind], {} if part.kind is Kind.PROOFS else {"id": part.id})
