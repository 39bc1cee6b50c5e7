"""The console script as a person runs it: in processes of its own, with data of its own."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forks

SCRIPT = Path(sys.executable).with_name("foodorder")
#: When the demo is killed: during set-up, while the world is loaded, in the middle of a week.
KILLS = (("A week of the market", 1.0), ("kitchens, farms, products", 0.5), ("past weeks", 2.0))


@dataclass(frozen=True)
class Home:
    """A data directory, and `foodorder` run in it."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours but the data directory."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FOODORDER_")}
        return kept | {"FOODORDER_DATA_DIR": str(self.folder)}

    def run(
        self, *arguments: str, typed: str = "", seconds: int = 300, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return forks.run(arguments, self.environment | variables, typed, seconds)

    def json(self, *arguments: str) -> dict[str, object]:
        """The one JSON object that a command prints and nothing else."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on; killed with its children if the test leaves it."""
        process = subprocess.Popen(
            [str(SCRIPT), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout:
                process.stdout.close()

    def processes(self) -> list[str]:
        """The command lines of all processes that belong to this data directory."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or int(entry.name) == os.getpid():
                continue
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            mark = str(self.folder).encode()
            if command and (mark in environment or mark in command.encode()):
                found.append(command)
        return found


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def _reachable(name: str) -> Iterator[Path]:
    """A folder for data: pytest's own are private, where under root the database's user cannot reach them."""
    folder = Path(tempfile.mkdtemp(prefix="foodorder tests "))
    folder.chmod(0o755)
    try:
        yield folder / name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kill_demo(home: Home, step: str, seconds: float) -> None:
    """Begin the demo, and kill it so long after it has said that it is at a step."""
    with home.running("demo", "--once", "--weeks", "1") as process:
        assert process.stdout is not None
        said = ""
        while step not in said:
            line = process.stdout.readline()
            assert line, f"ended before “{step}”:\n{said}"
            said += line
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL, "it was done before it was killed"


@pytest.fixture(scope="session")
def demo_backup(_shared: Path) -> Path:
    """A backup of a demo with one past week, made once for all; its JSON and its data stand beside it.

    It was killed three times while it was made: all that is proved of it holds in spite of that.
    """
    place = _shared / "demo of all"
    file = place / "demo.backup"
    _shared.joinpath("demo.lock").touch()
    with _shared.joinpath("demo.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            place.mkdir(exist_ok=True)
            with _reachable("var") as folder:
                for step, seconds in KILLS:
                    kill_demo(Home(folder), step, seconds)
                printed = Home(folder).json("demo", "--once", "--json", "--weeks", "1")
                assert Home(folder).processes() == []
                (place / "first.json").write_text(json.dumps(printed))
                done = Home(folder).run("db", "backup", str(file))
                assert done.returncode == 0, done.stderr
                copy(folder, place / "var")
    return file


def copy(folder: Path, target: Path) -> None:
    """Copy a data directory in which nothing runs, with its owners and rights."""
    subprocess.run(["cp", "-a", str(folder), str(target)], check=True)


@pytest.fixture(scope="session")
def first_week(demo_backup: Path) -> dict[str, object]:
    """What the first run of the demo printed."""
    found = json.loads(demo_backup.with_name("first.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def home(demo_backup: Path) -> Iterator[Home]:
    """A data directory that holds the demo."""
    with _reachable("var") as folder:
        copy(demo_backup.with_name("var"), folder)
        yield Home(folder)


@pytest.fixture
def empty_home() -> Iterator[Home]:
    """A data directory with nothing in it."""
    with _reachable("var") as folder:
        yield Home(folder)
