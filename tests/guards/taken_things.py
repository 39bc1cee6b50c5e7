"""For the town: an invoice written elsewhere, entered by hand, with its paper and a disputed difference."""

from datetime import date
from typing import Any

from foodorder.billing.decide import decide_finding
from foodorder.billing.match import findings_of
from foodorder.billing.take_in import enter
from foodorder.billing.taking import Taken, TakenLine
from foodorder.rules.files import HandedIn
from foodorder.rules.findings import FindingAction, Hand
from foodorder.rules.vat import EXEMPT
from tests.services.agreed import ACT


def taken_things(kitchen: Any, farm: Any, mark: str) -> dict[str, int]:
    """Parameters of routes → numbers of ours; every name has the mark. Nobody ordered what is on it."""
    line = TakenLine(mark, "KGM", 1_000, 1_000_000, 100, EXEMPT)
    taken = Taken(f"{mark} 1", date(2026, 11, 20), 100, 100, [line], due_date=date(2026, 12, 20))
    paper = HandedIn(f"{mark}.pdf", "application/pdf", b"%PDF-1.7 of ours")
    invoice = enter(kitchen.id, farm.id, taken, attached=[paper], **ACT)
    finding = findings_of(invoice.id)[0].id
    decide_finding(finding, FindingAction.DISPUTE, "why", hand=Hand.ACCOUNTANT, **ACT)
    return {
        "matched_id": invoice.id,
        "invoice_line_id": invoice.lines[0].id,
        "finding_id": finding,
        "file_id": invoice.files[0].id,
    }
