"""The shape of the house: who may import whom, how long a file is, what an address looks like."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from foodorder.blueprints.shared.navigation import NAVIGATION
from foodorder.blueprints.shared.page import LINKS
from foodorder.config import PROJECT
from foodorder.rules.permissions import Permission, Role, roles_with
from tests.guards.routes import rules

#: Lines of a file; tests are lists of cases and may be a little longer.
LONGEST = {"foodorder": 350, "seeds": 350, "bench": 350, "tests": 450}


def files(*folders: str) -> Iterator[Path]:
    """Python files of ours."""
    for folder in folders:
        yield from sorted((PROJECT / folder).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def test_imports_follow_the_flow() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-logo"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_longer_than_a_person_reads() -> None:
    long = {
        named(path): count
        for folder, longest in LONGEST.items()
        for path in files(folder)
        if (count := len(path.read_text("utf-8").splitlines())) > longest
    }
    assert not long


def test_nothing_is_called_utils() -> None:
    vague = {"utils", "util", "helpers", "misc", "common"}
    assert not [named(path) for path in files("foodorder", "seeds") if vague & {*path.parts, path.stem}]


def test_the_rulebook_never_uses_binary_fractions() -> None:
    """Their one place there is the distance between villages, near neither money nor quantity."""
    found = [
        f"{named(path)}:{node.lineno}"
        for path in files("foodorder/rules")
        if path.name not in ("geography.py", "route.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and type(node.value) is float)
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
    ]
    assert not found


def test_models_say_what_flows_in_and_out_and_when_it_is_frozen() -> None:
    order = re.compile(r"In: .+\nOut: .+\nFrozen when: ", re.DOTALL)
    places = ("models.py", "models/__init__.py")
    silent = [
        named(path)
        for path in files("foodorder")
        if path.as_posix().endswith(places)
        if not order.match(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")
    ]
    assert not silent


def test_addresses_are_small_words_joined_by_hyphens(app: Flask) -> None:
    odd = []
    for rule in rules(app):
        for part in re.sub(r"<[^>]*>", "", rule.rule).split("/"):
            if part and not re.fullmatch(r"[a-z0-9]*(-[a-z0-9]*)*(\.[a-z]*)?", part):
                odd.append(rule.rule)
    assert not odd


def test_the_words_of_the_navigation_lead_somewhere(app: Flask) -> None:
    missing = [endpoint for links in NAVIGATION.values() for endpoint, _word in links]
    missing += list(LINKS.values())
    assert not [endpoint for endpoint in missing if endpoint not in app.view_functions]
    assert set(NAVIGATION) == set(Role)
    assert all(len(links) <= 5 for links in NAVIGATION.values())


def test_whoever_may_see_the_spend_finds_it_in_the_navigation() -> None:
    leads = {role for role, links in NAVIGATION.items() if "auditor.spend" in dict(links)}
    # A coordinator, who does most here, has it on the page of today.
    assert leads == roles_with(Permission.SPEND_SEE) - {Role.COORDINATOR}


@pytest.mark.parametrize("path", ["/help", "/accessibility"])
def test_help_and_the_accessibility_statement_are_there_for_everybody(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 200


def test_no_program_text_names_the_machine_it_was_written_on() -> None:
    places = re.compile(r"/(work|home|root|Users)/[a-z]")
    found = [
        named(path)
        for pattern in ("*.py", "*.html", "*.txt", "*.js", "*.css", "*.toml", "*.md", "*.tsv")
        for folder in ("foodorder", "templates", "seeds", "docs", "bench")
        for path in (PROJECT / folder).rglob(pattern)
        if places.search(path.read_text("utf-8"))
    ]
    assert not found
