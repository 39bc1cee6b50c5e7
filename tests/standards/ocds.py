"""The judges of open contracting data: the schemas with the EU profile, and libcoveocds as a program."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import ocdsmerge
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.standards.judge import STANDARDS

FOLDER = STANDARDS / "ocds-1.1.5"
_BASE = "https://standard.open-contracting.org/schema/1__1__5/"
_PROGRAM = Path(sys.executable).with_name("libcoveocds")
#: Of libcoveocds's verdict: what must be empty.
_EMPTY = (
    "validation_errors", "additional_fields", "additional_closed_codelist_values",
    "additional_open_codelist_values", "deprecated_fields", "additional_checks",
)  # fmt: skip


def schema_errors(package: dict[str, Any]) -> list[str]:
    """What the schemas have against a release package or a record package."""
    errors = _validator("record" if "records" in package else "release").iter_errors(package)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]


def program_errors(file: Path) -> list[str]:
    """What libcoveocds has against a file; any field that the schema does not know counts."""
    zipped = FOLDER / "ocds-eu-offline.zip"
    run = subprocess.run(
        [str(_PROGRAM), "--standard-zip", str(zipped), str(file)], capture_output=True, text=True
    )
    verdict = json.loads(run.stdout)
    return [f"{key}: {str(verdict[key])[:300]}" for key in _EMPTY if verdict.get(key)]


@cache
def merger() -> ocdsmerge.Merger:
    """The reference of merging, with the rules of the profile's schema."""
    return ocdsmerge.Merger(_dereferenced())


@cache
def _dereferenced() -> Any:
    schema = _load("eu-profile/patched/release-schema.json")

    def inlined(value: Any, depth: int = 0) -> Any:
        if isinstance(value, list):
            return [inlined(entry, depth) for entry in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            # Organisations name organisations; so deep is nothing of ours.
            target = schema["definitions"][value["$ref"].rpartition("/")[2]]
            own = {key: entry for key, entry in value.items() if key != "$ref"}
            return {} if depth > 7 else inlined({**target, **own}, depth + 1)
        return {key: inlined(entry, depth) for key, entry in value.items()}

    return inlined({key: value for key, value in schema.items() if key != "definitions"})


def _load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


@cache
def _validator(kind: str) -> Draft4Validator:
    names = {
        "release-schema.json": "eu-profile/patched/release-schema.json",
        "versioned-release-validation-schema.json": "schema/versioned-release-validation-schema.json",
    }
    registry: Any = Registry().with_resources(
        [
            (_BASE + name, Resource.from_contents(_load(path), default_specification=DRAFT4))
            for name, path in names.items()
        ]
    )
    schema = _load(f"schema/{kind}-package-schema.json")
    return Draft4Validator(schema, registry=registry, format_checker=FormatChecker())
