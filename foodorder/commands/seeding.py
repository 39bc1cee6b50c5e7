"""seed: reference data, and years of an invented market."""

import time

import click

from foodorder.commands.opening import application, installation, set_up_log
from foodorder.commands.progress import Progress
from foodorder.db import clock, transaction
from seeds.demo import bulk
from seeds.demo.clock import clock_of
from seeds.demo.run import history
from seeds.load import load_reference


@click.group()
def seed() -> None:
    """Load reference data, or an invented market."""


@seed.command()
def reference() -> None:
    """Bring reference data up to date: municipalities, food types, numbers of the law, holidays.

    Run it after the first `foodorder db upgrade` and after each update; nothing is deleted.
    """
    set_up_log("text", quiet=True)
    with installation() as place, application(place), transaction():
        loaded = load_reference(now=clock())
    for name, rows in loaded.items():
        click.echo(f"  {name:<30} {rows:>5}")


@seed.command()
@click.option(
    "--weeks", type=click.IntRange(1, 150), default=80, show_default=True, help="Past weeks to make."
)
def demo(weeks: int) -> None:
    """Make an invented market with many past weeks, for pages that look back over years.

    Into an empty database only. About ten seconds a week, with deliveries, invoices and payments.
    """
    set_up_log("text", quiet=True)
    bulk.rarely_look_for_garbage()
    progress = Progress()
    started = time.monotonic()
    with (
        installation() as place,
        application(place, engine=bulk.ENGINE),
        clock_of(place.settings.owner_url) as clock_hand,
    ):
        cycles = history(place.settings, clock_hand, progress, weeks=weeks)
    progress.clear()
    click.echo(f"{weeks} weeks, {cycles} cycles closed and recorded in {time.monotonic() - started:.0f} s.")
