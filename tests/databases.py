"""Databases that tests begin with: made once, then copied, which takes a moment instead of seconds.

A template is kept on the tests' server and shared by all processes of a run. Whatever it depends on is in
its name, so that none is ever copied that was made from something else.
"""

import fcntl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg

from foodorder.config import PROJECT
from foodorder.embedded import EmbeddedServer
from foodorder.schema import upgrade


def create_migrated(server: EmbeddedServer, name: str) -> None:
    """Create a database that stands at the newest migration, with no rows in it."""
    digest = digest_of([PROJECT / "migrations", PROJECT / "foodorder" / "schema.py"])

    def make(template: str) -> None:
        server.create_database(template)
        upgrade(server.url("owner", template))

    create_copy(server, name, "migrated", digest, make)


def create_copy(
    server: EmbeddedServer, name: str, kind: str, digest: str, make: Callable[[str], None]
) -> None:
    """Create the database `name` as a copy of the template that `make(template)` makes where there is none.

    Templates of the same kind with another digest are dropped when one is made. `make` must leave no
    connection to its database.
    """
    template = f"template_{kind}_{digest}"
    with _alone(server, kind):
        there = databases(server, f"template_{kind}_")
        if template not in there:
            for old in there:
                server.drop_database(old)
            # Under another name until it is whole: a killed run must not leave half of one.
            unfinished = f"unfinished_{kind}"
            server.drop_database(unfinished)
            make(unfinished)
            with psycopg.connect(plain(server.url("admin", "postgres")), autocommit=True) as admin:
                admin.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{template}"'.encode())
        server.create_database(name, template=template)


# Triggers are off meanwhile: they would refuse it of what is frozen, and ask for every key.
_EMPTY = """
DO $$
DECLARE one record;
BEGIN
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT oid::regclass AS name FROM pg_class
                WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                  AND relname NOT IN ('alembic_version', 'clock_offset')
    LOOP
        EXECUTE format('DELETE FROM %s', one.name);
    END LOOP;
    UPDATE clock_offset SET ahead = DEFAULT;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
       FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


def make_empty(server: EmbeddedServer, name: str) -> None:
    """Bring a migrated database back to what it was when it was new: no rows, numbers from the first.

    Whoever is still connected to it is sent away.
    """
    with psycopg.connect(plain(server.url("admin", name)), autocommit=True) as admin:
        admin.execute(_EMPTY)


def digest_of(places: Iterable[Path]) -> str:
    """What tells one state of these files and folders from another."""
    found = sha256()
    for place in places:
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file.relative_to(PROJECT)}\n".encode())
                found.update(sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def databases(server: EmbeddedServer, beginning: str) -> list[str]:
    """The names of the server's databases that begin so."""
    with psycopg.connect(plain(server.url("admin", "postgres"))) as admin:
        rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [beginning])
        return [name for (name,) in rows]


def drop_left_behind(server: EmbeddedServer, beginning: str) -> None:
    """Drop databases of test runs that were killed; the number after `beginning` is their process."""
    for name in databases(server, beginning):
        process = name.removeprefix(beginning).partition("_")[0]
        if process.isdecimal() and not Path("/proc", process).exists():
            server.drop_database(name)


def plain(url: str) -> str:
    """The address as psycopg reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def _alone(server: EmbeddedServer, kind: str) -> Iterator[None]:
    """No other process makes, copies or drops templates of this kind on this server meanwhile."""
    with (server.home / f"templates {kind}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
