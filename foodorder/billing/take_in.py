"""Take in an invoice that was written elsewhere: as a file by standard (e-SLOG 2.0, UBL), or entered by hand.

It says what it said for ever, and the file is kept. Its lines are placed at delivered goods where that is
sure (rules/placing.py); where it is not, a person chooses. It counts as invoiced only what was accepted.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from foodorder.accounts.models import Institution, Producer
from foodorder.billing import parties
from foodorder.billing.goods import delivered, sellers
from foodorder.billing.held import count, hold, hold_issuer
from foodorder.billing.issue import vat_rows
from foodorder.billing.match import match_invoice
from foodorder.billing.models import Invoice, InvoiceFile, InvoiceLine
from foodorder.billing.taken_credit import correct, place_credit
from foodorder.billing.taking import (
    DatesReversed,
    ForAnother,
    NoLine,
    SameFile,
    SameNumber,
    Taken,
    TakenLine,
    UnknownIssuer,
    read_document,
)
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.exchange.read_invoice import read
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.files import HandedIn
from foodorder.rules.invoicing import due_date
from foodorder.rules.placing import place
from foodorder.rules.settlement import InvoiceKind, InvoiceOrigin, InvoiceState, totals
from foodorder.rules.vat import TreatmentCode
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: A reference that says nothing (ZBS model 99): where the invoice gives none.
NO_REFERENCE = "SI99"
XML = "application/xml"


class NotTheirGoods(Refusal):
    """A line placed at goods that are not between these two."""

    message = N_("Choose one of the deliveries of this producer.")
    default_field = "goods"


def take_in_file(
    institution_id: int,
    name: str,
    content: bytes,
    *,
    attached: Sequence[HandedIn] = (),
    actor: Actor,
    now: datetime,
) -> Invoice:
    """Take in an e-SLOG or UBL file.

    Raises what `exchange.read_invoice.read` raises of hostile and wrong files, UnknownIssuer, ForAnother,
    SameFile, SameNumber, and of credit notes NothingToCorrect and CreditsTooMuch.
    """
    document = read(content).invoice
    institution = db.session.get_one(Institution, institution_id)
    seller = next(
        (one for one in sellers(institution_id) if one.tax_number == document.seller.tax_number), None
    )
    if seller is None:
        raise UnknownIssuer(name=document.seller.name, tax_number=document.seller.tax_number or "–")
    if document.buyer.tax_number and document.buyer.tax_number != institution.tax_number:
        raise ForAnother(name=document.buyer.name, tax_number=document.buyer.tax_number)
    original = HandedIn(name, XML, content)
    return _take_in(
        institution, seller.id, read_document(document), InvoiceOrigin.UPLOADED, [original, *attached],
        actor, now,
    )  # fmt: skip


def enter(
    institution_id: int,
    producer_id: int,
    taken: Taken,
    *,
    attached: Sequence[HandedIn] = (),
    actor: Actor,
    now: datetime,
) -> Invoice:
    """Enter an invoice by hand, with the paper as a file where there is one.

    Raises UnknownIssuer, NoLine, SameNumber, SameFile, DatesReversed.
    """
    institution = db.session.get_one(Institution, institution_id)
    if all(one.id != producer_id for one in sellers(institution_id)):
        producer = db.session.get_one(Producer, producer_id)
        raise UnknownIssuer(field="producer", name=producer.name, tax_number=producer.tax_number)
    return _take_in(institution, producer_id, taken, InvoiceOrigin.ENTERED, attached, actor, now)


def choose_goods(line_id: int, goods_id: int | None, *, actor: Actor, now: datetime) -> Invoice:
    """Say which delivered goods a line means (None: none of them), and compare the invoice again.

    Raises NotTheirGoods: also for a line of an invoice that was issued here.
    """
    line = db.session.get_one(InvoiceLine, line_id)
    invoice = line.invoice
    if line.counted is None:
        raise NotTheirGoods
    known = {one.id for one in delivered(invoice.producer_id, invoice.institution_id, invoice.issue_date)}
    if goods_id is not None and goods_id not in known:
        raise NotTheirGoods
    hold_issuer(invoice.producer_id)
    before = line.delivery_line_id
    if before is not None and line.counted:
        # What it counted of the goods before is given free with its own row.
        _forget(line)
    line.delivery_line_id = goods_id
    db.session.flush()
    trail.record(
        actor,
        "invoice.goods_chosen",
        "invoice",
        invoice.id,
        now=now,
        municipality_id=invoice.institution.municipality_id,
        before={"delivery_line": before},
        after={"delivery_line": goods_id, "name": line.name},
    )
    return match_invoice(invoice.id, actor=actor, now=now)


def _forget(line: InvoiceLine) -> None:
    goods = line.delivery_line_id
    hold([goods] if goods else [])
    if goods is not None and line.counted is not None and line.counted_cents is not None:
        count([(goods, -line.counted, -line.counted_cents)])
        line.counted = line.counted_cents = 0
        db.session.flush()


def _take_in(
    institution: Institution,
    producer_id: int,
    taken: Taken,
    origin: InvoiceOrigin,
    files: Sequence[HandedIn],
    actor: Actor,
    now: datetime,
) -> Invoice:
    today = now.astimezone(ZoneInfo(institution.municipality.zone)).date()
    if not taken.lines:
        raise NoLine
    if taken.issue_date > today:
        raise DatesReversed
    hold_issuer(producer_id)
    producer = db.session.get_one(Producer, producer_id)
    kept = _files(files)
    _check_number(producer_id, taken.number)
    corrected = correct(institution.id, producer_id, taken) if taken.is_credit else None
    invoice = _invoice(producer, institution, taken, origin, today)
    invoice.issued_at, invoice.issued_by_id = now, actor.person_id
    invoice.files = kept
    if corrected is not None:
        invoice.corrects_id, invoice.reason = corrected.id, taken.note or taken.corrects
        places = place_credit(corrected, taken.lines)
        invoice.lines = [_line(one, at, credits=places[at - 1]) for at, one in enumerate(taken.lines, 1)]
    else:
        invoice.lines = _lines(producer_id, institution.id, taken)
    db.session.add(invoice)
    db.session.flush()
    trail.record(
        actor,
        "invoice.taken_in",
        "invoice",
        invoice.id,
        now=now,
        municipality_id=institution.municipality_id,
        after={"number": invoice.number, "gross_cents": invoice.gross_cents, "origin": origin.value},
    )
    match_invoice(corrected.id if corrected else invoice.id, actor=actor, now=now)
    return invoice


def _files(files: Iterable[HandedIn]) -> list[InvoiceFile]:
    kept = []
    for file in files:
        digest = hashlib.sha256(file.content).digest()
        if db.session.scalar(select(InvoiceFile.id).where(InvoiceFile.digest == digest)) is not None:
            raise SameFile
        kept.append(
            InvoiceFile(name=file.name, media_type=file.media_type, content=file.content, digest=digest)
        )
    return kept


def _check_number(producer_id: int, number: str) -> None:
    same = select(Invoice.id).where(Invoice.producer_id == producer_id, Invoice.number == number)
    if db.session.scalar(same) is not None:
        raise SameNumber(number=number)


def _invoice(
    producer: Producer, institution: Institution, taken: Taken, origin: InvoiceOrigin, today: date
) -> Invoice:
    codes = {line.treatment.code for line in taken.lines}
    days = [line.day for line in taken.lines if line.day] or [taken.issue_date]
    seller = parties.seller(producer, charges_vat=TreatmentCode.VAT in codes)
    kind = InvoiceKind.CREDIT_NOTE if taken.is_credit else InvoiceKind.INVOICE
    return Invoice(
        kind=kind.value,
        origin=origin.value,
        state=InvoiceState.RECEIVED.value,
        producer_id=producer.id,
        institution_id=institution.id,
        number=taken.number,
        issue_date=taken.issue_date,
        supplied_from=min(days),
        supplied_to=max(days),
        received_on=today,
        due_date=taken.due_date or due_date(today, None, value_on("payment.days_max", today)),
        tax_type=producer.tax_type,
        parties={
            "seller": seller,
            "buyer": parties.buyer(institution, charges_vat=TreatmentCode.FLAT_RATE in codes),
        },
        iban=taken.iban or seller["iban"],
        reference=taken.reference or NO_REFERENCE,
        note=taken.note,
        net_cents=taken.net_cents,
        vat_cents=taken.gross_cents - taken.net_cents,
        gross_cents=taken.gross_cents,
        vat_rows=vat_rows(totals((line.treatment, line.net) for line in taken.lines)),
    )


def _lines(producer_id: int, institution_id: int, taken: Taken) -> list[InvoiceLine]:
    known = delivered(producer_id, institution_id, taken.issue_date)
    days = {one.id: one.delivery_date for one in known}
    unsure = [line for line in taken.lines if line.goods is None]
    found = iter(place([line.written for line in unsure], [one.brought for one in known]))
    lines = []
    for position, line in enumerate(taken.lines, 1):
        goods = line.goods if line.goods is not None else next(found)
        if goods is not None and goods not in days:
            raise NotTheirGoods
        lines.append(_line(line, position, goods=goods, day=days.get(goods or 0)))
    return lines


def _line(
    line: TakenLine,
    position: int,
    *,
    goods: int | None = None,
    day: date | None = None,
    credits: tuple[int | None, int | None] = (None, None),
) -> InvoiceLine:
    credited, goods_credited = credits
    return InvoiceLine(
        position=position,
        delivery_line_id=goods or goods_credited,
        credits_line_id=credited,
        delivery_date=line.day or day,
        name=line.name,
        unit=line.unit,
        quantity=line.quantity,
        price_micros=line.price,
        net_cents=line.net,
        vat_treatment=line.treatment.code.value,
        vat_bp=line.treatment.bp,
        order_number=line.order,
        counted=0,
        counted_cents=0,
    )
