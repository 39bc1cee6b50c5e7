"""trail verify, trail export, doctor, version: is all as it should be?"""

from functools import partial
from importlib import metadata
from pathlib import Path

import click

from foodorder import doctor as examination
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.commands.progress import Progress
from foodorder.config import Settings
from foodorder.db import clock, transaction
from foodorder.trail import checks
from foodorder.trail.actor import COMMAND
from foodorder.trail.blocks import newest_block
from foodorder.trail.export import Extent, packed
from foodorder.trail.export import export as chain

MARKS = {examination.Outcome.WELL: "ok", examination.Outcome.NOTE: "--", examination.Outcome.WRONG: "!!"}


@click.group()
def trail() -> None:
    """The sealed record of who did what."""


@trail.command()
def verify() -> None:
    """Recompute the whole chain and name the first row that does not fit; exit code 1 then.

    The result is kept beside those of the scheduler, for auditors to see. Events that are unsealed for more
    than a minute are told too: the scheduler is not running.
    """
    set_up_log("text", quiet=True)
    progress = Progress()
    with installation() as place, application(place):
        with transaction():
            started_at = clock()
            verdict = checks.recompute(now=started_at, progress=partial(progress, "blocks"))
        progress.clear()
        with transaction():
            checks.keep(verdict, started_at=started_at, actor=COMMAND, now=clock())
    if verdict.problem:
        raise click.ClickException(f"The trail was changed: {verdict.problem}.")
    click.echo(f"The trail is whole: {verdict.events:,} events in {verdict.blocks:,} blocks.")
    click.echo(f"Head: {verdict.head}")
    if verdict.unsealed:
        click.echo(f"{verdict.unsealed:,} events wait to be sealed.")


@trail.command(name="export")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="File to write: JSON lines, packed with gzip if its name ends in .gz.",
)  # fmt: skip
def export_chain(out: Path) -> None:
    """Write the whole sealed chain for a verifier outside, with the text of every event.

    docs/verify_chain.py checks it with Python's standard library alone. The file tells everything that ever
    happened here: give it only to whom all of it may be told. Auditors download theirs from their pages.
    """
    set_up_log("text", quiet=True)
    progress = Progress()
    try:
        with installation() as place, application(place), transaction():
            lines = chain(Extent(everything=True), now=clock(), progress=partial(progress, "blocks"))
            pieces = packed(lines) if out.suffix == ".gz" else (one.encode() for one in lines)
            with out.open("wb") as file:
                file.writelines(pieces)
            head = newest_block()
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror or error}.") from error
    finally:
        progress.clear()
    click.echo(f"{head:,} blocks in {out}")


@click.command()
def doctor() -> None:
    """Say what is wrong with this installation, in words; exit code 1 if anything is."""
    set_up_log("text", quiet=True)
    settings = Settings.from_environment()
    findings = examination.before_opening(settings)
    try:
        with installation(migrated=False) as place:
            findings += examination.of_database(place)
    except Exception as error:
        findings.append(examination.unreachable(error))
    for finding in findings:
        click.echo(f" {MARKS[finding.outcome]} {finding.what}: {finding.words}")
    wrong = sum(finding.outcome is examination.Outcome.WRONG for finding in findings)
    if wrong:
        click.echo(f"\n{wrong} of {len(findings)} things are wrong.")
        raise click.exceptions.Exit(1)
    click.echo("\nNothing is wrong.")


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"foodorder {metadata.version('foodorder')}")
