"""Figures and words of the weekly order's rows, each formatted once for a value and a language."""

from functools import lru_cache

from foodorder.accounts.models import ProducerKind
from foodorder.accounts.sellers import SUPPLY, is_direct
from foodorder.blueprints.shared import scores
from foodorder.language import formats as write
from foodorder.language import gettext
from foodorder.ordering.market import Line
from foodorder.ordering.options import USUAL_FUNDING, USUAL_SUBSTITUTION, Option
from foodorder.rules.agreements import BASES, FUNDINGS, SUBSTITUTIONS, Basis
from foodorder.rules.allergens import ALLERGENS


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


def bases(language: str, line: Line) -> str:
    """The lawful basis of an offer in a word; of one that changes within the week, of each of its days.

    "Mon, Tue: Call-off, 1.20 €; Wed: Evidence order, 1.50 €": the price only where it changes too.
    """
    if line.by_day is None:
        return basis(language, line.basis.basis) if line.basis else ""
    several = len({one.paid_cents for one in line.by_day.values() if one.basis}) > 1
    days: dict[str, int] = {}
    for weekday, one in line.by_day.items():
        if one.basis:
            words = basis(language, one.basis.basis)
            words = f"{words}, {money(language, one.paid_cents)}" if several else words
            days[words] = days.get(words, 0) | 1 << weekday
    if len(days) == 1 and not line.closed:
        return next(iter(days))
    return "; ".join(f"{write.weekdays(mask)}: {words}" for words, mask in days.items())


@lru_cache(maxsize=50)
def seller(language: str, kind: str) -> str:
    """Who stands between who grew it and the kitchen; nothing for direct supply, which is the rule."""
    return "" if is_direct(kind) else gettext(SUPPLY[ProducerKind(kind)])


def barred(line: Line) -> str:
    """Why an offer cannot be ordered, or on which days, in a few words.

    The sentence stands on the page of its basis.
    """
    if line.refusal is not None:
        return gettext(line.refusal.short) if line.refusal.short else write.refusal(line.refusal)
    return gettext("%(days)s: no lawful basis.", days=write.weekdays(line.closed))


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


def prices(line: Line) -> str:
    """Net cents of one unit on each weekday, for the scripts: of an offer whose price changes in the week."""
    return " ".join(str(line.price_on(weekday)) for weekday in range(7))


def crate_hint(missing: int, line: Line) -> str:
    """What is missing to the next whole crate."""
    return gettext("%(missing)s to the next crate", missing=write.amount(missing, line.unit))
