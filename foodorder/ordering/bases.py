"""The lawful basis of each offer for one kitchen, and what of an order the law does not allow."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from foodorder.rules.calendar import dates_of
from foodorder.rules.errors import Refusal
from foodorder.rules.integrity import BarredProducer
from foodorder.rules.ordering import Cell
from foodorder.rules.sourcing import (
    Asked,
    Candidate,
    Choice,
    Need,
    above_the_limits,
    check_day,
    choose,
    choose_on,
)

#: What holds on each day on which an offer is sold, by weekday: its basis, or why there is none.
ByDay = Mapping[int, Choice | Refusal]


@dataclass(slots=True)
class Bases:
    """The lawful basis of each offer for one institution, or why it has none.

    An offer stands in `choices` with the basis of its first day that has one, in `refusals` if none has;
    where it is not the same all week, `by_day` says what holds on which day.
    """

    choices: dict[int, Choice] = field(default_factory=dict)
    refusals: dict[int, Refusal] = field(default_factory=dict)
    by_day: dict[int, ByDay] = field(default_factory=dict)
    #: All lots that cover an offer, open or full, for whoever asks why.
    candidates: dict[int, list[Candidate]] = field(default_factory=dict)
    #: The kind of purchase by food type, and the institution's need of it without this order.
    needs: dict[int, Need] = field(default_factory=dict)
    #: Producers that the institution may not order from.
    barred: Collection[int] = frozenset()

    def settle(self, monday: date, offer: Any) -> None:
        """Find on what an offer is bought in the week of `monday`.

        Nearly always it is the same on all days; only where a lot begins or ends within the week it is asked
        day by day.
        """
        number, days = offer.offer_id, offer.days
        lots, need = self.candidates.get(number, ()), self.needs.get(offer.food_type_id)
        if offer.producer_id in self.barred or all(one.days & days == days for one in lots):
            try:
                if offer.producer_id in self.barred:
                    raise BarredProducer(producer=offer.producer)
                self.choices[number] = choose(lots, need)
            except Refusal as refusal:
                self.refusals[number] = refusal
            return
        found: dict[int, Choice | Refusal] = {}
        for day in dates_of(monday, days):
            try:
                found[day.weekday()] = choose_on(day, lots, need)
            except Refusal as refusal:
                found[day.weekday()] = refusal
        self._keep(number, found)

    def _keep(self, number: int, found: Mapping[int, Choice | Refusal]) -> None:
        first, *others = found.values()
        chosen = next((one for one in found.values() if isinstance(one, Choice)), None)
        if chosen is not None:
            self.choices[number] = chosen
        elif isinstance(first, Refusal):
            self.refusals[number] = first
        if any(one != first for one in others):
            self.by_day[number] = found

    def on(self, offer: int, day: date) -> Choice | Refusal | None:
        """What holds of an offer on a day; None of one that nobody asked about."""
        days = self.by_day.get(offer)
        if days is not None and day.weekday() in days:
            return days[day.weekday()]
        return self.choices.get(offer) or self.refusals.get(offer)

    def price(self, offer: Any, day: date) -> int:
        """Net cents of one unit on a day: the agreed price under a lot that has one, else the offer's."""
        return price_under(self.on(offer.offer_id, day), offer.price_cents)

    def barred_cells(self, cells: Iterable[Cell], quantities: Mapping[Cell, int]) -> dict[Cell, Refusal]:
        """The cells that the law does not allow however little is asked in them, beside what is asked."""
        asked = _sums(quantities)
        refused: dict[Cell, Refusal] = {}
        for cell in cells:
            choice = self.on(cell.offer, cell.day)
            refusal = choice if isinstance(choice, Refusal) else None
            if isinstance(choice, Choice):
                refusal = _day_refused(choice, cell.day, asked)
            if refusal is not None:
                refused[cell] = refusal
        return refused

    def problems(
        self,
        quantities: Mapping[Cell, int],
        offers: Mapping[int, Any],
        amounts: Mapping[Cell, tuple[int, int]],
    ) -> dict[Cell, Refusal]:
        """What the law does not allow, by cell. `amounts`: net cents and grams asked in each cell."""
        chosen = {cell: self.on(cell.offer, cell.day) for cell in quantities}
        above = above_the_limits(
            [
                Asked(cell, choice, self._kind(offers[cell.offer]), *amounts[cell])
                for cell, choice in chosen.items()
                if isinstance(choice, Choice)
            ]
        )
        return {**self.barred_cells(quantities, quantities), **above}

    def _kind(self, offer: Any) -> int | None:
        need = self.needs.get(offer.food_type_id)
        return need.kind if need else None


def _sums(quantities: Mapping[Cell, int]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for cell, quantity in quantities.items():
        sums[cell.offer] = sums.get(cell.offer, 0) + quantity
    return sums


def price_under(basis: Choice | Refusal | None, price_cents: int) -> int:
    """Net cents of one unit: the price agreed under the basis, else the offer's own."""
    candidate = basis.candidate if isinstance(basis, Choice) else None
    agreed = candidate.price_cents if candidate else None
    return int(price_cents if agreed is None else agreed)


def _day_refused(choice: Choice, day: date, asked: Mapping[int, int]) -> Refusal | None:
    try:
        check_day(choice, day, asked)
    except Refusal as refusal:
        return refusal
    return None
