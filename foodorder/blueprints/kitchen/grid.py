"""The rows of the weekly order as the template writes them: words and figures ready, nothing left to compute.

There may be two thousand offers: figures are formatted once for each value, and the template has no macro in
its loops.
"""

from collections.abc import Mapping

from markupsafe import Markup, escape

from foodorder.blueprints.kitchen import row_words
from foodorder.blueprints.kitchen.filters import Filters, letters
from foodorder.blueprints.kitchen.reasons import ReasonField
from foodorder.blueprints.kitchen.remarks import farm_of
from foodorder.blueprints.kitchen.rows import Block, Row, Section
from foodorder.catalogue.models import StockKind
from foodorder.language import formats as write
from foodorder.language import get_locale, gettext
from foodorder.ordering.market import Food, Line
from foodorder.ordering.options import Option
from foodorder.ordering.page import OrderPage
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.money import line_net, vat_of
from foodorder.rules.ordering import Cell
from foodorder.rules.quantity import as_typed, to_next_pack


class Grid:
    """Makes the sections of one page."""

    def __init__(
        self,
        page: OrderPage,
        filters: Filters,
        options: Mapping[int, Option],
        reasons: Mapping[int, ReasonField],
    ) -> None:
        self.page = page
        self.filters = filters
        self.options = options
        self.reasons = reasons
        self.language = get_locale().language
        self.door = page.point.id
        self.suffixes = [(day.weekday(), day, f"-{self.door}-{day:%Y%m%d}") for day in page.days]
        self.cells = _by_offer(page.typed)
        self.limitless = gettext("no limit")
        self.readonly = "" if page.accepts else " readonly"

    def sections(self) -> list[Section]:
        """Everything there is, in its order; what the filters leave out is hidden, not missing."""
        sections = []
        for group in self.page.groups:
            blocks = [self.block(food) for food in group.foods]
            blocks = [block for block in blocks if block.rows]
            name = group.name_sl if self.language == "sl" else group.name_en
            if blocks:
                sections.append(Section(group.code, name, blocks, all(block.hidden for block in blocks)))
        return sections

    def block(self, food: Food) -> Block:
        name = (food.name_sl if self.language == "sl" else food.name_en).capitalize()
        rows = [self.row(line, name) for line in food.lines if line.published or line.offer in self.cells]
        return Block(
            food.id,
            name,
            write.unit_label(food.unit),
            len(rows),
            self.total_of(food),
            rows,
            all(row.hidden for row in rows),
            any(row.line.offer in self.cells for row in rows),
            sum(row.line.score is not None for row in rows) > 1,
        )

    def total_of(self, food: Food) -> str:
        """What is ordered of a food at this door, with its unit; nothing when nothing is."""
        ordered = sum(
            quantity
            for line in food.lines
            if line.offer in self.cells
            for _cell, quantity in self.quantities(self.cells[line.offer], True)
        )
        return row_words.amount(self.language, ordered, food.unit) if ordered else ""

    def row(self, line: Line, food: str) -> Row:
        language = self.language
        typed = self.cells.get(line.offer, {})
        tags = letters(line)
        farm = farm_of(self.page, line)
        fields, problems = self.fields(line, typed)
        return Row(
            id=line.offer,
            producer=line.producer,
            farm=farm,
            place=f"{line.village} · {row_words.distance(language, line.metres)}",
            name=line.name,
            details=self.details(line),
            marks=[self.mark(line, mark.scheme, mark.days) for mark in line.marks if mark.days & line.days],
            price=row_words.money(language, line.paid_cents),
            left=self.left(line),
            low=line.left == 0,
            counted=line.left is not None,
            fields=fields,
            sum=self.sum_of(line, typed),
            hint=self.hint(line, typed) if typed else "",
            problems=problems,
            hidden=not problems
            and line.offer not in self.reasons
            and not self.filters.shows(
                line, tags, bool(typed), lambda: f"{food} {line.name} {farm} {line.village}"
            ),
            ended=not line.published,
            basis=row_words.bases(language, line),
            barred=row_words.barred(line) if line.published and (line.refusal or line.closed) else "",
            points=row_words.points(language, line.score) if line.score is not None else "",
            option=row_words.option(language, said) if (said := self.options.get(line.offer)) else "",
            reason=self.reasons.get(line.offer),
            has=any(cell.delivery_point == self.door for cell in typed),
            tags=tags,
            line=line,
            numbers=row_words.numbers(line),
            prices=row_words.prices(line) if line.by_day else "",
            elsewhere=self.elsewhere(line, typed),
            allergens=" ".join(map(str, sorted({*line.allergens, *line.traces}))),
        )

    def fields(self, line: Line, typed: Mapping[Cell, str]) -> tuple[Markup, list[tuple[str, str]]]:
        """A cell of the table for each day, and what is wrong in them: (name of the field, sentence).

        Written here and not in the template, for there may be ten thousand: names are made of numbers, so
        only what was typed needs escaping.
        """
        cells: list[str] = []
        problems: list[tuple[str, str]] = []
        label, last = f"n{line.offer}", self.page.last
        sold = line.days & ~line.closed if line.published else 0
        for weekday, day, suffix in self.suffixes:
            text = typed.get(Cell(line.offer, self.door, day), "") if typed else ""
            if not text and not sold >> weekday & 1:
                cells.append("<td></td>")
                continue
            name = f"q-{line.offer}{suffix}"
            more = f' value="{escape(text)}"' if text else ""
            before = last.get((line.offer, self.door, weekday))
            if before:
                more += f' placeholder="{as_typed(before)}"'
            problem = self.page.problems.get(Cell(line.offer, self.door, day)) if text else None
            if problem:
                problems.append((name, write.refusal(problem)))
                more += f' id="{name}" aria-invalid="true" aria-describedby="e-{name}"'
            cells.append(
                f'<td><input inputmode="decimal" name="{name}" aria-labelledby="d{weekday} {label}"'
                f"{more}{self.readonly}></td>"
            )
        return Markup("".join(cells)), problems  # noqa: S704

    def details(self, line: Line) -> str:
        words = [seller] if (seller := row_words.seller(self.language, line.kind)) else []
        if line.pack:
            words.append(
                gettext("in crates of %(pack)s", pack=row_words.amount(self.language, line.pack, line.unit))
            )
        if line.minimum:
            words.append(
                gettext(
                    "at least %(minimum)s", minimum=row_words.amount(self.language, line.minimum, line.unit)
                )
            )
        if line.allergens:
            words.append(
                gettext(
                    "contains %(allergens)s",
                    allergens=row_words.allergens(self.language, tuple(line.allergens)),
                )
            )
        if line.traces:
            words.append(
                gettext(
                    "traces of %(allergens)s",
                    allergens=row_words.allergens(self.language, tuple(line.traces)),
                )
            )
        return " · ".join(words)

    def mark(self, line: Line, scheme: str, days: int) -> tuple[str, str, str]:
        """(kind, name, the days on which the certificate is valid if not on all)."""
        kind = "organic" if scheme == "organic" else "scheme"
        whole = days & line.days == line.days
        return kind, gettext(SCHEMES[scheme].label), "" if whole else write.weekdays(days & line.days)

    def left(self, line: Line) -> str:
        if line.stock_kind == StockKind.UNLIMITED or line.available is None:
            return self.limitless
        if line.stock_kind == StockKind.SHARE:
            return gettext(
                "%(asked)s asked of %(available)s",
                asked=row_words.amount(self.language, line.taken, ""),
                available=row_words.amount(self.language, line.available, line.unit),
            )
        return row_words.amount(self.language, line.left or 0, line.unit)

    def quantities(self, typed: Mapping[Cell, str], here: bool) -> list[tuple[Cell, int]]:
        known = self.page.quantities
        return [
            (cell, known[cell])
            for cell in typed
            if cell in known and (cell.delivery_point == self.door) is here
        ]

    def sum_of(self, line: Line, typed: Mapping[Cell, str]) -> str:
        found = self.quantities(typed, True) if typed else []
        if not found:
            return ""
        net = _net(line, found)
        deducts = self.page.row.vat_payer
        return row_words.money(self.language, net if deducts else net + vat_of(net, line.vat_bp))

    def hint(self, line: Line, typed: Mapping[Cell, str]) -> str:
        found = self.quantities(typed, True)
        if not found or not line.pack:
            return ""
        missing = to_next_pack(sum(quantity for _cell, quantity in found), line.pack)
        return row_words.crate_hint(missing, line) if missing else ""

    def elsewhere(self, line: Line, typed: Mapping[Cell, str]) -> str:
        found = self.quantities(typed, False) if typed else []
        if not found:
            return ""
        net = _net(line, found)
        weight = sum(quantity * line.grams_per_unit for _cell, quantity in found) // 1000
        organic = sum(
            quantity * line.grams_per_unit
            for cell, quantity in found
            if line.organic >> cell.day.weekday() & 1
        )
        return f"{net} {weight} {organic // 1000} {len(found)}"


def _net(line: Line, found: list[tuple[Cell, int]]) -> int:
    """Net cents of quantities of an offer, each at the price of its day."""
    return sum(line_net(line.price_on(cell.day.weekday()), quantity) for cell, quantity in found)


def _by_offer(typed: Mapping[Cell, str]) -> dict[int, dict[Cell, str]]:
    offers: dict[int, dict[Cell, str]] = {}
    for cell, text in typed.items():
        offers.setdefault(cell.offer, {})[cell] = text
    return offers
