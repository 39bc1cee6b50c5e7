"""3. Who buys from whom? Institutions down, producers across."""

from collections.abc import Mapping, Sequence

from foodorder.audit.cells import Part, crossed
from foodorder.audit.charts.heat import heat
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Leads, asks, lines
from foodorder.audit.remembered import spend_compared
from foodorder.audit.tables import name_of
from foodorder.language import gettext, ngettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table

#: So many producers side by side, dearest first; the rest stands in one column.
ABREAST = 10

#: Net cents by (institution, producer).
Cents = Mapping[tuple[int, int], int]


def brief(asked: Asked) -> str:
    """From how many producers how many institutions buy."""
    found, _ = spend_compared(asked.selection, asked.span)
    return _sentence(found.institutions, found.producers) if found.institutions else ""


def answer(asked: Asked) -> Answer:
    """The matrix with its drawing, and how much of its spend each institution gives to one producer."""
    found, _ = spend_compared(asked.selection, asked.span)
    if not found.institutions:
        return Answer(gettext("Nothing was delivered"))
    crossing = crossed(asked.selection, "institution_id", "producer_id")
    cents = {pair: sums.net_cents for pair, sums in crossing.items()}
    return Answer(
        _sentence(found.institutions, found.producers),
        exhibits=(_matrix(found.institutions, found.producers, cents),),
        notes=(gettext("Producers across stand in the order of what is spent on them in all."),),
    )


def _sentence(institutions: Sequence[Part], producers: Sequence[Part]) -> str:
    buyers = ngettext(
        "%(count)s institution", "%(count)s institutions", len(institutions), count=len(institutions)
    )
    sellers = ngettext("%(count)s producer", "%(count)s producers", len(producers), count=len(producers))
    return gettext("%(institutions)s, %(producers)s.", institutions=buyers, producers=sellers)


def _matrix(institutions: Sequence[Part], producers: Sequence[Part], cents: Cents) -> Exhibit:
    across = producers[:ABREAST] if len(producers) > ABREAST + 1 else producers
    rest = producers[len(across) :]
    table = Table(
        gettext("Institutions and producers"),
        _columns(across, rest),
        tuple(_row(name_of(part), part, across, cents) for part in institutions),
        (_sums(across, rest, producers),),
    )
    squares = {
        (row, column): cents.get((part.id, producer.id), 0)
        for row, part in enumerate(institutions)
        for column, producer in enumerate(across)
    }
    summary = gettext("Squares: net spend by institution and producer, the darker the more.")
    return Exhibit(
        "matrix",
        table,
        [_leads({"institution": str(part.id)}, across) for part in institutions],
        [_leads({}, across)],
        draw=lambda width: heat(
            [name_of(part) for part in institutions], [part.name for part in across], squares, width, summary
        ),
    )


def _columns(across: Sequence[Part], rest: Sequence[Part]) -> tuple[Column, ...]:
    columns = [Column("institution", gettext("Institution"), share=2)]
    columns += [Column(f"producer-{part.id}", part.name, Figure.MONEY) for part in across]
    if rest:
        others = ngettext("the remaining %(count)s", "the remaining %(count)s", len(rest), count=len(rest))
        columns.append(Column("rest", others, Figure.MONEY))
    return (
        *columns,
        Column("producers", gettext("Producers"), Figure.COUNT),
        Column("net", gettext("Together"), Figure.MONEY),
    )


def _row(name: str, part: Part, across: Sequence[Part], cents: Cents) -> Row:
    shown = [cents.get((part.id, producer.id)) for producer in across]
    every = [of for (institution, _), of in cents.items() if institution == part.id]
    rest = [sum(every) - sum(of or 0 for of in shown)] if len(across) < _sellers(cents) else []
    return (name, *shown, *rest, len(every), sum(every))


def _sellers(cents: Cents) -> int:
    return len({producer for _, producer in cents})


def _sums(across: Sequence[Part], rest: Sequence[Part], producers: Sequence[Part]) -> Row:
    return (
        gettext("Together"),
        *(part.sums.net_cents for part in across),
        *([sum(part.sums.net_cents for part in rest)] if rest else []),
        len(producers),
        sum(part.sums.net_cents for part in producers),
    )


def _leads(narrower: Mapping[str, str], across: Sequence[Part]) -> Leads:
    every = lines(**narrower)
    return {
        "institution": asks("months", **narrower),
        "producers": asks("producers", **narrower),
        "net": every,
        "rest": every,
        **{f"producer-{part.id}": lines(**narrower, producer=part.id) for part in across},
    }
