"""Figures and words of the weekly order's rows, each formatted and escaped once for a value and a language.

They are ready for HTML: whatever comes out of here may be put into a page as it is.
"""

from functools import lru_cache

from markupsafe import Markup, escape

from foodorder.blueprints.shared import scores
from foodorder.catalogue.models import StockKind
from foodorder.language import formats as write
from foodorder.language import gettext
from foodorder.ordering.market import Line
from foodorder.ordering.options import USUAL_FUNDING, USUAL_SUBSTITUTION, Option
from foodorder.rules.agreements import BASES, FUNDINGS, SUBSTITUTIONS, Basis
from foodorder.rules.allergens import ALLERGENS


@lru_cache(maxsize=20_000)
def plain(text: str) -> Markup:
    """What somebody typed: a name of a farm, a product, a village."""
    return escape(text)


@lru_cache(maxsize=20_000)
def money(language: str, cents: int) -> Markup:
    """A sum of money."""
    return escape(write.money(cents))


@lru_cache(maxsize=20_000)
def amount(language: str, milli: int, unit: str) -> Markup:
    """A quantity (thousandths) with its unit."""
    return escape(write.amount(milli, unit))


@lru_cache(maxsize=2_000)
def distance(language: str, metres: int) -> Markup:
    """How far a farm lies."""
    return escape(write.distance(metres))


@lru_cache(maxsize=200)
def unit(language: str, code: str) -> Markup:
    """A unit as it stands after "per"."""
    return escape(write.unit_label(code))


@lru_cache(maxsize=200)
def weekdays(language: str, days: int) -> Markup:
    """A set of weekdays (bitmask)."""
    return escape(write.weekdays(days))


@lru_cache(maxsize=2_000)
def word(language: str, message: str) -> Markup:
    """A sentence of ours without placeholders, by its English words."""
    return escape(gettext(message))


@lru_cache(maxsize=5_000)
def details(
    language: str,
    unit: str,
    pack: int | None,
    minimum: int,
    allergens: tuple[int, ...],
    traces: tuple[int, ...],
) -> Markup:
    """How an offer is packed and what is in it."""
    words = []
    if pack:
        words.append(gettext("in crates of %(pack)s", pack=write.amount(pack, unit)))
    if minimum:
        words.append(gettext("at least %(minimum)s", minimum=write.amount(minimum, unit)))
    if allergens:
        words.append(gettext("contains %(allergens)s", allergens=_names(allergens)))
    if traces:
        words.append(gettext("traces of %(allergens)s", allergens=_names(traces)))
    return escape(" · ".join(words))


def _names(allergens: tuple[int, ...]) -> str:
    return ", ".join(gettext(ALLERGENS[number]) for number in allergens)


@lru_cache(maxsize=20_000)
def left(
    language: str, stock_kind: str, available: int | None, taken: int, left: int | None, unit: str
) -> Markup:
    """How much there is of an offer."""
    if stock_kind == StockKind.UNLIMITED or available is None:
        return escape(gettext("no limit"))
    if stock_kind == StockKind.SHARE:
        return escape(
            gettext(
                "%(asked)s asked of %(available)s",
                asked=write.amount(taken),
                available=write.amount(available, unit),
            )
        )
    return escape(write.amount(left or 0, unit))


@lru_cache(maxsize=50)
def basis(language: str, basis: Basis) -> Markup:
    """A lawful basis in a word; nothing where the municipality asks for none."""
    return Markup() if basis is Basis.UNCLASSIFIED else escape(gettext(BASES[basis]))


def bases(language: str, line: Line) -> Markup:
    """The lawful basis of an offer in a word; of one that changes within the week, of each of its days.

    "Mon, Tue: Call-off, 1.20 €; Wed: Evidence order, 1.50 €": the price only where it changes too.
    """
    if line.by_day is None:
        return basis(language, line.basis.basis) if line.basis else Markup()
    several = len({one.paid_cents for one in line.by_day.values() if one.basis}) > 1
    days: dict[str, int] = {}
    for weekday, one in line.by_day.items():
        if one.basis:
            words = basis(language, one.basis.basis)
            price = f", {money(language, one.paid_cents)}" if several else ""
            days[f"{words}{price}"] = days.get(f"{words}{price}", 0) | 1 << weekday
    if len(days) == 1 and not line.closed:
        return Markup(next(iter(days)))  # noqa: S704 - made of Markup
    return Markup("; ").join(
        Markup(f"{weekdays(language, mask)}: {words}")  # noqa: S704 - made of Markup
        for words, mask in days.items()
    )


def barred(language: str, line: Line) -> Markup:
    """Why an offer cannot be ordered, or on which days, in a few words.

    The sentence stands on the page of its basis.
    """
    if line.refusal is None:
        return escape(gettext("%(days)s: no lawful basis.", days=write.weekdays(line.closed)))
    short = line.refusal.short
    return word(language, short) if short else escape(write.refusal(line.refusal))


@lru_cache(maxsize=20_000)
def points(language: str, score: int) -> Markup:
    """Points of a comparison (hundredths)."""
    return escape(gettext("%(points)s of 100 points", points=scores.points(score)))


@lru_cache(maxsize=50)
def option(language: str, said: Option) -> Markup:
    """What is said of an order's offer, where it is not the usual."""
    words = []
    if said.funding is not USUAL_FUNDING:
        words.append(gettext(FUNDINGS[said.funding]))
    if said.substitution is not USUAL_SUBSTITUTION:
        label = gettext(SUBSTITUTIONS[said.substitution])
        words.append(gettext("substitute: %(said)s", said=label.lower()))
    return escape(" · ".join(words))


def crate_hint(missing: int, line: Line) -> Markup:
    """What is missing to the next whole crate."""
    return escape(gettext("%(missing)s to the next crate", missing=write.amount(missing, line.unit)))
