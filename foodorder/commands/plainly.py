"""What a person can mend is said in one line on stderr; all else is a fault, and its traceback is wanted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError

from foodorder.config import SettingsError
from foodorder.embedded import EmbeddedServerError
from foodorder.installation import InstallationError, plain
from foodorder.rules.errors import Refusal
from seeds.demo.clock import ClockNotOurs
from seeds.demo.history import JobFailed
from seeds.demo.load import NotOurs
from seeds.demo.partner import PartnerEnded
from seeds.demo.run import LoadedAlready

MENDABLE = (
    SettingsError, InstallationError, EmbeddedServerError, ClockNotOurs, JobFailed, LoadedAlready, NotOurs,
    PartnerEnded, Refusal,
)  # fmt: skip


@contextmanager
def plainly() -> Iterator[None]:
    """End the process with one line and a non-zero code when something mendable is wrong."""
    try:
        yield
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
    except DBAPIError as error:
        _fail(f"The database refused or did not answer: {plain(error)}")


def _fail(words: str, code: int = 1) -> NoReturn:
    click.echo(f"Error: {' '.join(words.split())}", err=True)
    sys.exit(code)
