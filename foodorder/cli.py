"""`foodorder`: everything that is run, by name. Bad input is one line on stderr and a non-zero exit code."""

import sys

import click

from foodorder.commands.auditing import audit
from foodorder.commands.checking import doctor, trail, version
from foodorder.commands.database import database
from foodorder.commands.demo import demo
from foodorder.commands.exporting import export
from foodorder.commands.people import user
from foodorder.commands.plainly import plainly
from foodorder.commands.reporting import report
from foodorder.commands.seeding import seed
from foodorder.commands.serving import job, scheduler, serve, web


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="foodorder", message="foodorder %(version)s")
def cli() -> None:
    """Public kitchens buy food from local producers, lawfully, every week.

    Begin with `foodorder demo`. What each installation needs is read from FOODORDER_* variables; see
    docs/operating.md. Without FOODORDER_DATABASE_URL the program runs a database server of its own.
    """


def whole(command: click.Command) -> click.Command:
    """Let the summary in a list of commands be the first sentence, wrapped instead of cut."""
    for below in getattr(command, "commands", {}).values():
        whole(below)
    first = " ".join((command.help or "").split("\n\n")[0].split())
    command.short_help = command.short_help or first.partition(". ")[0].removesuffix(".") + "."
    return command


for command in (
    demo, serve, web, scheduler, job, database, seed, user, report, audit, export, trail, doctor, version,
):  # fmt: skip
    cli.add_command(whole(command))


def main() -> None:
    """The console script."""
    with plainly():
        sys.exit(cli.main(prog_name="foodorder", standalone_mode=False))


if __name__ == "__main__":
    main()
