"""serve, web, scheduler, job: the programs that run."""

import multiprocessing
import os
import socket
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from foodorder.app import create_app
from foodorder.commands.family import Family, address_of, end_with_parent, listen, wait_until_served
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
with_parent_option = click.option("--with-parent", type=int, hidden=True)


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

    def load(self) -> Flask:
        """The application, composed before the workers are forked."""
        return self._app


@click.command()
@host_option
@port_option
@workers_option
@click.option("--access-log", is_flag=True, help="Write a line for every request.")
@click.option("--socket", "handle", type=int, hidden=True)
@with_parent_option
def web(
    host: str, port: int | None, workers: int, access_log: bool, handle: int | None, with_parent: int | None
) -> None:
    """Answer requests (without the clock's jobs: run `foodorder scheduler` beside it).

    Any number may run behind one proxy; they keep nothing in memory.
    """
    end_with_parent(with_parent)
    set_up_log(Settings.from_environment().log_format)
    listening = listen(host, port or PORT, or_next=False) if handle is None else socket.socket(fileno=handle)
    with installation() as place:
        if handle is None:
            click.echo(f"foodorder answers at {address_of(listening)}")
        app = create_app(place.settings)
        Gunicorn(app, listening, workers, access_log).run()


@click.command()
@with_parent_option
def scheduler(with_parent: int | None) -> None:
    """Do what the clock asks for: open, remind, close and record, send messages, seal the trail.

    Any number may run; the database decides who acts.
    """
    end_with_parent(with_parent)
    set_up_log(Settings.from_environment().log_format)
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
    with installation():
        run_site(
            listening,
            workers,
            {},
            lambda address: click.echo(f"foodorder answers at {address}  (Ctrl-C ends it)"),
        )


def run_site(listening: socket.socket, workers: int, environment: dict[str, str], announce: Any) -> None:
    """Run web and scheduler until Ctrl-C or until one of them ends; `announce(address)` once it answers."""
    address = address_of(listening)
    with Family(
        {"FOODORDER_BASE_URL": os.environ.get("FOODORDER_BASE_URL") or address, **environment}
    ) as family:
        handle = str(listening.fileno())
        family.start("web", "--workers", str(workers), "--socket", handle, pass_fds=[listening.fileno()])
        family.start("scheduler")
        wait_until_served(address, family)
        announce(address)
        listening.close()
        family.wait()


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
