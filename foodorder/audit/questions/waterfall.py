"""7. What became of what was ordered? From ordered to paid, and why each step is not the one before it."""

from collections.abc import Mapping
from types import MappingProxyType

from foodorder.audit.charts.waterfall import Bar, falling
from foodorder.audit.questions.frame import (
    Answer,
    Asked,
    Exhibit,
    Headline,
    Lead,
    asks,
    in_month,
    lines,
    thing,
)
from foodorder.audit.waterfall import (
    PARTS,
    Part,
    Step,
    Steps,
    WithoutCell,
    by_institution,
    by_month,
    parts,
    steps,
    without_cell,
)
from foodorder.language import formats, gettext, ngettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table
from foodorder.rules.errors import N_

STEPS: Mapping[Step, str] = MappingProxyType(
    {
        Step.ORDERED: N_("Ordered"),
        Step.RECORDED: N_("Recorded"),
        Step.DELIVERED: N_("Delivered"),
        Step.ACCEPTED: N_("Accepted"),
        Step.INVOICED: N_("Invoiced"),
        Step.PAID: N_("Paid"),
    }
)
#: Why a step is less or more than the one before it.
REASONS: Mapping[Part, str] = MappingProxyType(
    {
        Part.CUT: N_("Scarce goods were shared out at the close"),
        Part.ROUNDING: N_("Rounded to whole packs at the close"),
        Part.CANCELLED: N_("Cancelled at the close: below a minimum, not approved or withdrawn"),
        Part.CHANGED: N_("Agreed after the close: less, or added"),
        Part.TO_COME: N_("Still to come"),
        Part.CALLED_OFF: N_("Called off by the producer"),
        Part.SHORT: N_("Less left the farm than was recorded, or without a delivery note"),
        Part.NOT_ACCEPTED_YET: N_("Delivered, not accepted yet"),
        Part.REFUSED: N_("Refused at the door, in whole or in part"),
        Part.CREDITED: N_("Taken off by credit notes"),
        Part.NOT_INVOICED: N_("Accepted and not invoiced, or invoiced beside it"),
        Part.NOT_DUE: N_("Invoiced, not due yet"),
        Part.OVERDUE: N_("Overdue"),
        Part.SETTLING: N_("Rounding of payments in part, and credit notes after a payment"),
    }
)
#: Where invoices of a part are listed; every other part has a list of lines of its own.
INVOICES: Mapping[Part, str] = MappingProxyType(
    {Part.CREDITED: "credited", Part.NOT_DUE: "waits", Part.OVERDUE: "overdue", Part.SETTLING: "credited"}
)


def brief(asked: Asked) -> str:
    """How much of what was ordered is paid."""
    found = steps(asked.selection)
    if not found.ordered and not found.recorded:
        return ""
    return gettext(
        "Of %(ordered)s ordered, %(accepted)s was accepted and %(paid)s is paid.",
        ordered=formats.money(found.ordered), accepted=formats.money(found.accepted),
        paid=formats.money(found.paid),
    )  # fmt: skip


def answer(asked: Asked) -> Answer:
    """The steps with their differences, by reason, by month and by institution."""
    found = steps(asked.selection)
    if not any(found.of(step) for step in Step):
        return Answer(gettext("Nothing was delivered"))
    why = parts(asked.selection, found, asked.today)
    beside = without_cell(asked.selection)
    exhibits = [_steps(found), _reasons(found, why), _months(asked)]
    if asked.selection.institution_id is None:
        exhibits.append(_institutions(asked))
    if beside.lines:
        exhibits.append(_beside(beside))
    return Answer(
        brief(asked),
        figures=_headlines(found, why),
        exhibits=tuple(exhibits),
        notes=(
            gettext(
                "Net sums by the day of delivery of the recorded goods, so that every step tells of the same"
                " goods; delivered and accepted at the price of the record."
            ),
            _beside_words(beside),
        ),
        further=((gettext("Invoices and payments"), Lead("payments")),
                 (gettext("Deviations of invoices"), Lead("deviations")),
                 (gettext("Claims"), Lead("claims"))),
    )  # fmt: skip


def _beside_words(beside: WithoutCell) -> str:
    if not beside.lines:
        return gettext("Every invoiced line belongs to recorded goods.")
    return ngettext(
        "%(count)s invoiced line of %(sum)s belongs to no recorded goods (charges, or entered by hand): it"
        " stands beside these steps.",
        "%(count)s invoiced lines of %(sum)s belong to no recorded goods (charges, or entered by hand): they"
        " stand beside these steps.",
        beside.lines, count=formats.number(beside.lines), sum=formats.money(beside.net_cents),
    )  # fmt: skip


def _headlines(found: Steps, why: Mapping[Part, int]) -> tuple[Headline, ...]:
    def told(part: Part) -> Headline:
        return Headline(gettext(REASONS[part]), formats.money(abs(why[part])), lead=lead_of(part))

    waiting = (Part.TO_COME, Part.NOT_ACCEPTED_YET, Part.OVERDUE)
    return tuple(told(part) for part in waiting if why[part])


