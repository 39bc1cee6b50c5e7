"""export: documents by standard, one file each."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import click

from foodorder import audit_jobs
from foodorder.accounts.models import Municipality
from foodorder.accounts.municipalities import every_municipality
from foodorder.app import secret_key
from foodorder.audit.releases import due, queries
from foodorder.audit.releases.export import House, Sort, package
from foodorder.audit.releases.queries import Part
from foodorder.billing.papers.files import files
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.commands.progress import Progress
from foodorder.commands.reporting import Day
from foodorder.config import Settings
from foodorder.db import transaction
from foodorder.exchange.ocds.checks import Nonsense

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


_OPTIONS: list[Callable[[Callable[..., None]], Callable[..., None]]] = [
    click.option("--since", metavar="DATE", type=Day(), help="Only those of this day or later (2026-02-28)."),
    click.option(
        "--out", required=True, type=click.Path(file_okay=False, path_type=Path),
        help="Folder that the files are written to; it is made if it is not there.",
    ),
]  # fmt: skip


def _command(kind: str, words: str) -> click.Command:
    run: Callable[..., None] = partial(_export, kind)
    for option in _OPTIONS:
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


@click.option("--public", is_flag=True, help="As the public sees them: no contacts, small farms unnamed.")
def _releases(out: Path, since: date | None, public: bool) -> None:
    set_up_log("text", quiet=True)
    progress, written = Progress(), 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        with installation() as place, application(place):
            _write_what_is_due(place.settings, progress)
            with transaction():
                house = _house(place.settings)
                municipalities = every_municipality()
                for done, municipality in enumerate(municipalities, 1):
                    if municipality.public_window or not public:
                        written += sum(_packages(municipality, house, out, since, public))
                    progress("packages of releases", done, len(municipalities))
    except Nonsense as error:
        raise click.ClickException(f"Nothing more is written, for releases do not fit: {error}.") from error
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror or error}.") from error
    finally:
        progress.clear()
    click.echo(f"{written} OCDS packages in {out}")


def _write_what_is_due(settings: Settings, progress: Progress) -> None:
    """What the clock's job has not come to yet belongs to the export, too."""
    first = before = due.count()
    while before:
        progress("releases that are due", first - before, first)
        outcome = audit_jobs.write_releases(settings)
        left = due.count()
        if left >= before:
            raise click.ClickException("; ".join(outcome.errors[:3]) or "More becomes due than is written.")
        before = left


def _house(settings: Settings) -> House:
    return House(settings.base_url, settings.secret_key or secret_key(settings.data_dir))


def _packages(
    municipality: Municipality, house: House, out: Path, since: date | None, public: bool
) -> Iterator[int]:
    """Write records by month and releases by year; records first, for they are checked."""
    parts = [(Sort.RECORDS, Part(municipality, *month, since)) for month in queries.months(municipality)]
    parts += [(Sort.RELEASES, Part(municipality, year, since=since)) for year in queries.years(municipality)]
    for sort, part in parts:
        pieces = package(part, sort, house, public=public)
        if pieces is None:
            continue
        file = out / f"{municipality.code}-{part.name}-{sort.value}.json"
        # Never half of a package under the name of a whole one.
        unfinished = file.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8") as target:
            target.writelines(pieces)
        unfinished.replace(file)
        yield 1


for option in _OPTIONS:
    _releases = option(_releases)
export.add_command(
    click.command(
        "ocds", help="Releases and records by the Open Contracting Data Standard 1.1.5, packages by year."
    )(_releases)
)
