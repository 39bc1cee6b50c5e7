"""Whatever the program may write is accepted by the official schemas and rules."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from foodorder.exchange import eslog, ubl_despatch, ubl_invoice, ubl_order, ubl_response
from foodorder.exchange.model import Answer, Kind, VatCategory
from tests.standards import documents
from tests.standards.judge import STANDARDS

HOW_MANY = 240
WRITERS: dict[str, tuple[Callable[[Any], bytes], Callable[[int], Any]]] = {
    "eslog": (eslog.write, documents.invoice),
    "ubl": (ubl_invoice.write, documents.invoice),
    "order": (ubl_order.write, documents.order),
    "response": (ubl_response.write, documents.response),
    "despatch": (ubl_despatch.write, documents.despatch),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_document_passes_the_official_rules(kind: str, judge: Callable[..., list[str]]) -> None:
    write, draw = WRITERS[kind]
    broken = {}
    for seed in range(HOW_MANY):
        verdict = judge(kind, write(draw(seed)))
        if verdict:
            broken[seed] = verdict
    assert broken == {}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_document_is_the_same_bytes(kind: str) -> None:
    write, draw = WRITERS[kind]
    assert write(draw(5)) == write(draw(5))


def test_chance_has_drawn_everything_that_is_promised() -> None:
    drawn = [documents.invoice(seed) for seed in range(HOW_MANY)]
    seen: Counter[object] = Counter()
    for one in drawn:
        seen[one.kind] += 1
        seen["compensation"] += one.compensation_bp > 0
        seen["exempt"] += one.totals.rows[0].vat.category is VatCategory.EXEMPT and not one.compensation_bp
        seen["by terms alone"] += one.due is None
        for line in one.lines:
            seen[line.vat] += 1
            seen[line.unit] += 1
    answers = Counter(documents.response(seed).answer for seed in range(HOW_MANY))
    partial = sum(
        line.outstanding is not None and line.quantity > 0
        for seed in range(HOW_MANY)
        for line in documents.despatch(seed).lines
    )
    assert min(seen[kind] for kind in Kind) >= 50
    assert min(seen.values()) >= 20
    assert len(seen) == 2 + 3 + 4 + 3
    assert min(answers[answer] for answer in Answer) >= 20
    assert partial >= 100


#: The verdicts of NOTES.md: rules by their numbers, the schema by what it says of.
INVALID = {
    ("eslog", "eslog20-xsd.xml"): ["date"],
    ("eslog", "eslog20-semantic.xml"): ["BR-CO-15", "BR-CO-16"],
    ("ubl", "ubl-invoice-cen.xml"): ["BR-S-05", "BR-S-05", "BR-S-08", "BR-CO-16"],
    ("ubl", "ubl-invoice-peppol.xml"): ["PEPPOL-EN16931-R003", "PEPPOL-EN16931-R120"],
    ("order", "ubl-order.xml"): [
        "PEPPOL-T01-B07202",
        "PEPPOL-T01-B24102",
        "PEPPOL-T01-R008",
        "PEPPOL-T01-R031",
    ],
}
VALID = [
    ("eslog", "eslog20-invoice.xml"),
    ("ubl", "ubl-invoice-exempt-farmer.xml"),
    ("ubl", "ubl-invoice-vat.xml"),
    ("order", "ubl-order.xml"),
]


@pytest.mark.parametrize(("kind", "name"), INVALID)
def test_an_invalid_example_breaks_the_rules_named_for_it(
    kind: str, name: str, judge: Callable[..., list[str]]
) -> None:
    verdict = judge(kind, (STANDARDS / "examples" / "invalid" / name).read_bytes())
    expected = INVALID[kind, name]
    if name.endswith("-xsd.xml"):
        assert verdict
        assert all(one.startswith("XSD ") and expected[0] in one for one in verdict)
    else:
        assert sorted(verdict) == sorted(expected)


@pytest.mark.parametrize(("kind", "name"), VALID)
def test_a_valid_example_passes(kind: str, name: str, judge: Callable[..., list[str]]) -> None:
    assert judge(kind, (STANDARDS / "examples" / "valid" / name).read_bytes()) == []


def test_no_example_is_forgotten(judge: Callable[..., list[str]]) -> None:
    there = {
        (folder, path.name)
        for folder in ("valid", "invalid")
        for path in (STANDARDS / "examples" / folder).glob("*.xml")
    }
    judged = {("invalid", name) for _kind, name in INVALID} | {("valid", name) for _kind, name in VALID}
    assert there == judged
