"""serve, web, scheduler, job: the programs that run."""

import logging
import multiprocessing
import os
import socket
from multiprocessing.synchronize import Event
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from foodorder.app import create_app
from foodorder.commands.family import FORKS, Family, address_of, listen, wait_until_served
from foodorder.commands.opening import application, installation, set_up_log, worker
from foodorder.config import Settings
from foodorder.scheduler import BY_NAME, JOBS, run_job, run_scheduler

HOST, PORT = "127.0.0.1", 5000
host_option = click.option("--host", default=HOST, show_default=True, help="Address to listen at.")
port_option = click.option(
    "--port", type=click.IntRange(1, 65535), default=None, help=f"Port to listen at.  [default: {PORT}]"
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=min(multiprocessing.cpu_count(), 4),
    show_default="one per processor, at most 4",
    help="Processes that answer requests, 8 threads each.",
)
quiet_option = click.option("--quiet", is_flag=True, help="Log warnings and errors only.")


class QuietEnd(Arbiter):
    """Gunicorn's parent process, which is silent about workers that it ends itself."""

    def stop(self, graceful: bool = True) -> None:
        """End the workers; who is too slow is killed, and that is not the memory's fault."""
        self.log.error_log.setLevel(logging.CRITICAL)
        super().stop(graceful)


class Gunicorn(BaseApplication):
    """Gunicorn with our application, on a socket that listens already."""

    def __init__(self, app: Flask, listening: socket.socket, workers: int, access_log: bool) -> None:
        self._app = app
        self._options: dict[str, Any] = {
            "bind": f"fd://{listening.fileno()}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": 8,
            "timeout": 60,
            "graceful_timeout": 3,
            "keepalive": 5,
            "preload_app": True,
            "accesslog": "-" if access_log else None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn; it reads no file and no argument of its own."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Serve until a signal ends it."""
        QuietEnd(self).run()

    def load(self) -> Flask:
        """The application, composed before the workers are forked."""
        return self._app


@click.command()
@host_option
@port_option
@workers_option
@click.option("--access-log", is_flag=True, help="Write a line for every request.")
@quiet_option
def web(host: str, port: int | None, workers: int, access_log: bool, quiet: bool) -> None:
    """Answer requests (without the clock's jobs: run `foodorder scheduler` beside it).

    Any number may run behind one proxy; they keep nothing in memory.
    """
    set_up_log(Settings.from_environment().log_format, quiet=quiet)
    listening = listen(host, port or PORT, or_next=False)
    with installation() as place:
        click.echo(f"foodorder answers at {address_of(listening)}")
        Gunicorn(create_app(place.settings), listening, workers, access_log).run()


@click.command()
@quiet_option
def scheduler(quiet: bool) -> None:
    """Do what the clock asks for: open, remind, close and record, send messages, seal the trail.

    Any number may run; the database decides who acts.
    """
    set_up_log(Settings.from_environment().log_format, quiet=quiet)
    with installation() as place:
        run_scheduler(worker(place.settings))


@click.command()
@host_option
@port_option
@workers_option
def serve(host: str, port: int | None, workers: int) -> None:
    """Run web and scheduler together: a small installation in one command. Ctrl-C ends both.

    When no port is named and the usual one is taken, the next free one is used and printed.
    """
    set_up_log(Settings.from_environment().log_format)
    listening = listen(host, port or PORT, or_next=port is None)
    with installation(), Site(listening, workers) as site:
        site.open()
        click.echo(f"foodorder answers at {site.address}  (Ctrl-C ends it)")
        site.wait()


class Site:
    """Web and scheduler in processes of their own. A context manager that leaves none behind.

    Web starts at once, so that it is ready by the time it is opened; the scheduler waits until then.
    """

    def __init__(self, listening: socket.socket, workers: int, **variables: str) -> None:
        self.address = address_of(listening)
        self._listening = listening
        self._workers = workers
        self._opened = FORKS.Event()
        base_url = os.environ.get("FOODORDER_BASE_URL") or self.address
        self._family = Family({"FOODORDER_BASE_URL": base_url, **variables})

    def __enter__(self) -> Self:
        self._family.__enter__()
        self._family.start("web", answer, self._listening, self._workers)
        self._listening.close()
        self._family.start("scheduler", _keep_time, self._opened)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._family.__exit__(kind, error, trace)

    def open(self) -> None:
        """Start the scheduler, and wait until the site answers. Raises ClickException when it does not."""
        self._opened.set()
        wait_until_served(self.address, self._family)

    def wait(self) -> None:
        """Until Ctrl-C. Raises ClickException when web or scheduler ends by itself."""
        self._family.wait()


def answer(listening: socket.socket, workers: int) -> None:
    """Answer requests on a socket that listens already, until a signal ends it."""
    with installation() as place:
        Gunicorn(create_app(place.settings), listening, workers, access_log=False).run()


def _keep_time(opened: Event) -> None:
    opened.wait()
    with installation() as place:
        run_scheduler(worker(place.settings))


@click.command(epilog="Jobs: " + ", ".join(job.name for job in JOBS) + ".")
@click.argument("name", metavar="NAME", type=click.Choice(sorted(BY_NAME)))
def job(name: str) -> None:
    """Run one of the clock's jobs once, now.

    Each may run any time and twice: what is due and not done is done.
    """
    set_up_log(Settings.from_environment().log_format)
    with installation() as place, application(place) as app:
        outcome = run_job(app, BY_NAME[name])
    click.echo(f"{name}: {outcome.done} done, {outcome.failed} failed")
    for error in outcome.errors:
        click.echo(f"  {error}", err=True)
    if outcome.failed:
        raise click.exceptions.Exit(1)
