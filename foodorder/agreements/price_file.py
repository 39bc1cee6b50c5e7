"""An award's price list as a spreadsheet says it: each line understood, or with all that is wrong in it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlalchemy import select

from foodorder.accounts.models import Producer
from foodorder.agreements.models import Agreement, AgreementLot
from foodorder.agreements.prices import PriceData, PriceNotPositive
from foodorder.agreements.sheets import Line, plain
from foodorder.agreements.states import present_suppliers
from foodorder.catalogue.models import FoodType, Product
from foodorder.db import db
from foodorder.rules.agreements import AgreementState
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.quantity import UNITS, parse_money

Found = TypeVar("Found")

#: Columns of the template, and the headings by which each is known: Slovene, English, as our own files say.
COLUMNS: Mapping[str, Sequence[str]] = {
    "lot": ("Sklop", "Lot", "Številka sklopa"),
    "producer": ("Ponudnik", "Dobavitelj", "Producer", "Supplier", "Davčna številka", "Tax number"),
    "food": ("Živilo", "Vrsta živila", "Food type", "Food", "Šifra", "food_type"),
    "product": ("Izdelek", "Product"),
    "unit": ("Enota", "Enota mere", "EM", "Unit"),
    "price": (
        "Cena (EUR brez DDV)",
        "Cena",
        "Cena brez DDV",
        "Net price (EUR)",
        "Net price",
        "Price",
        "price_eur",
    ),
    "valid_from": ("Velja od", "Valid from"),
}
NEEDED = ("lot", "producer", "food", "price")

#: How people write units, as `plain` writes them.
UNIT_WORDS = {
    "kg": "KGM", "kilogram": "KGM", "l": "LTR", "liter": "LTR", "litre": "LTR", "kos": "H87", "kom": "H87",
    "pcs": "H87", "piece": "H87",
}  # fmt: skip


class LotUnknown(Refusal):
    """A lot that the agreement does not have."""

    message = N_("The agreement has no lot %(typed)s.")
    default_field = "lot"


class SupplierUnknown(Refusal):
    """A name or tax number that fits no supplier of the lot."""

    message = N_(
        "No supplier of this lot is called “%(typed)s”. Write the name or tax number as in the template."
    )
    default_field = "producer"


class SupplierUnclear(Refusal):
    """A name that several suppliers have."""

    message = N_("Several suppliers are called “%(typed)s”. Write the tax number.")
    default_field = "producer"


class FoodNotInLot(Refusal):
    """A food type that nobody knows, or that the lot does not have."""

    message = N_("Lot %(lot)s has no food type “%(typed)s”. Use the code or the name from the template.")
    default_field = "food"


class ProductUnknown(Refusal):
    """A product that the supplier does not have of this food type."""

    message = N_("The supplier has no product “%(typed)s” of this food type. Leave it empty to mean all.")
    default_field = "product"


class UnitDiffers(Refusal):
    """A price of another unit than the food type's."""

    message = N_("The price is asked for per %(unit)s.")
    default_field = "unit"


class PriceMissing(Refusal):
    """A line without price."""

    message = N_("Write the price, or leave the line out.")
    default_field = "price"


class DayUnreadable(Refusal):
    """A day that cannot be read."""

    message = N_("“%(typed)s” is no day. Write it like 2026-09-01 or 1. 9. 2026.")
    default_field = "valid_from"


class DayMissing(Refusal):
    """In force a new price must say from when."""

    message = N_("Write from which day the price holds.")
    default_field = "valid_from"


class DayOutside(Refusal):
    """A day on which the agreement does not run."""

    message = N_("The agreement runs from %(first)s to %(last)s.")
    default_field = "valid_from"


