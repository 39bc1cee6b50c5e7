"""In: every business write of every stage, in its own transaction.
Out: the auditor's history of a thing; the sealed chain whose head is published each day.
Frozen when: at once. UPDATE, DELETE and TRUNCATE are refused by trigger, to every role.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foodorder.db import Model


class TrailEvent(Model):
    """One business act. `body` is the canonical text that is hashed; the columns repeat it for searching."""

    __tablename__ = "trail_event"
    __table_args__ = (
        Index("ix_trail_event_object", "object_type", "object_id", "id"),
        # The auditor's page: newest first, by who, what and to which kind of thing.
        Index("ix_trail_event_municipality", "municipality_id", "at", "id"),
        Index("ix_trail_event_person", "municipality_id", "actor_id", "at", "id"),
        Index("ix_trail_event_action", "municipality_id", "action", "at", "id"),
        Index("ix_trail_event_thing", "municipality_id", "object_type", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("foodorder_clock()"))
    #: Person who acted; NULL for the scheduler. No foreign key: people may be erased, the trail stays.
    actor_id: Mapped[int | None]
    role: Mapped[str | None] = mapped_column(Text)
    #: Municipality whose auditors may read it; NULL for the installation itself.
    municipality_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int] = mapped_column(BigInteger)
    #: Canonical JSON of the whole event (sorted keys, no spaces), stored at writing, never re-serialised.
    body: Mapped[str] = mapped_column(Text)


class TrailBlock(Model):
    """A sealed block: SHA-256 over the hash before it and its events' bodies in order."""

    __tablename__ = "trail_block"
    __table_args__ = (Index("ix_trail_block_sealed_at", "sealed_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(server_default=text("foodorder_clock()"))
    events: Mapped[int]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class TrailSealed(Model):
    """Which block holds an event, and where in it."""

    __tablename__ = "trail_sealed"
    __table_args__ = (UniqueConstraint("block_id", "position"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("trail_event.id"), primary_key=True)
    block_id: Mapped[int] = mapped_column(ForeignKey("trail_block.id"))
    position: Mapped[int]
    #: SHA-256 of the event, so that a changed row can be named and not only its block.
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class TrailUnsealed(Model):
    """Events waiting to be sealed: filled by a trigger, emptied by the sealing, no proof by itself."""

    __tablename__ = "trail_unsealed"

    event_id: Mapped[int] = mapped_column(ForeignKey("trail_event.id"), primary_key=True)


class TrailConcern(Model):
    """Which institution or producer an event concerns: written by the sealing, no proof by itself.

    An event concerns whose thing it is about, whom somebody acted for, and whom it names; events of the
    municipality alone (its cycles, its rules) concern nobody here.
    """

    __tablename__ = "trail_concern"
    __table_args__ = (CheckConstraint("kind IN ('institution', 'producer')", name="kind"),)

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(primary_key=True)
    #: When the event happened: the order in which it is read.
    at: Mapped[datetime] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("trail_event.id"), primary_key=True)


class TrailCheck(Model):
    """One recomputing of the whole trail: asked for, taken up, finished. Frozen once it is finished."""

    __tablename__ = "trail_check"
    __table_args__ = (
        Index("ix_trail_check_asked", "asked_at"),
        CheckConstraint(
            "num_nonnulls(finished_at, events, blocks, ok) IN (0, 4)"
            " AND (finished_at IS NULL OR started_at IS NOT NULL)",
            name="finished",
        ),
        CheckConstraint("(finding IS NULL) = (ok IS NOT FALSE)", name="finding"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(server_default=text("foodorder_clock()"))
    #: Person who asked; NULL for the scheduler. No foreign key, as in the trail.
    asked_by_id: Mapped[int | None]
    #: When it was last taken up; whoever took it up may have died since.
    started_at: Mapped[datetime | None]
    #: How far the recomputing is: blocks done, of how many.
    blocks_done: Mapped[int | None]
    blocks_all: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    #: How many sealed events and blocks were recomputed, up to the first that does not fit.
    events: Mapped[int | None]
    blocks: Mapped[int | None]
    ok: Mapped[bool | None]
    #: The first row that does not fit, in one English sentence; NULL when all fit.
    finding: Mapped[str | None] = mapped_column(Text)


class JobRun(Model):
    """One run of a clock job that had something to do, or failed. Not frozen: old rows are swept."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_name", "name", "started_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    #: Seconds between the time the latest item was due and the run that did it.
    late_seconds: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


class JobHeartbeat(Model):
    """When each job last ran, and last ran well. Real time, not the demo's."""

    __tablename__ = "job_heartbeat"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    ran_at: Mapped[datetime]
    good_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
