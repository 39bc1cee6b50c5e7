"""What holds for the whole folder: nothing but the standard library, and every refusal can be said."""

import ast
import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

import foodorder.rules
from foodorder.rules.errors import Refusal

FOLDER = Path(foodorder.rules.__file__).parent
#: Modules of the folder and of its packages, by their names in it.
MODULES = [
    module.name.removeprefix("foodorder.rules.")
    for module in pkgutil.walk_packages([str(FOLDER)], "foodorder.rules.")
    if not module.ispkg
]


def imported_by(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("name", MODULES)
def test_a_rule_needs_nothing_but_the_standard_library_and_no_clock(name):
    text = (FOLDER / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
    for module in imported_by(ast.parse(text)):
        assert module.startswith("foodorder.rules") or module.split(".")[0] in sys.stdlib_module_names
    assert not [
        call for call in ("datetime.now(", "date.today(", "utcnow(", "time.time(", " open(") if call in text
    ]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_is_short_and_everything_public_is_explained(name):
    module = importlib.import_module(f"foodorder.rules.{name}")
    text = (FOLDER / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert module.__doc__
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def refusals(cls=Refusal):
    for sub in cls.__subclasses__():
        if sub.__module__.startswith("foodorder.rules"):
            yield sub
            yield from refusals(sub)


def test_every_refusal_has_a_sentence_of_its_own():
    for name in MODULES:
        importlib.import_module(f"foodorder.rules.{name}")
    sentences = [refusal.message for refusal in refusals()]
    assert len(sentences) > 30
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)
