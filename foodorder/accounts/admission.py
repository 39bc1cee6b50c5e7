"""How a producer comes to sell in a municipality: applies, is admitted or refused, may be suspended.

A coordinator may admit a farmer without e-mail directly.
"""

from datetime import datetime

from sqlalchemy import update

from foodorder.accounts import recipients
from foodorder.accounts.interests import check_may_decide, local_day
from foodorder.accounts.models import Admission, AdmissionState, Municipality, Producer
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class ReasonMissing(Refusal):
    """A refusal without words: the farm must know what to mend."""

    message = N_("Write the reason; the farm will read it.")
    default_field = "reason"


class DecidedAlready(Refusal):
    """Somebody else decided meanwhile."""

    message = N_("This application was decided meanwhile. Load the page again.")


def apply(producer: Producer, municipality_id: int, *, actor: Actor, now: datetime) -> Admission:
    """Ask a municipality to be admitted, first or again after a refusal; its coordinators are told."""
    admission = db.session.get(Admission, (producer.id, municipality_id))
    if admission is None:
        admission = Admission(
            producer_id=producer.id, municipality_id=municipality_id, applied_at=now, days=31, minimum_cents=0
        )
        db.session.add(admission)
    elif admission.state != AdmissionState.REFUSED:
        return admission
    admission.state, admission.applied_at, admission.decided_at = AdmissionState.APPLIED, now, None
    db.session.flush()
    trail.record(
        actor, "admission.applied", "producer", producer.id, now=now, municipality_id=municipality_id
    )
    outbox.queue(
        "registration_received",
        recipients.coordinators(municipality_id),
        key=f"application {producer.id} {municipality_id} {now.isoformat()}",
        data={"producer": producer.name, "town": producer.town, "products": producer.description or ""},
        municipality_id=municipality_id,
        object_type="producer",
        object_id=producer.id,
    )
    return admission


def admit(admission: Admission, *, actor: Actor, now: datetime) -> None:
    """Let a producer sell in the municipality, and tell them. Raises DecidedAlready, OwnInterest."""
    _decide(admission, AdmissionState.ADMITTED, None, actor=actor, now=now)


def refuse(admission: Admission, reason: str, *, actor: Actor, now: datetime) -> None:
    """Refuse an application with a reason the producer reads.

    Raises ReasonMissing, DecidedAlready, OwnInterest.
    """
    _decide(admission, AdmissionState.REFUSED, reason, actor=actor, now=now)


def suspend(admission: Admission, reason: str, *, actor: Actor, now: datetime) -> None:
    """Stop an admitted producer from selling here until admitted again. What was ordered stays ordered.

    Raises ReasonMissing, DecidedAlready, OwnInterest.
    """
    _decide(admission, AdmissionState.SUSPENDED, reason, actor=actor, now=now)


#: Which decision may follow which state.
DECISIONS = {
    AdmissionState.ADMITTED: {AdmissionState.APPLIED, AdmissionState.REFUSED, AdmissionState.SUSPENDED},
    AdmissionState.REFUSED: {AdmissionState.APPLIED},
    AdmissionState.SUSPENDED: {AdmissionState.ADMITTED},
}


def _decide(
    admission: Admission, state: AdmissionState, reason: str | None, *, actor: Actor, now: datetime
) -> None:
    if state is not AdmissionState.ADMITTED and not (reason or "").strip():
        raise ReasonMissing
    municipality = db.session.get_one(Municipality, admission.municipality_id)
    check_may_decide(actor, [admission.producer_id], local_day(municipality, now))
    before = admission.state
    # Two coordinators may decide at once: the first one wins.
    decided = (
        update(Admission)
        .where(
            Admission.producer_id == admission.producer_id,
            Admission.municipality_id == admission.municipality_id,
            Admission.state.in_(DECISIONS[state]),
        )
        .values(state=state, reason=reason, decided_at=now, decided_by_id=actor.person_id)
        .returning(Admission.producer_id)
    )
    if db.session.execute(decided).one_or_none() is None:
        raise DecidedAlready
    trail.record(
        actor, f"admission.{state.value}", "producer", admission.producer_id, now=now, reason=reason,
        municipality_id=admission.municipality_id, before={"state": before}, after={"state": state},
    )  # fmt: skip
    outbox.queue(
        f"admission_{state.value}",
        recipients.recipients_of_producer(admission.producer_id),
        key=f"admission {admission.producer_id} {municipality.id} {state} {now.isoformat()}",
        data={
            "producer": admission.producer.name,
            "municipality": municipality.name,
            "reason": reason or "",
            "contact": municipality.contact_email or "",
        },
        municipality_id=municipality.id,
        object_type="producer",
        object_id=admission.producer_id,
    )


def admit_directly(
    producer: Producer, municipality_id: int, *, days: int, minimum_cents: int, actor: Actor, now: datetime
) -> Admission:
    """Admit a producer without an application: a farmer without e-mail whom the coordinator enters; seeds."""
    admission = Admission(
        producer_id=producer.id,
        municipality_id=municipality_id,
        state=AdmissionState.ADMITTED,
        applied_at=now,
        decided_at=now,
        decided_by_id=actor.person_id,
        days=days,
        minimum_cents=minimum_cents,
    )
    db.session.add(admission)
    db.session.flush()
    trail.record(
        actor, "admission.admitted", "producer", producer.id, now=now, municipality_id=municipality_id,
        after={"state": AdmissionState.ADMITTED, "days": days, "minimum_cents": minimum_cents},
    )  # fmt: skip
    return admission
