"""Indicators of OCDS Cardinal (Open Contracting Partnership, cardinal.readthedocs.io, version 0.0.8).

Each takes processes and answers which processes, buyers, procuring entities or tenderers stand out, with its
value. They are written after their published definitions; their fixtures are a test of this module.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import ceil
from types import MappingProxyType

from foodorder.rules.red_flags.ocds import Award, AwardStatus, BidStatus, Process
from foodorder.rules.red_flags.statistics import fences, quantile


class Group(StrEnum):
    """What an indicator is about."""

    OCID = "OCID"
    BUYER = "Buyer"
    ENTITY = "ProcuringEntity"
    TENDERER = "Tenderer"


@dataclass(frozen=True, slots=True)
class Settings:
    """How an indicator is asked; a threshold of None is a fence computed from the data.

    `by_details`: days by the local word of the method. `uncompared`: local words of methods in which prices
    are not compared. `digits` of a code that tell two kinds of goods apart. `processes` and `bids`: the least
    number of them from which somebody is judged.
    """

    threshold: Fraction | None = None
    methods: frozenset[str] = frozenset()
    by_details: Mapping[str, int] = field(default_factory=dict)
    uncompared: frozenset[str] = frozenset()
    currency: str | None = None
    digits: int = 2
    processes: int = 2
    bids: int = 2


#: Group, identifier, value.
Result = tuple[Group, str, Fraction]
Indicator = Callable[[Iterable[Process], Settings], Iterator[Result]]

NOTHING, ONE = Fraction(0), Fraction(1)
COMPETITIVE = frozenset({"open", "selective"})
SHORT_DAYS = 15


def short_notice(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R003: the time to bid is shorter than expected, counted in whole days."""
    usual = SHORT_DAYS if settings.threshold is None else int(settings.threshold)
    for one in processes:
        if one.opens is None or one.closes is None:
            continue
        if settings.methods and one.method not in settings.methods:
            continue
        if (one.closes - one.opens).days < settings.by_details.get(one.details or "", usual):
            yield Group.OCID, one.ocid, ONE


