"""The three-way match of an invoice: what does not agree with order and acceptance becomes findings.

It runs when an invoice is issued or taken in, and again when something behind it has changed: a credit
note, goods that were accepted after the invoice came, a claim. A finding that is no more is closed by rule;
what was decided about one that still stands stays decided.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, text

from foodorder.billing.held import count, hold, hold_issuer
from foodorder.billing.models import Finding, FindingDecision, Invoice
from foodorder.billing.sides import Beside, beside
from foodorder.db import db
from foodorder.exchange.model.lines import SLACK
from foodorder.rules.errors import Money, facts_to_json
from foodorder.rules.findings import FindingAction, Hand, decide, holding
from foodorder.rules.matching import (
    FindingKind,
    FindingState,
    Found,
    Tolerances,
    check_total,
    compare,
)
from foodorder.rules.settlement import (
    InvoiceAction,
    InvoiceKind,
    InvoiceState,
    move,
    totals,
)
from foodorder.rules.vat import Treatment, TreatmentCode
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Price and quantity agree exactly or are looked at; a net value may be rounded as the standard allows.
TOLERANCES = Tolerances(amount_cents=SLACK)
#: States in which an invoice is compared; what is approved or over stays as it is.
COMPARED = frozenset({InvoiceState.RECEIVED, InvoiceState.HELD, InvoiceState.MATCHED})
#: States in which an invoice that was taken in counts nothing.
GIVEN_UP = frozenset({InvoiceState.REJECTED, InvoiceState.CREDITED})

_GOODS = text("""
SELECT delivery_line_id FROM invoice_line WHERE invoice_id = :invoice AND delivery_line_id IS NOT NULL
""")
_LINE_COUNTS = text("""
UPDATE invoice_line SET counted = :counted, counted_cents = :cents, acceptance_id = :acceptance,
       record_line_id = :record_line
 WHERE id = :line
""")


_CHANGED = text("""
SELECT DISTINCT i.id FROM invoice i
  JOIN invoice_line x ON x.invoice_id = i.id
  JOIN delivery_line l ON l.id = x.delivery_line_id
 WHERE i.sequence IS NULL AND i.kind = 'invoice' AND i.state IN ('received', 'held', 'matched')
   AND l.acceptance_id IS DISTINCT FROM x.acceptance_id
 ORDER BY i.id
