"""db: migrate, back up, restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.exc import ProgrammingError

from foodorder import backup as backups
from foodorder import schema
from foodorder.commands.opening import database_alone, installation, set_up_log
from foodorder.config import sqlalchemy_url
from foodorder.installation import Installation, migration_of, plain
from foodorder.trail import service as trail


@click.group("db")
def database() -> None:
    """Migrate the database, back it up, restore it."""


@contextmanager
def _as_owner(place: Installation) -> Iterator[str]:
    """The owner's URL; rights that are missing are explained."""
    try:
        yield place.settings.owner_url
    except ProgrammingError as error:
        hint = "" if place.owner_named else " Name the owner's role in FOODORDER_OWNER_URL."
        raise click.ClickException(f"{plain(error)}.{hint}") from error


@database.command()
@click.option("--revision", default="head", show_default=True, help="Migration to go to.")
def upgrade(revision: str) -> None:
    """Bring the tables to the newest migration; does nothing when they are there.

    Works as the owner role: FOODORDER_OWNER_URL, unless the program runs its own server.
    """
    set_up_log("text", quiet=True)
    with installation(migrated=False) as place:
        before = migration_of(place.settings)
        with _as_owner(place) as owner_url:
            schema.upgrade(owner_url, _known(revision))
        after = migration_of(place.settings)
    moved = f"The database went from {before or 'nothing'} to migration {after}."
    click.echo(f"The database is at migration {after}." if before == after else moved)


@database.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(revision: str, yes: bool) -> None:
    """Take migrations back to REVISION ("base": an empty database). What newer tables hold is lost."""
    set_up_log("text", quiet=True)
    with installation(migrated=False) as place:
        if not yes:
            click.confirm(f"Go back to {revision} and lose what newer tables hold?", abort=True)
        with _as_owner(place) as owner_url:
            schema.downgrade(owner_url, _known(revision))
    click.echo(f"The database is at migration {revision}.")


def _known(revision: str) -> str:
    if revision not in {"head", "base", *schema.revisions()}:
        raise click.ClickException(
            f"There is no migration {revision}; known: {', '.join(schema.revisions())}."
        )
    return revision


@database.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def backup(file: Path, force: bool) -> None:
    """Write everything into FILE: one consistent moment, with checksums and the head of the trail.

    People may go on working meanwhile.
    """
    set_up_log("text", quiet=True)
    if file.exists() and not force:
        raise click.ClickException(f"{file} exists; name another file, or use --force.")
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"There is no folder {file.absolute().parent}.")
    with installation() as place:
        manifest = backups.write(place, file)
    click.echo(f"{file}: {file.stat().st_size // 1024:,} KiB, {manifest.words()}")


@database.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--to",
    "target",
    metavar="URL",
    help="Database to restore into, as its owner or an administrator. Without it: this installation's own.",
)
def restore(file: Path, target: str | None) -> None:
    """Restore FILE into an empty database, and verify its trail.

    The roles foodorder_owner and foodorder_app are made where they are missing, if URL's role may do so.
    """
    set_up_log("text", quiet=True)
    if target is not None:
        manifest = _restore(file, sqlalchemy_url(target, "--to"))
    else:
        with installation(migrated=False) as place:
            manifest = _restore(file, place.settings.owner_url)
    click.echo(f"Restored, and the trail is whole: {manifest.words()}")


def _restore(file: Path, url: str) -> backups.Manifest:
    manifest = backups.restore(file, url)
    with database_alone(url):
        backups.check(manifest, trail.verify(datetime.now(UTC)))
    return manifest
