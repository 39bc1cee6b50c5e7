"""Sharing what is scarce: the published rule.

When more is asked of an offer than there is, the close shares it in whole packs (or steps, where there are no
packs), in three rounds:

1. Orders of a single pack are served first. Too little even for these: a lot decides which.
2. Each larger order gets its first pack. Too little for all: a lot decides which.
3. What is left is shared in proportion to what is still asked, by largest remainder; a lot decides ties.

So the small school is not crowded out; once every order has its first pack, who asked for more never gets
less than who asked for less; and nothing that could be given in whole packs is left over. A lot is the
SHA-256 of "seed|key", smallest first: nobody can steer it, and everybody can draw it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from foodorder.rules.errors import N_, Amount, Fact, facts_from_json, facts_to_json

#: What an explanation says, by code; the facts fill the placeholders.
EXPLANATIONS: Mapping[str, str] = MappingProxyType(
    {
        "enough": N_("There was enough for everybody: asked %(asked)s, available %(available)s."),
        "scarce": N_("Asked %(asked)s, available %(available)s, shared in whole portions of %(pack)s."),
        "single_packs": N_("Orders of a single pack came first: %(served)s of %(orders)s were served."),
        "first_packs": N_("Then the first pack of larger orders: %(served)s of %(orders)s were served."),
        "lot": N_("There was too little for all of these, so a lot decided (SHA-256 of “%(seed)s|key”)."),
        "proportional": N_("The remaining %(left)s were shared in proportion to what was still asked."),
        "rest": N_("%(left)s are less than a pack and stay with the producer."),
    }
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one party asks: its key, and the quantity in thousandths, a multiple of the pack."""

    key: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Explained:
    """One sentence of an explanation: a code of EXPLANATIONS and its facts."""

    code: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Shares:
    """The result: what each key is given, in thousandths, and why."""

    given: Mapping[int, int]
    explanation: tuple[Explained, ...]


def explanation_to_json(explanation: Sequence[Explained]) -> list[dict[str, object]]:
    """An explanation as JSON can hold it; `explanation_from_json` gives the same back."""
    return [{"code": step.code, "facts": facts_to_json(step.facts)} for step in explanation]


def explanation_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Explained, ...]:
    """Read an explanation that `explanation_to_json` wrote."""
    return tuple(Explained(step["code"], facts_from_json(step["facts"])) for step in stored)


def lot(seed: str, key: int) -> str:
    """The lot that a key draws: smaller comes first."""
    return sha256(f"{seed}|{key}".encode()).hexdigest()


def share(available: int, pack: int, asks: Sequence[Ask], *, seed: str, unit: str = "KGM") -> Shares:
    """Share what is available among those who ask, by the rule of this module.

    `available`, `pack` and the asks are in thousandths of the unit; pass the step as `pack` where an offer
    has none. Nobody gets more than asked, together they never get more than available, and as many whole
    packs as can be are given. The order of `asks` does not matter.
    Raises ValueError when an ask is negative or not whole packs, or two have one key.
    """
    if any(ask.quantity < 0 or ask.quantity % pack for ask in asks):
        raise ValueError("asks must be whole packs")
    asked = {ask.key: ask.quantity // pack for ask in asks}
    if len(asked) != len(asks):
        raise ValueError("keys must differ")

    available = max(available, 0)  # other cycles may have taken more than there is now
    facts: dict[str, Fact] = {
        "asked": Amount(sum(asked.values()) * pack, unit),
        "available": Amount(available, unit),
    }
    if sum(asked.values()) * pack <= available:
        enough = Explained("enough", facts)
        return Shares({key: packs * pack for key, packs in asked.items()}, (enough,))

    why = [Explained("scarce", {**facts, "pack": Amount(pack, unit)})]
    given = dict.fromkeys(asked, 0)
    left = available // pack

    rounds = (
        ("single_packs", [key for key, packs in asked.items() if packs == 1]),
        ("first_packs", [key for key, packs in asked.items() if packs > 1]),
    )
    for code, keys in rounds:
        if keys:
            served = sorted(keys, key=lambda key: lot(seed, key))[:left]
            given.update(dict.fromkeys(served, 1))
            left -= len(served)
            why.append(Explained(code, {"served": len(served), "orders": len(keys)}))
            if 0 < len(served) < len(keys):
                why.append(Explained("lot", {"seed": seed}))

    if left:
        why.append(Explained("proportional", {"left": Amount(left * pack, unit)}))
        drawn = sorted(asked, key=lambda key: lot(seed, key))
        for key, packs in largest_remainder(left, {key: asked[key] - given[key] for key in drawn}).items():
            given[key] += packs

    if rest := available % pack:
        why.append(Explained("rest", {"left": Amount(rest, unit)}))
    return Shares({key: packs * pack for key, packs in given.items()}, tuple(why))


def largest_remainder(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Split a whole number in proportion to whole weights, by largest remainder; ties: the order of
    `weights`.

    Nobody gets more than their weight. Raises ValueError when `total` is above the sum of weights.
    """
    whole = sum(weights.values())
    if total > whole:
        raise ValueError("more to split than was asked")
    if whole == 0:
        return dict.fromkeys(weights, 0)
    parts = {key: total * weight // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: -(total * weights[key] % whole))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    return parts
