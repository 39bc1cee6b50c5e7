"""`foodorder export`: a folder of documents, counted; the same again is the same; errors are one line."""

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.conftest import Home

pytestmark = pytest.mark.slow


def test_records_become_orders_and_answers(home: Home, tmp_path: Path) -> None:
    for kind, root in (("order", "Order"), ("response", "OrderResponse")):
        folder = tmp_path / "new folder" / kind
        done = home.run("export", kind, "--out", str(folder))
        assert done.returncode == 0, done.stderr
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        assert done.stdout.rstrip().endswith(f"{len(files)} {kind} documents in {folder}")
        assert len(files) > 0
        assert {etree.QName(etree.fromstring(content)).localname for content in files.values()} == {root}
        home.run("export", kind, "--out", str(folder))
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == files


def test_open_contracting_is_written_whole_by_year_and_month_and_masked_for_the_public(
    home: Home, tmp_path: Path
) -> None:
    for folder, public in (("all", []), ("public", ["--public"])):
        done = home.run("export", "ocds", "--out", str(tmp_path / folder), *public)
        assert done.returncode == 0, done.stderr
        files = sorted((tmp_path / folder).iterdir())
        assert done.stdout.rstrip().endswith(f"{len(files)} OCDS packages in {tmp_path / folder}")
        assert {re.sub(r"[0-9]", "0", file.name) for file in files} == {
            "000-0000-releases.json", "000-0000-00-records.json",
        }  # fmt: skip
        text = "".join(file.read_text() for file in files)
        assert ('"contactPoint"' in text) is not bool(public)
        assert ("Kmetija, " in text) is bool(public)
        assert {len(json.loads(file.read_text())) for file in files} <= {8, 9}
    done = home.run("export", "ocds", "--out", str(tmp_path / "late"), "--since", "2090-01-01")
    assert f"0 OCDS packages in {tmp_path / 'late'}" in done.stdout


def test_only_from_a_day_on(home: Home, tmp_path: Path) -> None:
    done = home.run("export", "order", "--out", str(tmp_path), "--since", "2090-01-01")
    assert done.returncode == 0, done.stderr
    assert f"0 order documents in {tmp_path}" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["order"], "Missing option '--out'"),
        (["order", "--out", "{file}"], "is a file"),
        (["order", "--out", "{file}/below"], "Not a directory"),
        (["eslog", "--out", "{folder}", "--since", "yesterday"], "yesterday is no day"),
        (["ocds", "--out", "{file}"], "is a file"),
        (["nosuch", "--out", "{folder}"], "No such command 'nosuch'"),
    ],
)
def test_bad_input_is_one_line(options: list[str], said: str, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("here")
    done = home.run("export", *(option.format(file=file, folder=tmp_path) for option in options))
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
