"""The procurement record (naročilnica) as a paper: buyer, seller, lines, VAT, differences, versions."""

from datetime import date

from sqlalchemy import select

from foodorder.accounts.models import DeliveryPoint
from foodorder.catalogue import law
from foodorder.db import db
from foodorder.language import formats, gettext, ngettext, speaking
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, facts, file_name, head, section
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.procurement.models import ChangeKind, ProcurementRecord
from foodorder.procurement.queries import RecordPage, record_page
from foodorder.rules.errors import N_, Amount
from foodorder.rules.practices import CostBearer

CHANGES = {
    ChangeKind.REDUCTION: N_("A reduction asked for after the close: %(reason)s"),
    ChangeKind.ADDITION: N_("An addition asked for after the close: %(reason)s"),
}
COSTS = {
    CostBearer.NOBODY: N_("There are no costs to bear."),
    CostBearer.INSTITUTION: N_("The contracting authority bears the costs already incurred."),
    CostBearer.PRODUCER: N_("The supplier bears the costs already incurred."),
}


def paper(language: str, base_url: str = "", *, record_id: int) -> Paper:
    """The record as a paper. Raises NoResultFound for a record that does not exist."""
    record = db.session.get_one(ProcurementRecord, record_id)
    page = record_page(record)
    with speaking(language, record.cycle.municipality.zone):
        sheets = lines_table(page), vat_table(page), differences_table(page)
        return Paper(
            kind="record",
            object_id=record.id,
            name=file_name([gettext("record"), record.number]),
            language=language,
            template="record",
            content=_content(page, *sheets, base_url),
            sheets=sheets,
        )


def _content(
    page: RecordPage, lines: Table, vat: Table, differences: Table, base_url: str
) -> dict[str, object]:
    record = page.record
    # A lone door stands above the tables, with its address; weights are for machines.
    doors = {line.delivery_point for line in page.lines}
    door = doors.pop() if len(doors) == 1 else None
    short = lines.without("weight", "vat_treatment")
    short = short.without_known(delivery_point=door, farm=record.producer.name)
    sections = [
        section(gettext("What is to be delivered"), short),
        section(gettext("VAT recapitulation"), vat),
    ]
    if differences.rows:
        # Buyer and seller see at once why the record is not what was ordered.
        changed = differences.without_known(delivery_point=door)
        sections.append(section(gettext("Differences from the order"), changed))
    title = gettext("Procurement record %(number)s", number=record.number)
    made = gettext("Recorded electronically on %(moment)s.", moment=formats.long_moment(record.recorded_at))
    return {
        **head(title, _under(record), link=f"{base_url}/records/{record.id}" if base_url else ""),
        "author": record.institution.name,
        "footer": f"{record.number} · {record.institution.short_name} – {record.producer.name}",
        "notices": _notices(page),
        "parties": [words.buyer(record.institution), words.seller(record.producer)],
        "facts": _facts(page),
        "sections": sections,
        "made": made,
    }


def _under(record: ProcurementRecord) -> str:
    return gettext(
        "%(municipality)s, cycle %(cycle)s, week %(days)s",
        municipality=record.cycle.municipality.name,
        cycle=record.cycle.name,
        days=formats.delivery_week(record.cycle.week, record.cycle.days),
    )


def _facts(page: RecordPage) -> list[dict[str, str]]:
    days = sorted({line.delivery_date for line in page.lines})
    points = db.session.scalars(
        select(DeliveryPoint)
        .where(DeliveryPoint.id.in_({line.delivery_point_id for line in page.lines}))
        .order_by(DeliveryPoint.position, DeliveryPoint.id)
    ).all()
    return facts(
        (gettext("Date"), formats.long_day(page.record.recorded_at)),
        (gettext("Lawful basis"), words.basis(page.record.basis, page.record.basis_facts)),
        (gettext("Delivery days"), formats.listed([formats.day(day, year=True) for day in days])),
        (
            ngettext("Delivery point", "Delivery points", len(points)),
            "; ".join(words.door(point) for point in points),
        ),
        (gettext("Payment"), _payment(formats.local(page.record.recorded_at).date())),
    )


