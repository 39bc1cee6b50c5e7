"""A batch for the bank of our kitchen, and statements of our kitchen's and our farm's accounts."""

from datetime import date, datetime
from typing import Any

from foodorder.billing.models import BankEntry, BankStatement, PaymentBatch
from foodorder.db import db

IBAN, FARM_IBAN, DAY = "SI26990000000000123", "SI04990000000000124", date(2026, 11, 30)


def money_things(kitchen: Any, farm: Any, mark: str, now: datetime) -> dict[str, Any]:
    """Parameters of routes: ours, with the mark that strangers must not see."""
    batch = PaymentBatch(
        institution_id=kitchen.id, message=mark, iban=IBAN, execute_on=DAY, count=1, total_cents=100,
        content=mark.encode(), created_at=now,
    )  # fmt: skip
    ours = _statement(mark, now, iban=IBAN, institution_id=kitchen.id)
    farms = _statement(mark, now, iban=FARM_IBAN, producer_id=farm.id)
    db.session.add_all([batch, ours, farms])
    db.session.flush()
    return {
        "batch_id": batch.id,
        "bank_statement_id": ours.id,
        "entry_id": ours.entries[0].id,
        "farm_bank_statement_id": farms.id,
        "farm_entry_id": farms.entries[0].id,
    }


def _statement(mark: str, now: datetime, **whose: Any) -> BankStatement:
    entry = BankEntry(
        position=1, amount_cents=-100, booked_on=DAY, value_date=DAY, words=mark, state="unmatched"
    )
    return BankStatement(
        statement=mark, from_date=DAY, to_date=DAY, opening_cents=100, closing_cents=0, filename=mark,
        content=mark.encode(), imported_at=now, entries=[entry], **whose,
    )  # fmt: skip
