"""Issue for producers who consented in writing: deliveries on the morning after, months when they are over.

What a credit note took off is invoiced again by a person only, for nobody else knows why it was taken off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from foodorder.billing.due import due
from foodorder.billing.issue import issue_invoice
from foodorder.billing.models import Invoice, IssuingConsent
from foodorder.billing.owed import credit_owed, owed
from foodorder.db import db
from foodorder.rules.settlement import Group, InvoiceOrigin
from foodorder.trail.actor import Actor

#: Kitchens correct what they noted at the door until the evening; from this hour it is invoiced.
FROM = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be issued now: lines by group, and invoices that claims take something off."""

    groups: Mapping[Group, tuple[int, ...]]
    credits: tuple[int, ...]


def consenting() -> list[int]:
    """The producers whose consent stands."""
    chosen = select(IssuingConsent.producer_id).where(IssuingConsent.withdrawn_at.is_(None))
    return list(db.session.scalars(chosen.order_by(IssuingConsent.producer_id)))


def ready(producer_id: int, now: datetime) -> Ready:
    """What is to be issued on a producer's behalf now."""
    found = due(producer_id)
    groups = {
        group: keys
        for group, lines in found.ready(now - FROM).items()
        if (keys := tuple(line.key for line in lines if not found.goods[line.key].credited))
    }
    return Ready(groups, tuple(one.invoice_id for one in owed(producer_id)))


def issue(group: Group, lines: tuple[int, ...], *, actor: Actor, now: datetime) -> Invoice:
    """Issue an invoice on the producer's behalf. Raises NothingToInvoice, ConsentMissing."""
    return issue_invoice(
        group,
        lines=lines,
        origin=InvoiceOrigin.ON_BEHALF,
        actor=actor.acting_for(f"producer {group.seller_id}"),
        now=now,
    )


def credit(producer_id: int, invoice_id: int, *, actor: Actor, now: datetime) -> Invoice:
    """Issue a credit note on the producer's behalf. Raises NothingToCredit, ConsentMissing."""
    whom = actor.acting_for(f"producer {producer_id}")
    return credit_owed(invoice_id, origin=InvoiceOrigin.ON_BEHALF, actor=whom, now=now)
