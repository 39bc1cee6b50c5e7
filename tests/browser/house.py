"""A site for browsers: a demo world in a database of its own, answered by a web process of its own.

The world is made once; each site works on a copy of it, so that no story needs another one's end.
"""

import email
import email.policy
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psycopg

from foodorder.commands.opening import application, set_up_log
from foodorder.commands.serving import answer
from foodorder.config import Settings
from foodorder.embedded import EmbeddedServer
from foodorder.installation import Installation
from foodorder.schema import upgrade
from seeds.demo import bulk
from seeds.demo.clock import Clock, clock_of
from seeds.demo.run import run
from tests import forks

#: A Saturday; the week of 23 November is recorded, the week of 30 November takes orders until Thursday noon.
TODAY = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)
#: How long the web process may take to answer, on a busy machine.
PATIENCE_S = 60


class Calendar(Clock):
    """The demo's clock in a world where it is always the same day, whenever the tests run."""

    def real(self) -> datetime:
        """TODAY."""
        return TODAY

    def release(self, not_before: datetime) -> None:
        """Go on from TODAY."""
        self.set(max(TODAY, not_before))


def settings_of(server: EmbeddedServer, database: str, data: Path) -> dict[str, str]:
    """The environment of an installation on a database of the tests' server."""
    return {
        "FOODORDER_DATABASE_URL": server.url("app", database),
        "FOODORDER_OWNER_URL": server.url("owner", database),
        "FOODORDER_DATA_DIR": str(data),
        "FOODORDER_SECRET_KEY": "only for tests",
        "FOODORDER_MAIL_FOLDER": str(data / "mail"),
    }


def make_world(server: EmbeddedServer, name: str, data: Path) -> None:
    """The demo as it stands on TODAY: one week behind it, one open; everybody reads English."""
    server.create_database(name)
    upgrade(server.url("owner", name))
    settings = Settings.from_environment(settings_of(server, name, data))
    with (
        application(Installation(settings, None), engine=bulk.ENGINE),
        clock_of(settings.owner_url) as clock,
    ):
        clock.__class__ = Calendar
        run(settings, clock, lambda *_step: None, weeks=0)
        # What was written before the stories begin is delivered already: each waits for its own mails only.
        bulk.lay_to_rest(TODAY)
    with owner_of(server, name) as owner:
        owner.execute("UPDATE person SET language = 'en'")


def owner_of(server: EmbeddedServer, name: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the owner role, which alone may set the clock."""
    url = server.url("owner", name).replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(url, autocommit=True)


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: where it answers, and the environment of commands that work on it."""

    address: str
    environment: dict[str, str]
    server: EmbeddedServer
    database: str

    def set_clock(self, moment: datetime) -> None:
        """From here on it is `moment`."""
        with owner_of(self.server, self.database) as owner:
            owner.execute("UPDATE clock_offset SET ahead = %s - clock_timestamp()", [moment])

    def job(self, name: str) -> str:
        """Run one of the clock's jobs as `foodorder job NAME` does; returns what it prints."""
        done = forks.run(("job", name), {**os.environ, **self.environment}, "", 120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Rows of a query."""
        with owner_of(self.server, self.database) as owner:
            return owner.execute(statement.encode(), values).fetchall()

    def mails(self) -> list[str]:
        """Everything that was mailed so far, with address and subject; what waits is delivered first."""
        self.job("deliver_messages")
        folder = Path(self.environment["FOODORDER_MAIL_FOLDER"])
        found = []
        for path in sorted(folder.glob("*.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            text = mail.get_body(("plain",))
            assert text is not None
            address = mail["To"].addresses[0].addr_spec
            found.append(f"To: {address}\n{mail['Subject']}\n\n{text.get_content()}")
        return found


@contextmanager
def open_site(server: EmbeddedServer, template: str, name: str, data: Path) -> Iterator[Site]:
    """Serve a copy of the world; the process and the copy are gone afterwards."""
    server.create_database(name, template=template)
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    environment = {**settings_of(server, name, data), "FOODORDER_BASE_URL": address}
    web = forks.FORKS.Process(target=_serve, args=(listening, {**os.environ, **environment}))
    web.start()
    try:
        _wait_until_answered(address, web)
        yield Site(address, environment, server, name)
    finally:
        listening.close()
        # At once: nobody is there any more whose request it should finish.
        assert web.pid
        os.kill(web.pid, signal.SIGQUIT)
        web.join(20)
        server.drop_database(name)


def _serve(listening: socket.socket, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    set_up_log("text", quiet=True)
    answer(listening, workers=1)


def _wait_until_answered(address: str, web: ForkServerProcess) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            with closing(urllib.request.urlopen(f"{address}/login", timeout=PATIENCE_S)):
                return
        except OSError:
            assert web.is_alive(), "the site did not start"
            assert time.monotonic() < end, "the site does not answer"
            time.sleep(0.1)
