"""How the database is treated while weeks are made by the dozen."""

import gc
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from foodorder.db import JOB_TIMEOUTS, db, transaction
from foodorder.trail import service as trail

#: How every connection is opened. A commit need not wait for the disk: after a crash the demo goes on from
#: where it stood. A plan is made once, at the first use, for all values: everybody's here are much alike, and
#: planning takes its time.
CONNECT = {
    "options": f"-c timezone=UTC {JOB_TIMEOUTS}"
    " -c synchronous_commit=off -c plan_cache_mode=force_generic_plan",
    "prepare_threshold": 0,
}
#: SQLAlchemy options of the database. Nobody asks whether a connection still lives: none is left alone here.
ENGINE: Mapping[str, Any] = {"isolation_level": "READ COMMITTED", "connect_args": CONNECT}
#: What stands as the mail server's answer in messages of the past: nobody was written to.
HISTORY = "demo: a week of the past, nothing was mailed"

_GROWN = text("""
SELECT quote_ident(relname) FROM pg_stat_user_tables
 WHERE n_mod_since_analyze > 100 + n_live_tup / 3 ORDER BY relname
""")


def rarely_look_for_garbage() -> None:
    """Weeks leave hardly any that goes only by being looked for, and looking took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def analyze(owner_url: str) -> None:
    """Let the planner see tables that have grown by half; the server itself looks once a minute only.

    A minute is long here: plans made for empty tables walk through full ones, line by line.
    """
    engine = create_engine(owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        grown = connection.scalars(_GROWN).all()
        if grown:
            connection.execute(text(f"ANALYZE (SKIP_LOCKED) {', '.join(grown)}"))
    engine.dispose()


def lay_to_rest(before: datetime) -> None:
    """Messages of the past are nobody's business any more; they say so themselves."""
    with transaction():
        db.session.execute(
            text(
                "UPDATE message SET state = 'sent', attempts = 1,"
                " sent_at = created_at + interval '20 seconds', server_answer = :answer"
                " WHERE state = 'queued' AND created_at < :before"
            ),
            {"answer": HISTORY, "before": before},
        )


def seal_all() -> None:
    """Seal what was written, block by block."""
    sealed = 1
    while sealed:
        with transaction():
            sealed = trail.seal()


def without_notes() -> None:
    """A week of the time before delivery notes were written here."""
    with transaction():
        db.session.execute(text("DELETE FROM delivery_due"))
