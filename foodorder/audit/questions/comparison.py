"""11. Do we feed people as others do? Money and weight for a person and day, by kitchen, kind and place."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from foodorder.accounts.models import InstitutionKind
from foodorder.audit.cells import share_of
from foodorder.audit.charts.marked import Bar, marked
from foodorder.audit.comparison import ENOUGH, Band, Compared, Eaten, Kitchen, band, compared, together
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Headline, Lead, Leads, asks, lines, thing
from foodorder.audit.questions.shares import certified_lines
from foodorder.audit.window.scope import REGIONS
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table
from foodorder.rules.errors import N_

KINDS: Mapping[str, str] = MappingProxyType(
    {
        InstitutionKind.KINDERGARTEN: N_("Kindergartens"),
        InstitutionKind.SCHOOL: N_("Primary schools"),
        InstitutionKind.SECONDARY_SCHOOL: N_("Secondary schools"),
        InstitutionKind.HOME: N_("Homes for the elderly"),
    }
)
#: Kitchens in the drawing; the table has all.
DRAWN = 24


def brief(asked: Asked) -> str:
    """What is spent for a person and day."""
    return _sentence(compared(asked.selection))


def answer(asked: Asked) -> Answer:
    """Own kitchens beside those of the region, by kind and by municipality."""
    found = compared(asked.selection)
    own = together(found.own)
    if not found.own or own.cents_a_day is None:
        return Answer(
            gettext("Nothing can be compared: nothing was bought, or nobody has written head-counts")
        )
    return Answer(
        _sentence(found),
        figures=(
            Headline(gettext("Net for a person and day"), _money(own.cents_a_day), lead=lines()),
            Headline(
                gettext("Weight for a person and day"), formats.weight(_whole(own.grams_a_day)), lead=lines()
            ),
            Headline(gettext("People fed"), formats.number(own.persons), lead=_counted()),
        ),
        exhibits=(_kitchens(asked, found), _kinds(found), _municipalities(asked, found)),
        notes=(
            gettext(
                "A person and day: one person who eats there, without the staff, on one day on which a"
                " recorded week delivered (schools: on which they cook). Head-counts are those of today; what"
                " kitchens buy elsewhere is not known here."
            ),
            gettext(
                "Others are the kitchens of the region’s other municipalities. They are told together, never"
                " of fewer than %(enough)s municipalities; a municipality is named only where it shows its"
                " figures to everybody.",
                enough=ENOUGH,
            ),
        ),
    )  # fmt: skip


def _sentence(found: Compared) -> str:
    own = together(found.own)
    if own.cents_a_day is None:
        return ""
    around = _around(found)
    if around is None:
        return gettext("%(sum)s net for a person and day.", sum=_money(own.cents_a_day))
    return gettext(
        "%(sum)s net for a person and day; the median of the region’s municipalities is %(median)s.",
        sum=_money(own.cents_a_day), median=_money(around.median),
    )  # fmt: skip


def _around(found: Compared) -> Band | None:
    """The band of the region's other municipalities, each as one value."""
    values = [
        of.cents_a_day for one, of in found.municipalities() if one.municipality_id != found.municipality_id
    ]
    return band(value for value in values if value is not None)


def _money(cents: Fraction) -> str:
    return formats.money(_whole(cents))


def _whole(value: Fraction | None) -> int:
    """Half up."""
    return int((value or Fraction(0)) + Fraction(1, 2))


def kind(code: str) -> str:
    """A kind of kitchens in words."""
    return gettext(KINDS[code])


def _cells(of: Eaten) -> tuple[int | None, ...]:
    return (
        of.persons, of.person_days, of.net_cents,
        None if of.cents_a_day is None else _whole(of.cents_a_day),
        None if of.grams_a_day is None else _whole(of.grams_a_day),
        share_of(of.organic_grams, of.grams), share_of(of.local_grams, of.grams),
    )  # fmt: skip


def _behind(asked: Asked, **narrower: str) -> Leads:
    """Money and weight lead to their lines, people to who counted them and when."""
    every = lines(**narrower)
    found = {
        **dict.fromkeys(("net", "net_a_day", "weight_a_day"), every),
        **dict.fromkeys(("persons", "person_days"), _counted(**narrower)),
        "local": lines(**narrower, origin="local"),
    }
    organic = certified_lines(asked, "organic", **narrower)
    return {**found, "organic": organic} if organic else found


def _counted(**whose: str) -> Lead:
    """The trail of the doors, where head-counts are kept."""
    return thing("trail", object="delivery_point", **whose)