def _payment(day: date) -> str | None:
    """The term that the law allows budget users (ZIPRS), which must stand on a purchase order."""
    try:
        days = law.value_on("payment.days_max", day)
    except law.ParameterUnknown:
        return None
    return ngettext(
        "within %(count)s day, counted from the day after receipt",
        "within %(count)s days, counted from the day after receipt",
        days,
        count=days,
    )


def _notices(page: RecordPage) -> list[str]:
    """What came before and after this version, and a minimum that was waived."""
    record, told = page.record, []
    numbers = {version.id: version.number for version in page.versions}
    if record.superseded_by_id:
        told.append(
            gettext("No longer valid: replaced by %(number)s.", number=numbers[record.superseded_by_id])
        )
    if record.replaces_id:
        told.append(gettext("Replaces %(number)s.", number=numbers[record.replaces_id]))
    for change in page.changes:
        if change.id == record.change_id:
            told.append(gettext(CHANGES[ChangeKind(change.kind)], reason=change.reason))
            if change.cost_bearer:
                told.append(gettext(COSTS[CostBearer(change.cost_bearer)]))
            if change.ground:
                told.append(words.ground(change.ground))
    if record.waived_minimum_cents:
        minimum = formats.money(record.waived_minimum_cents)
        told.append(
            gettext("The supplier’s minimum of %(minimum)s was not reached and was waived.", minimum=minimum)
        )
    return told


def lines_table(page: RecordPage) -> Table:
    """The lines by day, door and product, with their net sum."""
    columns = (
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("delivery_point", gettext("Delivery point"), share=3),
        Column("product", gettext("Product"), share=4),
        Column("farm", gettext("Farm of origin"), share=3),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("price", gettext("Net price"), Figure.MONEY),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("vat_treatment", gettext("VAT treatment")),
        Column("vat_rate", gettext("VAT rate"), Figure.RATE),
    )
    rows = tuple(
        (
            line.delivery_date,
            line.delivery_point,
            line.name,
            line.farm,
            Amount(line.quantity, line.unit),
            line.grams,
            line.price_cents,
            line.net_cents,
            words.treatment(line.vat_treatment, line.vat_bp),
            line.vat_bp,
        )
        for line in page.lines
    )
    total = (
        None, None, gettext("Together, net"), None, None,
        page.record.grams, None, page.record.net_cents, None, None,
    )  # fmt: skip
    return Table(gettext("Lines"), columns, rows, (total,))


def vat_table(page: RecordPage) -> Table:
    """VAT per treatment and rate, and the sums of the record (EN 16931: VAT once per rate)."""
    columns = (
        Column("treatment", gettext("Rate"), share=1),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("vat", gettext("VAT"), Figure.MONEY),
        Column("gross", gettext("Gross"), Figure.MONEY),
    )
    rows = tuple(
        (words.treatment(row.treatment, row.bp), row.sum.net, row.sum.vat, row.sum.gross) for row in page.vat
    )
    record = page.record
    total = (gettext("To pay"), record.net_cents, record.vat_cents, record.gross_cents)
    return Table(gettext("VAT"), columns, rows, (total,))


def differences_table(page: RecordPage) -> Table:
    """What the rules of the close changed in the order behind this record, with the reason of each."""
    columns = (
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("delivery_point", gettext("Delivery point"), share=2),
        Column("product", gettext("Product"), share=3),
        Column("ordered", gettext("Ordered"), Figure.QUANTITY),
        Column("difference", gettext("Difference"), Figure.QUANTITY),
        Column("reason", gettext("Why"), share=5),
    )
    rows = tuple(
        (
            row.delivery_date,
            row.delivery_point,
            row.name,
            Amount(row.ordered, row.unit),
            Amount(row.quantity, row.unit),
            formats.sentence(row.why.message, row.why.facts),
        )
        for row in page.differences
    )
    return Table(gettext("Differences"), columns, rows)
