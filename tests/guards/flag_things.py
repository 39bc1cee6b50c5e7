"""A flag of ours about which an auditor asked the coordinator, and the run that found it."""

from datetime import date, datetime
from typing import Any

from foodorder.audit.flags.models import Flag, FlagRun
from foodorder.audit.flags.service import write
from foodorder.db import db
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.states import FlagAction
from foodorder.trail.actor import COMMAND

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)


def flag_things(
    municipality: Any, kitchen: Any, farm: Any, record: Any, mark: str, now: datetime
) -> dict[str, Any]:
    """Parameters of routes: ours, with the mark that strangers must not see."""
    run = FlagRun(
        municipality_id=municipality.id, first=FIRST, last=LAST, asked_at=now, started_at=now,
        finished_at=now, parameters={}, counts={"outside_cycle": 1}, found=1, new=1,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    rule = RULES["outside_cycle"]
    facts = {
        "institution": kitchen.short_name, "producer": farm.name, "count": 3, "sum": {"cents": 5_000},
        "percent": 40,
    }  # fmt: skip
    item = {
        "kind": "record",
        "number": record.id,
        "name": mark,
        "day": "2026-12-01",
        "values": {"net": {"cents": 5}},
    }
    flag = Flag(
        municipality_id=municipality.id, rule=rule.code, key="ours", version=1, severity=1, state="open",
        institution_id=kitchen.id, producer_id=farm.id, object_type="producer", object_id=farm.id,
        first=FIRST, last=LAST,
        evidence={"facts": facts, "items": [item], "all": 1, "parameters": rule.usual()},
        first_seen_at=now, last_seen_at=now, first_run_id=run.id, last_run_id=run.id,
    )  # fmt: skip
    db.session.add(flag)
    db.session.flush()
    write(flag, FlagAction.ASK, mark, actor=COMMAND, now=now)
    return {"flag_id": flag.id}