def _columns() -> tuple[Column, ...]:
    return (
        Column("persons", gettext("People"), Figure.COUNT),
        Column("person_days", gettext("Persons and days"), Figure.COUNT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("net_a_day", gettext("Net for a person and day"), Figure.MONEY),
        Column("weight_a_day", gettext("Weight for a person and day"), Figure.WEIGHT),
        Column("organic", gettext("Organic"), Figure.RATE),
        Column("local", gettext("Local"), Figure.RATE),
    )


def _kitchens(asked: Asked, found: Compared) -> Exhibit:
    own = sorted(found.own, key=lambda one: (one.kind, -(one.eaten.cents_a_day or 0), one.id))
    bands = {code: found.band(code) for code in {one.kind for one in own}}
    columns = (
        Column("institution", gettext("Institution"), share=2),
        Column("kind", gettext("Kind")),
        *_columns(),
        Column("median", gettext("Median of others of its kind"), Figure.MONEY),
    )
    rows: tuple[Row, ...] = tuple(
        (one.name, kind(one.kind), *_cells(one.eaten), _median(bands[one.kind])) for one in own
    )
    total: Row = (gettext("Together"), None, *_cells(together(own)), None)
    leads: list[Leads] = [
        {"institution": asks("comparison", institution=one.id), **_behind(asked, institution=str(one.id))}
        for one in own
    ]
    bars = [_bar(one, bands[one.kind]) for one in own if one.eaten.cents_a_day is not None][:DRAWN]
    summary = gettext(
        "Bars: net spend for a person and day, by kitchen, with a mark at the median of others."
    )
    words = (gettext("€ for a person and day"), gettext("median of others"))
    return Exhibit(
        "kitchens",
        Table(gettext("By kitchen"), columns, rows, (total,)),
        leads,
        [_behind(asked)],
        draw=lambda width: marked(bars, width, summary, words, ",.2f"),
    )


def _median(around: Band | None) -> int | None:
    return _whole(around.median) if around else None


def _bar(one: Kitchen, around: Band | None) -> Bar:
    value = one.eaten.cents_a_day or Fraction(0)
    above = around is not None and value > around.upper
    return Bar(one.name, float(value) / 100, float(around.median) / 100 if around else None, above)


def _kinds(found: Compared) -> Exhibit:
    columns = (
        Column("kind", gettext("Kind"), share=2),
        Column("own", gettext("Ours, for a person and day"), Figure.MONEY),
        Column("kitchens", gettext("Kitchens of others"), Figure.COUNT),
        Column("lower", gettext("Lower quartile"), Figure.MONEY),
        Column("median", gettext("Median"), Figure.MONEY),
        Column("upper", gettext("Upper quartile"), Figure.MONEY),
    )
    rows: list[Row] = []
    for code in KINDS:
        own = together(one for one in found.own if one.kind == code)
        around = found.band(code)
        if own.cents_a_day is None and around is None:
            continue
        mine = None if own.cents_a_day is None else _whole(own.cents_a_day)
        rows.append((kind(code), mine, *_told(around)))
    return Exhibit(
        "kinds",
        Table(gettext("By kind of kitchen"), columns, tuple(rows)),
        [{"own": asks("comparison", _anchor="kitchens")}] * len(rows),
        heading=gettext("Kindergartens and schools beside those of others"),
    )


def _told(around: Band | None) -> tuple[int | None, ...]:
    if around is None:
        return None, None, None, None
    return around.count, _whole(around.lower), _whole(around.median), _whole(around.upper)


def _municipalities(asked: Asked, found: Compared) -> Exhibit:
    columns = (Column("municipality", gettext("Municipality"), share=2), *_columns())
    told = found.municipalities()
    named = [
        (one, of) for one, of in told if one.municipality_id == found.municipality_id or one.is_open
    ]  # fmt: skip
    rows: list[Row] = [(one.municipality, *_cells(of)) for one, of in named]
    leads: list[Leads] = [
        _behind(asked) if one.municipality_id == found.municipality_id else {} for one, _ in named
    ]
    around = _around(found)
    if around:
        for label, value in (
            (gettext("Lower quartile"), around.lower), (gettext("Median"), around.median),
            (gettext("Upper quartile"), around.upper),
        ):  # fmt: skip
            rows.append((label, None, None, None, _whole(value), None, None, None))
    region = gettext("region %(region)s", region=REGIONS.get(found.region or "", found.region or "–"))
    return Exhibit(
        "municipalities",
        Table(gettext("By municipality, %(region)s", region=region), columns, tuple(rows)),
        leads,
        heading=gettext("Our municipality beside others"),
    )