""")


def changed() -> list[int]:
    """Invoices that were taken in, and whose goods were accepted, or accepted otherwise, since."""
    return list(db.session.scalars(_CHANGED))


def match_invoice(invoice_id: int, *, actor: Actor, now: datetime) -> Invoice:
    """Compare an invoice with orders and acceptances as they are now; it is held, or it agrees.

    A credit note is compared with nothing: it changes the invoice that it corrects.
    """
    return compared(invoice_id, actor=actor, now=now)[0]


def compared(invoice_id: int, *, actor: Actor, now: datetime) -> tuple[Invoice, list[Finding]]:
    """Do as `match_invoice` does; the invoice, and what was found if it is one that is compared."""
    invoice = hold_invoice(invoice_id)
    findings: list[Finding] = []
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return invoice, findings
    is_compared = InvoiceState(invoice.state) in COMPARED
    lines = beside(invoice.id, counting=InvoiceState(invoice.state) not in GIVEN_UP)
    _recount(lines)
    if is_compared:
        findings = _keep(invoice, _found(invoice, lines), now)
        follow(invoice, findings, actor, now)
    return invoice, findings


def hold_invoice(invoice_id: int) -> Invoice:
    """The invoice, held with its issuer and its goods, as it is now."""
    invoice = db.session.get_one(Invoice, invoice_id)
    db.session.flush()
    hold_issuer(invoice.producer_id)
    hold(list(db.session.scalars(_GOODS, {"invoice": invoice_id})))
    db.session.refresh(invoice, with_for_update=True)
    return invoice


def findings_of(invoice_id: int) -> list[Finding]:
    """The findings of an invoice in the order they were found."""
    chosen = select(Finding).where(Finding.invoice_id == invoice_id).order_by(Finding.id)
    return list(db.session.scalars(chosen))


def follow(invoice: Invoice, findings: Iterable[Finding], actor: Actor, now: datetime) -> None:
    """Let the state of an invoice follow its findings."""
    state = InvoiceState(invoice.state)
    if state not in COMPARED:
        return
    held = holding(FindingState(one.state) for one in findings)
    wanted = InvoiceState.HELD if held else InvoiceState.MATCHED
    if wanted is state:
        return
    invoice.state = move(state, InvoiceAction.HOLD if held else InvoiceAction.MATCH).value
    db.session.flush()
    trail.record(
        actor,
        f"invoice.{wanted.value}",
        "invoice",
        invoice.id,
        now=now,
        municipality_id=invoice.institution.municipality_id,
        before={"state": state.value},
        after={"state": wanted.value, "differences": held},
    )


def _found(invoice: Invoice, lines: Sequence[Beside]) -> Iterator[tuple[int | None, Found]]:
    """What does not agree: by line, and of the whole invoice."""
    for one in lines:
        # Of what was credited whole nothing is asked any more.
        if one.sides.quantity or one.sides.net:
            for found in compare(one.sides, TOLERANCES):
                yield one.row.id, found
    sums = totals(
        (Treatment(TreatmentCode(one.row.vat_treatment), one.row.vat_bp), one.row.net_cents) for one in lines
    ).total
    for found in check_total(invoice.net_cents, sums.net):
        yield None, found
    if invoice.vat_cents != sums.vat:
        facts = {"asked": Money(invoice.vat_cents), "right": Money(sums.vat)}
        yield None, Found(FindingKind.TAX, 0, facts)


def _recount(lines: Iterable[Beside]) -> None:
    """Count of lines that were taken in what is covered now."""
    changed = [one for one in lines if one.row.counted is not None and _differs(one)]
    for one in changed:
        db.session.execute(
            _LINE_COUNTS,
            {
                "counted": one.counts, "cents": one.counts_cents, "acceptance": one.row.acceptance_id,
                "record_line": one.row.record_line_id, "line": one.row.id,
            },
        )  # fmt: skip
    # First what is given free, then what is taken: two lines may mean the same goods.
    moved = sorted(
        (one.counts - one.row.counted, one.counts_cents - one.row.counted_cents, one.row.delivery_line_id)
        for one in changed
        if one.row.delivery_line_id
    )
    for quantity, net, line in moved:
        count([(line, quantity, net)])
    if changed:
        db.session.expire_all()


def _differs(one: Beside) -> bool:
    row = one.row
    return (one.counts, one.counts_cents, row.acceptance_id) != (
        row.counted, row.counted_cents, row.written_acceptance_id,
    )  # fmt: skip


def _keep(invoice: Invoice, found: Iterable[tuple[int | None, Found]], now: datetime) -> list[Finding]:
    """Bring the findings up to date: those that stand, those that are new, those that are no more."""
    findings = findings_of(invoice.id)
    standing = {(one.line_id, one.kind): one for one in findings}
    seen = set()
    for line_id, one in found:
        seen.add((line_id, one.kind.value))
        old = standing.get((line_id, one.kind.value))
        facts = facts_to_json(one.facts)
        if old is None or (old.state == FindingState.RELEASED and not _says(old, one.cents, facts)):
            findings.append(_new(invoice, line_id, one, now))
        elif not _says(old, one.cents, facts):
            old.cents, old.facts = one.cents, facts
    for key, old in standing.items():
        if key not in seen and old.state != FindingState.RELEASED:
            close(old, now)
    db.session.add_all(findings)
    db.session.flush()
    return findings


def close(finding: Finding, now: datetime) -> None:
    """Close a finding by rule: what differed differs no more."""
    state = decide(FindingState(finding.state), FindingAction.CORRECT, Hand.RULE, "")
    finding.state = state.value
    finding.decisions.append(
        FindingDecision(action=FindingAction.CORRECT.value, state=state.value, words="", decided_at=now)
    )


def _says(old: Finding, cents: int, facts: Mapping[str, object]) -> bool:
    """Whether a finding says the same, and was not closed by a rule that holds no more."""
    corrected = bool(old.decisions) and old.decisions[-1].action == FindingAction.CORRECT
    return (old.cents, old.facts) == (cents, facts) and not corrected


def _new(invoice: Invoice, line_id: int | None, one: Found, now: datetime) -> Finding:
    return Finding(
        invoice_id=invoice.id,
        line_id=line_id,
        kind=one.kind.value,
        facts=facts_to_json(one.facts),
        cents=one.cents,
        state=one.state.value,
        found_at=now,
    )
