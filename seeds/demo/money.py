"""From the kitchen's door to the bank: terms and consents, invoices, approvals, batches, statements.

Most farms invoice once a month, in its first two weeks, one each delivery; a third lets the platform issue.
Institutions pay on Thursdays what is soon due, and read the bank's statement in on the next morning. One pays
late.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from foodorder.accounts.models import Institution, RoleGrant
from foodorder.bank.camt053 import NAMESPACES
from foodorder.billing.approve import approve_invoice
from foodorder.billing.consents import consent_of, give_consent
from foodorder.billing.issue import issue_all
from foodorder.billing.models import Invoice, PaymentBatch
from foodorder.billing.owed import credit_owed, owed
from foodorder.billing.pay import make_batch, waiting
from foodorder.billing.statements import Owner, read_in
from foodorder.billing.terms import agree, terms
from foodorder.db import db, transaction
from foodorder.rules.checkdigits import with_iban_check_digits
from foodorder.rules.credits import NothingToCredit
from foodorder.rules.permissions import Role
from foodorder.rules.settlement import InvoiceKind, InvoiceOrigin, InvoiceState, NothingToInvoice, Rhythm
from foodorder.trail.actor import SCHEDULER, Actor, Source
from seeds.demo.acts import Market
from seeds.demo.appetite import chance
from seeds.demo.load import Book

#: The institution that pays when it is reminded, and how many days after the due one.
PAYS_LATE, LATE_BY = "OST", 9
#: Others pay on the Thursday before the due day.
AHEAD = timedelta(days=8)
#: Who invoices each delivery, to be paid within so many days; one farm of so many lets the platform issue.
EACH_DELIVERY, SOON, CONSENTS = frozenset({"F08"}), 10, 3
CONSENT = "Soglašamo, da platforma v našem imenu in za naš račun izdaja račune za prevzeto blago."
#: In how many working days of a month all the others have written theirs.
WITHIN = 10
THURSDAY, SATURDAY = 3, 5


@dataclass(frozen=True, slots=True)
class Desk:
    """An institution and who pays for it."""

    code: str
    institution: int
    accountant: Actor


def settle_terms(book: Book, now: datetime) -> None:
    """Terms, consents and accounts, where there are none yet."""
    with transaction():
        for code, number in sorted(book.producers.items()):
            if not terms(number):
                often = code in EACH_DELIVERY
                rhythm = Rhythm.PER_DELIVERY if often else Rhythm.MONTHLY
                agree(number, None, rhythm, SOON if often else None, actor=book.sellers[code], now=now)
            if chance(CONSENTS, "consents", code) == 0 and consent_of(number) is None:
                give_consent(number, CONSENT, actor=book.sellers[code], now=now)
        for institution in db.session.scalars(select(Institution).order_by(Institution.id)):
            if institution.iban is None:
                institution.iban = with_iban_check_digits("SI", f"9900{institution.id:09d}00")


def desks(book: Book) -> list[Desk]:
    """The institutions that have an accountant."""
    rows = db.session.execute(
        select(RoleGrant.institution_id, RoleGrant.person_id)
        .where(RoleGrant.role == Role.ACCOUNTANT, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id.desc())
    )
    by = {row.institution_id: row.person_id for row in rows}
    db.session.rollback()
    return [
        Desk(code, number, Actor(Source.PERSON, by[number], Role.ACCOUNTANT))
        for code, number in sorted(book.institutions.items())
        if number in by
    ]


def bill(market: Market, producers: Sequence[str], today: date, now: datetime) -> int:
    """What these can invoice is invoiced, and what claims take off is credited; returns how many invoices."""
    written = 0
    for code in producers:
        if _writes(code, today):
            with transaction():
                written += _bill(market.book.producers[code], market.book.sellers[code], now)
    return written


def _writes(code: str, today: date) -> bool:
    """Whether a farm sits down to its invoices on a working day.

    Who invoices each delivery does it every morning; of the others each does on one of the first ten working
    days of a month.
    """
    worked = sum(today.replace(day=day).weekday() < SATURDAY for day in range(1, today.day + 1))
    return code in EACH_DELIVERY or worked == 1 + chance(WITHIN, "writes", code)


def _bill(producer: int, seller: Actor, now: datetime) -> int:
    """By hand, or on the farm's behalf where it consented."""
    consented = consent_of(producer) is not None
    origin = InvoiceOrigin.ON_BEHALF if consented else InvoiceOrigin.ISSUED
    actor = SCHEDULER.acting_for(f"producer {producer}") if consented else seller
    try:
        issued = issue_all(producer, origin=origin, actor=actor, now=now)
    except NothingToInvoice:
        issued = []
    for one in owed(producer):
        try:
            credit_owed(one.invoice_id, origin=origin, actor=actor, now=now)
        except NothingToCredit:
            continue
    return len(issued)


