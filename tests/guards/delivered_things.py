"""What was brought: the delivery notes of a week, a picture of what was refused, and a claim."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from foodorder.db import db
from foodorder.delivery.accept import Noted, accept
from foodorder.delivery.claims import open_claim
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.notes import make_cycle_notes
from foodorder.delivery.photos import Picture, keep_photo, photos_of
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.rules.claims import ClaimKind
from foodorder.trail.actor import COMMAND


def delivered_things(cycle_id: int, producer_id: int, goods: str, now: datetime) -> dict[str, Any]:
    """The week's delivery notes, one of ours, and its day."""
    make_cycle_notes(cycle_id, actor=COMMAND, now=now)
    note = db.session.scalars(
        select(DeliveryNote).where(DeliveryNote.producer_id == producer_id).order_by(DeliveryNote.id)
    ).first()
    return {"note_id": note.id, "day": note.delivery_date.isoformat(), **_claim(note, goods, now)}


def _claim(note: DeliveryNote, goods: str, now: datetime) -> dict[str, Any]:
    """A line that came later and was refused, with a picture, and the claim about a part of it."""
    later = note.__class__(
        **{
            name: getattr(note, name)
            for name in (
                "cycle_id", "producer_id", "institution_id", "delivery_point_id", "delivery_date", "year",
                "state", "created_at",
            )
        },
        part=2,
        sequence=9_000,
        number="D-2026-9000",
    )  # fmt: skip
    first = note.lines[0]
    line = first.__class__(
        **{
            name: getattr(first, name)
            for name in (
                "record_line_id", "root_line_id", "position", "name", "unit", "quantity", "grams",
                "grams_per_unit", "origin",
            )
        },
        ordered=0,
    )  # fmt: skip
    later.lines.append(line)
    db.session.add(later)
    db.session.flush()
    noted = Noted(line.id, Decision(0, AcceptReason.QUALITY, goods), 0, uuid4(), now)
    done = accept(noted, institution_id=note.institution_id, actor=COMMAND, now=now)
    picture = Picture(uuid4(), "mould.jpg", b"\xff\xd8\xff")
    keep_photo(done.id, picture, actor=COMMAND, now=now)
    [(photo,)] = photos_of([line.id]).values()
    claim = open_claim(line.id, ClaimKind.QUALITY, 1_000, goods, was_accepted=False, actor=COMMAND, now=now)
    return {"delivery_line_id": line.id, "photo_id": photo, "claim_id": claim.id}
