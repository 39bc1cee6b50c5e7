"""trail verify, doctor, version: is all as it should be?"""

from datetime import UTC, datetime
from importlib import metadata

import click

from foodorder import doctor as checks
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.config import Settings
from foodorder.db import transaction
from foodorder.trail import service

MARKS = {checks.Outcome.WELL: "ok", checks.Outcome.NOTE: "--", checks.Outcome.WRONG: "!!"}


@click.group()
def trail() -> None:
    """The sealed record of who did what."""


@trail.command()
def verify() -> None:
    """Recompute the whole chain and name the first row that does not fit; exit code 1 then.

    Events that are unsealed for more than a minute are told too: the scheduler is not running.
    """
    set_up_log("text", quiet=True)
    with installation() as place, application(place), transaction():
        verdict = service.verify(datetime.now(UTC))
    if verdict.problem:
        raise click.ClickException(f"The trail was changed: {verdict.problem}.")
    click.echo(f"The trail is whole: {verdict.events:,} events in {verdict.blocks:,} blocks.")
    click.echo(f"Head: {verdict.head}")
    if verdict.unsealed:
        click.echo(f"{verdict.unsealed:,} events wait to be sealed.")


@click.command()
def doctor() -> None:
    """Say what is wrong with this installation, in words; exit code 1 if anything is."""
    set_up_log("text", quiet=True)
    settings = Settings.from_environment()
    findings = checks.before_opening(settings)
    try:
        with installation(migrated=False) as place:
            findings += checks.of_database(place)
    except Exception as error:
        findings.append(checks.unreachable(error))
    for finding in findings:
        click.echo(f" {MARKS[finding.outcome]} {finding.what}: {finding.words}")
    wrong = sum(finding.outcome is checks.Outcome.WRONG for finding in findings)
    if wrong:
        click.echo(f"\n{wrong} of {len(findings)} things are wrong.")
        raise click.exceptions.Exit(1)
    click.echo("\nNothing is wrong.")


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"foodorder {metadata.version('foodorder')}")