class TwiceInFile(Refusal):
    """The same thing from the same day with a second price."""

    message = N_("Line %(line)s says another price of the same.")
    default_field = "price"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of the file: its texts by column, what it means, or what is wrong, by column."""

    number: int
    texts: Mapping[str, str]
    price: PriceData | None
    errors: tuple[tuple[str, Refusal], ...] = ()


@dataclass(slots=True)
class Names:
    """By what names the lots, suppliers, foods and products of an agreement are known; compared plainly."""

    agreement: Agreement
    lots: dict[str, AgreementLot] = field(default_factory=dict)
    suppliers: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    foods: dict[tuple[int, str], FoodType] = field(default_factory=dict)
    products: dict[tuple[int, int, str], int] = field(default_factory=dict)


def understand(agreement: Agreement, lines: Iterable[Line]) -> list[ReadLine]:
    """Turn texts into prices of the agreement, each line with everything that is wrong with it."""
    names = _names(agreement)
    seen: dict[object, tuple[int, int]] = {}
    return [_once(_read(line, names), seen) for line in lines]


def _names(agreement: Agreement) -> Names:
    names = Names(agreement)
    producers: dict[int, Producer] = {}
    for lot in agreement.lots:
        names.lots[plain(lot.number)] = lot
        for food in lot.food_types:
            for name in (food.name_en, food.name_sl, food.code):
                names.foods[lot.id, plain(name)] = food
        for one in present_suppliers(lot):
            producers[one.producer_id] = one.producer
            for name in (one.producer.name, one.producer.tax_number, f"SI{one.producer.tax_number}"):
                names.suppliers.setdefault((lot.id, plain(name)), set()).add(one.producer_id)
    found = select(Product).where(Product.producer_id.in_(producers), Product.active)
    for product in db.session.scalars(found.order_by(Product.id)):
        names.products[product.producer_id, product.food_type_id, plain(product.name)] = product.id
    return names


class _Cells:
    """The texts of a line while they are read, with what is wrong in each column."""

    def __init__(self, line: Line) -> None:
        self.texts = {key: line.texts.get(key, "") for key in COLUMNS}
        self.errors: list[tuple[str, Refusal]] = []

    def read(self, key: str, read: Callable[[str], Found]) -> Found | None:
        """What a column says; None where it is wrong."""
        try:
            return read(self.texts[key])
        except Refusal as reason:
            self.errors.append((key, reason))
            return None


def _read(line: Line, names: Names) -> ReadLine:
    cells = _Cells(line)
    lot = cells.read("lot", lambda text: _lot(text, names))
    cents = cells.read("price", _price)
    first = cells.read("valid_from", lambda text: _first_day(text, names.agreement))
    producer = food = product = None
    if lot is not None:
        producer = cells.read("producer", lambda text: _supplier(text, lot, names))
        food = cells.read("food", lambda text: _food(text, lot, names))
    if food is not None:
        unit = food.unit
        cells.read("unit", lambda text: _check_unit(text, unit))
    if producer is not None and food is not None and cells.texts["product"]:
        owner, kind = producer, food.id
        product = cells.read("product", lambda text: _product(text, owner, kind, names))
    price = None
    if not cells.errors and lot and producer and food and cents and first:
        price = PriceData(
            lot_id=lot.id, producer_id=producer, food_type_id=food.id, product_id=product, price_cents=cents,
            valid_from=first,
        )  # fmt: skip
    return ReadLine(line.number, cells.texts, price, tuple(cells.errors))


def _once(line: ReadLine, seen: dict[object, tuple[int, int]]) -> ReadLine:
    """The line, refused when an earlier one says another price of the same."""
    if line.price is None:
        return line
    same = (line.price.key, line.price.valid_from)
    number, cents = seen.setdefault(same, (line.number, line.price.price_cents))
    if cents == line.price.price_cents:
        return line
    return ReadLine(line.number, line.texts, None, (("price", TwiceInFile(line=number)),))


def _lot(text: str, names: Names) -> AgreementLot:
    lot = names.lots.get(plain(text)) or names.lots.get(plain(text).removeprefix("sklop "))
    if lot is None:
        raise LotUnknown(typed=text[:40])
    return lot


def _supplier(text: str, lot: AgreementLot, names: Names) -> int:
    found = names.suppliers.get((lot.id, plain(text)), set())
    if len(found) > 1:
        raise SupplierUnclear(typed=text[:60])
    if not found:
        raise SupplierUnknown(typed=text[:60])
    return next(iter(found))


def _food(text: str, lot: AgreementLot, names: Names) -> FoodType:
    food = names.foods.get((lot.id, plain(text)))
    if food is None:
        raise FoodNotInLot(lot=lot.number, typed=text[:60])
    return food


def _product(text: str, producer_id: int, food_type_id: int, names: Names) -> int:
    product_id = names.products.get((producer_id, food_type_id, plain(text)))
    if product_id is None:
        raise ProductUnknown(typed=text[:60])
    return product_id


def _check_unit(text: str, unit: str) -> None:
    if text and UNIT_WORDS.get(plain(text), text.upper()) != unit:
        raise UnitDiffers(unit=UNITS[unit].symbol)


def _price(text: str) -> int:
    if not text:
        raise PriceMissing
    cents = parse_money(re.sub(r"(?i)\s*EUR\s*$", "", text))
    if cents == 0:
        raise PriceNotPositive
    return cents


_DAYS = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})[./] ?(?P<month>\d{1,2})[./] ?(?P<year>\d{4})"),
)


def _first_day(text: str, agreement: Agreement) -> date:
    if not text:
        if agreement.state != AgreementState.DRAFT:
            raise DayMissing
        return agreement.valid_from
    fits = next((found for form in _DAYS if (found := form.fullmatch(text))), None)
    if fits is None:
        raise DayUnreadable(typed=text[:40])
    try:
        day = date(int(fits["year"]), int(fits["month"]), int(fits["day"]))
    except ValueError as error:
        raise DayUnreadable(typed=text[:40]) from error
    if not agreement.valid_from <= day <= agreement.valid_to:
        raise DayOutside(first=agreement.valid_from, last=agreement.valid_to)
    return day
