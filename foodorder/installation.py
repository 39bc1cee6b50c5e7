"""One installation, opened for a command: its settings, and a database that answers.

Without FOODORDER_DATABASE_URL the program's own server is started (or joined) for as long as the command
runs, and brought to the newest migration. A named server is never migrated by itself: that is an act of its
own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from foodorder import schema
from foodorder.config import Settings
from foodorder.embedded import EmbeddedServer

#: The embedded server's folder inside the data directory.
DATABASE_FOLDER = "database"


class InstallationError(RuntimeError):
    """This installation cannot be used as it is; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings whose URLs name a database that answers; `server` is ours, None when another is named."""

    settings: Settings
    server: EmbeddedServer | None

    @property
    def owner_named(self) -> bool:
        """Whether the owner's role is known, who alone may migrate and set the clock."""
        return self.server is not None or self.settings.owner_url != self.settings.database_url


@contextmanager
def opened(settings: Settings, *, migrated: bool = True) -> Iterator[Installation]:
    """Open the installation. With `migrated` its tables must be there and of this version.

    Raises InstallationError, EmbeddedServerError.
    """
    if not settings.embedded:
        if migrated:
            _check_migrated(settings)
        yield Installation(settings, None)
        return
    with EmbeddedServer.start(settings.data_dir / DATABASE_FOLDER) as server:
        named = replace(settings, database_url=server.url("app"), owner_url=server.url("owner"))
        if migrated and migration_of(named) != schema.head():
            schema.upgrade(named.owner_url)
        yield Installation(named, server)


def migration_of(settings: Settings) -> str | None:
    """The migration the database stands at, None for an empty one. Raises InstallationError."""
    engine = create_engine(settings.database_url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            return schema.current(connection)
    except DBAPIError as error:
        raise InstallationError(f"The database does not answer: {plain(error)}") from error
    finally:
        engine.dispose()


def _check_migrated(settings: Settings) -> None:
    present, wanted = migration_of(settings), schema.head()
    if present is None:
        raise InstallationError(
            "The database is empty: run `foodorder db upgrade` and `foodorder seed reference`."
        )
    if present != wanted:
        raise InstallationError(
            f"The database is at migration {present}, the program needs {wanted}: run `foodorder db upgrade`."
        )


def plain(error: BaseException) -> str:
    """The cause of a failure in one line, without what a driver adds around it."""
    cause = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    return (lines[0] if lines else type(cause).__name__)[:300]
