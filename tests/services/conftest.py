"""Services know no counters: they are tested in an application that has none."""

from collections.abc import Iterator

import pytest
from flask import Flask

from foodorder.config import Settings
from foodorder.db import JOB_TIMEOUTS, db


@pytest.fixture(scope="session")
def application(settings: Settings) -> Iterator[Flask]:
    """Nothing but the database."""
    app = Flask("foodorder")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "isolation_level": "READ COMMITTED",
            "connect_args": {"options": f"-c timezone=UTC {JOB_TIMEOUTS}"},
        },
    )
    db.init_app(app)
    yield app
    with app.app_context():
        db.engine.dispose()
