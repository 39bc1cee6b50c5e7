"""What the steps of a close share: the cycle, the moment, and the words of SQL they speak in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Result, text

from foodorder.db import db
from foodorder.rules.aggregation import MinimumRule, PackRounding, Settlement
from foodorder.trail.actor import Actor


@dataclass(slots=True)
class Work:
    """One close on its way through the steps."""

    cycle_id: int
    municipality_id: int
    #: The cycle's short name, 2026-W49.
    name: str
    #: The database's clock after the lock (UTC), and the municipality's year at that moment.
    clock: datetime
    year: int
    pack_rounding: PackRounding
    minimum_rule: MinimumRule
    #: What lots are drawn from: municipality and cycle, published with each allocation.
    seed: str
    actor: Actor
    #: What the rules said of the lines they may touch.
    settlement: Settlement | None = None

    @property
    def settled(self) -> Settlement:
        """The rules' answer; asking before the rules were applied is a mistake of the steps' order."""
        if self.settlement is None:
            raise RuntimeError("the rules were not applied yet")
        return self.settlement

    def run(self, statement: str, **parameters: Any) -> Result[Any]:
        """Execute one statement; `:cycle`, `:municipality`, `:clock` and `:year` are always known."""
        known = {
            "cycle": self.cycle_id,
            "municipality": self.municipality_id,
            "clock": self.clock,
            "year": self.year,
            **parameters,
        }
        clause = text(statement)
        wanted = {name: known[name] for name in clause._bindparams}
        return db.session.execute(clause, wanted)