def lead_of(part: Part) -> Lead:
    """The lines or the invoices behind a part of a difference."""
    if part in INVOICES:
        return Lead("payments", {"money": INVOICES[part]})
    return Lead("step_lines", {"part": part.value})


def _steps(found: Steps) -> Exhibit:
    columns = (
        Column("step", gettext("Step"), share=2),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("difference", gettext("Difference to the step before"), Figure.MONEY),
        Column("of_ordered", gettext("Of what was ordered"), Figure.RATE),
    )
    rows = tuple(
        (
            gettext(STEPS[step]), found.of(step), None if step is Step.ORDERED else found.change(step),
            (2 * found.of(step) * 10_000 + found.ordered) // (2 * found.ordered) if found.ordered else None,
        )
        for step in Step
    )  # fmt: skip
    why = asks("waterfall", _anchor="reasons")
    leads = []
    for step in Step:
        behind = _leads({})[step.value]
        leads.append({**dict.fromkeys(("net", "of_ordered"), behind), "difference": why})
    summary = gettext(
        "Bars: what was ordered, recorded, delivered, accepted, invoiced and paid, and between them what each"
        " step lost or gained."
    )
    return Exhibit(
        "steps",
        Table(gettext("From ordered to paid"), columns, rows),
        leads,
        draw=lambda width: falling(_bars(found), width, summary),
    )


def _bars(found: Steps) -> list[Bar]:
    """Each step, and before it what it lost or gained where that is something."""
    bars: list[Bar] = []
    before = 0
    for step in Step:
        after = found.of(step)
        if step is not Step.ORDERED and after != before:
            bars.append(Bar(gettext("less") if after < before else gettext("more"), before, after, False))
        bars.append(Bar(gettext(STEPS[step]), 0, after, True))
        before = after
    return bars


def _reasons(found: Steps, why: Mapping[Part, int]) -> Exhibit:
    columns = (
        Column("step", gettext("Between"), share=2),
        Column("reason", gettext("Why"), share=3),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    shown = [(step, part) for step, of in PARTS.items() for part in of if why[part]]
    all_steps = list(Step)
    rows = tuple(
        (
            gettext("%(before)s → %(after)s", before=gettext(STEPS[all_steps[all_steps.index(step) - 1]]),
                    after=gettext(STEPS[step])),
            gettext(REASONS[part]), why[part],
        )
        for step, part in shown
    )  # fmt: skip
    total = (gettext("Together"), None, found.paid - found.ordered)
    return Exhibit(
        "reasons",
        Table(gettext("Why the steps differ"), columns, rows, (total,)),
        [dict.fromkeys(("reason", "net"), lead_of(part)) for _step, part in shown],
        [{"net": asks("waterfall", _anchor="steps")}],
        heading=gettext("Why do the steps differ?"),
    )


def _measures() -> tuple[Column, ...]:
    return tuple(Column(step.value, gettext(label), Figure.MONEY) for step, label in STEPS.items())


def _values(found: Steps) -> tuple[int, ...]:
    return tuple(found.of(step) for step in Step)


def _months(asked: Asked) -> Exhibit:
    found = by_month(asked.selection)
    columns = (Column("month", gettext("Month"), Figure.DAY), *_measures())
    leads = [{"month": asks("waterfall", **in_month(month)), **_leads(in_month(month))} for month, _ in found]
    table = Table(gettext("Steps by month"), columns, tuple((month, *_values(one)) for month, one in found))
    return Exhibit("months", table, leads, heading=gettext("When?"))


def _institutions(asked: Asked) -> Exhibit:
    found = by_institution(asked.selection)
    columns = (Column("institution", gettext("Institution"), share=2), *_measures())
    leads = [
        {
            "institution": asks("waterfall", institution=number),
            **_leads({"institution": str(number)}),
        }
        for number, _, _ in found
    ]
    rows: tuple[Row, ...] = tuple((name, *_values(one)) for _, name, one in found)
    table = Table(gettext("Steps by institution"), columns, rows)
    return Exhibit("institutions", table, leads, heading=gettext("Where?"))


def _leads(narrower: dict[str, str]) -> dict[str, Lead]:
    goods, money = lines(**narrower), Lead("payments", narrower)
    return {step.value: money if step in (Step.INVOICED, Step.PAID) else goods for step in Step}


def _beside(beside: WithoutCell) -> Exhibit:
    columns = (
        Column("issued", gettext("Issued"), Figure.DAY),
        Column("invoice", gettext("Invoice")),
        Column("institution", gettext("Institution"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("words", gettext("In words"), share=2),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    rows = tuple(
        (row.issue_date, row.number, row.institution, row.producer, row.name, row.net_cents)
        for row in beside.rows
    )
    total = (gettext("Together"), None, None, None, None, beside.net_cents)
    leads = [
        dict.fromkeys(("invoice", "net"), thing("invoice", invoice_id=row.invoice_id)) for row in beside.rows
    ]
    return Exhibit(
        "beside",
        Table(gettext("Invoiced, but not for recorded goods"), columns, rows, (total,)),
        leads,
        heading=gettext("What is invoiced beside the goods?"),
    )
