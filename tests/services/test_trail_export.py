"""The chain leaves the house: a verifier with Python alone says good, or names the first row that is not."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from foodorder.config import resource
from foodorder.trail import blocks
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND
from foodorder.trail.export import Extent, export, packed
from foodorder.trail.service import verify
from tests.factories import NOW

VERIFIER = resource("docs") / "verify_chain.py"
Lines = list[str]


@pytest.fixture(autouse=True)
def chain(app: Flask, clock_at: Callable[[datetime], None]) -> None:
    """Three blocks; every other event is of municipality 7, the rest of 8."""
    clock_at(NOW)
    for block in range(3):
        for number in range(4):
            trail.record(
                COMMAND, "test.done", "test", number, now=NOW, municipality_id=7 + number % 2,
                after={"word": f"š{block}"},
            )  # fmt: skip
        trail.seal()


def lines(extent: Extent | None = None) -> Lines:
    return list(export(extent or Extent(everything=True), now=NOW))


def judged(file: Path, *more: str) -> tuple[int, str]:
    """Exit code and words of the program, run as a stranger would."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(file), *more], capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def written(folder: Path, rows: Lines) -> Path:
    file = folder / "chain.jsonl"
    file.write_text("".join(rows), "utf-8")
    return file


def at(rows: Lines, key: str, place: int = 0) -> int:
    """The line of the `place`-th block or event."""
    return [number for number, row in enumerate(rows) if key in json.loads(row)][place]


def changed(rows: Lines, number: int, **values: object) -> Lines:
    return [*rows[:number], json.dumps(json.loads(rows[number]) | values) + "\n", *rows[number + 1 :]]


def test_a_good_export_is_good_and_has_the_head_that_verify_tells(tmp_path: Path) -> None:
    code, words = judged(written(tmp_path, lines()))
    assert code == 0, words
    assert "The chain is whole: 12 events in 3 blocks, 12 of them with their text." in words
    assert verify(NOW).head in words


def test_another_municipalitys_texts_stay_here_and_the_chain_still_fits(tmp_path: Path) -> None:
    rows = lines(Extent(municipality_id=7))
    assert not [row for row in rows if '\\"municipality\\":8' in row]
    assert len([row for row in rows if '\\"municipality\\":7' in row]) == 6
    file = tmp_path / "chain.jsonl.gz"
    file.write_bytes(b"".join(packed(rows)))
    assert gzip.decompress(file.read_bytes()).decode() == "".join(rows)
    code, words = judged(file)
    assert code == 0, words
    assert "12 events in 3 blocks, 6 of them with their text" in words


def test_what_was_changed_is_named(tmp_path: Path) -> None:
    rows = lines(Extent(municipality_id=7))
    with_text = next(number for number, row in enumerate(rows) if "š1" in row)
    without = at(rows, "event", 5)
    number, stranger = (json.loads(rows[one])["event"] for one in (with_text, without))
    assert stranger != number
    told = json.loads(rows[with_text])["text"].replace("š1", "š9")
    for wrong, words in (
        (changed(rows, with_text, text=told), f"event {number} in block 2 was changed"),
        (changed(rows, without, hash="00" * 32), "block 2 does not fit its events"),
        (changed(rows, at(rows, "block", 1), hash="00" * 32), "block 2 does not fit its events"),
        (changed(rows, at(rows, "block", 2), previous="00" * 32), "block 3 does not follow the block before"),
        (changed(rows, len(rows) - 1, head="00" * 32), "the head in the last line"),
    ):
        code, told_words = judged(written(tmp_path, wrong))
        assert code == 1
        assert words in told_words


def test_what_was_taken_away_is_named(tmp_path: Path) -> None:
    rows = lines()
    second, third = at(rows, "block", 1), at(rows, "block", 2)
    event = at(rows, "event", 5)
    for shortened, words in (
        (rows[:-1], "the file ends in or after block 3"),
        (rows[:third], "the file ends in or after block 2"),
        ([*rows[:event], *rows[event + 1 :]], "block 2 holds 3 events instead of 4"),
        ([*rows[:second], *rows[third:]], "block 2 is missing"),
        ([*rows[:third], rows[-1]], "the last line speaks of 3 blocks, but there are 2"),
        ([*rows[:-2], rows[-2][:30]], "is broken off or changed"),
    ):
        code, told = judged(written(tmp_path, shortened))
        assert code == 1
        assert words in told


def test_what_stands_in_another_order_is_named(tmp_path: Path) -> None:
    rows = lines()
    first, second, third = (at(rows, "block", place) for place in range(3))
    event = at(rows, "event", 4)
    events = [*rows[:event], rows[event + 1], rows[event], *rows[event + 2 :]]
    turned = [*rows[:first], *rows[second:third], *rows[first:second], *rows[third:]]
    for reordered, words in (
        (events, "block 2 does not fit its events"),
        (turned, "block 1 is missing (block 2 stands in its place)"),
    ):
        code, told = judged(written(tmp_path, reordered))
        assert code == 1
        assert words in told


def test_a_chain_made_anew_is_betrayed_by_a_head_that_was_published(tmp_path: Path) -> None:
    heads = tmp_path / "heads.csv"
    file = written(tmp_path, lines())
    published = json.loads(lines()[at(lines(), "block", 1)])["hash"]
    heads.write_text(f"day,head\n2026-11-24,{published}\n", "utf-8")
    code, words = judged(file, "--heads", str(heads))
    assert code == 0
    assert "1 published heads are in it" in words
    heads.write_text(f"2026-11-25,{'ab' * 32}\n", "utf-8")
    code, words = judged(file, "--heads", str(heads))
    assert code == 1
    assert "a published head is not in the chain: 2026-11-25" in words


def test_another_file_cannot_be_read(tmp_path: Path) -> None:
    assert judged(written(tmp_path, ['{"format": "another"}\n']))[0] == 2


def test_a_long_chain_is_read_in_pieces_and_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = lines()
    head = verify(NOW).head
    # Two blocks, or five events, at once: one question for each block.
    monkeypatch.setattr(blocks, "BLOCKS", 2)
    monkeypatch.setattr(blocks, "EVENTS", 5)
    assert lines() == whole
    assert verify(NOW).head == head
    monkeypatch.setattr(trail, "PROGRESS_EVERY", 2)
    heard: list[tuple[int, int]] = []
    verify(NOW, lambda done, of: heard.append((done, of)))
    assert heard == [(0, 3), (2, 3)]
