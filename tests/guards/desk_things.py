"""A sample that our auditor drew."""

from datetime import date, datetime
from typing import Any

from foodorder.audit.desk.samples import Wish, draw_sample
from foodorder.audit.selection import Selection
from foodorder.rules.permissions import Role
from foodorder.rules.sampling import Method
from foodorder.trail.actor import Actor, Source


def desk_things(municipality_id: int, auditor_id: int, mark: str, now: datetime) -> dict[str, Any]:
    """Parameters of routes: ours, with the mark that strangers must not see."""
    selection = Selection(municipality_id, date(2026, 1, 1), date(2026, 12, 31))
    auditor = Actor(Source.PERSON, auditor_id, Role.AUDITOR.value)
    sample = draw_sample(Wish(mark, Method.RANDOM, 1), selection, actor=auditor, now=now)
    return {"sample_id": sample.id}
