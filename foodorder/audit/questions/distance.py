"""10. How far does it travel? Distance and an estimate of the greenhouse gas of bringing it."""

from collections.abc import Mapping
from typing import Any

from foodorder.audit.cells import Part, Sums, parts, share_of
from foodorder.audit.charts.standing import standing
from foodorder.audit.questions.frame import (
    Answer,
    Asked,
    Exhibit,
    Headline,
    Leads,
    asks,
    in_month,
    lines,
)
from foodorder.audit.tables import name_of
from foodorder.audit.transport import Stops, Way, by, factors, haul, stops_of, whole
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table
from foodorder.rules.errors import Amount
from foodorder.rules.transport import Factors, Haul


def brief(asked: Asked) -> str:
    """How far a kilogram came."""
    found = haul(asked.selection)
    return _sentence(found) if found.grams else ""


def answer(asked: Asked) -> Answer:
    """Distance, stops and estimated emissions by month, producer and institution."""
    stops = stops_of(asked.selection)
    found = whole(asked.selection, stops)
    if not found.haul.grams:
        return Answer(gettext("Nothing was delivered"))
    known = factors(min(asked.selection.last, asked.today))
    exhibits = [_months(asked, found, known, stops), _parts(asked, "producer", known, stops)]
    if asked.selection.institution_id is None:
        exhibits.append(_parts(asked, "institution", known, stops))
    return Answer(_sentence(found.haul), _figures(found, known), tuple(exhibits), _notes(found, known))


def _sentence(found: Haul) -> str:
    return gettext(
        "A kilogram came %(distance)s by air on average, from the farm of origin to the door.",
        distance=formats.distance(found.mean_metres),
    )


def _figures(found: Way, known: Factors | None) -> tuple[Headline, ...]:
    brought = found.haul
    figures = [
        Headline(
            gettext("Tonne-kilometres"), _tenths(brought.tonne_km_tenths), gettext("by air"), lead=lines()
        )
    ]
    if known:
        figures.append(
            Headline(
                gettext("Greenhouse gas, estimated"),
                gettext("%(weight)s CO₂e", weight=formats.weight(brought.co2_grams(known))),
                gettext(
                    "%(weight)s a kilogram of food", weight=formats.weight(brought.co2_per_kg(known) or 0)
                ),
                lead=lines(),
            )
        )
    if found.stops:
        figures.append(
            Headline(
                gettext("Stops"), formats.number(found.stops),
                gettext("%(weight)s at a stop on average", weight=formats.weight(found.grams_per_stop or 0)),
                lead=lines(),
            )
        )  # fmt: skip
    return tuple(figures)


def _tenths(value: int) -> str:
    return formats.number(value // 10) if value >= 1_000 else formats.amount(value * 100)


def _notes(found: Way, known: Factors | None) -> tuple[str, ...]:
    told = [
        gettext(
            "Distance is the straight line from the farm of origin to the door, weighed by kilograms; a stop"
            " is a producer at a door on a day. Of %(share)s of the weight both ends are known.",
            share=formats.share(share_of(found.haul.grams, found.grams)),
        )
    ]
    if known:
        told.append(
            gettext(
                "Greenhouse gas is an estimate: the straight line times %(detour)s for roads (mean of 300"
                " European cities), times %(grams)s of CO₂e for a tonne and kilometre in a diesel van of up"
                " to 3.5 t (conversion factors of the United Kingdom’s government, from tank to wheel)."
                " Tours with several stops and empty returns are not known.",
                detour=formats.amount(known.detour_bp // 10), grams=formats.weight(known.co2_grams),
            )
        )  # fmt: skip
    else:
        told.append(gettext("Greenhouse gas is not estimated: its factors are not known for this time."))
    return tuple(told)


def _columns(known: Factors | None) -> tuple[Column, ...]:
    return (
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("mean_km", gettext("Mean distance, km"), Figure.QUANTITY),
        Column("tonne_km", gettext("Tonne-kilometres"), Figure.QUANTITY),
        *((Column("co2", gettext("CO₂e, estimated"), Figure.WEIGHT),) if known else ()),
        Column("stops", gettext("Stops"), Figure.COUNT),
        Column("weight_per_stop", gettext("Weight at a stop"), Figure.WEIGHT),
    )


def _behind(**narrower: str) -> Leads:
    """Every figure of a row is of the same lines."""
    figures = ("weight", "mean_km", "tonne_km", "co2", "stops", "weight_per_stop")
    return dict.fromkeys(figures, lines(**narrower))


def _values(found: Way, known: Factors | None) -> Row:
    metres = found.haul.mean_metres
    return (
        found.grams, None if metres is None else Amount((metres + 50) // 100 * 100, ""),
        Amount(found.haul.tonne_km_tenths * 100, ""),
        *((found.haul.co2_grams(known),) if known else ()), found.stops, found.grams_per_stop,
    )  # fmt: skip


def _months(asked: Asked, found: Way, known: Factors | None, stops: Stops | None) -> Exhibit:
    told = by(asked.selection, "month", stops)
    columns = (Column("month", gettext("Month"), Figure.DAY), *_columns(known))
    rows: tuple[Row, ...] = tuple((month, *_values(one, known)) for month, one in told.items())
    total: Row = (gettext("Together"), *_values(found, known))
    leads = [{"month": asks("distance", **in_month(month)), **_behind(**in_month(month))} for month in told]
    summary = gettext(
        "Bars: mean distance by air by month, in kilometres; %(distance)s in the whole period.",
        distance=formats.distance(found.haul.mean_metres),
    )
    kilometres = [(one.haul.mean_metres or 0) / 1_000 for one in told.values()]
    return Exhibit(
        "months",
        Table(gettext("Distance by month"), columns, rows, (total,)),
        leads,
        [_behind()],
        draw=lambda width: standing(list(told), kilometres, width, summary, gettext("km by air")),
    )


def _parts(asked: Asked, key: str, known: Factors | None, stops: Stops | None) -> Exhibit:
    column = f"{key}_id"
    told: Mapping[Any, Way] = by(asked.selection, column, stops)
    named: tuple[Part, ...] = parts(column, {one: Sums() for one in told})
    ordered = sorted(named, key=lambda part: (-told[part.id].haul.gram_metres, part.id))
    words = {
        "producer": (gettext("Producer"), gettext("Distance by producer"), gettext("Who comes from where?")),
        "institution": (
            gettext("Institution"), gettext("Distance by institution"), gettext("To whom does it travel?"),
        ),
    }[key]  # fmt: skip
    columns = (Column(key, words[0], share=2), *_columns(known))
    rows: tuple[Row, ...] = tuple((name_of(part), *_values(told[part.id], known)) for part in ordered)
    leads = [{key: asks("distance", **{key: part.id}), **_behind(**{key: str(part.id)})} for part in ordered]
    return Exhibit(f"{key}s", Table(words[1], columns, rows), leads, heading=words[2])
