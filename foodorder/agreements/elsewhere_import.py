"""Purchases elsewhere from a spreadsheet: read, shown with every error by its line, entered all or none."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from foodorder.agreements import elsewhere
from foodorder.agreements.elsewhere import Purchase
from foodorder.agreements.sheets import Line, plain, read_lines
from foodorder.catalogue.models import FoodType
from foodorder.language import gettext, speaking
from foodorder.language.countries import countries
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.quantity import parse_money, parse_quantity

T = TypeVar("T")

#: Columns of the template → headings by which each is known: Slovene, English, others.
COLUMNS: Mapping[str, Sequence[str]] = {
    "month": ("Mesec", "Month"),
    "food": ("Vrsta živila", "Food type", "Živilo", "Food", "Šifra", "food_type"),
    "kg": ("kg", "kg", "Teža (kg)", "Teža", "Količina (kg)", "Weight (kg)", "Weight"),
    "net": (
        "Neto vrednost (EUR)", "Net value (EUR)", "Neto vrednost", "Vrednost brez DDV", "Net value",
        "net_eur",
    ),
    "scheme": ("Shema kakovosti", "Quality scheme", "Shema", "Scheme"),
    "basis": ("Pravna podlaga", "Lawful basis", "Podlaga", "Basis"),
    "origin": ("Poreklo", "Country of origin", "Država porekla", "Origin"),
    "supplier": ("Dobavitelj", "Supplier"),
    "note": ("Opomba", "Note"),
}  # fmt: skip
NEEDED = ("month", "food", "net")

#: Languages in which names are understood.
LANGUAGES = ("sl", "en")


class MonthUnreadable(Refusal):
    """A month that cannot be read."""

    message = N_("“%(typed)s” is no month. Write it like 2026-11 or 11. 2026.")
    default_field = "month"


class ValueMissing(Refusal):
    """A line without its net value."""

    message = N_("Write the net value.")
    default_field = "net"


class ImportHasErrors(Refusal):
    """A file with errors is not entered at all."""

    message = N_("Nothing was entered: the file has errors.")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as it was understood; what is wrong with it, by column."""

    number: int
    texts: Mapping[str, str]
    purchase: Purchase | None
    errors: tuple[tuple[str, Refusal], ...] = ()
    #: The food type it was understood as.
    food: FoodType | None = None
    #: Whether a standing row says exactly the same: entered twice by mistake, perhaps.
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file: its lines, and what they come to where they are right."""

    lines: tuple[ReadLine, ...]

    @property
    def wrong(self) -> tuple[ReadLine, ...]:
        """Lines with errors."""
        return tuple(line for line in self.lines if line.errors)

    @property
    def purchases(self) -> list[Purchase]:
        """All purchases; raises ImportHasErrors if any line is wrong."""
        if self.wrong:
            raise ImportHasErrors
        return [line.purchase for line in self.lines if line.purchase]


@dataclass(slots=True)
class Words:
    """By what names foods, schemes, bases and countries are known; compared plainly."""

    foods: dict[str, FoodType]
    schemes: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)


def read_file(content: bytes, standing: Iterable[Purchase], *, now: datetime) -> Reading:
    """Understand a file. `standing`: what is entered already. Raises the refusals of `read_lines`."""
    return understand(read_lines(content, COLUMNS, NEEDED), standing, now=now)


def understand(lines: Iterable[Line], standing: Iterable[Purchase], *, now: datetime) -> Reading:
    """Turn texts into purchases, each line with everything that is wrong with it."""
    words = _words()
    known = set(standing)
    foods = frozenset(food.id for food in words.foods.values())
    return Reading(tuple(_read(line, words, known, foods, now) for line in lines))


def _words() -> Words:
    foods: dict[str, FoodType] = {}
    for food in elsewhere.food_types():
        for name in (food.name_en, food.name_sl, food.code):
            foods[plain(name)] = food
    words = Words(foods)
    for language in LANGUAGES:
        with speaking(language):
            for code, scheme in SCHEMES.items():
                words.schemes[plain(gettext(scheme.label))] = code
            for code, label in elsewhere.BASES_ELSEWHERE.items():
                words.bases[plain(gettext(label))] = code
        for code, name in countries(language).items():
            words.countries[plain(name)] = code
    words.schemes |= {plain(code): code for code in SCHEMES} | ALSO_SCHEMES
    words.bases |= {plain(code): code for code in elsewhere.BASES_ELSEWHERE} | ALSO_BASES
    words.countries |= {plain(code): code for code in countries()}
    return words


#: How people shorten these, as `plain` writes them.
ALSO_SCHEMES = {
    "eko": "organic", "bio": "organic", "ekolosko": "organic", "zop": "pdo", "zgo": "pgi", "ztp": "tsg",
    "integrirano": "integrated",
}  # fmt: skip
ALSO_BASES = {
    "pogodba": "contract", "okvirni sporazum": "contract", "sporazum": "contract", "framework": "contract",
    "izloceni sklop": "exempted", "evidencno": "evidence",
}  # fmt: skip

#: Fields of a purchase → columns of the file, where they differ.
FIELDS = {"food_type_id": "food", "net_cents": "net", "grams": "kg"}


class _Cells:
    """The texts of a line while they are read, with what is wrong in each column."""

    def __init__(self, line: Line) -> None:
        self.texts = {key: line.texts.get(key, "") for key in COLUMNS}
        self.errors: list[tuple[str, Refusal]] = []

    def read(self, key: str, read: Callable[[str], T], missing: Refusal | None = None) -> T | None:
        """What a column says; None where it is empty, which is wrong if `missing` says so, or unreadable."""
        try:
            if self.texts[key]:
                return read(self.texts[key])
            if missing is not None:
                raise missing
        except Refusal as reason:
            self.errors.append((key, reason))
        return None


def _read(line: Line, words: Words, known: set[Purchase], foods: frozenset[int], now: datetime) -> ReadLine:
    cells = _Cells(line)
    month = cells.read("month", _month, MonthUnreadable(typed=""))
    food = cells.read("food", _named(words.foods, elsewhere.FoodUnknown()), elsewhere.FoodUnknown())
    grams = cells.read("kg", parse_quantity)
    net = cells.read("net", parse_money, ValueMissing())
    scheme = cells.read("scheme", _named(words.schemes, elsewhere.SchemeUnknown()))
    basis = cells.read("basis", _named(words.bases, elsewhere.BasisUnknown())) or "contract"
    origin = cells.read("origin", _named(words.countries, elsewhere.CountryUnknown()))
    purchase, twice = None, False
    if month is not None and food is not None and net is not None:
        purchase = Purchase(
            month=month, food_type_id=food.id, net_cents=net, grams=grams, scheme=scheme, basis=basis,
            origin=origin, supplier=cells.texts["supplier"] or None, note=cells.texts["note"] or None,
        )  # fmt: skip
        cells.errors += [
            (FIELDS.get(reason.field or "", reason.field or "food"), reason)
            for reason in elsewhere.check(purchase, foods=foods, now=now)
        ]
        twice = purchase in known
        known.add(purchase)
    right = None if cells.errors else purchase
    return ReadLine(line.number, cells.texts, right, tuple(cells.errors), food, twice)


def _named(names: Mapping[str, T], refusal: Refusal) -> Callable[[str], T]:
    """Look a name up; the refusal is raised for one that nobody knows."""

    def look_up(text: str) -> T:
        found = names.get(plain(text))
        if found is None:
            raise refusal
        return found

    return look_up


_YEAR_FIRST = re.compile(r"(\d{4})[-./ ]+(\d{1,2})(?:[-./ ]+\d{1,2})?(?:[T ].*)?")
_MONTH_FIRST = re.compile(r"(?:\d{1,2}[. /]+ *)?(\d{1,2})[-./ ]+ *(\d{4})")


def _month(text: str) -> date:
    """The first day of a month: 2026-11, 2026-11-30, 11/2026, 11. 2026, 30. 11. 2026."""
    tidy = " ".join(text.split())
    year_first, month_first = _YEAR_FIRST.fullmatch(tidy), _MONTH_FIRST.fullmatch(tidy)
    if year_first:
        year, month = int(year_first[1]), int(year_first[2])
    elif month_first:
        year, month = int(month_first[2]), int(month_first[1])
    else:
        raise MonthUnreadable(typed=tidy[:40])
    try:
        return date(year, month, 1)
    except ValueError as error:
        raise MonthUnreadable(typed=tidy[:40]) from error
