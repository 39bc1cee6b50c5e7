"""The close: what becomes of the orders of a cycle when its deadline has passed.

Five rules, in this order, each on the result of the one before:

0. **Orders that nobody approved** are cancelled, where their institution decided so.
1. **Withdrawn offers** cancel their lines.
2. **Packs.** A pack binds the sum over the days of one product at one delivery point. Rounding up adds what
   is missing to the largest line, unless that would pass the stock left, the institution's budget, or a
   ceiling or threshold of procurement law: then,
   and where the rule is down, the part of a pack is taken away, from the largest lines first.
3. **Minimums.** An institution whose order from a producer is worth less than the producer's minimum, after
   rounding, loses that order (`cancel`), or the minimum is waived and noted (`waive`), by the municipality's
   rule.
4. **Scarce offers** are shared among delivery points by the rule of `allocation`, then within a delivery
   point among its days in proportion, by largest remainder, in steps.

Groups are taken in the order of their keys, ties go to the earlier day and the lower line: the same input
gives the same result, always. Nothing disappears: a line's recorded quantity is what was ordered plus its
differences, each of which has a reason and the facts behind it.

Most lines of a cycle are touched by no rule. `may_be_touched` says which may be; settling these alone gives
the same result as settling all, so the untouched ones can be recorded by the database without passing through
here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import gcd
from typing import TypeVar

from foodorder.rules.allocation import Ask, largest_remainder, share
from foodorder.rules.closing import (
    REASONS,
    Allocation,
    Close,
    Difference,
    DifferenceKind,
    Line,
    MinimumRule,
    PackRounding,
    Reason,
    Settlement,
    Waiver,
)
from foodorder.rules.errors import Amount, Fact, Money
from foodorder.rules.money import line_net
from foodorder.rules.quantity import grams

__all__ = [
    "REASONS",
    "Allocation",
    "Close",
    "Difference",
    "DifferenceKind",
    "Line",
    "MinimumRule",
    "PackRounding",
    "Reason",
    "Settlement",
    "Waiver",
    "may_be_touched",
    "settle",
]

Key = TypeVar("Key")


def settle(close: Close) -> Settlement:
    """Apply the five rules, in their order."""
    ledger = _Ledger(close)
    _cancel_unapproved(ledger)
    _cancel_withdrawn(ledger)
    _round_to_packs(ledger)
    waivers = _hold_minimums(ledger)
    allocations = _share_scarce(ledger)
    return Settlement(ledger.now, tuple(ledger.differences), allocations, waivers)


def may_be_touched(close: Close) -> Close:
    """The smaller close that holds every line which a rule may touch; the other lines stay as ordered.

    These are the lines of orders that nobody approved, of withdrawn offers, of groups that are not whole
    packs, of offers of which more was asked than there is, and all lines of an (institution, producer) whose
    lines outside the first three do not by themselves reach the minimum. What is available to the smaller
    close is reduced by what the other lines take, so that rounding up never passes the stock; minimums remain
    only for pairs that are complete. The database chooses the same lines in one statement.
    """
    first = {
        line.id
        for line in close.lines
        if line.institution in close.unapproved or line.offer in close.withdrawn
    }
    for group in _pack_groups(close.lines):
        if sum(line.quantity for line in group) % (group[0].pack or 1):
            first.update(line.id for line in group)

    touched = set(first)
    left = {offer: there for offer, there in close.available.items() if there is not None}
    for offer, lines in _grouped(close.lines, lambda line: line.offer).items():
        if offer in left and sum(line.quantity for line in lines) > left[offer]:
            touched.update(line.id for line in lines)

    minimums = {}
    for pair, lines in _grouped(close.lines, lambda line: (line.institution, line.producer)).items():
        minimum = close.minimums.get(pair, 0)
        safe = sum(line_net(line.price_cents, line.quantity) for line in lines if line.id not in first)
        if safe < minimum:
            minimums[pair] = minimum
            touched.update(line.id for line in lines)

    for line in close.lines:
        if line.offer in left and line.id not in touched:
            left[line.offer] -= line.quantity
    lines_touched = tuple(line for line in close.lines if line.id in touched)
    return replace(close, lines=lines_touched, minimums=minimums, available=left)


class _Ledger:
    """What stands on each line now, what is left of stock and budget, and every change on the way."""

    def __init__(self, close: Close) -> None:
        self.close = close
        self.now = {line.id: line.quantity for line in close.lines}
        self.differences: list[Difference] = []
        self.headroom = {key: cents for key, cents in close.headroom.items() if cents is not None}
        self.rooms = dict(close.rooms)
        self.stock = {offer: there for offer, there in close.available.items() if there is not None}
        for line in close.lines:
            if line.offer in self.stock:
                self.stock[line.offer] -= line.quantity

    def change(
        self, line: Line, delta: int, kind: DifferenceKind, reason: Reason, facts: Mapping[str, Fact]
    ) -> None:
        """Add `delta` to a line, and keep stock, budget and limits in step."""
        if delta == 0:
            return
        before = self.now[line.id]
        self.now[line.id] = before + delta
        self.differences.append(Difference(line.id, kind, delta, before, reason, facts))
        if line.offer in self.stock:
            self.stock[line.offer] -= delta
        if line.institution in self.headroom:
            self.headroom[line.institution] -= _cost_of_change(line, before, delta)
        for key in line.limits:
            cents, weight = self.rooms[key]
            self.rooms[key] = (
                None if cents is None else cents - _cost_of_change(line, before, delta),
                None if weight is None else weight - _weight_of_change(line, before, delta),
            )

    def fits(self, line: Line, delta: int) -> bool:
        """Whether adding `delta` to a line stays under every limit that it counts on."""
        before = self.now[line.id]
        cost, weight = _cost_of_change(line, before, delta), _weight_of_change(line, before, delta)
        rooms = [self.rooms[key] for key in line.limits]
        return all(
            (cents is None or cost <= cents) and (grams_left is None or weight <= grams_left)
            for cents, grams_left in rooms
        )

    def cancel(self, line: Line, reason: Reason, facts: Mapping[str, Fact]) -> None:
        """Take a line away whole."""
        self.change(line, -self.now[line.id], DifferenceKind.CANCELLED, reason, facts)

    def total(self, lines: Iterable[Line]) -> int:
        """Quantity that stands on these lines now."""
        return sum(self.now[line.id] for line in lines)

    def value(self, lines: Iterable[Line]) -> int:
        """Net value in cents of what stands on these lines now."""
        return sum(line_net(line.price_cents, self.now[line.id]) for line in lines)

    def largest_first(self, lines: Iterable[Line]) -> list[Line]:
        """Lines by what stands on them, largest first; ties: earlier day, lower id."""
        return sorted(lines, key=lambda line: (-self.now[line.id], line.delivery_date, line.id))


def _cost_of_change(line: Line, before: int, delta: int) -> int:
    return line_net(line.price_cents, before + delta) - line_net(line.price_cents, before)


def _weight_of_change(line: Line, before: int, delta: int) -> int:
    return grams(before + delta, line.grams_per_unit) - grams(before, line.grams_per_unit)


def _cancel_unapproved(ledger: _Ledger) -> None:
    """Rule 0: an order that waited for approval in vain cancels its lines."""
    for line in ledger.close.lines:
        if line.institution in ledger.close.unapproved:
            ledger.cancel(line, Reason.NOT_APPROVED, {})


def _cancel_withdrawn(ledger: _Ledger) -> None:
    """Rule 1: a withdrawn offer cancels its lines."""
    for line in ledger.close.lines:
        if line.offer in ledger.close.withdrawn:
            ledger.cancel(line, Reason.WITHDRAWN, {})


def _round_to_packs(ledger: _Ledger) -> None:
    """Rule 2: the sum of a product at a delivery point becomes whole packs, up or down."""
    for group in _pack_groups(ledger.close.lines):
        pack = group[0].pack or 1
        ordered = ledger.total(group)
        if part := ordered % pack:
            facts = {"ordered": Amount(ordered, group[0].unit), "pack": Amount(pack, group[0].unit)}
            largest_first = ledger.largest_first(group)
            reason = _rounding(ledger, largest_first[0], pack - part)
            if reason is Reason.PACK_UP:
                ledger.change(largest_first[0], pack - part, DifferenceKind.ROUNDING, reason, facts)
            else:
                for line in largest_first:
                    taken = min(part, ledger.now[line.id])
                    ledger.change(line, -taken, DifferenceKind.ROUNDING, reason, facts)
                    part -= taken


def _rounding(ledger: _Ledger, line: Line, missing: int) -> Reason:
    """Whether what is missing to a whole pack may be added to a line; if not, why it is rounded down."""
    if ledger.close.rounding[line.institution] is PackRounding.DOWN:
        return Reason.PACK_DOWN
    if line.offer in ledger.stock and missing > ledger.stock[line.offer]:
        return Reason.PACK_DOWN_STOCK
    cost = _cost_of_change(line, ledger.now[line.id], missing)
    if line.institution in ledger.headroom and cost > ledger.headroom[line.institution]:
        return Reason.PACK_DOWN_BUDGET
    if not ledger.fits(line, missing):
        return Reason.PACK_DOWN_CEILING
    return Reason.PACK_UP


def _hold_minimums(ledger: _Ledger) -> tuple[Waiver, ...]:
    """Rule 3: an order below the producer's minimum is cancelled, or the minimum is waived and noted."""
    waivers = []
    by_pair = _grouped(ledger.close.lines, lambda line: (line.institution, line.producer))
    for pair, minimum in sorted(ledger.close.minimums.items()):
        lines = by_pair.get(pair, [])
        value = ledger.value(lines)
        if value >= minimum or ledger.total(lines) == 0:
            continue
        if ledger.close.minimum_rule is MinimumRule.WAIVE:
            waivers.append(Waiver(*pair, value, minimum))
            continue
        facts = {"value": Money(value), "minimum": Money(minimum)}
        for line in lines:
            ledger.cancel(line, Reason.BELOW_MINIMUM, facts)
    return tuple(waivers)


