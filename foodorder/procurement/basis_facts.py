"""What a lawful basis rests on, copied to the record so that later amendments do not reach it."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from foodorder.db import db

#: Of a lot `l` of an agreement `a`.
OF_LOT = """jsonb_build_object('agreement', a.id, 'title', a.title, 'portal_number', a.portal_number,
                          'kind', a.kind, 'lot', l.number, 'lot_name', l.name, 'mode', l.mode)"""
#: Of an evidence order, on the day of :clock.
OF_EVIDENCE = """
SELECT {columns}jsonb_build_object('threshold_cents', p.value, 'source', p.source) AS facts
FROM legal_parameter p
WHERE p.country = 'SI' AND p.key = 'procurement.threshold_goods'
  AND CAST(:clock AS date) BETWEEN p.valid_from AND coalesce(p.valid_to, 'infinity')
"""

_FACTS = text(f"""
SELECT {OF_LOT} AS facts FROM agreement_lot l JOIN agreement a ON a.id = l.agreement_id WHERE l.id = :lot
UNION ALL
SELECT facts FROM ({OF_EVIDENCE.format(columns="")}) e WHERE :basis = 'evidence'
""")  # noqa: S608 - only constants are put together


def facts_of(basis: str, lot_id: int | None, now: datetime) -> dict[str, Any]:
    """What a basis rests on now; empty for purchases without one."""
    keys = {"basis": str(basis), "lot": lot_id, "clock": now}
    return dict(db.session.execute(_FACTS, keys).scalar_one_or_none() or {})
