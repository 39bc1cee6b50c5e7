"""6. How organic and how local is it? Shares of the weight against the targets of their day."""

from collections.abc import Sequence
from datetime import date

from foodorder.audit import tables
from foodorder.audit.cells import Part, Sums
from foodorder.audit.charts import lines as drawn
from foodorder.audit.green import ORGANIC_TARGET, QUALITY_TARGET
from foodorder.audit.questions.before import moved, stretch
from foodorder.audit.questions.frame import (
    Answer,
    Asked,
    Exhibit,
    Headline,
    Lead,
    Leads,
    asks,
    in_month,
    lines,
)
from foodorder.audit.remembered import spend_compared
from foodorder.catalogue.law import ParameterUnknown, value_on
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table
from foodorder.rules.green import NEAR_METRES, VERDICTS, Base, Share


def brief(asked: Asked) -> str:
    """Both shares of the whole selection."""
    total = spend_compared(asked.selection, asked.span)[0].total
    if not total.lines:
        return ""
    organic, local = formats.share(total.organic_bp), formats.share(total.local_bp)
    return gettext("%(organic)s of the weight is organic, %(local)s local.", organic=organic, local=local)


def answer(asked: Asked) -> Answer:
    """Organic, quality-scheme and local shares by month and by institution, with the targets of the law."""
    found, compared = spend_compared(asked.selection, asked.span)
    if not found.total.lines:
        return Answer(gettext("Nothing was delivered"))
    day = min(asked.selection.last, asked.today)
    certified = {one: certified_lines(asked, one) for one in ("organic", "quality")}
    now, before = (compared.now, compared.before) if compared else (Sums(), Sums())
    days, total = stretch(compared), found.total
    figures = (
        Headline(gettext("Organic, by weight"), formats.share(total.organic_bp),
                 *moved(now.organic_bp, before.organic_bp, days), certified["organic"]),
        Headline(gettext("Quality schemes, by weight"), formats.share(total.quality_bp),
                 *moved(now.quality_bp, before.quality_bp, days), certified["quality"]),
        Headline(gettext("Local, by weight"), formats.share(total.local_bp),
                 *moved(now.local_bp, before.local_bp, days), lines(origin="local")),
    )  # fmt: skip
    exhibits = [_months(asked, found.months, total)]
    if len(found.institutions) > 1:
        exhibits.append(_institutions(asked, found.institutions, total, day))
    return Answer(
        _verdicts(total, day),
        figures,
        tuple(exhibits),
        _notes(),
        (
            (gettext("How far does it travel?"), asks("distance")),
            (gettext("Shares of a year, with purchases elsewhere"), Lead("shares")),
            (gettext("Reports of the law"), Lead("reports")),
        ),
    )


def _verdicts(total: Sums, day: date) -> str:
    told = [
        gettext(
            "%(name)s: %(share)s, target %(target)s – %(verdict)s.",
            name=name, share=formats.share(bp), target=formats.share(target),
            verdict=_verdict(grams, total.grams, target),
        )
        for name, grams, bp, target in (
            (
                gettext("Organic"), total.organic_grams, total.organic_bp,
                target_on(ORGANIC_TARGET, day),
            ),
            (
                gettext("Quality schemes"), total.quality_grams, total.quality_bp,
                target_on(QUALITY_TARGET, day),
            ),
        )
        if target is not None
    ]  # fmt: skip
    told.append(gettext("Local: %(share)s.", share=formats.share(total.local_bp)))
    return " ".join(told)


def _notes() -> tuple[str, ...]:
    return (
        gettext(
            "A kilogram counts as organic, or as of a quality scheme, when its product had such a certificate"
            " on the day of delivery; it counts once, organic first."
        ),
        gettext(
            "Local is what came at most %(distance)s by air from the farm of origin to the door; no law asks"
            " for it.",
            distance=formats.distance(NEAR_METRES),
        ),
        gettext(
            "The base is the food bought through this system in the chosen period; what kitchens buy"
            " elsewhere is in the shares of a year. Pieces and litres are weighed by the factor of their food"
            " type."
        ),
    )  # fmt: skip


def target_on(key: str, day: date) -> int | None:
    """A target of the law in basis points; None where none is entered for the day."""
    try:
        return value_on(key, day)
    except ParameterUnknown:
        return None


def _verdict(grams: int, of: int, target: int | None) -> str:
    if target is None:
        return ""
    return gettext(VERDICTS[Share(grams, of, Base.THROUGH_SYSTEM).verdict(target)])


