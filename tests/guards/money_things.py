"""A batch for the bank and a statement from it, of ours."""

from datetime import date, datetime
from typing import Any

from foodorder.billing.models import BankEntry, BankStatement, PaymentBatch
from foodorder.db import db

IBAN, DAY = "SI26990000000000123", date(2026, 11, 30)


def money_things(kitchen: Any, mark: str, now: datetime) -> dict[str, Any]:
    """Parameters of routes: ours, with the mark that strangers must not see."""
    batch = PaymentBatch(
        institution_id=kitchen.id, message=mark, iban=IBAN, execute_on=DAY, count=1, total_cents=100,
        content=mark.encode(), created_at=now,
    )  # fmt: skip
    entry = BankEntry(
        position=1, amount_cents=-100, booked_on=DAY, value_date=DAY, words=mark, state="unmatched"
    )
    statement = BankStatement(
        institution_id=kitchen.id, iban=IBAN, statement=mark, from_date=DAY, to_date=DAY, opening_cents=100,
        closing_cents=0, filename=mark, content=mark.encode(), imported_at=now, entries=[entry],
    )  # fmt: skip
    db.session.add_all([batch, statement])
    db.session.flush()
    return {"batch_id": batch.id, "statement_id": statement.id, "entry_id": entry.id}
