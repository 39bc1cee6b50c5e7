"""A house with real commits: its own database, other processes beside this one, clocks that jump."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import psycopg
from flask import Flask

from foodorder.catalogue.models import StockKind
from foodorder.config import Settings
from foodorder.db import JOB_TIMEOUTS, db, transaction
from foodorder.embedded import EmbeddedServer
from foodorder.ordering.models import Cycle
from tests.factories import World
from tests.forks import Fork

#: While the factories' cycle is open, and after it should have closed.
OPEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 26, 11, 0, 1, tzinfo=UTC)
MONTH_LATER = AFTER + timedelta(days=31)


@dataclass
class House:
    """One database, this process's application on it, and the environment that other processes get."""

    server: EmbeddedServer
    name: str
    app: Flask
    world: World
    environment: dict[str, str]
    children: list[Fork] = field(default_factory=list)

    def owner(self) -> psycopg.Connection[Any]:
        """A connection of the owner role, which alone may set the clock."""
        return psycopg.connect(plain(self.server.url("owner", self.name)), autocommit=True)

    def admin(self) -> psycopg.Connection[Any]:
        """A connection that may do anything: what a burglar would have."""
        return psycopg.connect(plain(self.server.url("admin", self.name)), autocommit=True)

    def set_clock(self, moment: datetime) -> None:
        """Let the database's clock go on from `moment`."""
        with self.owner() as owner:
            owner.execute("UPDATE clock_offset SET ahead = %s", [moment - datetime.now(UTC)])

    def busy_cycle(self, kitchens: int = 6) -> Cycle:
        """A cycle whose close has work for every rule: packs, minimums, a scarce offer, a plain one."""
        self.set_clock(OPEN)
        with transaction():
            farm = self.world.add_producer(minimum_cents=2_000)
            far = self.world.add_producer(minimum_cents=900_000)
            offers = [
                self.world.offer(farm, price=150),
                self.world.offer(farm, price=220, pack=5_000),
                self.world.offer(farm, price=90, available=9_000, kind=StockKind.SHARE),
                self.world.offer(far, price=300),
            ]
            rooms = [self.world.add_institution() for _ in range(kitchens)]
            cycle = self.world.cycle()
            for number, room in enumerate(rooms):
                self.world.submit(cycle, room, [(offer, str(7 + number)) for offer in offers])
        return cycle

    def start(self, program: ModuleType, *arguments: object) -> Fork:
        """Another process on the same database, which does what a module's `main` says."""
        child = Fork(program.main, *arguments, environment={**os.environ, **self.environment})
        self.children.append(child)
        return child

    def ask(self, statement: str, **values: object) -> list[Any]:
        """Rows of a query in a transaction of its own, so that what others committed is seen."""
        with transaction():
            return list(db.session.execute(db.text(statement), values).all())


def plain(url: str) -> str:
    """The address as psycopg reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def application(settings: Settings) -> Flask:
    """Services alone, without counters."""
    app = Flask("foodorder")
    app.config.update(
        SETTINGS=settings,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 60,
            "isolation_level": "READ COMMITTED",
            "connect_args": {"options": f"-c timezone=UTC {JOB_TIMEOUTS}"},
        },
    )
    db.init_app(app)
    return app
