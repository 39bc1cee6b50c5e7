"""Fill tables of a database by COPY: without triggers, and with the indexes made at the end.

Whoever makes rows and whoever takes them are two processes, so that both cores have something to do.
"""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import psycopg
from psycopg import sql

from foodorder.embedded import EmbeddedServer
from foodorder.embedded.configuration import PORT, ROLES

#: Of the whole server while tables are filled: what is lost in a crash is made anew.
HURRIED = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "8GB",
    "autovacuum": "off",
}

#: Of each connection. Triggers off, foreign keys among them: what is made here is whole by construction.
SESSION = "-c session_replication_role=replica -c work_mem=256MB -c maintenance_work_mem=512MB"

#: Indexes of these tables that no foreign key rests on, with what makes them again.
_SPARE = """
SELECT c.relname, i.relname, o.conname,
       coalesce(pg_get_constraintdef(o.oid), pg_get_indexdef(x.indexrelid))
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_class i ON i.oid = x.indexrelid
  LEFT JOIN pg_constraint o
    ON o.conindid = x.indexrelid AND o.conrelid = x.indrelid AND o.contype IN ('p', 'u')
 WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
   AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = x.indexrelid AND f.contype = 'f')
 ORDER BY pg_relation_size(c.oid) DESC, i.relname
"""


class Loader:
    """Fills the tables of one database."""

    def __init__(self, server: EmbeddedServer, database: str) -> None:
        self._psql = str(server.binaries / "psql")
        self._place = f"host={server.socket_dir} port={PORT} user={ROLES['admin']} dbname={database}"

    def connect(self) -> psycopg.Connection[tuple[str, ...]]:
        """As the cluster's superuser, each statement a transaction."""
        return psycopg.connect(self._place, options=SESSION, autocommit=True)

    def run(self, *statements: str) -> None:
        """One after the other."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def copy(self, table: str, rows: Iterable[str]) -> None:
        """Fill a table, named with its columns, with rows as COPY wants them."""
        statement = f"COPY {table} FROM STDIN".encode()
        with self.connect() as connection, connection.cursor().copy(statement) as copy:
            for some in rows:
                copy.write(some)
        self._known(table)

    def move(self, table: str, statement: str) -> None:
        """Fill a table, named with its columns, with what a statement selects."""
        made = subprocess.Popen(self._command(f"COPY ({statement}) TO STDOUT"), stdout=subprocess.PIPE)
        subprocess.run(self._command(f"COPY {table} FROM STDIN"), stdin=made.stdout, check=True)
        if made.wait():
            raise RuntimeError(f"the rows of {table} cannot be made")
        self._known(table)

    def _known(self, table: str) -> None:
        """Let the planner know what is in a table."""
        self.run(f"VACUUM ANALYZE {table.split()[0]}")

    def _command(self, statement: str) -> Sequence[str]:
        place = f"{self._place} options='{SESSION}'"
        return (self._psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", place, "-c", statement)

    @contextmanager
    def indexes_later(self, tables: Sequence[str]) -> Iterator[None]:
        """Without the indexes that only help to find rows; they are made afterwards, two tables at a time."""
        with self.connect() as connection:
            spare = connection.execute(_SPARE, [list(tables)]).fetchall()
            for table, index, constraint, _made in spare:
                drop = "ALTER TABLE {0} DROP CONSTRAINT {1}" if constraint else "DROP INDEX {1}"
                connection.execute(sql.SQL(drop).format(sql.Identifier(table), sql.Identifier(index)))
        yield
        again: dict[str, list[str]] = {}
        for table, index, constraint, made in spare:
            statement = f'ALTER TABLE "{table}" ADD CONSTRAINT "{index}" {made}' if constraint else made
            again.setdefault(table, []).append(statement)
        two_at_a_time([partial(self.run, *statements) for statements in again.values()])


def two_at_a_time(work: Sequence[partial[None]]) -> None:
    """Do all of it, on two cores."""
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(one) for one in work]:
            done.result()


@contextmanager
def hurried(server: EmbeddedServer) -> Iterator[None]:
    """The server keeps nothing safe against a crash of the machine, and leaves cleaning up to us."""
    with psycopg.connect(
        server.url("admin", "postgres").replace("+psycopg", ""), autocommit=True
    ) as connection:
        for name, value in HURRIED.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
