"""2. Who supplies us? Shares of the money, and how concentrated it is."""

from collections.abc import Mapping, Sequence
from datetime import date

from foodorder.audit import tables
from foodorder.audit.cells import Part, Sums, crossed, share_of
from foodorder.audit.charts import bars
from foodorder.audit.queries import Spend
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Headline, asks, lines
from foodorder.audit.questions.months import row_leads
from foodorder.audit.remembered import spend_compared
from foodorder.catalogue.law import ParameterUnknown, value_on
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.concentration import Concentration, concentration, index

#: Keys of the limits between loose, moderate and high concentration: points of the index.
MODERATE, HIGH = "concentration.moderate", "concentration.high"


def brief(asked: Asked) -> str:
    """The largest supplier and its share."""
    found, _ = spend_compared(asked.selection, asked.span)
    return _largest(found.producers) if found.producers else ""


def answer(asked: Asked) -> Answer:
    """Suppliers, dearest first, with their shares; concentration of all and within each food group."""
    found, _ = spend_compared(asked.selection, asked.span)
    if not found.producers:
        return Answer(gettext("Nothing was delivered"))
    day = min(asked.selection.last, asked.today)
    points = index([part.sums.net_cents for part in found.producers])
    figures = [
        Headline(gettext("Producers"), formats.number(len(found.producers)), lead=lines()),
        Headline(
            gettext("Share of the largest"),
            formats.share(share_of(found.producers[0].sums.net_cents, found.total.net_cents)),
            _largest(found.producers),
            lead=lines(producer=found.producers[0].id),
        ),
    ]
    if points is not None:
        figures.append(
            Headline(gettext("Concentration (HHI)"), formats.number(points), told(points, day), lead=lines())
        )
    return Answer(
        _largest(found.producers),
        tuple(figures),
        (
            _producers(found.producers),
            _groups(found, crossed(asked.selection, "food_group_id", "producer_id"), day),
        ),
        (
            gettext(
                "HHI (Herfindahl–Hirschman index): the sum of the squares of all shares of the money in"
                " percent; 10,000 when all goes to one producer, 100 when a hundred have equal shares."
            ),
            gettext(
                "The limits are those of the European Commission’s guidelines on mergers (2004/C 31/03):"
                " above %(moderate)s moderate, above %(high)s high. They are a measure to compare with, not a"
                " rule of procurement; a short supply chain has few producers near by.",
                moderate=formats.number(_limit(MODERATE, day)), high=formats.number(_limit(HIGH, day)),
            ),
        ),
    )  # fmt: skip


def _largest(producers: Sequence[Part]) -> str:
    total = sum(part.sums.net_cents for part in producers)
    share = formats.share(share_of(producers[0].sums.net_cents, total))
    return gettext("%(share)s of the money goes to %(name)s.", share=share, name=producers[0].name)


def told(points: int, day: date) -> str:
    """What an index means, by the limits of a day; nothing where none are entered."""
    moderate, high = _limit(MODERATE, day), _limit(HIGH, day)
    if moderate is None or high is None:
        return ""
    return {
        Concentration.LOOSE: gettext("spread over many"),
        Concentration.MODERATE: gettext("moderately concentrated"),
        Concentration.HIGH: gettext("highly concentrated"),
    }[concentration(points, moderate, high)]


def _limit(key: str, day: date) -> int | None:
    try:
        return value_on(key, day)
    except ParameterUnknown:
        return None


def _producers(producers: Sequence[Part]) -> Exhibit:
    columns = (
        Column("producer", gettext("Producer"), share=2),
        Column("lines", gettext("Lines"), Figure.COUNT),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("share", gettext("Share"), Figure.RATE),
        Column("share_so_far", gettext("Share so far"), Figure.RATE),
    )
    total = sum(part.sums.net_cents for part in producers)
    rows, so_far = [], 0
    for part in producers:
        net = part.sums.net_cents
        so_far += net
        rows.append(
            (part.name, part.sums.lines, part.sums.grams, net, share_of(net, total), share_of(so_far, total))
        )
    every = (
        gettext("Together"), sum(part.sums.lines for part in producers),
        sum(part.sums.grams for part in producers), total, share_of(total, total), None,
    )  # fmt: skip
    return Exhibit(
        "producers",
        Table(gettext("By producer"), columns, tuple(rows), (every,)),
        [row_leads("producer", "months", {"producer": str(part.id)}) for part in producers],
        [row_leads("", "producers", {})],
        draw=lambda width: bars.ranked(producers, width),
    )


def _groups(found: Spend, crossing: Mapping[tuple[int, int], Sums], day: date) -> Exhibit:
    """Each food group: how many supply it, whose share is the largest, how concentrated it is."""
    names = {part.id: part.name for part in found.producers}
    columns = (
        Column("food_group", gettext("Food group"), share=2),
        Column("producers", gettext("Producers"), Figure.COUNT),
        Column("largest", gettext("The largest"), share=2),
        Column("largest_share", gettext("Its share"), Figure.RATE),
        Column("hhi", gettext("HHI"), Figure.COUNT),
        Column("concentration", gettext("Concentration")),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    rows, leads = [], []
    for part in found.groups:
        cents = {one: of.net_cents for (group, one), of in crossing.items() if group == part.id}
        largest = max(cents, key=lambda one: (cents[one], -one))
        points = index(list(cents.values()))
        rows.append(
            (
                tables.name_of(part), len(cents), names[largest],
                share_of(cents[largest], part.sums.net_cents), points,
                told(points, day) if points is not None else "", part.sums.net_cents,
            )
        )  # fmt: skip
        behind = lines(group=part.id)
        leads.append(
            {
                "food_group": asks("producers", group=part.id),
                "producers": asks("producers", group=part.id),
                "largest": asks("producers", group=part.id, producer=largest),
                "largest_share": lines(group=part.id, producer=largest),
                **dict.fromkeys(("net", "hhi"), behind),
            }
        )
    table = Table(gettext("Concentration by food group"), columns, tuple(rows))
    return Exhibit("groups", table, leads, heading=gettext("Where does one producer supply most?"))
