"""What releases are due for, and the numbers of the processes concerned."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.models.cycles import cycle_name

#: Rows looked at in one run; the next run takes the next.
AT_ONCE = 20_000

# Every row that waits, with the cycles, institutions (NULL: all) and agreements that it is about. Whatever is
# read after this was committed before the row was: nothing can be missed.
_WAITING = text("""
WITH due AS (SELECT id, what, object_id FROM release_due ORDER BY id LIMIT :limit)
SELECT due.id, object_id AS cycle_id, CAST(NULL AS integer) AS institution_id,
       CAST(NULL AS bigint) AS agreement_id
  FROM due WHERE what = 'cycle'
UNION ALL
SELECT due.id, NULL, NULL, object_id FROM due WHERE what = 'agreement'
UNION ALL
SELECT due.id, r.cycle_id, r.institution_id, NULL
  FROM due JOIN procurement_record r ON r.id = due.object_id WHERE what = 'record'
UNION ALL
SELECT due.id, n.cycle_id, n.institution_id, NULL
  FROM due JOIN delivery_note n ON n.id = due.object_id WHERE what = 'note'
UNION ALL
SELECT due.id, n.cycle_id, n.institution_id, NULL
  FROM due JOIN acceptance_line a ON a.id = due.object_id
  JOIN delivery_line d ON d.id = a.delivery_line_id JOIN delivery_note n ON n.id = d.note_id
 WHERE what = 'acceptance'
UNION ALL
SELECT DISTINCT due.id, r.cycle_id, r.institution_id, CAST(NULL AS bigint)
  FROM due LEFT JOIN payment p ON due.what = 'payment' AND p.id = due.object_id
  JOIN invoice_line x ON x.invoice_id = coalesce(p.invoice_id, due.object_id)
  JOIN record_line l ON l.id = x.record_line_id JOIN procurement_record r ON r.id = l.record_id
 WHERE due.what = 'invoice' OR p.id IS NOT NULL
""")

_ALL = text("SELECT id FROM release_due ORDER BY id LIMIT :limit")

_KITCHENS = text("""
SELECT i.id FROM institution i JOIN cycle c ON c.municipality_id = i.municipality_id
 WHERE c.id = :cycle
   AND (i.active OR EXISTS (SELECT FROM ocds_process p WHERE p.cycle_id = c.id AND p.institution_id = i.id))
""")

_NUMBER_CYCLE = text("""
INSERT INTO ocds_process (ocid, municipality_id, cycle_id, institution_id)
SELECT concat_ws('-', 'ocds', CAST(:prefix AS text), m.code, regexp_replace(i.code, '[^A-Za-z0-9]', '', 'g'),
                 CAST(:name AS text)),
       m.id, :cycle, i.id
  FROM institution i JOIN municipality m ON m.id = i.municipality_id
 WHERE i.id = ANY(CAST(:institutions AS integer[])) ORDER BY i.id
ON CONFLICT (cycle_id, institution_id) DO NOTHING
""")

_NUMBER_AGREEMENTS = text("""
INSERT INTO ocds_process (ocid, municipality_id, agreement_id)
SELECT concat_ws('-', 'ocds', CAST(:prefix AS text), m.code, 'agreement', a.id), m.id, a.id
  FROM agreement a JOIN municipality m ON m.id = a.municipality_id
 WHERE a.id = ANY(CAST(:agreements AS integer[])) ORDER BY a.id
ON CONFLICT (agreement_id) DO NOTHING
""")

_AGREEMENTS_OF = text("""
SELECT DISTINCT n.agreement_id FROM agreement_lot n
 WHERE n.id IN (SELECT lot_id FROM cycle_lot_offer WHERE cycle_id = :cycle
                UNION SELECT lot_id FROM procurement_record WHERE cycle_id = :cycle)
""")


@dataclass(slots=True)
class Due:
    """What waits: of cycles the institutions (None: all), agreements; and the rows that say so."""

    rows: set[int] = field(default_factory=set)
    cycles: dict[int, set[int] | None] = field(default_factory=dict)
    agreements: set[int] = field(default_factory=set)
    #: Row → the cycles and agreements (as negative numbers) that must be done before it may go.
    needs: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


def waiting(limit: int = AT_ONCE) -> Due:
    """What releases are due for."""
    due = Due(rows=set(db.session.scalars(_ALL, {"limit": limit})))
    for row in db.session.execute(_WAITING, {"limit": limit}):
        if row.id not in due.rows:
            continue
        if row.agreement_id is not None:
            due.agreements.add(row.agreement_id)
            due.needs[row.id].add(-row.agreement_id)
            continue
        due.needs[row.id].add(row.cycle_id)
        if row.institution_id is None:
            due.cycles[row.cycle_id] = None
        else:
            some = due.cycles.setdefault(row.cycle_id, set())
            if some is not None:
                some.add(row.institution_id)
    return due


def count() -> int:
    """How many rows wait."""
    found: int = db.session.execute(text("SELECT count(*) FROM release_due")).scalar_one()
    return found


def forget(rows: Iterable[int]) -> None:
    """Take rows off the list: all releases that they were about are written."""
    db.session.execute(
        text("DELETE FROM release_due WHERE id = ANY(CAST(:rows AS bigint[]))"), {"rows": sorted(rows)}
    )


def number_cycle(cycle_id: int, institutions: Collection[int] | None, prefix: str) -> dict[int, str]:
    """The ocid of each institution's part of a cycle, given once and for all; None: of all its kitchens."""
    if institutions is None:
        institutions = set(db.session.scalars(_KITCHENS, {"cycle": cycle_id}))
    week, sequence = db.session.execute(
        text("SELECT week, sequence FROM cycle WHERE id = :cycle"), {"cycle": cycle_id}
    ).one()
    of = {"cycle": cycle_id, "institutions": sorted(institutions)}
    name = cycle_name(week, sequence).replace("/", "-")
    db.session.execute(_NUMBER_CYCLE, {**of, "prefix": prefix, "name": name})
    known = text(
        "SELECT institution_id, ocid FROM ocds_process"
        " WHERE cycle_id = :cycle AND institution_id = ANY(CAST(:institutions AS integer[]))"
    )
    return {row.institution_id: row.ocid for row in db.session.execute(known, of)}


def number_agreements(agreements: Collection[int], prefix: str) -> dict[int, str]:
    """The ocid of each agreement, given once and for all."""
    of = {"agreements": sorted(agreements)}
    db.session.execute(_NUMBER_AGREEMENTS, {**of, "prefix": prefix})
    known = text(
        "SELECT agreement_id, ocid FROM ocds_process WHERE agreement_id = ANY(CAST(:agreements AS integer[]))"
    )
    return {row.agreement_id: row.ocid for row in db.session.execute(known, of)}


def agreements_of(cycle_id: int) -> set[int]:
    """The agreements whose lots a cycle's offers and records fall under."""
    return set(db.session.scalars(_AGREEMENTS_OF, {"cycle": cycle_id}))
