"""`foodorder`: everything that is run, by name. Bad input is one line on stderr and a non-zero exit code."""

import sys
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError

from foodorder.commands.auditing import audit
from foodorder.commands.checking import doctor, trail, version
from foodorder.commands.database import database
from foodorder.commands.demo import demo
from foodorder.commands.exporting import export
from foodorder.commands.people import user
from foodorder.commands.reporting import report
from foodorder.commands.seeding import seed
from foodorder.commands.serving import job, scheduler, serve, web
from foodorder.config import SettingsError
from foodorder.embedded import EmbeddedServerError
from foodorder.installation import InstallationError, plain
from foodorder.rules.errors import Refusal
from seeds.demo.clock import ClockNotOurs
from seeds.demo.history import JobFailed
from seeds.demo.load import NotOurs
from seeds.demo.partner import PartnerEnded
from seeds.demo.run import LoadedAlready

#: What a person can mend; anything else is a fault of the program, and its traceback is wanted.
MENDABLE = (
    SettingsError, InstallationError, EmbeddedServerError, ClockNotOurs, JobFailed, LoadedAlready, NotOurs,
    PartnerEnded,
)  # fmt: skip


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
    try:
        sys.exit(cli.main(prog_name="foodorder", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        # A group by its name alone: its help is the answer.
        click.echo(error.format_message())
        sys.exit(error.exit_code)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "foodorder"
        _fail(f"{error.format_message()} (See `{where} --help`.)", error.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except MENDABLE as error:
        _fail(str(error))
    except Refusal as error:
        _fail(str(error))
    except DBAPIError as error:
        _fail(f"The database refused or did not answer: {plain(error)}")


def _fail(words: str, code: int = 1) -> NoReturn:
    click.echo(f"Error: {' '.join(words.split())}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
