"""Figures and words of the weekly order's rows, each formatted once for a value and a language."""

from functools import lru_cache

from foodorder.blueprints.shared import scores
from foodorder.language import formats as write
from foodorder.language import gettext
from foodorder.ordering.market import Line
from foodorder.ordering.options import USUAL_FUNDING, USUAL_SUBSTITUTION, Option
from foodorder.rules.agreements import BASES, FUNDINGS, SUBSTITUTIONS, Basis
from foodorder.rules.allergens import ALLERGENS
from foodorder.rules.errors import Refusal


@lru_cache(maxsize=20_000)
def money(language: str, cents: int) -> str:
    """A sum of money."""
    return write.money(cents)


@lru_cache(maxsize=20_000)
def amount(language: str, milli: int, unit: str) -> str:
    """A quantity (thousandths) with its unit."""
    return write.amount(milli, unit)


@lru_cache(maxsize=2_000)
def distance(language: str, metres: int) -> str:
    """How far a farm lies."""
    return write.distance(metres)


@lru_cache(maxsize=500)
def allergens(language: str, numbers: tuple[int, ...]) -> str:
    """Names of allergens."""
    return ", ".join(gettext(ALLERGENS[number]) for number in numbers)


@lru_cache(maxsize=50)
def basis(language: str, basis: Basis) -> str:
    """A lawful basis in a word; nothing where the municipality asks for none."""
    return "" if basis is Basis.UNCLASSIFIED else gettext(BASES[basis])


def barred(refusal: Refusal) -> str:
    """Why an offer cannot be ordered, in a few words: the sentence stands on the page of its basis."""
    return gettext(refusal.short) if refusal.short else write.refusal(refusal)


@lru_cache(maxsize=20_000)
def points(language: str, score: int) -> str:
    """Points of a comparison (hundredths)."""
    return gettext("%(points)s of 100 points", points=scores.points(score))


@lru_cache(maxsize=50)
def option(language: str, said: Option) -> str:
    """What is said of an order's offer, where it is not the usual."""
    words = []
    if said.funding is not USUAL_FUNDING:
        words.append(gettext(FUNDINGS[said.funding]))
    if said.substitution is not USUAL_SUBSTITUTION:
        label = gettext(SUBSTITUTIONS[said.substitution])
        words.append(gettext("substitute: %(said)s", said=label.lower()))
    return " · ".join(words)


def numbers(line: Line) -> str:
    """What the scripts need to know of an offer (order.js reads them in this order)."""
    left = "" if line.left is None else line.left
    return (
        f"{line.producer} {line.price_cents} {line.vat_bp} {line.step} {line.grams_per_unit} {line.pack or 0}"
        f" {line.minimum} {line.organic} {line.unit} {left}"
    ).rstrip()


def crate_hint(missing: int, line: Line) -> str:
    """What is missing to the next whole crate."""
    return gettext("%(missing)s to the next crate", missing=write.amount(missing, line.unit))
