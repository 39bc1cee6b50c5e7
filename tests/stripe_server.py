"""A Stripe of our own on this machine, over HTTP: localstripe, and servers that are dead, hang or remember.

Each runs until the `with` ends; localstripe also ends by itself when the tests are gone.
"""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

from foodorder.config import Stripe

KEY, PUBLISHABLE, SECRET = "sk_test_ours", "pk_test_ours", "whsec_ours"
#: A card that is charged, one that asks for its owner, one that is declined when charged.
GOOD, ASKS, DECLINED = "4242424242424242", "4000002500003155", "4000000000000341"
IBAN, BAD_IBAN = "DE89370400440532013000", "DE62370400440532013001"

PROGRAM = """
import asyncio, os, sys, threading
from aiohttp import web
from localstripe import resources
from localstripe.server import app
resources.store.dump_to_disk = lambda: None
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
async def main():
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@contextmanager
def localstripe() -> Iterator[str]:
    """The address of a running localstripe."""
    server = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.communicate()


def settings_for(base: str, **more: str) -> Stripe:
    """Settings of an installation that pays there."""
    return Stripe(KEY, PUBLISHABLE, SECRET, base, **more)


def call(base: str, method: str, path: str, body: Any = None) -> Any:
    """Ask localstripe something as Stripe's own pages would."""
    data = None if body is None else json.dumps(body).encode()
    asked = Request(
        base + path,
        data,
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        method=method,
    )
    with urlopen(asked, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def card(base: str, number: str = GOOD) -> str:
    """A card as a browser gives it to Stripe."""
    typed = {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": "123"}
    return str(call(base, "POST", "/v1/payment_methods", {"type": "card", "card": typed})["id"])


_numbers = count(1)


def event(
    kind: str, thing: dict[str, Any], *, created: int | None = None, account: str | None = None
) -> dict[str, Any]:
    """A message as Stripe writes it."""
    return {
        "id": f"evt_{next(_numbers)}",
        "object": "event",
        "type": kind,
        "created": int(time.time()) if created is None else created,
        "account": account,
        "data": {"object": thing},
    }


def signed(payload: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    """The header that proves a message."""
    moment = int(time.time()) if at is None else at
    seal = hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={moment},v1={seal}"


@dataclass
class Remembering:
    """A server that answers what it is told to and keeps what it was asked: (method, path, headers, form)."""

    base: str
    asked: list[tuple[str, str, dict[str, str], dict[str, list[str]]]] = field(default_factory=list)
    #: Path → answer; without one the server answers 500.
    answers: dict[str, Any] = field(default_factory=dict)


@contextmanager
def remembering(delay: float = 0) -> Iterator[Remembering]:
    """A server that keeps what it was asked; with `delay` it lets everybody wait first."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = self.path.partition("?")[0]
            kept.asked.append((self.command, path, dict(self.headers), parse_qs(body)))
            stop.wait(delay)
            found = kept.answers.get(path)
            self.send_response(500 if found is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(found or {"error": {"message": "?"}}).encode())

        do_GET = do_POST = answer  # noqa: N815 - the names that http.server knows

        def log_message(self, *_args: Any) -> None:
            pass

    stop = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Remembering(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
