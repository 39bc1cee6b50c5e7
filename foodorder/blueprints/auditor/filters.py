"""The line of filters, which is also the address of the page: what is chosen, and what can be."""

import calendar
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from flask import request, url_for

from foodorder.audit import words
from foodorder.audit.selection import CERTIFICATES, Choices, Selection, agreed_lots, choices, recorded_span
from foodorder.blueprints.auditor.counter import institution_id, municipality
from foodorder.db import clock
from foodorder.language import formats, get_locale, gettext
from foodorder.language.times import local
from foodorder.rules.errors import N_

#: Lists of lines alone can be narrowed to these: the first by a box, the others by links of their figures.
LINED = (ORIGIN, AGREEMENT, LOT) = ("origin", "agreement", "lot")
#: Boxes that stand in the line of filters only where they are asked for or in use.
SELDOM = ("food", "cpv", AGREEMENT, LOT)
#: Where this stands beside "food", a page is about one food: the dearest, unless another is chosen.
ONE_FOOD = "one food"

#: Values of ORIGIN.
LOCAL, FAR = "local", "far"
ORIGINS = {LOCAL: N_("Local"), FAR: N_("Not local")}

#: So many months back, unless another period is chosen.
USUAL_MONTHS = 12

Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """One box of the line of filters: options are (value, label), the empty value is "all"."""

    name: str
    label: str
    options: list[Option]
    chosen: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What is chosen: the selection, its address, its boxes, and what of it can be removed."""

    selection: Selection
    #: Of everything that differs from what is usual: parameters of every link of the page.
    args: dict[str, Any]
    boxes: list[Filter]
    #: First and last day of recorded weeks; None before the first close.
    span: tuple[date, date] | None
    several_bases: bool = False
    #: (label, value name) of the filters in use.
    used: list[Option] = field(default_factory=list)

    def chips(self, endpoint: str, **of: Any) -> list[Option]:
        """(label, address without it) of each filter in use; `of`: parameters of the page's own address."""
        return [(label, url_for(endpoint, **of, **self.without(name))) for label, name in self.used]

    def also(self, name: str, label: str, options: list[Option]) -> str:
        """Add a box that a page has of its own, and give back what is chosen of it; empty: all."""
        chosen_there = request.args.get(name, "")
        value = chosen_there if chosen_there in dict(options) else ""
        self.boxes.append(Filter(name, label, [("", gettext("all")), *options], value))
        if value:
            self.used.append((dict(options)[value], name))
            self.args[name] = value
        return value

    def without(self, *names: str) -> dict[str, Any]:
        """The parameters of the page's address without some of them."""
        return {key: value for key, value in self.args.items() if key not in names}

    @property
    def for_sums(self) -> dict[str, Any]:
        """Those that a page of sums understands too."""
        return self.without(*LINED)

    @property
    def carried(self) -> list[Option]:
        """(name, value) of the filters in use that have no box, so that the others can be changed beside."""
        boxes = {box.name for box in self.boxes}
        return [(name, self.args[name]) for _, name in self.used if name not in boxes]

    @property
    def period(self) -> str:
        """The days chosen, in words."""
        return formats.days_between(self.selection.first, self.selection.last, year=True)


def chosen(boxes: Collection[str] = ()) -> Filters:
    """The filters of this request; what is not understood is left out.

    `boxes`: which of SELDOM to show, ORIGIN where lines are listed, ONE_FOOD where all foods make no sense.
    """
    of, only = municipality(), institution_id()
    today = local(clock()).date()
    span = recorded_span(of.id)
    there = choices(of.id)
    first, last = _period(today)
    usual = _usual(today)
    args: dict[str, Any] = {}
    if (first, last) != usual:
        args.update({"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"})
    options = _options(there)
    if ORIGIN in boxes:
        options |= _lined()
    used: list[Option] = []
    picked: dict[str, str | None] = {}
    for name, labels in options.items():
        value = request.args.get(name, "")
        label = dict(labels).get(value)
        picked[name] = value if label else None
        if label:
            args[name] = value
            used.append((label, name))
    cpv = _cpv()
    if cpv:
        args["cpv"] = cpv
        used.append((gettext("CPV %(code)s", code=cpv), "cpv"))
    selection = Selection(
        of.id,
        first,
        last,
        only or _number(picked["institution"]),
        _number(picked["producer"]),
        _number(picked["group"]),
        picked["basis"],
        picked["certificate"],
        _number(picked["food"]),
        cpv,
        picked[ORIGIN] == LOCAL if picked.get(ORIGIN) else None,
        _number(picked.get(AGREEMENT)),
        _number(picked.get(LOT)),
    )
    shown = [name for name in options if name not in SELDOM or name in boxes or picked[name]]
    if only is not None:
        shown.remove("institution")
    every = {"food": gettext("with the largest sum")} if ONE_FOOD in boxes else {}
    line = _boxes({name: options[name] for name in shown}, picked, first, last, _months(span, usual), every)
    return Filters(selection, args, line, span, len(there.bases) > 1, used)


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _cpv() -> str | None:
    """The first two to eight digits of a code of the common procurement vocabulary."""
    asked = request.args.get("cpv", "")
    return asked if asked.isascii() and asked.isdecimal() and 2 <= len(asked) <= 8 else None