def _share_scarce(ledger: _Ledger) -> tuple[Allocation, ...]:
    """Rule 4: an offer of which more is asked than there is, is shared."""
    allocations = []
    by_offer = _grouped(ledger.close.lines, lambda line: line.offer)
    for offer, lines in sorted(by_offer.items()):
        available = ledger.close.available.get(offer)
        if available is not None and ledger.total(lines) > available:
            allocations.append(_share_offer(ledger, offer, lines, available))
    return tuple(allocations)


def _share_offer(ledger: _Ledger, offer: int, lines: list[Line], available: int) -> Allocation:
    """Share one offer among delivery points in whole packs, and each share among its days in steps."""
    by_point = _grouped(lines, lambda line: line.delivery_point)
    asked = {point: ledger.total(group) for point, group in sorted(by_point.items())}
    # The common divisor is the pack itself, unless a producer changed it while the cycle was open.
    portion = gcd(*(line.pack or line.step for line in lines))
    seed = f"{ledger.close.seed}|{offer}"
    asks = [Ask(point, quantity) for point, quantity in asked.items()]
    shares = share(available, portion, asks, seed=seed, unit=lines[0].unit)
    for point, group in sorted(by_point.items()):
        given = shares.given[point]
        facts = {"asked": Amount(asked[point], group[0].unit), "given": Amount(given, group[0].unit)}
        _cut(ledger, group, given, facts)
    return Allocation(offer, available, asked, shares.given, shares.explanation)


def _cut(ledger: _Ledger, group: list[Line], given: int, facts: Mapping[str, Fact]) -> None:
    """Leave `given` on the lines of a group, in proportion to what stands on them, in steps."""
    step = gcd(*(line.step for line in group))
    by_id = {line.id: line for line in sorted(group, key=lambda line: (line.delivery_date, line.id))}
    parts = largest_remainder(given // step, {key: ledger.now[key] // step for key in by_id})
    for key, steps in parts.items():
        ledger.change(by_id[key], steps * step - ledger.now[key], DifferenceKind.CUT, Reason.SCARCE, facts)


def _grouped(lines: Iterable[Line], key: Callable[[Line], Key]) -> dict[Key, list[Line]]:
    groups: dict[Key, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


def _pack_groups(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines that a pack binds together, in the order of their keys: producer, product, delivery point."""
    packed = (line for line in lines if line.pack)
    groups = _grouped(packed, lambda line: (line.producer, line.product, line.delivery_point, line.pack or 0))
    return [group for _, group in sorted(groups.items())]
