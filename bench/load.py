"""A load generator: processes that send ready-made requests over a socket, one after the other."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from foodorder.config import PROJECT

#: As `foodorder web` runs on the machines we speak of.
WORKERS, THREADS = 2, 8


class Load(NamedTuple):
    """What came of it: requests a second, and the seconds of each."""

    per_second: float
    seconds: list[float]


def request_bytes(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole POST request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def served(application: str, environment: dict[str, str]) -> Iterator[str]:
    """Gunicorn with an application on a socket; gives the socket's path."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = str(Path(folder) / "web")
        command = [
            sys.executable, "-m", "gunicorn", application, "--bind", f"unix:{path}",
            "--worker-class", "gthread",
            "--workers", str(WORKERS), "--threads", str(THREADS), "--log-level", "error", "--preload",
            "--keep-alive", "30", "--no-control-socket",
        ]  # fmt: skip
        process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **environment})
        try:
            _wait_for(path, process)
            yield path
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def _wait_for(path: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(path)
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def load(path: str, clients: Sequence[Sequence[bytes]], seconds: float, expected: int) -> Load:
    """Each client sends its requests in turn, again and again; every answer must have the expected status."""
    gate = multiprocessing.Barrier(len(clients))
    with multiprocessing.Pool(len(clients), initializer=_enter, initargs=(gate,)) as pool:
        work = [(path, list(requests), seconds, expected) for requests in clients]
        taken = pool.starmap(_send, work, chunksize=1)
    every = [one for client in taken for one in client]
    return Load(len(every) / seconds, every)


def _enter(gate: object) -> None:
    globals()["_gate"] = gate


def _send(path: str, requests: list[bytes], seconds: float, expected: int) -> list[float]:
    taken: list[float] = []
    status = f"HTTP/1.1 {expected} ".encode()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        _gate.wait(60)  # type: ignore[name-defined]  # noqa: F821
        end = time.perf_counter() + seconds
        number = 0
        while (started := time.perf_counter()) < end:
            line.sendall(requests[number % len(requests)])
            number += 1
            answer = _answer(line)
            if not answer.startswith(status):
                raise RuntimeError(answer.decode(errors="replace"))
            taken.append(time.perf_counter() - started)
    return taken


def _answer(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65536)
        if not more:
            raise RuntimeError(f"the server hung up: {data[:500]!r}")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    found = [part for part in head.lower().split(b"\r\n") if part.startswith(b"content-length:")]
    length = int(found[0].split(b":")[1]) if found else 0
    while len(body) < length:
        body += line.recv(65536)
    return data
