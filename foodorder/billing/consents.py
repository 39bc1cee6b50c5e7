"""A producer's written consent that invoices are issued on their behalf (ZDDV-1, art. 81), kept on file."""

from datetime import datetime

from sqlalchemy import select

from foodorder.billing.models import IssuingConsent
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.files import HandedIn
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class ConsentGiven(Refusal):
    """A second consent while the first stands."""

    message = N_("The producer has consented already.")


def consent_of(producer_id: int) -> IssuingConsent | None:
    """The consent that stands now."""
    return db.session.scalar(
        select(IssuingConsent).where(
            IssuingConsent.producer_id == producer_id, IssuingConsent.withdrawn_at.is_(None)
        )
    )


def give_consent(
    producer_id: int, words: str, paper: HandedIn | None = None, *, actor: Actor, now: datetime
) -> IssuingConsent:
    """Keep a consent: the sentence that was agreed to, and the signed paper where there is one.

    Raises ConsentGiven.
    """
    if consent_of(producer_id) is not None:
        raise ConsentGiven
    consent = IssuingConsent(
        producer_id=producer_id,
        words=words,
        document_name=paper.name if paper else None,
        document_type=paper.media_type if paper else None,
        document=paper.content if paper else None,
        given_at=now,
        given_by_id=actor.person_id,
    )
    db.session.add(consent)
    db.session.flush()
    trail.record(
        actor,
        "consent.given",
        "producer",
        producer_id,
        now=now,
        after={"consent": consent.id, "words": words},
    )
    return consent


def withdraw_consent(producer_id: int, *, actor: Actor, now: datetime) -> None:
    """Nothing more is issued on the producer's behalf; what was issued stays. Twice changes nothing."""
    consent = consent_of(producer_id)
    if consent is None:
        return
    consent.withdrawn_at = now
    consent.withdrawn_by_id = actor.person_id
    trail.record(actor, "consent.withdrawn", "producer", producer_id, now=now, before={"consent": consent.id})
