"""Every act that leaves an event in the trail has its words, and so has the thing that it touched."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from foodorder.audit.codes import ACTIONS, THINGS
from foodorder.config import PROJECT
from foodorder.rules.claims import ClaimOutcome, ClaimState

CODE = re.compile(r"[a-z_]+\.[a-z_]+")
#: Keys of dated law, and columns, look alike.
LAW = (PROJECT / "seeds" / "reference" / "legal_parameters.tsv").read_text("utf-8")


def leaves_events(path: Path) -> bool:
    text = path.read_text("utf-8")
    return "trail.record" in text or "leave_events" in text


def is_other(code: str) -> bool:
    """Whether it is a key of the law or a column."""
    return f"\t{code}\t" in LAW or code.endswith(".id")


def codes() -> Iterator[tuple[str, str]]:
    """Codes of acts in the files that leave events: file, code."""
    kinds = {action.split(".")[0] for action in ACTIONS}
    for path in sorted((PROJECT / "foodorder").rglob("*.py")):
        if "blueprints" not in path.parts and leaves_events(path):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found = CODE.fullmatch(node.value)
                    if found and node.value.split(".")[0] in kinds and not is_other(node.value):
                        yield path.name, node.value


def things() -> Iterator[tuple[str, str]]:
    """Kinds of things that are named where an event is left: file, kind."""
    for path in sorted((PROJECT / "foodorder").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "trail.record":
                thing = node.args[2]
                if isinstance(thing, ast.Constant):
                    yield path.name, thing.value


def test_every_act_has_its_words() -> None:
    acts = {code for _file, code in codes()}
    assert len(acts) > 100, "the code is read"
    assert {"payment.asked", "payment.refund_asked", "producer.stripe_connected"} <= acts
    ended = {f"claim.{state.value}" for state in ClaimState} - {"claim.open", "claim.closed"}
    assert acts | ended | {f"claim.{end.value}" for end in ClaimOutcome} <= set(ACTIONS)


def test_every_thing_has_its_words() -> None:
    found = {thing for _file, thing in things()}
    assert len(found) > 15, "the code is read"
    assert found <= set(THINGS)
