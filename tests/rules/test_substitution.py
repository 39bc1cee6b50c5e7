"""What may come instead of a line, case by case."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from foodorder.rules import substitution as rule
from foodorder.rules.agreements import Substitution
from foodorder.rules.allergens import Declaration
from foodorder.rules.errors import Refusal
from foodorder.rules.substitution import Candidate, Ordered, check_substitute, needed_schemes, needs_consent

MONDAY = date(2026, 11, 30)
LINE = Ordered(
    7, "KGM", 10_000, MONDAY, 164, Declaration(frozenset({7}), frozenset({1})), frozenset({"organic"})
)
SAME = Candidate(
    7, "KGM", 164, Declaration(frozenset({7}), frozenset({1})), frozenset({"organic"}), 0b00001, 10_000
)


@dataclass
class Case:
    """A candidate, why it is refused (None: it may come), and the source of the rule."""

    name: str
    candidate: Candidate
    refused: type[Refusal] | None
    source: str


CASES = [
    Case("the same", SAME, None, "issue 3, point 5"),
    Case("cheaper", replace(SAME, paid_cents=1), None, "issue 3, point 5"),
    Case("more schemes", replace(SAME, schemes=frozenset({"organic", "pdo"})), None, "domain.md §2.6"),
    Case("fewer allergens", replace(SAME, allergens=Declaration()), None, "Reg. 1169/2011, Annex II"),
    Case("no limit", replace(SAME, left=None), None, "design.md §4.6"),
    Case("other food", replace(SAME, food_type=8), rule.OtherFood, "issue 3, point 5"),
    Case("other unit", replace(SAME, unit="H87"), rule.UnitDiffers, "prices are of one unit"),
    Case("contains", replace(SAME, allergens=Declaration(frozenset({3, 7}))), rule.BringsAllergen,
         "Reg. 1169/2011, art. 44"),
    Case("traces", replace(SAME, allergens=Declaration(frozenset({7}), frozenset({8}))), rule.BringsAllergen,
         "domain.md §2.5: two levels"),
    Case("traces become contents", replace(SAME, allergens=Declaration(frozenset({1, 7}))),
         rule.BringsAllergen, "domain.md §2.5: two levels"),
    Case("conventional", replace(SAME, schemes=frozenset({"integrated"})), rule.LosesOrganic,
         "ZeJN: organic share by kg, domain.md §2.3"),
    Case("a cent dearer", replace(SAME, paid_cents=165), rule.DearerThanAgreed,
         "domain.md §2.5: the supplier must keep the contract price"),
    Case("another day", replace(SAME, days=0b00010), rule.NotDelivered, "design.md §4.7"),
    Case("withdrawn", replace(SAME, published=False), rule.NotDelivered, "design.md §4.6"),
    Case("too little", replace(SAME, left=9_999), rule.NotEnough, "design.md §4.6"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases(case: Case) -> None:
    if case.refused is None:
        check_substitute(LINE, case.candidate)
    else:
        with pytest.raises(case.refused):
            check_substitute(LINE, case.candidate)


def test_the_scheme_of_the_lot_is_kept() -> None:
    line = replace(LINE, needs=frozenset({"selected_quality"}))
    with pytest.raises(rule.LosesCertificate):
        check_substitute(line, SAME)
    check_substitute(line, replace(SAME, schemes=frozenset({"selected_quality"})))


def test_a_line_needs_what_its_lot_asks_and_organic_where_it_was() -> None:
    assert needed_schemes({"organic", "dobrote"}, None) == {"organic"}
    assert needed_schemes({"integrated"}, "pdo") == {"pdo"}
    assert needed_schemes(set(), None) == frozenset()


def test_what_the_kitchen_said() -> None:
    assert not needs_consent(Substitution.ALLOWED)
    assert needs_consent(Substitution.ASK)
    with pytest.raises(rule.NoSubstitute):
        needs_consent(Substitution.NEVER)
