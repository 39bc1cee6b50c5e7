"""The auditor's questions in their order: each a page with a chart, its tables and its files."""

from foodorder.audit.questions import (
    agreements,
    comparison,
    distance,
    foods,
    matrix,
    months,
    offers,
    prices,
    producers,
    shares,
    waterfall,
)
from foodorder.audit.questions.frame import Question
from foodorder.rules.errors import N_

#: In the order of the desk; the first is also answered on its first page.
QUESTIONS: tuple[Question, ...] = (
    Question("months", N_("How much is spent?"), N_("Spend and budget"), months.answer, months.brief),
    Question("producers", N_("Who supplies us?"), N_("Producers"), producers.answer, producers.brief),
    Question("matrix", N_("Who buys from whom?"), N_("Who from whom"), matrix.answer, matrix.brief),
    Question("foods", N_("What is bought?"), N_("Foods"), foods.answer, foods.brief),
    Question(
        "prices", N_("Do we pay what others pay?"), N_("Prices"), prices.answer, prices.brief,
        frozenset({"food", "one food"}),
    ),
    Question("shares", N_("How organic and how local is it?"), N_("Shares"), shares.answer, shares.brief),
    Question(
        "waterfall", N_("What became of what was ordered?"), N_("From order to payment"), waterfall.answer,
        waterfall.brief,
    ),
    Question(
        "offers", N_("Is there a choice?"), N_("Single offers"), offers.answer, offers.brief,
        frozenset({"food"}), whole=True,
    ),
    Question(
        "agreements", N_("Will the agreements last?"), N_("Agreements"), agreements.answer,
        agreements.brief, whole=True,
    ),
    Question(
        "distance", N_("How far does it travel?"), N_("Distance and CO₂"), distance.answer, distance.brief,
    ),
    Question(
        "comparison", N_("Do we feed people as others do?"), N_("Comparison"), comparison.answer,
        comparison.brief, whole=True,
    ),
)  # fmt: skip

#: By the name in addresses.
BY_NAME = {question.name: question for question in QUESTIONS}
