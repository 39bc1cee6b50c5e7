"""Alembic's entry: migrations run as the owner role, each in a transaction, under one lock.

`foodorder db upgrade` hands over an open connection; nothing here reads settings.
"""

from alembic import context
from sqlalchemy import text

from foodorder.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=False,
)
# Two programs that start at once must not migrate at once.
connection.execute(text("SELECT pg_advisory_lock(hashtext('foodorder migrations'))"))
connection.commit()
with context.begin_transaction():
    context.run_migrations()
connection.execute(text("SELECT pg_advisory_unlock(hashtext('foodorder migrations'))"))
connection.commit()
