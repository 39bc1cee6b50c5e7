"""A producer asks to be admitted to a category of a dynamic purchasing system; the coordinator decides.

The files that come with an application are kept as they came; whose they are, decides the loader that finds
them. The term in which it is decided is written with the application, by the law of that day.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from foodorder.accounts.interests import check_may_decide, local_day
from foodorder.accounts.recipients import coordinators, recipients_of_producer
from foodorder.agreements.application_queries import holidays
from foodorder.agreements.models import (
    AgreementLot,
    ApplicationDocument,
    LotApplication,
    LotSupplier,
)
from foodorder.agreements.suppliers import add_supplier
from foodorder.catalogue import law
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.rules.agreements import AgreementKind, AgreementState, ApplicationState
from foodorder.rules.applications import (
    AlreadyApplied,
    AlreadySupplier,
    ApplicationDecided,
    DocumentsMissing,
    NotOpenForApplications,
    RefusalWithoutReason,
    decide_by,
    is_open,
)
from foodorder.rules.files import read_files
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

TERM = "procurement.dps_evaluation"


def apply(
    lot_id: int,
    producer_id: int,
    files: Iterable[tuple[str, bytes]],
    note: str | None = None,
    *,
    actor: Actor,
    now: datetime,
) -> LotApplication:
    """Ask to be admitted to a lot, with files as (name, bytes); the municipality's coordinators are told.

    Raises NotOpenForApplications, AlreadyApplied, AlreadySupplier, DocumentsMissing, and what
    rules.files.read_files raises.
    """
    lot = db.session.get_one(AgreementLot, lot_id)
    agreement, municipality = lot.agreement, lot.agreement.municipality
    today = local_day(municipality, now)
    kind, state = AgreementKind(agreement.kind), AgreementState(agreement.state)
    if not is_open(kind, state, agreement.valid_to, today):
        raise NotOpenForApplications
    if db.session.scalar(select(_supplies(lot_id, producer_id, today))):
        raise AlreadySupplier
    documents = read_files(files)
    if not documents:
        raise DocumentsMissing
    term = law.value_on(TERM, today)
    application = _ask(
        lot_id=lot_id, producer_id=producer_id, note=(note or "").strip() or None, applied_at=now,
        decide_by=decide_by(today, term, holidays(municipality.id, today)),
    )  # fmt: skip
    application.documents = [
        ApplicationDocument(name=one.name, media_type=one.media_type, content=one.content)
        for one in documents
    ]
    db.session.flush()
    _record("application.applied", application, actor, now, files=[one.name for one in documents])
    _tell("application_received", application, coordinators(municipality.id))
    return application


def withdraw(application: LotApplication, *, actor: Actor, now: datetime) -> None:
    """Take back an application that waits. Raises ApplicationDecided."""
    _move(application, ApplicationState.WITHDRAWN, None, actor, now)
    _record("application.withdrawn", application, actor, now)


def admit(
    application: LotApplication,
    reason: str | None = None,
    *,
    share_bp: int | None = None,
    actor: Actor,
    now: datetime,
) -> LotSupplier:
    """Let the producer supply the lot from the day of the decision on, after the others in rank; tell them.

    `share_bp` is needed for lots in parallel. Raises ApplicationDecided, OwnInterest, and what
    agreements.suppliers.add_supplier raises: NotAdmittedHere, ShareMissing, SharesAboveWhole, NotADraft.
    """
    lot = application.lot
    today = local_day(lot.agreement.municipality, now)
    check_may_decide(actor, [application.producer_id], today)
    _move(application, ApplicationState.ADMITTED, (reason or "").strip() or None, actor, now)
    supplier = add_supplier(
        lot, application.producer_id, share_bp=share_bp, valid_from=max(today, lot.agreement.valid_from),
        actor=actor, now=now,
    )  # fmt: skip
    _record("application.admitted", application, actor, now)
    _tell("application_decided", application, recipients_of_producer(application.producer_id))
    return supplier


def refuse(application: LotApplication, reason: str, *, actor: Actor, now: datetime) -> None:
    """Refuse with a reason that the producer reads; they may apply again.

    Raises RefusalWithoutReason, ApplicationDecided, OwnInterest.
    """
    if not reason.strip():
        raise RefusalWithoutReason
    today = local_day(application.lot.agreement.municipality, now)
    check_may_decide(actor, [application.producer_id], today)
    _move(application, ApplicationState.REFUSED, reason.strip(), actor, now)
    _record("application.refused", application, actor, now)
    _tell("application_decided", application, recipients_of_producer(application.producer_id))


def _supplies(lot_id: int, producer_id: int, day: date) -> Any:
    return exists().where(
        LotSupplier.lot_id == lot_id,
        LotSupplier.producer_id == producer_id,
        or_(LotSupplier.valid_to.is_(None), LotSupplier.valid_to >= day),
    )


def _ask(**values: Any) -> LotApplication:
    """The new row. Two requests at once: the index of waiting applications lets one through."""
    written = (
        insert(LotApplication)
        .values(state=ApplicationState.ASKED, **values)
        .on_conflict_do_nothing(
            index_elements=["lot_id", "producer_id"],
            # As text: a general plan of the prepared statement knows no bound value, and finds no index.
            index_where=text("state = 'asked'"),
        )
        .returning(LotApplication.id)
    )
    new = db.session.execute(written).scalar_one_or_none()
    if new is None:
        raise AlreadyApplied
    return db.session.get_one(LotApplication, new)


def _move(
    application: LotApplication, state: ApplicationState, reason: str | None, actor: Actor, now: datetime
) -> None:
    """Decide or withdraw what waits. Two people may decide at once: the first one wins."""
    moved = (
        update(LotApplication)
        .where(LotApplication.id == application.id, LotApplication.state == ApplicationState.ASKED)
        .values(state=state, reason=reason, decided_at=now, decided_by_id=actor.person_id)
        .returning(LotApplication.id)
    )
    if db.session.execute(moved).one_or_none() is None:
        raise ApplicationDecided
    db.session.refresh(application, ["state", "reason", "decided_at", "decided_by_id"])


def _record(action: str, application: LotApplication, actor: Actor, now: datetime, **more: Any) -> None:
    lot = application.lot
    trail.record(
        actor, action, "lot_application", application.id, now=now, reason=application.reason,
        municipality_id=lot.agreement.municipality_id,
        after={
            "state": application.state, "lot": lot.number, "agreement": lot.agreement_id,
            "producer": application.producer.name, "producer_id": application.producer_id,
            "decide_by": application.decide_by, **more,
        },
    )  # fmt: skip


def _tell(template: str, application: LotApplication, people: list[Recipient]) -> None:
    agreement, municipality = application.lot.agreement, application.lot.agreement.municipality
    outbox.queue(
        template,
        people,
        key=f"application {application.id} {application.state}",
        data={
            "producer": application.producer.name,
            "municipality": municipality.name,
            "agreement": agreement.title,
            "lot": f"{application.lot.number} {application.lot.name}",
            "state": application.state,
            "reason": application.reason or "",
            "decide_by": application.decide_by.isoformat(),
            "contact": municipality.contact_email or "",
        },
        municipality_id=municipality.id,
        object_type="lot_application",
        object_id=application.id,
    )
