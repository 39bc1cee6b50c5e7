"""The hand on the demo's clock. Only the owner's database role can move it; every page then says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from seeds.demo import bulk

#: Where the invented market is.
ZONE = "Europe/Ljubljana"


class ClockNotOurs(RuntimeError):
    """The database role that is named as the owner may not move the clock."""


class Clock:
    """The offset between real time and the time that deadlines are judged by. Make it with `clock_of`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def real(self) -> datetime:
        """Real time by the database server (UTC)."""
        moment: datetime = self._connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment

    def now(self) -> datetime:
        """The time that counts (UTC)."""
        moment: datetime = self._connection.execute(text("SELECT foodorder_clock()")).scalar_one()
        return moment

    def set(self, moment: datetime) -> None:
        """From here on it is `moment`, and time goes on."""
        self._move("UPDATE clock_offset SET ahead = :moment - clock_timestamp()", moment)

    def forward(self, moment: datetime) -> None:
        """It is `moment` now, unless it is later already."""
        self._move("UPDATE clock_offset SET ahead = greatest(ahead, :moment - clock_timestamp())", moment)

    def release(self, not_before: datetime) -> None:
        """Back to real time, or as near to it as may be without going back behind `not_before`."""
        self._move(
            "UPDATE clock_offset SET ahead = greatest(interval '0', :moment - clock_timestamp())", not_before
        )

    def _move(self, statement: str, moment: datetime) -> None:
        try:
            self._connection.execute(text(statement), {"moment": moment})
        except ProgrammingError as error:
            raise ClockNotOurs(
                "The demo moves the clock, which only the database's owner may: set FOODORDER_OWNER_URL."
            ) from error


@contextmanager
def clock_of(owner_url: str) -> Iterator[Clock]:
    """The clock of a database, held by a connection of its own as the owner role."""
    engine = create_engine(
        owner_url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        # Over the days of a clock change an offset in days is right only where no clock changes.
        connect_args=bulk.CONNECT,
    )
    with engine.connect() as connection:
        yield Clock(connection)
    engine.dispose()
