"""Promise: no acknowledged order is lost, none is accepted late.

Broken by many clients who write orders over HTTP, without pause, while three schedulers close the cycle.
"""

import http.client
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest

from foodorder.accounts.passwords import hash_password
from foodorder.cli import main
from foodorder.db import db, transaction
from foodorder.rules.permissions import Role
from tests.forks import Fork
from tests.promises import run_jobs
from tests.promises.house import OPEN, House

pytestmark = pytest.mark.race

KITCHENS, PEOPLE = 8, 3
PASSWORD = "korenje in jabolka"
OPEN_FOR = timedelta(seconds=6)


@dataclass
class Client:
    """One person's browser: writes order after order, and remembers what it was answered."""

    port: int
    email: str
    cycle: int
    cells: tuple[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[int, int] = field(default_factory=dict)
    refused: int = 0
    strange: list[tuple[int, str]] = field(default_factory=list)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """(status, place it leads to, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        connection.close()
        return answer.status, answer.getheader("Location") or "", body

    def log_in(self) -> None:
        """As a person does."""
        self.ask("POST", "/login", {**self.token("/login"), "email": self.email, "password": PASSWORD})
        self.form = self.token("/kitchen/order")

    def token(self, page: str) -> dict[str, str]:
        """The protection of a page's forms."""
        _, _, body = self.ask("GET", page)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', body)
        assert found, body[:500]
        return {"csrf_token": found[1]}

    def write_orders(self, until: float) -> None:
        """Ever other quantities, until some time after the deadline."""
        number = 0
        while time.monotonic() < until:
            number += 1
            quantity = 1 + (number + hash(self.email)) % 50
            form = {**self.form, **dict.fromkeys(self.cells, str(quantity))}
            status, place, body = self.ask("POST", f"/kitchen/order/{self.cycle}/submit", form)
            if status == 303:
                self.acknowledged[int(re.findall(r"\d+", urlsplit(place).path)[-1])] = quantity * 1000
            elif status == 409:
                self.refused += 1
            else:
                self.strange.append((status, body[:300]))


@pytest.fixture
def site(house: House) -> Iterator[int]:
    """The web processes of an installation, on a port that is free."""
    probe = socket.create_server(("127.0.0.1", 0))
    port: int = probe.getsockname()[1]
    probe.close()
    environment = {**os.environ, **house.environment}
    web = Fork(main, "web", "--port", port, "--workers", 2, environment=environment)
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            break
        except OSError:
            assert web.is_alive(), "the site did not start"
            assert time.monotonic() < end
            time.sleep(0.1)
    yield port
    web.send(signal.SIGQUIT)
    web.end(20)


def test_while_a_cycle_closes_every_acknowledged_order_is_recorded_and_none_after_the_deadline(
    house: House, site: int
) -> None:
    world = house.world
    house.set_clock(OPEN)
    password_hash = hash_password(PASSWORD)
    with transaction():
        farms = [world.add_producer() for _ in range(2)]
        offers = [world.offer(farm) for farm in farms]
        cycle = world.cycle(closes_at=OPEN + timedelta(days=1))
        clients = []
        for _ in range(KITCHENS):
            room = world.add_institution()
            cells = tuple(
                f"q-{cell.offer}-{cell.delivery_point}-{cell.day:%Y%m%d}"
                for cell in world.typed(cycle, room, [(offer, "") for offer in offers])
            )
            for _ in range(PEOPLE):
                person = world.add_person(Role.KITCHEN_MANAGER, institution_id=room.id)
                person.password_hash = password_hash
                clients.append(Client(site, person.email, cycle.id, (cells[0], cells[1])))
        cycle_id = cycle.id
    db.session.remove()
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(Client.log_in, clients))
        house.set_clock(OPEN)
        with house.owner() as owner:
            owner.execute("UPDATE cycle SET closes_at = %s WHERE id = %s", [OPEN + OPEN_FOR, cycle_id])
        schedulers = [house.start(run_jobs, OPEN_FOR.total_seconds() + 4) for _ in range(3)]
        until = time.monotonic() + OPEN_FOR.total_seconds() + 3
        list(pool.map(lambda client: client.write_orders(until), clients))
    ends = [scheduler.end(60) for scheduler in schedulers]
    assert [end.returncode for end in ends] == [0, 0, 0], ends

    acknowledged = {key: value for client in clients for key, value in client.acknowledged.items()}
    assert [client.strange for client in clients if client.strange] == []
    assert len(acknowledged) > 2 * len(clients), "too few orders to prove anything"
    assert all(client.refused for client in clients), "nobody came too late: nothing is proved"

    stored = house.ask(
        "SELECT id, submitted_at FROM order_submission WHERE cycle_id = :cycle", cycle=cycle_id
    )
    assert {row.id for row in stored} == set(acknowledged)
    assert all(row.submitted_at < OPEN + OPEN_FOR for row in stored)

    # The newest order of each kitchen is in the records, line by line; no other is.
    newest = house.ask("SELECT institution_id, max(id) FROM order_submission GROUP BY 1")
    recorded = house.ask(
        "SELECT r.institution_id, l.submission_id, array_agg(rl.quantity) AS quantities"
        "  FROM procurement_record r JOIN record_line rl ON rl.record_id = r.id"
        "  JOIN order_line l ON l.id = rl.order_line_id GROUP BY 1, 2"
    )
    assert {(row.institution_id, row.submission_id) for row in recorded} == {tuple(row) for row in newest}
    assert len(recorded) == KITCHENS
    for row in recorded:
        assert set(row.quantities) == {acknowledged[row.submission_id]}
        assert len(row.quantities) == 2
