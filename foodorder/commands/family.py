"""A command and the programs it starts: when it ends, however it ends, they end."""

import errno
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from types import TracebackType
from typing import Self

import click

from foodorder.commands.plainly import plainly

FORKS = get_context("fork")
#: How long a child may take to finish what it does before it is killed, which loses nothing: what a job had
#: not committed is due again.
PATIENCE_S = 5
LISTEN_BACKLOG = 512
#: How many ports after the wanted one are tried.
PORTS_TRIED = 100


class Family:
    """Child processes, forks of this one: what it has read of the program they need not read again.

    A context manager that leaves none behind.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._children: list[ForkProcess] = []

    def start(self, name: str, live: Callable[..., None], *arguments: object) -> None:
        """Run `live(*arguments)` beside us. Fork before there are threads: their locks would stay locked."""
        child = FORKS.Process(name=name, target=_live, args=(os.getpid(), self._environment, live, arguments))
        child.start()
        self._children.append(child)

    def ended(self) -> str | None:
        """The name of a child that has ended, if any has."""
        return next((child.name for child in self._children if not child.is_alive()), None)

    def wait(self) -> None:
        """Wait until a child ends, which none should by itself. Raises ClickException then."""
        wait([child.sentinel for child in self._children])
        ended = next(child for child in self._children if not child.is_alive())
        raise click.ClickException(f"{ended.name} ended with code {ended.exitcode}; see above.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not leave half of them behind.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for child in self._children:
                child.terminate()
            deadline = time.monotonic() + PATIENCE_S
            for child in self._children:
                child.join(max(0.1, deadline - time.monotonic()))
                if child.pid and child.is_alive():
                    os.killpg(child.pid, signal.SIGKILL)
                    child.join()
        finally:
            signal.signal(signal.SIGINT, before)


def _live(
    parent: int, environment: Mapping[str, str], live: Callable[..., None], arguments: Iterable[object]
) -> None:
    # Ctrl-C is for the parent: the child hears of it from the parent alone.
    os.setsid()
    os.environ.update(environment)
    _end_with(parent)
    with plainly():
        live(*arguments)


def _end_with(parent: int) -> None:
    """End this process like SIGTERM does as soon as its parent is gone, even if that was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def listen(host: str, port: int, *, or_next: bool) -> socket.socket:
    """A socket that listens at an address; with `or_next` at the next free port if that one is taken.

    Raises ClickException when there is none, or the host is not ours.
    """
    last = min(port + PORTS_TRIED, 65535) if or_next else port
    for tried in range(port, last + 1):
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, tried, type=socket.SOCK_STREAM)[0]
            listening = socket.socket(family, kind, protocol)
        except OSError as error:
            raise click.ClickException(f"{host} is no address of this machine: {error.strerror}.") from error
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(LISTEN_BACKLOG)
        except PermissionError as error:
            listening.close()
            raise click.ClickException(
                f"Port {tried} needs another user's rights; choose one above 1024."
            ) from error
        except OSError as error:
            listening.close()
            if not or_next or error.errno != errno.EADDRINUSE:
                raise click.ClickException(
                    f"Nothing can listen at {host}:{tried}: {error.strerror}."
                ) from error
        else:
            return listening
    raise click.ClickException(
        f"The ports {port} to {last} of {host} are all taken; name another with --port."
    )


def address_of(listening: socket.socket) -> str:
    """The address to type into a browser on this machine."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def wait_until_served(address: str, family: Family, seconds: float = 60) -> None:
    """Wait until the site answers anything. Raises ClickException when it does not, or a child ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if family.ended():
            family.wait()
        try:
            with closing(urllib.request.urlopen(f"{address}/healthz", timeout=5)):  # noqa: S310 - our own http
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException(f"The site does not answer at {address}; see above.")
