"""The rows of the weekly order as the template writes them: nothing left to compute, nothing left to escape.

There may be two thousand offers: words and figures are made once for each value (row_words), a row's HTML is
put together from them (row_html), and the template writes it as it is.
"""

from collections.abc import Mapping

from markupsafe import Markup, escape

from foodorder.blueprints.kitchen import row_words
from foodorder.blueprints.kitchen.filters import Filters, letters
from foodorder.blueprints.kitchen.reasons import ReasonField
from foodorder.blueprints.kitchen.remarks import farm_of
from foodorder.blueprints.kitchen.row_html import UNTYPED, RowWriter, Typed
from foodorder.blueprints.kitchen.rows import Block, Row, Section
from foodorder.language import formats as write
from foodorder.language import get_locale
from foodorder.ordering.market import Food, Line
from foodorder.ordering.options import Option
from foodorder.ordering.page import OrderPage
from foodorder.rules.calendar import falls_on
from foodorder.rules.money import line_net, vat_of
from foodorder.rules.ordering import Cell
from foodorder.rules.quantity import as_typed, to_next_pack

#: Stands for an offer's number in cells that many offers share.
OFFER = "{offer}"
NO_FIELD = "<td></td>"
NOTHING: Mapping[Cell, str] = {}


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
        self.reasons = reasons
        self.language = get_locale().language
        self.door = page.point.id
        self.suffixes = [(day.weekday(), day, f"-{self.door}-{day:%Y%m%d}") for day in page.days]
        self.cells = _by_offer(page.typed)
        #: Offers with something in their fields: typed now, or ordered last week.
        self.touched = self.cells.keys() | {offer for offer, _door, _weekday in page.last}
        self.blanks: dict[int, list[str]] = {}
        self.readonly = "" if page.accepts else " readonly"
        self.narrowed = bool(filters.arguments)
        self.writer = RowWriter(page, options)

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
        lines = [line for line in food.lines if line.published or line.offer in self.cells]
        compared = sum(line.score is not None for line in lines) > 1
        rows = [self.row(line, name, compared) for line in lines]
        return Block(
            food.id,
            name,
            write.unit_label(food.unit),
            self.total_of(food),
            rows,
            all(row.hidden for row in rows),
            any(line.offer in self.cells for line in lines),
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

    def row(self, line: Line, food: str, compared: bool) -> Row:
        offer, farm, tags = line.offer, farm_of(self.page, line), letters(line)
        typed = self.cells.get(offer, NOTHING)
        fields, problems = self.fields(line, typed)
        reason = self.reasons.get(offer)
        hidden = (
            self.narrowed
            and not problems
            and reason is None
            and not self.filters.shows(
                line, tags, bool(typed), lambda: f"{food} {line.name} {farm} {line.village}"
            )
        )
        said = self.said(line, typed) if typed else UNTYPED
        html = self.writer.row(line, farm, tags, fields, said, hidden=hidden, compared=compared)
        return Row(html, problems, reason, hidden)

    def fields(self, line: Line, typed: Mapping[Cell, str]) -> tuple[str, list[tuple[str, str]]]:
        """A cell of the table for each day, and what is wrong in them: (name of the field, sentence).

        There may be ten thousand: those that nothing stands in are made once for each set of days.
        """
        offered = line.days & ~line.closed if line.published else 0
        if line.offer not in self.touched:
            return str(line.offer).join(self.blank(offered)), []
        cells: list[str] = []
        problems: list[tuple[str, str]] = []
        for weekday, day, suffix in self.suffixes:
            cell = Cell(line.offer, self.door, day)
            text = typed.get(cell, "")
            if not text and not offered >> weekday & 1:
                cells.append(NO_FIELD)
                continue
            name = f"q-{line.offer}{suffix}"
            more = f' value="{escape(text)}"' if text else ""
            before = self.page.last.get((line.offer, self.door, weekday))
            if before:
                more += f' placeholder="{as_typed(before)}"'
            problem = self.page.problems.get(cell) if text else None
            if problem:
                problems.append((name, write.refusal(problem)))
                more += f' id="{name}" aria-invalid="true" aria-describedby="e-{name}"'
            cells.append(self.field(str(line.offer), weekday, suffix, more))
        return "".join(cells), problems

    def blank(self, days: int) -> list[str]:
        """The cells of an offer on some days (bitmask), cut where its number stands."""
        if days not in self.blanks:
            cells = (
                self.field(OFFER, weekday, suffix) if days >> weekday & 1 else NO_FIELD
                for weekday, _day, suffix in self.suffixes
            )
            self.blanks[days] = "".join(cells).split(OFFER)
        return self.blanks[days]

    def field(self, offer: str, weekday: int, suffix: str, more: str = "") -> str:
        """A cell to type in; `more` are attributes, ready for HTML."""
        return (
            f'<td><input inputmode="decimal" name="q-{offer}{suffix}" aria-labelledby="d{weekday} n{offer}"'
            f"{more}{self.readonly}></td>"
        )

    def said(self, line: Line, typed: Mapping[Cell, str]) -> Typed:
        """What the order says of an offer, in words."""
        return Typed(
            any(cell.delivery_point == self.door for cell in typed),
            self.sum_of(line, typed),
            self.hint(line, typed),
            self.elsewhere(line, typed),
        )

    def quantities(self, typed: Mapping[Cell, str], here: bool) -> list[tuple[Cell, int]]:
        known = self.page.quantities
        return [
            (cell, known[cell])
            for cell in typed
            if cell in known and (cell.delivery_point == self.door) is here
        ]

    def sum_of(self, line: Line, typed: Mapping[Cell, str]) -> Markup:
        found = self.quantities(typed, True)
        if not found:
            return Markup()
        net = _net(line, found)
        deducts = self.page.row.vat_payer
        return row_words.money(self.language, net if deducts else net + vat_of(net, line.vat_bp))

    def hint(self, line: Line, typed: Mapping[Cell, str]) -> Markup:
        found = self.quantities(typed, True)
        if not found or not line.pack:
            return Markup()
        missing = to_next_pack(sum(quantity for _cell, quantity in found), line.pack)
        return row_words.crate_hint(missing, line) if missing else Markup()

    def elsewhere(self, line: Line, typed: Mapping[Cell, str]) -> str:
        found = self.quantities(typed, False)
        if not found:
            return ""
        net = _net(line, found)
        weight = sum(quantity * line.grams_per_unit for _cell, quantity in found) // 1000
        organic, quality = (
            sum(quantity for cell, quantity in found if falls_on(days, cell.day))
            * line.grams_per_unit
            // 1000
            for days in (line.organic, line.quality)
        )
        return f"{net} {weight} {organic} {quality} {len(found)}"


def _net(line: Line, found: list[tuple[Cell, int]]) -> int:
    """Net cents of quantities of an offer, each at the price of its day."""
    return sum(line_net(line.price_on(cell.day.weekday()), quantity) for cell, quantity in found)


def _by_offer(typed: Mapping[Cell, str]) -> dict[int, dict[Cell, str]]:
    offers: dict[int, dict[Cell, str]] = {}
    for cell, text in typed.items():
        offers.setdefault(cell.offer, {})[cell] = text
    return offers
