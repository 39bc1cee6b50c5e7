"""Parameters of the public window's addresses: a kitchen by its code, a region, a year."""

from typing import Any

from foodorder.db import db

REGION = "SI042"


def window_things(municipality: Any, kitchen: Any, year: int) -> dict[str, Any]:
    """Parameters of routes: ours. What stands there is for everybody (tests/web/test_window.py)."""
    municipality.region = REGION
    db.session.flush()
    return {"kitchen": kitchen.code, "region": REGION, "year": year}
