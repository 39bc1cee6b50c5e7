"""What every command begins with: settings, an open installation, an application, a readable log."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask

from foodorder.config import Settings
from foodorder.db import JOB_TIMEOUTS, db
from foodorder.embedded import exit_on_signals
from foodorder.installation import Installation, opened

#: How jobs and commands use the database.
ENGINE: dict[str, Any] = {
    "pool_pre_ping": True,
    "isolation_level": "READ COMMITTED",
    "connect_args": {"options": f"-c timezone=UTC {JOB_TIMEOUTS}", "application_name": "foodorder"},
}


@contextmanager
def installation(*, migrated: bool = True) -> Iterator[Installation]:
    """The installation that the environment names; left in order on Ctrl-C and SIGTERM."""
    exit_on_signals()
    with opened(Settings.from_environment(), migrated=migrated) as place:
        yield place


def worker(settings: Settings, *, engine: Mapping[str, Any] = ENGINE) -> Flask:
    """What jobs and commands need of an application: settings, and a database with patience; no pages.

    `engine`: SQLAlchemy's options of its database.
    """
    return _with_database(settings.database_url, engine, settings)


@contextmanager
def application(place: Installation, *, engine: Mapping[str, Any] = ENGINE) -> Iterator[Flask]:
    """A worker inside its context; its connections are closed after it."""
    app = worker(place.settings, engine=engine)
    with app.app_context():
        yield from _closed(app)


@contextmanager
def database_alone(url: str) -> Iterator[Flask]:
    """A session on a database that is not this installation's."""
    app = _with_database(url, ENGINE | {"connect_args": {"options": "-c timezone=UTC"}}, None)
    with app.app_context():
        yield from _closed(app)


def _with_database(url: str, engine: Mapping[str, Any], settings: Settings | None) -> Flask:
    app = Flask("foodorder")
    app.config.update(SETTINGS=settings, SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=dict(engine))
    db.init_app(app)
    return app


def _closed(app: Flask) -> Iterator[Flask]:
    try:
        yield app
    finally:
        db.session.remove()
        db.engine.dispose()


def set_up_log(form: str, *, quiet: bool = False) -> None:
    """Write the log to stderr, for a person or as JSON; `quiet` leaves warnings and errors."""
    level = logging.WARNING if quiet else logging.INFO
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info
            if form == "json"
            else structlog.processors.StackInfoRenderer(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    # The scheduler says at every run that it ran; job_run and the heartbeats say it better.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
