"""The tables that migrations make are the tables of the models, both ways, and what is frozen is frozen."""

import re
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from foodorder import schema
from foodorder.config import resource
from foodorder.embedded import EmbeddedServer
from tests.promises.test_frozen import FROZEN

#: Everything that a migration can make, as text: what a second way there would have to make again.
EVERYTHING = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
       || ' ' || coalesce(column_default, identity_generation, '')
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'grant ' || grantee || ' ' || privilege_type || ' ' || table_name
  FROM information_schema.role_table_grants WHERE table_schema = 'public'
"""

NOT_IN_THE_HOUSE = {
    "record_change_line", "agreement_amendment", "offer_choice", "purchase_elsewhere", "subject_kind_past",
    "offer_reading", "sample", "sample_line",
    "flag_note",
}  # fmt: skip


@pytest.fixture
def empty(server: EmbeddedServer, database: str) -> Iterator[str]:
    """The owner's address of a database without tables."""
    name = f"{database}_schema"
    server.create_database(name)
    yield server.url("owner", name)
    server.drop_database(name)


@pytest.fixture
def owner(server: EmbeddedServer, database: str) -> Iterator[Connection]:
    """A connection to the migrated database."""
    engine = create_engine(server.url("owner", database), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def everything(url: str) -> set[str]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        found = set(connection.scalars(text(EVERYTHING)))
    engine.dispose()
    return {line for line in found if "alembic_version" not in line}


def test_there_is_one_head() -> None:
    script = ScriptDirectory(str(resource("migrations")))
    assert len(script.get_heads()) == 1
    assert script.get_heads()[0] == schema.head()


def test_every_migration_goes_both_ways(empty: str) -> None:
    schema.upgrade(empty)
    there = everything(empty)
    assert there
    schema.downgrade(empty, "base")
    assert everything(empty) == set()
    schema.upgrade(empty)
    assert everything(empty) == there


def test_models_and_migrations_are_the_same(owner: Connection) -> None:
    context = MigrationContext.configure(owner, opts={"compare_type": True, "include_name": has_a_model})
    assert compare_metadata(context, schema.METADATA) == []


def has_a_model(name: str | None, kind: str, _parents: object) -> bool:
    """Only the owner sets the clock, in plain SQL: its table has no model."""
    return not (kind == "table" and name == "clock_offset")


def test_what_is_called_frozen_has_its_triggers_and_nothing_else_has(owner: Connection) -> None:
    guarded = owner.execute(
        text(
            "SELECT tgrelid::regclass::text, bit_or(tgtype) FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgname LIKE 'frozen%' GROUP BY 1"
        )
    )
    # Bits of pg_trigger.tgtype: 8 DELETE, 16 UPDATE, 32 TRUNCATE.
    frozen = {name for name, bits in guarded if bits & 56 == 56}
    assert frozen == only_added_to(owner)
    # The promise is broken on every one of them, but for those that no week of its house has rows of.
    assert frozen == {*FROZEN, *NOT_IN_THE_HOUSE}


def only_added_to(owner: Connection) -> set[str]:
    """Tables whose rows the application may add and read, and no more."""
    rows = owner.execute(
        text(
            "SELECT table_name, array_agg(privilege_type::text) FROM information_schema.role_table_grants"
            " WHERE grantee = 'foodorder_app' AND table_schema = 'public' GROUP BY 1"
        )
    )
    given = {name: set(privileges) for name, privileges in rows}
    assert not [name for name, privileges in given.items() if "TRUNCATE" in privileges]
    return {name for name, privileges in given.items() if privileges == {"SELECT", "INSERT"}}


def test_money_and_quantities_are_never_binary_fractions() -> None:
    broken = re.compile(r"cents|quantity|grams|price|_bp$|amount|taken|available|pack$|step$")
    assert not [
        f"{table.name}.{column.name}"
        for table in schema.METADATA.tables.values()
        for column in table.columns
        if broken.search(column.name) and column.type.python_type is float
    ]
