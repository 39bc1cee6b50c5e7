"""4. What is bought? By the codes of the common procurement vocabulary, by food group and by food type."""

from collections.abc import Mapping, Sequence

from foodorder.audit.cells import Part, Sums, added, crossed, parts, share_of
from foodorder.audit.charts import bars
from foodorder.audit.charts.treemap import Area, treemap
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Leads, asks, lines
from foodorder.audit.questions.months import row_leads
from foodorder.audit.remembered import spend_compared
from foodorder.audit.tables import name_of
from foodorder.catalogue.cpv import names
from foodorder.language import formats, get_locale, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.cpv import beginning

#: Digits of a division, a group, a class and a category.
LEVELS = (2, 3, 4, 5)
GROUP, CATEGORY = 3, 5


def brief(asked: Asked) -> str:
    """The food group with the largest sum."""
    found, _ = spend_compared(asked.selection, asked.span)
    return _most(found.groups) if found.groups else ""


def answer(asked: Asked) -> Answer:
    """Codes as areas, food groups as bars, food types as a table."""
    found, _ = spend_compared(asked.selection, asked.span)
    if not found.groups:
        return Answer(gettext("Nothing was delivered"))
    codes = {code: sums for (code,), sums in crossed(asked.selection, "cpv").items()}
    foods = parts(
        "food_type_id", {one: of for (one,), of in crossed(asked.selection, "food_type_id").items()}
    )
    return Answer(
        _most(found.groups),
        exhibits=(_codes(asked, codes, found.total), _groups(found.groups), _foods(foods)),
        notes=(
            gettext(
                "Codes are those of the common procurement vocabulary (CPV, Regulation (EC) 213/2008); the"
                " food types of this system carry them. A group, a class and a category narrow the division."
            ),
        ),
    )  # fmt: skip


def _most(groups: Sequence[Part]) -> str:
    total = sum(part.sums.net_cents for part in groups)
    share = formats.share(share_of(groups[0].sums.net_cents, total))
    return gettext("Most is spent on: %(name)s (%(share)s).", name=name_of(groups[0]), share=share)


def levels(codes: Mapping[str, Sums]) -> dict[str, Sums]:
    """Beginnings of codes at every level → sums of what they cover, in the order of the codes."""
    found: dict[str, list[Sums]] = {}
    for code, sums in codes.items():
        for start in dict.fromkeys(beginning(code[:digits].ljust(8, "0")) for digits in LEVELS):
            found.setdefault(start, []).append(sums)
    return {start: added(found[start]) for start in sorted(found)}


def _codes(asked: Asked, codes: Mapping[str, Sums], total: Sums) -> Exhibit:
    found = levels(codes)
    columns = (
        Column("cpv", gettext("CPV code")),
        Column("name", gettext("Name"), share=3),
        Column("lines", gettext("Lines"), Figure.COUNT),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("share", gettext("Share"), Figure.RATE),
    )
    rows = tuple(
        (start, _name(start), of.lines, of.grams, of.net_cents, share_of(of.net_cents, total.net_cents))
        for start, of in found.items()
    )
    sums = (gettext("Together"), "", total.lines, total.grams, total.net_cents, 10_000)
    leads = [_code_leads(start, asked.selection.cpv or "") for start in found]
    areas = _areas(codes)
    largest = max(areas, key=lambda area: area.cents)
    summary = gettext(
        "Areas: net spend by CPV group and category. The largest is %(name)s with %(sum)s.",
        name=largest.name, sum=formats.money(largest.cents),
    )  # fmt: skip
    return Exhibit(
        "codes",
        Table(gettext("By CPV code"), columns, rows, (sums,)),
        leads,
        [row_leads("", "foods", {})],
        draw=lambda width: treemap(areas, width, summary),
    )


def _code_leads(start: str, chosen: str) -> Leads:
    """A code narrows the page; one that is wider than the code chosen already would widen it."""
    narrower = {"cpv": start} if len(start) > len(chosen) else {}
    return {"name": asks("foods", **narrower), **row_leads("cpv", "foods", narrower)}


def _areas(codes: Mapping[str, Sums]) -> list[Area]:
    """Categories within their groups, dearest first."""
    found: dict[str, int] = {}
    for code, sums in codes.items():
        category = beginning(code[:CATEGORY].ljust(8, "0"))
        found[category] = found.get(category, 0) + sums.net_cents
    dearest = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [
        Area(_name(start[:GROUP]), _name(start), formats.money(cents), cents)
        for start, cents in dearest if cents > 0
    ]  # fmt: skip


def _name(start: str) -> str:
    name_sl, name_en = names().get(start, (start, start))
    return name_sl if get_locale().language == "sl" else name_en


def _groups(groups: Sequence[Part]) -> Exhibit:
    return Exhibit(
        "groups",
        _table(gettext("By food group"), Column("food_group", gettext("Food group"), share=2), groups),
        [row_leads("food_group", "foods", {"group": str(part.id)}) for part in groups],
        [row_leads("", "foods", {})],
        draw=lambda width: bars.ranked(groups, width),
        heading=gettext("Which food groups?"),
    )


def _foods(foods: Sequence[Part]) -> Exhibit:
    leads = [
        {
            **row_leads("food", "foods", {"food": str(part.id)}),
            "price": asks("prices", food=part.id),
            "weight": lines(food=part.id),
        }
        for part in foods
    ]
    return Exhibit(
        "food-types",
        _table(gettext("By food type"), Column("food", gettext("Food type"), share=2), foods),
        leads,
        [row_leads("", "foods", {})],
        heading=gettext("Which foods?"),
    )


def _table(name: str, first: Column, found: Sequence[Part]) -> Table:
    columns = (
        first,
        Column("lines", gettext("Lines"), Figure.COUNT),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("share", gettext("Share"), Figure.RATE),
    )
    total = added(part.sums for part in found)

    def row(name: str, of: Sums) -> tuple[str, int, int, int, int | None]:
        return (name, of.lines, of.grams, of.net_cents, share_of(of.net_cents, total.net_cents))

    rows = tuple(row(name_of(part), part.sums) for part in found)
    return Table(name, columns, rows, (row(gettext("Together"), total),))
