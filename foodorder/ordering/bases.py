"""The lawful basis of each offer for one kitchen, and what of an order the law does not allow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Cell
from foodorder.rules.sourcing import Asked, Candidate, Choice, Need, above_the_limits, check_day


@dataclass(slots=True)
class Bases:
    """The lawful basis of each offer for one institution, or why it has none."""

    choices: dict[int, Choice] = field(default_factory=dict)
    refusals: dict[int, Refusal] = field(default_factory=dict)
    #: All lots that cover an offer, open or full, for whoever asks why.
    candidates: dict[int, list[Candidate]] = field(default_factory=dict)
    #: The kind of purchase by food type, and the institution's need of it without this order.
    needs: dict[int, Need] = field(default_factory=dict)

    def price(self, offer: Any) -> int:
        """Net cents of one unit: the agreed price under a lot that has one, else the offer's."""
        choice = self.choices.get(offer.offer_id)
        agreed = choice.candidate.price_cents if choice and choice.candidate else None
        return int(offer.price_cents if agreed is None else agreed)

    def problems(
        self,
        quantities: Mapping[Cell, int],
        offers: Mapping[int, Any],
        amounts: Mapping[int, tuple[int, int]],
    ) -> dict[Cell, Refusal]:
        """What the law does not allow, by cell. `amounts`: net cents and grams asked of each offer."""
        asked: dict[int, int] = {}
        for cell, quantity in quantities.items():
            asked[cell.offer] = asked.get(cell.offer, 0) + quantity
        above = above_the_limits(
            [
                Asked(offer, choice, self._kind(offers[offer]), *amounts[offer])
                for offer in asked
                if (choice := self.choices.get(offer)) is not None
            ]
        )
        problems: dict[Cell, Refusal] = {}
        for cell in quantities:
            refusal = self.refusals.get(cell.offer) or above.get(cell.offer)
            if refusal is None and cell.offer in self.choices:
                refusal = _day_refused(self.choices[cell.offer], cell.day, asked)
            if refusal is not None:
                problems[cell] = refusal
        return problems

    def _kind(self, offer: Any) -> int | None:
        need = self.needs.get(offer.food_type_id)
        return need.kind if need else None


def _day_refused(choice: Choice, day: date, asked: Mapping[int, int]) -> Refusal | None:
    try:
        check_day(choice, day, asked)
    except Refusal as refusal:
        return refusal
    return None
