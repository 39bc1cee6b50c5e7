"""An offer's row of the weekly order as HTML.

Written here and not in the template, for there may be two thousand, and a template escapes each word of each
anew. Whatever is put together here is a number, a constant or Markup: row_words escapes every word, once for
its value, and what many rows share is kept whole.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from flask import url_for
from markupsafe import Markup, escape

from foodorder.blueprints.kitchen import row_words as words
from foodorder.blueprints.shared.icons import icon_ref
from foodorder.language import get_locale
from foodorder.ordering.market import Line, Mark
from foodorder.ordering.options import Option
from foodorder.ordering.page import OrderPage
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import N_

ENDED = N_("This offer has ended.")
INSTEAD = N_("What may come instead?")
LEFT = N_("left")
WHY = N_("Why?")


@lru_cache(maxsize=5_000)
def seller(language: str, farm: str, village: str, metres: int) -> str:
    """Who sells it, and how far away it grew."""
    place = f"{words.plain(village)} · {words.distance(language, metres)}"
    return f'<b>{words.plain(farm)}</b> <span class="w">{place}</span>'


@lru_cache(maxsize=5_000)
def marks(language: str, held: tuple[Mark, ...], days: int) -> str:
    """The certificates that are valid on some of the days, and on which if not on all."""
    return "".join(_mark(language, scheme, valid & days, days) for scheme, valid in held if valid & days)


def _mark(language: str, scheme: str, valid: int, days: int) -> str:
    kind, icon = ("organic", "flower1") if scheme == "organic" else ("scheme", "award")
    when = "" if valid == days else f" ({words.weekdays(language, valid)})"
    label = words.word(language, SCHEMES[scheme].label)
    return f' <span class="m {kind}">{icon_ref(icon)}{label}{when}</span>'


@lru_cache(maxsize=20_000)
def price(language: str, cents: int, unit: str) -> str:
    """The cell of the price as paid for one unit."""
    per = words.unit(language, unit)
    return f'<td class="p">{words.money(language, cents)}<span class="u">/{per}</span></td>'


@lru_cache(maxsize=20_000)
def left(
    language: str, stock_kind: str, available: int | None, taken: int, left: int | None, unit: str
) -> str:
    """The cell of what there is; to a bare quantity a telephone adds the word."""
    how = "l low" if left == 0 else "l"
    more = "" if left is None else f'<span class="u"> {words.word(language, LEFT)}</span>'
    return f'<td class="{how}">{words.left(language, stock_kind, available, taken, left, unit)}{more}</td>'


@lru_cache(maxsize=5_000)
def allergens(contained: tuple[int, ...], traces: tuple[int, ...]) -> str:
    """Numbers of Annex II, for the filter of the scripts."""
    numbers = " ".join(map(str, sorted({*contained, *traces})))
    return f' data-a="{numbers}"' if numbers else ""


def numbers(line: Line) -> str:
    """What the scripts need to know of an offer (order.js reads them in this order).

    Where its price changes in the week also the net cents of one unit on each weekday.
    """
    known = (
        f"{line.producer} {line.price_cents} {line.vat_bp} {line.step} {line.grams_per_unit} {line.pack or 0}"
        f" {line.minimum} {line.organic} {line.quality} {words.plain(line.unit)}"
    )
    left = "" if line.left is None else f" {line.left}"
    if line.by_day is None:
        return f' data-r="{known}{left}"'
    prices = " ".join(str(line.price_on(weekday)) for weekday in range(7))
    return f' data-r="{known}{left}" data-p="{prices}"'


class Typed(NamedTuple):
    """What an order says of an offer; empty where it says nothing."""

    #: Whether something is typed at this door.
    has: bool = False
    #: What it comes to at this door, and what is missing to the next crate.
    sum: Markup = Markup()
    hint: Markup = Markup()
    #: At the kitchen's other doors: net cents, grams, organic grams, quality schemes' grams, lines.
    elsewhere: str = ""


UNTYPED = Typed()


class RowWriter:
    """Writes the rows of one page."""

    def __init__(self, page: OrderPage, options: Mapping[int, Option]) -> None:
        cycle = page.row.cycle_id
        self.options = options
        self.language = get_locale().language
        self.basis_url = escape(url_for(".basis", cycle_id=cycle, offer_id=0)[:-1])
        self.compare_url = escape(url_for(".compare", cycle_id=cycle, food_type_id=0)[:-1])
        self.options_url = escape(url_for(".options", cycle_id=cycle))
        self.substitutes_url = escape(url_for(".substitutes", cycle_id=cycle))
        self.at_door = f"?point={page.point.id}" if len(page.points) > 1 else ""

    def row(
        self, line: Line, farm: str, tags: str, fields: str, typed: Typed, *, hidden: bool, compared: bool
    ) -> Markup:
        """The whole row. `fields` are its cells to type in, `farm` and `tags` are still plain text."""
        language, offer = self.language, line.offer
        refused = line.published and line.refusal is not None
        state = "".join(
            (
                f' data-e="{typed.elsewhere}"' if typed.elsewhere else "",
                ' class="has"' if typed.has else ' class="no"' if refused else "",
                " hidden" if hidden else "",
            )
        )
        barred = refused or line.closed
        below = self.below(line, farm, typed) if barred or typed.hint or not line.published else ""
        return Markup(  # noqa: S704
            f'<tr id="o{offer}"{numbers(line)} data-t="{words.plain(tags)}"'
            f'{allergens(line.allergens, line.traces)}{state}><th scope="row" id="n{offer}">'
            f"{seller(language, farm, line.village, line.metres)}{marks(language, line.marks, line.days)}"
            f'<div class="v">{self.about(line, compared)}</div>{below}</th>'
            f"{price(language, line.paid_cents, line.unit)}"
            f"{left(language, line.stock_kind, line.available, line.taken, line.left, line.unit)}"
            f'{fields}<td class="s">{typed.sum}</td></tr>'
        )

    def about(self, line: Line, compared: bool) -> str:
        """What it is, and on which basis, with how many points and how it is ordered."""
        language, offer = self.language, line.offer
        parts: list[str] = [words.plain(line.name)]
        details = words.details(language, line.unit, line.pack, line.minimum, line.allergens, line.traces)
        if details:
            parts.append(details)
        if basis := words.bases(language, line):
            parts.append(f'<a href="{self.basis_url}{offer}">{basis}</a>')
        if compared and line.score is not None:
            points = words.points(language, line.score)
            parts.append(f'<a href="{self.compare_url}{line.food_type_id}{self.at_door}">{points}</a>')
        if (said := self.options.get(offer)) and (option := words.option(language, said)):
            parts.append(f'<a href="{self.options_url}">{option}</a>')
        return " · ".join(parts)

    def below(self, line: Line, farm: str, typed: Typed) -> str:
        """Why it cannot be ordered, that it has ended, what is missing to the next crate."""
        language, seller = self.language, words.plain(farm)
        parts = []
        if line.published and (line.refusal or line.closed):
            of = f'<span class="visually-hidden"> {seller}</span>'
            why = f'<a href="{self.basis_url}{line.offer}">{words.word(language, WHY)}{of}</a>'
            barred = words.barred(language, line)
            parts.append(f'<div class="{"x" if typed.has else "v"}">{barred} {why}</div>')
        if not line.published:
            of = f'<span class="visually-hidden"> {seller}, {words.plain(line.name)}</span>'
            instead = f'<a href="{self.substitutes_url}">{words.word(language, INSTEAD)}{of}</a>'
            parts.append(f'<div class="x">{words.word(language, ENDED)} {instead}</div>')
        if typed.hint:
            parts.append(f'<div class="h">{typed.hint}</div>')
        return "".join(parts)
