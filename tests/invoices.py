"""What was brought and accepted, so that it can be invoiced: how a closed week (tests/deliveries.py) ends."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from foodorder.billing.due import due
from foodorder.billing.models import Invoice
from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.delivery.accept import Noted, accept, accept_as_announced
from foodorder.delivery.claims import close_claim, decline, open_claim
from foodorder.delivery.models import Claim, DeliveryLine, DeliveryNote
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.rules.claims import ClaimKind, ClaimOutcome, Side
from foodorder.rules.settlement import Group
from foodorder.trail.actor import COMMAND
from tests.deliveries import MONDAY, WEDNESDAY

#: Half past six on the Monday and the Wednesday of the week, and the mornings after.
AT_THE_DOOR = datetime(2026, 11, 30, 5, 30, tzinfo=UTC)
ON_WEDNESDAY = AT_THE_DOOR + timedelta(days=2)
TUESDAY_MORNING = AT_THE_DOOR + timedelta(days=1)
IBAN = "SI56192001234567892"

LAW = {"payment.days_max": 30, "utp.payment_perishable": 30}


def know_the_law() -> None:
    """The terms that the law sets for invoices."""
    db.session.add_all(
        LegalParameter(
            country="SI", key=key, value=value, unit="days", valid_from=date(2020, 1, 1), source="test",
            certainty="S",
        )
        for key, value in LAW.items()
    )  # fmt: skip
    db.session.flush()


def accept_all(note: DeliveryNote, now: datetime | None = None) -> None:
    """Accept a note as it was announced."""
    moment = now or AT_THE_DOOR
    accept_as_announced(
        note.id, [(line.id, uuid4()) for line in note.lines],
        institution_id=note.institution_id, actor=COMMAND, now=moment,
    )  # fmt: skip
    db.session.expire_all()


def accept_less(line: DeliveryLine, quantity: int, now: datetime | None = None) -> None:
    """Accept a part of a line."""
    accept(
        Noted(
            line.id, Decision(quantity, AcceptReason.QUALITY, "Gnilo."), 0, uuid4(), now or AT_THE_DOOR
        ),
        institution_id=line.note.institution_id, actor=COMMAND, now=now or AT_THE_DOOR,
    )  # fmt: skip
    db.session.expire_all()


def claim(line: DeliveryLine, quantity: int, now: datetime | None = None) -> Claim:
    """Claim a part of what was accepted: found to be bad later."""
    return open_claim(
        line.id, ClaimKind.HIDDEN, quantity, "V sredini gnilo.", was_accepted=True,
        actor=COMMAND, now=now or AT_THE_DOOR + timedelta(hours=1),
    )  # fmt: skip


def credited(found: Claim, now: datetime | None = None) -> None:
    """The supplier agrees that it is not paid."""
    moment = now or AT_THE_DOOR + timedelta(hours=2)
    decline(found.id, "Res je.", actor=COMMAND, now=moment)
    close_claim(found.id, ClaimOutcome.CREDITED, Side.SUPPLIER, actor=COMMAND, now=moment)
    db.session.expire_all()


def groups(producer: Any) -> list[Group]:
    """What may be invoiced of a producer, in order."""
    return list(due(producer.id).groups)


def invoices(producer: Any) -> list[Invoice]:
    """A producer's invoices and credit notes in the order they were written."""
    chosen = select(Invoice).where(Invoice.producer_id == producer.id).order_by(Invoice.id)
    return list(db.session.scalars(chosen))


__all__ = [
    "AT_THE_DOOR", "IBAN", "MONDAY", "ON_WEDNESDAY", "TUESDAY_MORNING", "WEDNESDAY", "accept_all",
    "accept_less", "claim", "credited", "groups", "invoices", "know_the_law",
]  # fmt: skip