def _options(there: Choices) -> dict[str, list[Option]]:
    slovene = get_locale().language == "sl"
    return {
        "institution": [(str(one), name) for one, name in there.institutions],
        "producer": [(str(one), name) for one, name in there.producers],
        "group": [(str(one), name_sl if slovene else name_en) for one, name_sl, name_en in there.groups],
        "food": [(str(one), name_sl if slovene else name_en) for one, name_sl, name_en in there.foods],
        "basis": [(code, words.basis(code)) for code in there.bases],
        "certificate": [(code, words.certificate(code)) for code in CERTIFICATES],
    }


def _lined() -> dict[str, list[Option]]:
    """What lists of lines can be narrowed to besides; agreements only for who sees the whole municipality."""
    found = {ORIGIN: [(code, gettext(label)) for code, label in ORIGINS.items()]}
    if institution_id() is None and {AGREEMENT, LOT} & set(request.args):
        agreements, lots = agreed_lots(municipality().id)
        found[AGREEMENT] = [(str(one), name) for one, name in agreements.items()]
        found[LOT] = [(str(one), name) for one, name in lots.items()]
    return found


def _boxes(
    options: dict[str, list[Option]],
    picked: dict[str, str | None],
    first: date,
    last: date,
    months: list[Option],
    every: dict[str, str],
) -> list[Filter]:
    """`every`: what a box says that does not limit, where that is not all."""
    labels: dict[str, Any] = {
        "institution": gettext("Institution"),
        "producer": gettext("Producer"),
        "group": gettext("Food group"),
        "food": gettext("Food type"),
        "basis": gettext("Lawful basis"),
        "certificate": gettext("Certificate"),
        ORIGIN: gettext("Origin"),
        AGREEMENT: gettext("Agreement"),
        LOT: gettext("Lot"),
    }
    boxes = [
        Filter("from", gettext("From month"), months, f"{first:%Y-%m}"),
        Filter("to", gettext("To month"), months, f"{last:%Y-%m}"),
    ]
    boxes += [
        Filter(
            name, labels[name], [("", every.get(name, gettext("all"))), *options[name]], picked[name] or ""
        )
        for name in options
    ]
    return boxes


def _usual(today: date) -> tuple[date, date]:
    return _months_back(today, USUAL_MONTHS - 1), _end(today)


def _months_back(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _month(name: str) -> date | None:
    try:
        return date.fromisoformat(f"{request.args.get(name, '')}-01")
    except ValueError:
        return None


def _period(today: date) -> tuple[date, date]:
    """From the first day of a month to the last of one; turned round when given the wrong way."""
    first, last = _month("from"), _month("to")
    usual_first, usual_last = _usual(today)
    if first is None and last is None:
        return usual_first, usual_last
    if first is None:
        first = min(usual_first, _months_back(last, USUAL_MONTHS - 1)) if last else usual_first
    last = last or max(usual_last, first)
    first, last = min(first, last), max(first, last)
    return first.replace(day=1), _end(last)


def _months(span: tuple[date, date] | None, usual: tuple[date, date]) -> list[Option]:
    first = min(usual[0], span[0] if span else usual[0]).replace(day=1)
    last = max(usual[1], span[1] if span else usual[1])
    found: list[Option] = []
    while first <= last:
        found.append((f"{first:%Y-%m}", format_date(first, "LLL y", locale=get_locale())))
        first = (first + timedelta(days=32)).replace(day=1)
    return found[::-1]
