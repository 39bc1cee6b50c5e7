"""The tests' own databases: one that was emptied is as good as new."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from foodorder.embedded import EmbeddedServer
from tests.databases import create_migrated, make_empty, plain

Contents = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def used(server: EmbeddedServer) -> Iterator[str]:
    name = f"test_{os.getpid()}_used"
    create_migrated(server, name)
    yield name
    server.drop_database(name)


def contents(server: EmbeddedServer, name: str) -> Contents:
    """Every row of every table, and how far every number has come."""
    with psycopg.connect(plain(server.url("admin", name))) as admin:
        tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found = {
            table: admin.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
            for (table,) in tables
        }
        found["numbers"] = admin.execute("SELECT * FROM pg_sequences ORDER BY sequencename").fetchall()
    return found


def test_an_emptied_database_is_as_good_as_new(server: EmbeddedServer, used: str) -> None:
    new = contents(server, used)
    with psycopg.connect(plain(server.url("owner", used)), autocommit=True) as owner:
        owner.execute("UPDATE clock_offset SET ahead = interval '1 day'")
        owner.execute(
            "INSERT INTO trail_event (at, action, object_type, object_id, body) VALUES (now(), '', '', 1, '')"
        )
        assert contents(server, used) != new

        make_empty(server, used)

        with pytest.raises(psycopg.OperationalError):
            owner.execute("SELECT 1")
    assert contents(server, used) == new
