"""The producer's answer to a record as a paper: what comes as ordered, what comes short, and why."""

from foodorder.billing.papers.goods import Parties
from foodorder.billing.papers.orders import response
from foodorder.exchange.model import Answer, OrderResponse
from foodorder.language import formats, gettext, speaking
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, facts, file_name, head, section
from foodorder.procurement.documents.store import File, kept
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.procurement.models import ProcurementRecord
from foodorder.rules.errors import N_, Amount

ANSWERS = {
    Answer.ACCEPTED: N_("Accepted as ordered"),
    Answer.CHANGED: N_("Accepted with changes"),
    Answer.REFUSED: N_("Refused"),
}


def pdf(record: ProcurementRecord, language: str, base_url: str = "") -> File:
    """The paper as PDF; it follows what is told until the goods leave, so it is kept by what it says."""
    return kept(paper(record, language, base_url), "pdf")


def paper(record: ProcurementRecord, language: str, base_url: str = "") -> Paper:
    """The answer to a version of a record."""
    answer = response(record, Parties())
    with speaking(language, record.institution.municipality.zone):
        title = gettext("Answer to the record %(number)s", number=record.number)
        lines = lines_table(record, answer)
        content = {
            **head(title, gettext(ANSWERS[answer.answer]), link=_link(record, base_url)),
            "author": record.producer.name,
            "footer": f"{answer.number} · {record.producer.name}",
            "notices": [],
            "parties": [words.seller(record.producer), words.buyer(record.institution)],
            "facts": facts((gettext("Date"), formats.long_moment(answer.issued))),
            "sections": [section(lines.name, lines)],
            "made": gettext("Answered electronically on %(day)s.", day=formats.long_moment(answer.issued)),
        }
        return Paper(
            kind="order_response",
            object_id=record.id,
            name=file_name([gettext("answer"), record.number]),
            language=language,
            template="record",
            content=content,
            sheets=(lines,),
        )


def lines_table(record: ProcurementRecord, answer: OrderResponse) -> Table:
    """Each line: ordered, to come, and why not all of it."""
    columns = (
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("product", gettext("Product"), share=3),
        Column("ordered", gettext("Ordered"), Figure.QUANTITY),
        Column("coming", gettext("Comes"), Figure.QUANTITY),
        Column("answer", gettext("Answer"), share=2),
        Column("reason", gettext("Why"), share=3),
    )
    rows = tuple(
        (
            line.delivery_date,
            line.name,
            Amount(line.quantity, line.unit),
            Amount(said.quantity, said.unit),
            gettext(ANSWERS[said.answer]),
            said.reason or "",
        )
        for line, said in zip(record.record_lines, answer.lines, strict=True)
    )
    return Table(gettext("Lines"), columns, rows)


def _link(record: ProcurementRecord, base_url: str) -> str:
    return f"{base_url}/records/{record.id}" if base_url else ""
