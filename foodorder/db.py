"""The database session, its transactions and its clock.

PostgreSQL 15 or later is the only engine; READ COMMITTED everywhere. The caller of a service
owns the transaction: `with transaction(): service(...)`. Times are aware UTC datetimes.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, DateTime, MetaData, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of all tables."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)
db.Model.registry.update_type_annotation_map(  # type: ignore[attr-defined]
    {datetime: DateTime(timezone=True)}
)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

Result = TypeVar("Result")

#: Class numbers of the advisory locks (first key of pg_advisory_xact_lock), one per kind of thing locked.
LOCK_CYCLE = 1
LOCK_SEAL = 2
LOCK_SCHEDULE = 3
LOCK_CHECK = 4
#: Taken by the triggers of summaries (migration 0018): a municipality's, and one buyer's with one supplier.
LOCK_SUMMARY = 5
LOCK_PAIR = 6
#: A municipality's flags, while the rules look for them.
LOCK_FLAGS = 7

#: What an order reads lies in memory, or on a disk without arms: a row elsewhere costs no more than the next.
PLANNING = "-c random_page_cost=1.1"
#: One forgotten transaction must not hold a deadline.
WEB_TIMEOUTS = "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s"
JOB_TIMEOUTS = "-c statement_timeout=10min -c lock_timeout=60s -c idle_in_transaction_session_timeout=10min"

#: SQLSTATEs after which the same transaction may be tried again: deadlock, serialization failure.
RETRIED = frozenset({"40P01", "40001"})


# Made once: every order takes one, and putting it together costs more than running it.
_LOCK_SHARED = text("SELECT pg_advisory_xact_lock_shared(:kind, :cycle)")
_LOCK_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:kind, :cycle)")


def one_of(column: str, values: type[Enum]) -> CheckConstraint:
    """CHECK that a text column holds one of an enum's values."""
    allowed = ", ".join(f"'{member.value}'" for member in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what was done inside; on any exception roll back and let it pass."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


class Overtaken(Exception):
    """What a transaction read was changed by another before it wrote: all of it is undone and begun again."""


def retrying(work: Callable[[], Result], attempts: int = 4) -> Result:
    """Run `work` in a transaction of its own; again, with jitter, after a deadlock or if it was overtaken."""
    for attempt in range(1, attempts + 1):
        try:
            with transaction():
                return work()
        except (Overtaken, OperationalError) as error:
            state = getattr(getattr(error, "orig", None), "sqlstate", None)
            if attempt == attempts or not (isinstance(error, Overtaken) or state in RETRIED):
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def clock() -> datetime:
    """The database's time now (UTC): clock_timestamp() plus an offset that only the owner role can set."""
    moment: datetime = db.session.execute(select(func.foodorder_clock())).scalar_one()
    return moment


def lock_cycle(cycle_id: int, *, exclusive: bool) -> None:
    """Take the cycle's transaction-level advisory lock, in a statement of its own (design.md §4.2).

    Orders take it shared, so that they do not wait for each other; closing, opening, extending and
    cancelling take it exclusively. The caller reads state and clock in the *next* statement.
    """
    lock = _LOCK_EXCLUSIVE if exclusive else _LOCK_SHARED
    db.session.execute(lock, {"kind": LOCK_CYCLE, "cycle": cycle_id})
