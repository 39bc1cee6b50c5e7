"""Tables of equal treatment and of conflicts of interest, for the page and as files."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from foodorder.accounts.models import InterestDeclaration, ProducerKind
from foodorder.accounts.sellers import KINDS
from foodorder.agreements.integrity import Timeliness
from foodorder.audit.admitted import Case
from foodorder.audit.interests import Concerned
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import N_
from foodorder.rules.integrity import RELATIONS, Relation

STATES: Mapping[str, str] = {
    "asked": N_("waits"),
    "admitted": N_("admitted"),
    "refused": N_("refused"),
    "suspended": N_("suspended"),
    "withdrawn": N_("withdrawn"),
}


def cases(rows: Iterable[Case]) -> Table:
    """Who asked, when, what became of it, by whom and why; moments in the municipality's time."""
    columns = (
        Column("producer", gettext("Producer"), share=2),
        Column("kind", gettext("What it is"), share=2),
        Column("to", gettext("Admission to"), share=2),
        Column("asked", gettext("Asked")),
        Column("state", gettext("State")),
        Column("decided", gettext("Decided")),
        Column("decided_by", gettext("By whom")),
        Column("why", gettext("Why"), share=3),
    )
    found = tuple(
        (
            case.producer, gettext(KINDS[ProducerKind(case.kind)]), case.lot or gettext("the municipality"),
            _minute(case.asked_at), gettext(STATES[case.state]), _minute(case.decided_at),
            case.decided_by or "", case.reason or "",
        )
        for case in rows
    )  # fmt: skip
    return Table(gettext("Admissions"), columns, found)


def declarations(
    rows: Sequence[InterestDeclaration], times: Mapping[int, Timeliness], municipality: str
) -> Table:
    """What functionaries declared; days late beside it."""
    columns = (
        Column("functionary", gettext("Functionary"), share=2),
        Column("office", gettext("Office")),
        Column("body", gettext("Body")),
        Column("producer", gettext("Producer"), share=2),
        Column("tie", gettext("Tie"), share=2),
        Column("part", gettext("Part"), Figure.RATE),
        Column("since", gettext("Since"), Figure.DAY),
        Column("until", gettext("Until"), Figure.DAY),
        Column("declared", gettext("Declared"), Figure.DAY),
        Column("days_late", gettext("Days late"), Figure.COUNT),
    )
    found = tuple(
        (
            row.name, row.office, row.institution.short_name if row.institution else municipality,
            row.producer.name, gettext(RELATIONS[Relation(row.relation)]), row.share_bp, row.valid_from,
            row.valid_to, row.declared_on, times[row.id].late_days,
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Declared interests"), columns, found)


def concerned(rows: Sequence[tuple[InterestDeclaration, Concerned]]) -> Table:
    """Purchases from producers with a declared interest."""
    columns = (
        Column("functionary", gettext("Functionary"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("institution", gettext("Institution"), share=2),
        Column("law", gettext("Law")),
        Column("records", gettext("Records"), Figure.COUNT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("ordered", gettext("Ordered, not recorded yet"), Figure.MONEY),
        Column("first", gettext("First delivery"), Figure.DAY),
        Column("last", gettext("Last delivery"), Figure.DAY),
    )
    found = tuple(
        (
            declared.name, declared.producer.name, one.institution,
            gettext("forbidden") if one.forbidden else gettext("allowed"), one.records, one.net_cents,
            one.ordered_cents, one.first, one.last,
        )
        for declared, one in rows
    )  # fmt: skip
    return Table(gettext("Purchases concerned"), columns, found)


def _minute(moment: datetime | None) -> str:
    return formats.moment(moment, year=True) if moment else ""
