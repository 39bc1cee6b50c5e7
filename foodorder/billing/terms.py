"""What a producer and an institution agree on: how often it is invoiced, and until when it is paid."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from foodorder.accounts.models import Institution
from foodorder.billing.models import InvoicingTerm
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.rules.invoicing import payment_days as checked
from foodorder.rules.settlement import Rhythm
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


def terms(producer_id: int) -> list[InvoicingTerm]:
    """What a producer agreed, that with everybody first."""
    chosen = select(InvoicingTerm).where(InvoicingTerm.producer_id == producer_id)
    return list(db.session.scalars(chosen.order_by(InvoicingTerm.institution_id.nulls_first())))


def agree(
    producer_id: int,
    institution_id: int | None,
    rhythm: Rhythm,
    payment_days: int | None,
    *,
    actor: Actor,
    now: datetime,
) -> InvoicingTerm:
    """Keep what is agreed with an institution, or (None) with everybody who has agreed nothing else.

    `payment_days` None: the most that the law allows. Raises TermTooLong.
    """
    institution = db.session.get_one(Institution, institution_id) if institution_id else None
    zone = ZoneInfo(institution.municipality.zone) if institution else now.tzinfo
    checked(payment_days, value_on("payment.days_max", now.astimezone(zone).date()))
    term = db.session.scalar(
        select(InvoicingTerm)
        .where(
            InvoicingTerm.producer_id == producer_id,
            InvoicingTerm.institution_id.is_not_distinct_from(institution_id),
        )
        .with_for_update()
    )
    before = {"rhythm": term.rhythm, "payment_days": term.payment_days} if term else None
    if term is None:
        term = InvoicingTerm(producer_id=producer_id, institution_id=institution_id)
        db.session.add(term)
    term.rhythm, term.payment_days = rhythm.value, payment_days
    term.agreed_at, term.agreed_by_id = now, actor.person_id
    db.session.flush()
    trail.record(
        actor,
        "invoicing_term.agreed",
        "producer",
        producer_id,
        now=now,
        municipality_id=institution.municipality_id if institution else None,
        before=before,
        after={"institution": institution_id, "rhythm": rhythm.value, "payment_days": payment_days},
    )
    return term
