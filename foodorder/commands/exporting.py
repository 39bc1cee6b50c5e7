"""export: documents by standard, one file each."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import click

from foodorder.billing.papers.files import files
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.commands.progress import Progress
from foodorder.commands.reporting import Day
from foodorder.db import transaction

#: What each is, in words for the help.
KINDS = {
    "eslog": "Invoices and credit notes as e-SLOG 2.0, for UJP.",
    "ubl": "Invoices and credit notes as UBL 2.1, Peppol BIS Billing 3.0.",
    "order": "Procurement records as Peppol orders (T01).",
    "response": "The producers' answers to them as Peppol order responses (T76).",
    "despatch": "Delivery notes that left the farm as Peppol despatch advices (T16).",
}


@click.group()
def export() -> None:
    """Documents by standard, one XML file each, for other programs to read.

    A document always has the same name, and the same content as long as it is the same: exporting twice into
    one folder changes nothing.
    """


def _command(kind: str, words: str) -> click.Command:
    options: list[Callable[[Callable[..., None]], Callable[..., None]]] = [
        click.option(
            "--since", metavar="DATE", type=Day(), help="Only those of this day or later (2026-02-28)."
        ),
        click.option(
            "--out", required=True, type=click.Path(file_okay=False, path_type=Path),
            help="Folder that the files are written to; it is made if it is not there.",
        ),
    ]  # fmt: skip
    run: Callable[..., None] = partial(_export, kind)
    for option in options:
        run = option(run)
    return click.command(kind, help=words)(run)


def _export(kind: str, out: Path, since: date | None) -> None:
    set_up_log("text", quiet=True)
    progress, written, empty = Progress(), 0, 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        with installation() as place, application(place), transaction():
            for file, done, of in files(kind, since):
                if file is None:
                    empty += 1
                else:
                    (out / file.name).write_bytes(file.content)
                    written += 1
                progress(f"{kind} documents", done, of)
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror or error}.") from error
    finally:
        progress.clear()
    left_out = f", {empty} left out because nothing stands on them" if empty else ""
    click.echo(f"{written} {kind} documents in {out}{left_out}")


for name, text in KINDS.items():
    export.add_command(_command(name, text))
