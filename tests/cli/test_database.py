"""Backups come back on another server, whole; damaged ones do not."""

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from foodorder.config import PROJECT
from foodorder.embedded import EmbeddedServer
from tests.cli.conftest import Home

pytestmark = pytest.mark.slow


def test_a_backup_comes_back_on_another_server(home: Home, empty_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "my backup"
    assert home.run("db", "backup", str(file)).returncode == 0
    verified = home.run("trail", "verify").stdout

    with EmbeddedServer.start(empty_home.folder / "other", fast=True) as other:
        done = home.run("db", "restore", str(file), "--to", other.url("admin"))
        again = home.run("db", "restore", str(file), "--to", other.url("owner"))
        there = empty_home.run(
            "trail",
            "verify",
            FOODORDER_DATABASE_URL=other.url("app"),
            FOODORDER_OWNER_URL=other.url("owner"),
        )

    assert done.returncode == 0, done.stderr
    assert there.returncode == 0, there.stderr
    assert head_in(there.stdout) == head_in(verified)
    assert "is not empty" in again.stderr


def test_the_chain_leaves_the_house_and_a_program_without_ours_checks_it(home: Home, tmp_path: Path) -> None:
    verified = home.run("trail", "verify").stdout
    for name in ("chain.jsonl", "chain.jsonl.gz"):
        done = home.run("trail", "export", "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        program = [sys.executable, "-I", str(PROJECT / "docs" / "verify_chain.py"), str(tmp_path / name)]
        judged = subprocess.run(program, capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stdout
        assert head_in(judged.stdout) == head_in(verified)
    nowhere = home.run("trail", "export", "--out", str(tmp_path / "no folder" / "chain.jsonl"))
    assert nowhere.returncode == 1
    assert "No such file or directory" in nowhere.stderr


def head_in(verified: str) -> str:
    found = re.search(r"Head: ([0-9a-f]{64})", verified)
    assert found, verified
    return found[1]


def test_a_backup_is_not_overwritten_unasked(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("precious")

    assert "exists" in home.run("db", "backup", str(file)).stderr
    assert file.read_text() == "precious"
    assert home.run("db", "backup", str(file), "--force").returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_changed_backup_is_refused(demo_backup: Path, empty_home: Home, tmp_path: Path) -> None:
    with tarfile.open(demo_backup) as archive:
        archive.extractall(tmp_path, filter="data")
    dump = tmp_path / "database.dump"
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(bytes(content))
    changed = tmp_path / "changed.backup"
    with tarfile.open(changed, "w") as archive:
        for name in ("manifest.json", "database.dump"):
            archive.add(tmp_path / name, name)

    done = empty_home.run("db", "restore", str(changed))

    assert done.returncode == 1
    assert "damaged or changed" in done.stderr


def test_the_manifest_can_be_read(demo_backup: Path) -> None:
    with tarfile.open(demo_backup) as archive:
        member = archive.extractfile("manifest.json")
        assert member is not None
        manifest = json.load(member)

    assert manifest["format"] == 1
    assert manifest["trail_blocks"] > 0


def test_migrations_go_down_and_up_again(empty_home: Home) -> None:
    up = empty_home.run("db", "upgrade")
    again = empty_home.run("db", "upgrade")
    unknown = empty_home.run("db", "upgrade", "--revision", "9999")
    down = empty_home.run("db", "downgrade", "base", "--yes")

    assert up.returncode == 0, up.stderr
    assert "from nothing to migration" in up.stdout
    assert "is at migration" in again.stdout
    assert "There is no migration 9999" in unknown.stderr
    assert down.returncode == 0, down.stderr


def test_reference_data_are_loaded_and_loaded_again(empty_home: Home) -> None:
    first = empty_home.run("seed", "reference")
    second = empty_home.run("seed", "reference")

    assert first.returncode == 0, first.stderr
    assert "food types" in first.stdout
    assert second.stdout == first.stdout
