"""Statements of who owns a supplier (izjava o lastniški strukturi): entered, kept, found again.

When one is asked for says rules/integrity.py (ZIntPK, art. 14(6)); who lacks one tells audit/ownership.py,
where the value of deals is known. A newer statement stands beside the older one, and nothing is overwritten.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import defer

from foodorder.accounts.interests import local_day
from foodorder.accounts.models import Municipality, OwnershipStatement, Producer
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.files import HandedIn
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class SignedInTheFuture(Refusal):
    """A statement that nobody has signed yet."""

    message = N_("The day of the signature has not come yet.")
    default_field = "signed_on"


class OwnersMissing(Refusal):
    """A statement that names nobody."""

    message = N_("Write who owns the producer, as the statement says.")
    default_field = "owners"


def enter_statement(
    producer: Producer,
    municipality: Municipality,
    *,
    signed_on: date,
    owners: str,
    document: HandedIn | None,
    actor: Actor,
    now: datetime,
) -> OwnershipStatement:
    """Keep a statement, with the file it came in if there is one. Raises SignedInTheFuture, OwnersMissing."""
    if signed_on > local_day(municipality, now):
        raise SignedInTheFuture
    if not owners.strip():
        raise OwnersMissing
    row = OwnershipStatement(
        producer_id=producer.id,
        municipality_id=municipality.id,
        signed_on=signed_on,
        owners=owners.strip(),
        document_name=document.name if document else None,
        document=document.content if document else None,
        entered_at=now,
        entered_by_id=actor.person_id,
    )
    db.session.add(row)
    db.session.flush()
    trail.record(
        actor, "ownership.entered", "producer", producer.id, now=now, municipality_id=municipality.id,
        after={"statement": row.id, "signed_on": signed_on, "owners": row.owners, "name": producer.name},
    )  # fmt: skip
    return row


def statements_of(municipality_id: int, producer_id: int) -> list[OwnershipStatement]:
    """A producer's statements for this municipality, the newest first, without their files."""
    return list(
        db.session.scalars(
            select(OwnershipStatement)
            .where(
                OwnershipStatement.municipality_id == municipality_id,
                OwnershipStatement.producer_id == producer_id,
            )
            .order_by(OwnershipStatement.signed_on.desc(), OwnershipStatement.id.desc())
            .options(defer(OwnershipStatement.document))
        )
    )


def statement_of(municipality_id: int, statement_id: int) -> OwnershipStatement | None:
    """A statement of this municipality; None for every other's."""
    return db.session.scalar(
        select(OwnershipStatement).where(
            OwnershipStatement.id == statement_id, OwnershipStatement.municipality_id == municipality_id
        )
    )
