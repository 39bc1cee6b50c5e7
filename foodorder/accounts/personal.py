"""Telephone, IBAN, home address, contact's name: values that can be erased while the trail stays whole.

The trail holds the row's number and a hash under a key of the row's own. Erasing the value erases the key:
the hash then proves nothing about anybody. Each change makes a new key.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from foodorder.accounts.models import PersonalDetail
from foodorder.db import db
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class Detail(StrEnum):
    """What is kept apart."""

    PHONE = "phone"
    IBAN = "iban"
    ADDRESS = "address"
    CONTACT_NAME = "contact_name"


def keyed_hash(key: bytes, value: str) -> str:
    """HMAC-SHA-256 of a value under its row's key, in hexadecimal."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def set_detail(
    kind: Detail,
    value: str | None,
    *,
    producer_id: int | None = None,
    person_id: int | None = None,
    municipality_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep a personal value of a producer or a person; empty erases it, the same changes nothing."""
    detail = _find(kind, producer_id, person_id)
    if detail is None:
        if not value:
            return
        detail = PersonalDetail(kind=kind, producer_id=producer_id, person_id=person_id, changed_at=now)
        db.session.add(detail)
    elif detail.value == (value or None):
        return
    before = keyed_hash(detail.key, detail.value) if detail.key and detail.value else None
    detail.value = value or None
    detail.key = secrets.token_bytes(32) if value else None
    detail.changed_at = now
    detail.erased_at = None if value else now
    db.session.flush()
    trail.record(
        actor, "personal_detail.changed" if value else "personal_detail.erased", "personal_detail", detail.id,
        now=now, municipality_id=municipality_id,
        before={"hash": before} if before else None,
        after={"kind": kind, "hash": keyed_hash(detail.key, value) if detail.key and value else None},
    )  # fmt: skip


def details_of(*, producer_id: int | None = None, person_id: int | None = None) -> dict[str, str]:
    """The personal values of a producer or a person by kind; erased ones are missing."""
    rows = db.session.execute(
        select(PersonalDetail.kind, PersonalDetail.value).where(
            PersonalDetail.producer_id == producer_id
            if producer_id is not None
            else PersonalDetail.person_id == person_id,
            PersonalDetail.value.is_not(None),
        )
    )
    return {kind: value for kind, value in rows if value}


def _find(kind: Detail, producer_id: int | None, person_id: int | None) -> PersonalDetail | None:
    return db.session.scalar(
        select(PersonalDetail).where(
            PersonalDetail.kind == kind,
            PersonalDetail.producer_id.is_not_distinct_from(producer_id),
            PersonalDetail.person_id.is_not_distinct_from(person_id),
        )
    )
