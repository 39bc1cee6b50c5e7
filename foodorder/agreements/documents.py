"""The agreement's own documents: the contract, the notice, annexes. They are kept as they came.

A draft's may be taken out again; what came to an agreement in force, or ended, is history and stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select

from foodorder.agreements.draft import record
from foodorder.agreements.models import Agreement, AgreementDocument
from foodorder.agreements.states import hold, hold_draft
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.files import read_files
from foodorder.trail.actor import Actor


class NothingHandedIn(Refusal):
    """A form without a file."""

    message = N_("Choose at least one file.")
    default_field = "documents"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document without its content: its size in bytes, and when it came."""

    id: int
    name: str
    size: int
    added_at: datetime


def add_documents(
    agreement: Agreement, files: Iterable[tuple[str, bytes]], *, actor: Actor, now: datetime
) -> list[AgreementDocument]:
    """Keep files, given as (name, bytes), with the agreement in whatever state it is.

    The trail holds the digest of each, so that anybody can prove which file it was.
    Raises NothingHandedIn, and what rules.files.read_files raises.
    """
    read = read_files(files, document=True)
    if not read:
        raise NothingHandedIn
    hold(agreement)
    rows = [
        AgreementDocument(
            agreement_id=agreement.id, name=one.name, media_type=one.media_type, content=one.content,
            added_at=now, added_by_id=actor.person_id,
        )
        for one in read
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    record(
        actor, "agreement.documents_added", agreement, now,
        after={"documents": [{"id": row.id, **_told(row.name, row.content)} for row in rows]},
    )  # fmt: skip
    return rows


def remove_document(
    agreement: Agreement, document: AgreementDocument, *, actor: Actor, now: datetime
) -> None:
    """Take a document out of a draft. Raises NotADraft."""
    hold_draft(agreement)
    told = {"id": document.id, **_told(document.name, document.content)}
    db.session.delete(document)
    db.session.flush()
    record(actor, "agreement.document_removed", agreement, now, before={"documents": [told]})


def documents_of(agreement_id: int) -> list[Listed]:
    """The documents of an agreement in the order they came, without their content."""
    rows = db.session.execute(
        select(
            AgreementDocument.id,
            AgreementDocument.name,
            func.octet_length(AgreementDocument.content),
            AgreementDocument.added_at,
        )
        .where(AgreementDocument.agreement_id == agreement_id)
        .order_by(AgreementDocument.id)
    )
    return [Listed(*row) for row in rows]


def document_of(agreement: Agreement, document_id: int) -> AgreementDocument | None:
    """A document of an agreement that its reader may see."""
    return db.session.scalar(
        select(AgreementDocument).where(
            AgreementDocument.id == document_id, AgreementDocument.agreement_id == agreement.id
        )
    )


def _told(name: str, content: bytes) -> dict[str, str | int]:
    return {"name": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
