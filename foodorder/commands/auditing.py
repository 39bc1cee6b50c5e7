"""audit rebuild: summaries of spend, counted anew or compared with what they sum up."""

from functools import partial

import click

from foodorder.audit.summaries import Part, first_difference, parts
from foodorder.audit.summaries import rebuild as count_anew
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.commands.progress import Progress
from foodorder.db import retrying, transaction


@click.group()
def audit() -> None:
    """What auditors look at."""


@audit.command()
@click.option("--check", is_flag=True, help="Change nothing: name the first difference, with exit code 1.")
def rebuild(check: bool) -> None:
    """Count the summaries of spend, prices and offers anew from raw rows.

    They are kept up to date by whatever is written; this mends them after a restore by hand, or a fault. It
    goes institution by institution, each in a transaction of its own, while everybody else goes on working.
    """
    set_up_log("text", quiet=True)
    progress = Progress()
    with installation() as place, application(place):
        with transaction():
            all_parts = parts()
        for done, part in enumerate(all_parts, 1):
            if check:
                _compare(part)
            else:
                retrying(partial(count_anew, part))
            progress("parts", done, len(all_parts))
        progress.clear()
    done_to = "agree with the raw rows" if check else "are counted anew"
    click.echo(f"The summaries {done_to}: {len(all_parts):,} parts.")


def _compare(part: Part) -> None:
    """Raises ClickException with the first difference."""
    with transaction():
        found = first_difference(part)
    if found is not None:
        raise click.ClickException(f"{part.name}: {found}.")
