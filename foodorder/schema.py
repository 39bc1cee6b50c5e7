"""All tables in one place, and the migrations that make them.

Importing this module imports every stage's tables, so that `METADATA` is complete.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

import foodorder.accounts.models
import foodorder.agreements.models
import foodorder.audit.desk.models
import foodorder.audit.flags.models
import foodorder.audit.models
import foodorder.audit.releases.models
import foodorder.billing.models
import foodorder.catalogue.models
import foodorder.delivery.models
import foodorder.ordering.models
import foodorder.outbox.models
import foodorder.procurement.models
import foodorder.trail.models  # noqa: F401
from foodorder.config import resource
from foodorder.db import db

METADATA = db.metadata


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database to `revision` as the owner role; does nothing when it is there already."""
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        command.upgrade(_config(connection), revision)
    engine.dispose()


def downgrade(owner_url: str, revision: str) -> None:
    """Take migrations back to `revision` ("base" for an empty database)."""
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        command.downgrade(_config(connection), revision)
    engine.dispose()


def head() -> str:
    """The newest migration there is; raises if there are two heads."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise LookupError("no migrations found")
    return revision


def revisions() -> list[str]:
    """All migrations there are, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def current(connection: Connection) -> str | None:
    """The migration the database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def versions_folder() -> Path:
    """Where the migration files lie."""
    return resource("migrations") / "versions"
