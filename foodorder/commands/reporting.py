"""report: what the law asks of a municipality's institutions once a year, for a person or as JSON."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from foodorder.accounts.models import Municipality
from foodorder.audit import report_tables, reports
from foodorder.audit.evidence import evidence as evidence_of
from foodorder.audit.exempted import exempted as exempted_of
from foodorder.audit.exports import shown
from foodorder.audit.green import green_year
from foodorder.audit.then import AsOf, as_of
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.db import clock, db, transaction
from foodorder.language import speaking
from foodorder.procurement.documents.tables import LEFT, Table

Command = Callable[..., None]

#: Years that anybody has records of.
YEARS = click.IntRange(2000, 2100)


@click.group()
def report() -> None:
    """Reports that the law asks for, of any year, as known on any day."""


class Day(click.ParamType[date]):
    """A day as 2026-02-28."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Raises BadParameter, by `fail`."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no day; write it like 2026-02-28.", param, ctx)


def options(command: Command) -> Command:
    """Whose report, of which year, as known when, in which form."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON object, and nothing else."),
        click.option(
            "--as-of", "day", metavar="DATE", type=Day(),
            help="Records, purchases and law as known at the end of this day (2026-02-28). Now, if left out.",
        ),
        click.option("--year", type=YEARS, required=True, help="Calendar year that is reported on."),
        click.option(
            "--municipality", "code", metavar="CODE", required=True,
            help="Official three-digit code, for instance 052 for Kranj.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@report.command()
@options
def green(code: str, year: int, day: date | None, as_json: bool) -> None:
    """Organic, quality, local and Slovene shares of each institution and agreement.

    By weight, with the certificate valid on the day of delivery; conventional food by value. Each share has
    its numerator, denominator and base: all food, where every month's purchases elsewhere are entered, else
    the purchases through this system. A share that cannot be computed says so.
    """
    _print(code, day, as_json, lambda of, at: (
        reports.green_report(of, year, at) if as_json else report_tables.green(green_year(of, year, at))
    ))  # fmt: skip


@report.command()
@options
def evidence(code: str, year: int, day: date | None, as_json: bool) -> None:
    """Evidence orders of a year: what to publish by the end of February.

    By institution, kind of purchase and operator, net of VAT (ZJN-3, art. 21). With --json also the yearly
    statistics, by lawful basis and institution (art. 107).
    """
    _print(code, day, as_json, lambda of, at: (
        reports.evidence_report(of, year, at) if as_json
        else report_tables.evidence(evidence_of(of, year, at))
    ))  # fmt: skip


@report.command()
@options
def exempted(code: str, year: int, day: date | None, as_json: bool) -> None:
    """Exempted lots: each against its limit, all against their share.

    Counted since each agreement began, up to the end of the year (ZJN-3, art. 73(5)).
    """
    _print(code, day, as_json, lambda of, at: (
        reports.exempted_report(of, year, at) if as_json
        else report_tables.exempted(exempted_of(of, year, at))
    ))  # fmt: skip


def _print(
    code: str, day: date | None, as_json: bool, make: Callable[[int, AsOf], reports.Json | Table]
) -> None:
    set_up_log("text", quiet=True)
    with installation() as place, application(place), transaction():
        of = db.session.scalar(select(Municipality).where(Municipality.code == code))
        if of is None:
            raise click.ClickException(f"There is no municipality with the code {code}.")
        at = as_of(day, ZoneInfo(of.zone), now=clock())
        with speaking("en", of.zone):
            made = make(of.id, at)
            if isinstance(made, Table):
                click.echo(f"{made.name}, {of.name}, as known on {at.day.isoformat()}\n")
                click.echo(_plain(made))
            else:
                whose = {"municipality": {"code": of.code, "name": of.name}}
                click.echo(json.dumps({**whose, **made}, ensure_ascii=False, indent=2))


def _plain(table: Table) -> str:
    """A table for a terminal: figures at the right, two spaces between columns."""
    if not table.rows:
        return "Nothing."
    rows = [[column.label for column in table.columns]]
    rows += [
        [shown(value, column) for value, column in zip(row, table.columns, strict=True)]
        for row in (*table.rows, *table.sums)
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.columns))]
    sides = [str.ljust if column.figure in LEFT else str.rjust for column in table.columns]
    return "\n".join(
        "  ".join(side(text, width) for text, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    )