def single_bid(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R018: one tenderer in a competitive procedure."""
    for one in processes:
        if one.tenderers == 1 and one.method in (settings.methods or COMPETITIVE):
            yield Group.OCID, one.ocid, ONE


def close_prices(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R024: the second-lowest bid is unusually close to the winning one; both tenderers stand out."""
    gaps = dict(_gaps(processes, settings))
    if not gaps:
        return
    differences = [gap for gap, _winner, _second in gaps.values()]
    fence = settings.threshold
    if fence is None:
        # Where most differ by nothing, everybody would stand out.
        fence = fences(differences)[0] if quantile(differences, Fraction(1, 4)) > 0 else NOTHING
    if fence <= 0:
        return
    for ocid, (gap, winner, second) in gaps.items():
        if gap <= fence:
            yield Group.OCID, ocid, gap
            yield Group.TENDERER, winner, NOTHING
            yield Group.TENDERER, second, NOTHING


def discounted(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R058: the winning bid is unusually far below the second-lowest."""
    gaps = dict(_gaps(processes, settings))
    if not gaps:
        return
    fence = settings.threshold
    if fence is None:
        fence = fences([gap for gap, _winner, _second in gaps.values()])[1]
    if fence <= 0:
        return
    for ocid, (gap, winner, _second) in gaps.items():
        if gap >= fence:
            yield Group.OCID, ocid, gap
            yield Group.TENDERER, winner, NOTHING


def _gaps(
    processes: Iterable[Process], settings: Settings
) -> Iterator[tuple[str, tuple[Fraction, str, str]]]:
    """By how much of the winning bid the second-lowest is above it; only where the lowest won, and alone."""
    currency = settings.currency
    for one in processes:
        awards = one.complete()
        if one.details in settings.uncompared or len(awards) != 1 or len(awards[0].suppliers) != 1:
            continue
        [supplier] = awards[0].suppliers
        won: list[Fraction] = []
        lost: list[tuple[Fraction, str]] = []
        for bid in one.bids:
            if bid.status is BidStatus.VALID and len(bid.tenderers) == 1 and bid.amount is not None:
                currency = currency or bid.currency
                if bid.currency != currency:
                    continue
                [tenderer] = bid.tenderers
                if tenderer == supplier:
                    won.append(bid.amount)
                else:
                    lost.append((bid.amount, tenderer))
        if won and lost and min(won) > 0:
            second, name = min(lost, key=lambda bid: bid[0])
            if second >= min(won):
                yield one.ocid, (Fraction(second - min(won), min(won)), supplier, name)


def same_prices(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R028: different tenderers bid the same price; they stand out, too."""
    for one in processes:
        if one.details in settings.uncompared:
            continue
        seen: dict[tuple[Fraction, str | None], frozenset[str]] = {}
        for bid in one.submitted():
            if bid.amount is None or bid.currency is None or not bid.tenderers:
                continue
            price, who = (bid.amount, bid.currency), frozenset(bid.tenderers)
            if price in seen and seen[price] != who:
                yield Group.OCID, one.ocid, ONE
                for tenderer in sorted(seen[price] | who):
                    yield Group.TENDERER, tenderer, ONE
            seen[price] = who


def late_winner(processes: Iterable[Process], _settings: Settings) -> Iterator[Result]:
    """R030: a valid bid came after the deadline, and its tenderer won."""
    for one in processes:
        winners = {
            name for award in one.awards if award.status is AwardStatus.ACTIVE for name in award.suppliers
        }
        for bid in one.bids:
            late = one.closes is not None and bid.received is not None and bid.received > one.closes
            if late and bid.status is BidStatus.VALID and winners & set(bid.tenderers):
                yield Group.OCID, one.ocid, ONE
                for name in bid.tenderers:
                    yield Group.TENDERER, name, ONE


def others_disqualified(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R035: all but the winner were disqualified; the value counts them."""
    least = max(1, int(settings.threshold or 1))
    for one in processes:
        suppliers = {name for award in one.complete() for name in award.suppliers}
        valid = _names(one, BidStatus.VALID)
        out = _names(one, BidStatus.DISQUALIFIED) - valid
        if len(valid) == 1 and valid == suppliers and len(out) >= least:
            yield Group.OCID, one.ocid, Fraction(len(out))
            for name in valid:
                yield Group.TENDERER, name, NOTHING


def lowest_disqualified(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R036: the lowest bid was disqualified while prices alone decide."""
    currency = settings.currency
    for one in processes:
        if one.details in settings.uncompared or not any(map(_is_active, one.awards)):
            continue
        found: list[tuple[Fraction, BidStatus | None]] = []
        for bid in one.submitted():
            if bid.amount is not None and bid.currency is not None:
                currency = currency or bid.currency
                if bid.currency == currency:
                    found.append((bid.amount, bid.status))
        if any(status is BidStatus.VALID for _amount, status in found):
            # Of equal ones the first that came.
            lowest = min(found, key=lambda bid: bid[0])
            if lowest[1] is BidStatus.DISQUALIFIED:
                yield Group.OCID, one.ocid, ONE


def often_disqualified(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R038: unusually many bids are disqualified by a buyer or a procuring entity, or of a tenderer.

    As Cardinal does, buyers and entities are judged from their least number on counted in bids.
    """
    parts: dict[Group, dict[str, list[bool]]] = {
        group: defaultdict(list) for group in (Group.BUYER, Group.ENTITY, Group.TENDERER)
    }
    for one in processes:
        for bid in one.submitted():
            out = bid.status is BidStatus.DISQUALIFIED
            for group, names in (
                (Group.BUYER, (one.buyer,)), (Group.ENTITY, (one.entity,)), (Group.TENDERER, bid.tenderers),
            ):  # fmt: skip
                for name in filter(None, names):
                    parts[group][name].append(out)
    for group, by in parts.items():
        least = settings.bids if group is Group.TENDERER else settings.processes
        shares = {name: Fraction(sum(outs), len(outs)) for name, outs in by.items() if len(outs) >= least}
        if not shares:
            continue
        fence = settings.threshold if settings.threshold is not None else fences(list(shares.values()))[1]
        # A share of nothing is nothing, wherever the fence lies.
        yield from ((group, name, share) for name, share in shares.items() if share and share >= fence)


def many_kinds(processes: Iterable[Process], settings: Settings) -> Iterator[Result]:
    """R048: a supplier was awarded goods of unusually many kinds, by the first digits of their codes."""
    kinds: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, set[str]] = defaultdict(set)
    for one in processes:
        for award in filter(_is_active, one.awards):
            if len(award.suppliers) == 1 and award.codes:
                [supplier] = award.suppliers
                kinds[supplier] |= {code[: settings.digits] for code in award.codes}
                seen[supplier].add(one.ocid)
    counts = {name: len(codes) for name, codes in kinds.items() if len(seen[name]) >= settings.processes}
    if not counts:
        return
    fence = settings.threshold if settings.threshold is not None else ceil(fences(list(counts.values()))[1])
    yield from ((Group.TENDERER, name, Fraction(count)) for name, count in counts.items() if count >= fence)


def _names(process: Process, status: BidStatus) -> set[str]:
    return {name for bid in process.bids if bid.status is status for name in bid.tenderers}


def _is_active(award: Award) -> bool:
    return award.status is AwardStatus.ACTIVE


INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        "R003": short_notice,
        "R018": single_bid,
        "R024": close_prices,
        "R028": same_prices,
        "R030": late_winner,
        "R035": others_disqualified,
        "R036": lowest_disqualified,
        "R038": often_disqualified,
        "R048": many_kinds,
        "R058": discounted,
    }
)


def indicator(code: str, processes: Iterable[Process], settings: Settings) -> list[Result]:
    """The results of one indicator; what was cancelled is not looked at."""
    return list(INDICATORS[code]((one for one in processes if not one.cancelled), settings))