def _weighed(sums: Sums) -> Row:
    return (
        sums.grams, sums.organic_grams, sums.organic_bp, sums.quality_grams, sums.quality_bp,
        sums.local_grams, sums.local_bp,
    )  # fmt: skip


def _columns(first: Column) -> tuple[Column, ...]:
    return (
        first,
        Column("weight", gettext("All food"), Figure.WEIGHT),
        Column("organic_weight", gettext("Organic"), Figure.WEIGHT),
        Column("organic", gettext("Organic share"), Figure.RATE),
        Column("quality_weight", gettext("Quality schemes"), Figure.WEIGHT),
        Column("quality", gettext("Share of quality schemes"), Figure.RATE),
        Column("local_weight", gettext("Local"), Figure.WEIGHT),
        Column("local", gettext("Local share"), Figure.RATE),
    )


def certified_lines(asked: Asked, certificate: str, **narrower: str) -> Lead | None:
    """The lines with a certificate; a page narrowed to another one has none."""
    if asked.selection.certificate not in (None, certificate):
        return None
    return lines(**narrower, certificate=certificate)


def _leads(asked: Asked, key: str, **narrower: str) -> Leads:
    """Where the figures of a row lead."""
    found = {
        key: asks("shares", **narrower),
        "weight": lines(**narrower),
    }
    found |= dict.fromkeys(("local", "local_weight"), lines(**narrower, origin="local"))
    for certificate in ("organic", "quality"):
        behind = certified_lines(asked, certificate, **narrower)
        if behind:
            found |= {certificate: behind, f"{certificate}_weight": behind}
    return found


def _months(asked: Asked, months: Sequence[tuple[date, Sums]], total: Sums) -> Exhibit:
    table = Table(
        gettext("Organic and local"),
        _columns(Column("month", gettext("Month"), Figure.DAY)),
        tuple((month, *_weighed(sums)) for month, sums in months),
        ((gettext("Together"), *_weighed(total)),),
    )
    summary = gettext(
        "Lines: share of the weight by month, with the targets as dashes. In the whole period %(organic)s"
        " organic, %(quality)s of quality schemes, %(local)s local.",
        organic=formats.share(total.organic_bp), quality=formats.share(total.quality_bp),
        local=formats.share(total.local_bp),
    )  # fmt: skip
    organic, quality, local = gettext("Organic"), gettext("Quality schemes"), gettext("Local")
    shares: list[drawn.Line] = [
        (organic, [sums.organic_bp for _, sums in months]),
        (quality, [sums.quality_bp for _, sums in months]),
        (local, [sums.local_bp for _, sums in months]),
    ]
    targets: list[drawn.Line] = [
        (organic, [target_on(ORGANIC_TARGET, month) for month, _ in months]),
        (quality, [target_on(QUALITY_TARGET, month) for month, _ in months]),
    ]
    return Exhibit(
        "shares",
        table,
        [_leads(asked, "month", **in_month(month)) for month, _ in months],
        [_leads(asked, "")],
        draw=lambda width: drawn.shares([month for month, _ in months], shares, targets, width, summary),
    )


def _institutions(asked: Asked, parts: Sequence[Part], total: Sums, day: date) -> Exhibit:
    organic, quality = target_on(ORGANIC_TARGET, day), target_on(QUALITY_TARGET, day)
    columns = _columns(Column("institution", gettext("Institution"), share=2))
    after = {"organic": Column("organic_target", gettext("Target"), share=1),
             "quality": Column("quality_target", gettext("Target"), share=1)}  # fmt: skip
    wide = tuple(one for column in columns for one in (column, after.get(column.key)) if one)

    def row(name: str, sums: Sums) -> Row:
        weight, organic_grams, organic_bp, quality_grams, quality_bp, *local = _weighed(sums)
        return (
            name, weight, organic_grams, organic_bp, _verdict(sums.organic_grams, sums.grams, organic),
            quality_grams, quality_bp, _verdict(sums.quality_grams, sums.grams, quality), *local,
        )  # fmt: skip

    table = Table(
        gettext("Institutions and their shares"),
        wide,
        tuple(row(tables.name_of(part), part.sums) for part in parts),
        (row(gettext("Together"), total),),
    )
    leads = [_leads(asked, "institution", institution=str(part.id)) for part in parts]
    return Exhibit(
        "institutions", table, leads, [_leads(asked, "")], heading=gettext("Who reaches the targets?")
    )
