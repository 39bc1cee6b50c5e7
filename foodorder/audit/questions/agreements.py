"""9. Will the agreements last? What is used of each upper limit, beside how much of its time is over."""

from foodorder.audit.agreement_use import LimitUse, limit_uses
from foodorder.audit.charts.marked import Bar, marked
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Headline, Lead, Leads, thing
from foodorder.language import formats, gettext, ngettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table
from foodorder.rules.agreements import Basis

#: Limits in the drawing; the table has all. Bars are cut at the share MOST.
DRAWN, MOST = 16, 1.5


def brief(asked: Asked) -> str:
    """How many limits will be used up before their end."""
    found = limit_uses(asked.selection, asked.today)
    return _sentence(found) if found else ""


def answer(asked: Asked) -> Answer:
    """Use beside time, limit by limit, the fastest first."""
    found = limit_uses(asked.selection, asked.today)
    if not found:
        return Answer(gettext("No agreement with an upper limit holds in this period"))
    first, touched = found[0], [one for one in found if one.used]
    return Answer(
        _sentence(found),
        figures=(
            Headline(
                gettext("Furthest ahead of its time"),
                gettext("%(used)s used", used=formats.share(first.used_bp)),
                gettext("%(what)s, %(gone)s of the time is over", what=name_of(first, found),
                        gone=formats.share(first.gone_bp)),
                lead=thing("agreement", agreement_id=first.agreement_id),
            ),
        ),
        exhibits=_exhibits(touched or found),
        notes=(
            *_untouched(len(found) - len(touched)),
            gettext(
                "Used is what is ordered and recorded until today under the agreement, time is its term until"
                " today (%(day)s), whatever months are chosen above. The day it is used up is a forecast: it"
                " comes if buying goes on at the pace of the term so far; seasons are not known to it.",
                day=formats.day(asked.today, year=True),
            ),
        ),
        further=((gettext("Agreements"), Lead("agreements")),
                 (gettext("Exempted lots, by their base and lot by lot"), Lead("reports"))),
    )  # fmt: skip


def _untouched(count: int) -> tuple[str, ...]:
    """How many limits nothing was used of."""
    if not count:
        return ()
    told = ngettext(
        "Of %(count)s upper limit nothing is used yet; it stands on the page of its agreement.",
        "Of %(count)s upper limits nothing is used yet; they stand on the pages of their agreements.",
        count, count=formats.number(count),
    )  # fmt: skip
    return (told,)


def _sentence(found: list[LimitUse]) -> str:
    fast = sum(one.used_up_on is not None for one in found)
    return ngettext(
        "%(fast)s of %(count)s upper limit will be used up before its end, if buying goes on like this.",
        "%(fast)s of %(count)s upper limits will be used up before their end, if buying goes on like this.",
        len(found), fast=formats.number(fast), count=formats.number(len(found)),
    )  # fmt: skip


def part_of(one: LimitUse) -> str:
    """Which part of the agreement a limit is about."""
    if one.exempted:
        return gettext("Exempted lots together")
    if one.lot:
        lot = gettext("Lot %(number)s", number=one.lot)
        return f"{lot}, {one.producer}" if one.producer else lot
    return one.institution or gettext("The whole agreement")


def name_of(one: LimitUse, found: list[LimitUse]) -> str:
    """The part of the agreement, and the agreement where there are several."""
    return f"{part_of(one)} – {one.agreement}" if _several(found) else part_of(one)


def _several(found: list[LimitUse]) -> bool:
    return len({limit.agreement_id for limit in found}) > 1


def _exhibits(found: list[LimitUse]) -> tuple[Exhibit, ...]:
    """Limits of agreements, lots and kitchens; those of single suppliers apart."""
    common = [one for one in found if one.producer is None]
    farms = [one for one in found if one.producer is not None]
    told = [_limits("limits", gettext("Use against time"), common, found)] if common else []
    if farms:
        told.append(_limits("suppliers", gettext("Use against time, by supplier"), farms, found))
    return tuple(told)


def _limits(name: str, caption: str, limits: list[LimitUse], found: list[LimitUse]) -> Exhibit:
    columns = (
        Column("part", gettext("Upper limit of"), share=2),
        Column("agreement", gettext("Agreement"), share=2),
        Column("used_net", gettext("Used, net"), Figure.MONEY),
        Column("limit_net", gettext("Upper limit, net"), Figure.MONEY),
        Column("used_weight", gettext("Used, weight"), Figure.WEIGHT),
        Column("limit_weight", gettext("Upper limit, weight"), Figure.WEIGHT),
        Column("used", gettext("Used"), Figure.RATE),
        Column("time", gettext("Time gone"), Figure.RATE),
        Column("ends", gettext("Ends on"), Figure.DAY),
        Column("used_up", gettext("Used up on"), Figure.DAY),
    )
    rows: tuple[Row, ...] = tuple(
        (
            part_of(one), one.agreement, *_sides(one), one.used_bp, one.gone_bp, one.term.last,
            one.used_up_on,
        )
        for one in limits
    )  # fmt: skip
    leads = [_leads(one) for one in limits]
    table = Table(caption, columns, rows)
    weighed = any(one.by_weight for one in limits)
    valued = any(not one.by_weight for one in limits)
    idle = (
        *(() if weighed else ("used_weight", "limit_weight")),
        *(() if valued else ("used_net", "limit_net")),
        *(() if _several(found) else ("agreement",)),
    )
    bars = [
        Bar(name_of(one, found), one.used_bp / 10_000, one.gone_bp / 10_000, one.used_up_on is not None)
        for one in limits[:DRAWN]
    ]
    summary = gettext(
        "Bars: what is used of each upper limit, with a mark where its time stands. The furthest ahead is"
        " %(what)s.",
        what=name_of(limits[0], found),
    )
    words = (gettext("used"), gettext("time gone"))
    return Exhibit(
        name,
        table.without(*idle),
        leads,
        draw=lambda width: marked(bars, width, summary, words, ".0%", MOST),
        heading="" if name == "limits" else gettext("Does every supplier keep to a share?"),
    )


def _leads(one: LimitUse) -> Leads:
    """What is used leads to the records of the whole term, the limit to its agreement."""
    behind: dict[str, int | str] = {
        "agreement": one.agreement_id,
        "from": f"{one.term.first:%Y-%m}",
        "to": f"{one.term.last:%Y-%m}",
    }
    of = {"lot": one.lot_id, "producer": one.producer_id, "institution": one.institution_id}
    behind |= {name: number for name, number in of.items() if number is not None}
    if one.exempted:
        behind["basis"] = Basis.EXEMPTED.value
    whole = thing("agreement", agreement_id=one.agreement_id)
    return {
        **dict.fromkeys(("part", "limit_net", "limit_weight", "time"), whole),
        **dict.fromkeys(("used_net", "used_weight", "used"), Lead("records", of=behind)),
    }


def _sides(one: LimitUse) -> tuple[int | None, ...]:
    values = (one.used, one.limit)
    return (None, None, *values) if one.by_weight else (*values, None, None)