def approve_all(_market: Market, at: Sequence[Desk], now: datetime) -> None:
    """The accountants of these desks approve what agrees."""
    for desk in at:
        _approve(desk, now)


def _approve(desk: Desk, now: datetime) -> int:
    agreeing = db.session.scalars(
        select(Invoice.id).where(
            Invoice.institution_id == desk.institution,
            Invoice.state == InvoiceState.MATCHED,
            Invoice.kind == InvoiceKind.INVOICE,
        )
    ).all()
    db.session.rollback()
    for number in agreeing:
        with transaction():
            approve_invoice(number, actor=desk.accountant, now=now)
    return len(agreeing)


def pay(desk: Desk, today: date, now: datetime) -> int | None:
    """A batch of what is soon due; returns its number."""
    until = today - timedelta(days=LATE_BY) if desk.code == PAYS_LATE else today + AHEAD
    due = [
        one.id
        for one in waiting(desk.institution)
        if one.due_date <= until and one.batch_id is None and one.iban
    ]
    db.session.rollback()
    if not due:
        return None
    with transaction():
        return make_batch(desk.institution, due, today, today=today, actor=desk.accountant, now=now).id


def read_statements(_market: Market, paid: Sequence[tuple[Desk, int]], now: datetime) -> None:
    """The bank paid these batches: their statements are read in."""
    for desk, batch in paid:
        _read_statement(desk, batch, now)


def _read_statement(desk: Desk, batch_id: int, now: datetime) -> None:
    with transaction():
        batch = db.session.get_one(PaymentBatch, batch_id)
        content = statement_of(batch)
        read_in(
            Owner(institution_id=desk.institution), f"izpisek-{batch.execute_on:%Y-%m-%d}.xml", content,
            actor=desk.accountant, now=now,
        )  # fmt: skip


def statement_of(batch: PaymentBatch) -> bytes:
    """A statement of account (camt.053) in which the bank has paid each transfer of a batch."""
    day = batch.execute_on.isoformat()
    opening = 10_000_000
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{_euros(line.amount_cents)}</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
        "<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{line.end_to_end}</EndToEndId></Refs><RmtInf><Strd><CdtrRefInf>"
        f"<Ref>{line.reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for line in batch.lines
    )
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{_euros(cents)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
        for code, cents in (("OPBD", opening), ("CLBD", opening - batch.total_cents))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACES[-1]}"><BkToCstmrStmt><GrpHdr>'
        f"<MsgId>M{batch.id}</MsgId></GrpHdr><Stmt><Id>{batch.execute_on:%Y}-{batch.id}</Id>"
        f"<Acct><Id><IBAN>{batch.iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def pay_all(at: Sequence[Desk], today: date, now: datetime) -> Iterable[tuple[Desk, int]]:
    """Thursday at these accountants' desks: what was approved is paid; gives the batches that were made."""
    for desk in at:
        if desk.code == PAYS_LATE or today.weekday() == THURSDAY:
            batch = pay(desk, today, now)
            if batch is not None:
                yield desk, batch


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
