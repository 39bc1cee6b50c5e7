"""Open contracting packages before their judges: what is right passes, what is wrong is named."""

import json
from pathlib import Path

import pytest

from foodorder.exchange.ocds import packages, process
from foodorder.exchange.ocds.checks import check
from foodorder.exchange.ocds.masking import Hidden, masked_text
from foodorder.exchange.ocds.merge import record
from foodorder.exchange.ocds.text import read, write
from tests.standards import ocds
from tests.standards.judge import STANDARDS
from tests.standards.processes import week

pytestmark = pytest.mark.usefixtures("judge")

EXAMPLES = STANDARDS / "examples"
ABOUT = packages.About(
    uri="https://kuhinje.example/open/ocds/052/releases-2026.json", publisher="Občina Primer",
    published="2026-12-20T10:00:00Z", policy="https://kuhinje.example/open/ocds",
)  # fmt: skip


@pytest.mark.parametrize("name", ["release-package", "release-package-eu", "record-package"])
def test_the_judge_accepts_what_is_right(name: str) -> None:
    assert ocds.schema_errors(json.loads((EXAMPLES / "valid" / f"ocds-{name}.json").read_text())) == []


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("release-package", ("releases/0: 'ocid' is a required", "date", "value/amount", "tender/status")),
        ("record-package", ("compiledRelease", "versionedRelease")),
    ],
)
def test_the_judge_names_what_is_wrong(name: str, places: tuple[str, ...]) -> None:
    errors = ocds.schema_errors(json.loads((EXAMPLES / "invalid" / f"ocds-{name}.json").read_text()))
    for place in places:
        assert [error for error in errors if place in error], place


def test_a_week_as_releases_and_records_passes_the_program(tmp_path: Path) -> None:
    """Everything that a release can hold, full and masked; no field that the schema does not know."""
    texts = [write(release.body) for release in process.releases(week())]
    hidden = {"producer-7": Hidden(names=("Pri Brezovčevih",), alias="farm-0a1b", village="Podblica")}
    masked = [masked_text(text, hidden) for text in texts]
    releases = [read(text) for text in masked]
    check(releases)
    whole = write(record(releases, masked))
    for name, pieces in (
        ("releases", packages.release_package(ABOUT, texts)),
        ("records", packages.record_package(ABOUT, [whole], [ABOUT.uri])),
    ):
        file = tmp_path / f"{name}.json"
        file.write_text("".join(pieces))
        assert ocds.schema_errors(json.loads(file.read_text())) == []
        assert ocds.program_errors(file) == []


def test_the_program_names_a_field_that_is_no_field(tmp_path: Path) -> None:
    release = process.releases(week())[0].body | {"farmOnly": True}
    file = tmp_path / "wrong.json"
    file.write_text("".join(packages.release_package(ABOUT, [write(release)])))
    assert "farmOnly" in "".join(ocds.program_errors(file))
