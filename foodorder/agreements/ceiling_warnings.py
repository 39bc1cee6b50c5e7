"""Telling coordinators that a ceiling fills up: once for each of the levels it passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from foodorder.accounts.models import Institution, Producer
from foodorder.accounts.recipients import coordinators
from foodorder.agreements.models import Agreement, Ceiling
from foodorder.catalogue import law
from foodorder.db import db
from foodorder.language.times import local
from foodorder.outbox import service as outbox
from foodorder.rules.agreements import AgreementState
from foodorder.rules.thresholds import Level, Levels, fullest, passes
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class Use:
    """How full a ceiling is, by value or by quantity, whichever is higher; None: not limited."""

    ceiling: Ceiling
    share_bp: int | None
    level: Level

    @property
    def over(self) -> bool:
        """Whether more is ordered than the limit, which was lowered since: nothing more can be called off."""
        one = self.ceiling
        return passes(one.used_cents, one.limit_cents) or passes(one.used_grams, one.limit_grams)


def levels_on(day: date) -> Levels:
    """From which shares on a ceiling is said to be nearly full, as a day has it."""
    return Levels(*(law.value_on(f"ceiling.{mark}", day) for mark in ("warn", "urgent", "stop")))


def use_of(ceiling: Ceiling, levels: Levels) -> Use:
    """How full a ceiling is."""
    share = fullest(ceiling.used_cents, ceiling.limit_cents, ceiling.used_grams, ceiling.limit_grams)
    return Use(ceiling, share, levels.of(share))


def due_warnings(now: datetime) -> Sequence[int]:
    """Ceilings of agreements in force that have passed a level nobody was told of."""
    levels = levels_on(local(now).date())
    rows = db.session.scalars(
        select(Ceiling)
        .join(Ceiling.agreement)
        .where(
            Agreement.state == AgreementState.IN_FORCE,
            Ceiling.warned_bp < levels.stop,
            (Ceiling.used_cents > 0) | (Ceiling.used_grams > 0),
        )
        .order_by(Ceiling.id)
    )
    return [row.id for row in rows if levels.passed(use_of(row, levels).share_bp) > row.warned_bp]


def warn(ceiling_id: int, *, actor: Actor, now: datetime) -> bool:
    """Tell the municipality's coordinators of a level, once; returns whether there was something to tell."""
    ceiling = db.session.get_one(Ceiling, ceiling_id, with_for_update=True, populate_existing=True)
    levels = levels_on(local(now).date())
    use = use_of(ceiling, levels)
    passed = levels.passed(use.share_bp)
    if passed <= ceiling.warned_bp:
        return False
    agreement = ceiling.agreement
    producer = db.session.get(Producer, ceiling.producer_id) if ceiling.producer_id else None
    institution = db.session.get(Institution, ceiling.institution_id) if ceiling.institution_id else None
    outbox.queue(
        "ceiling_warning",
        coordinators(agreement.municipality_id),
        # A limit that was raised may fill up again.
        key=f"ceiling {ceiling.id} {passed} {ceiling.limit_cents} {ceiling.limit_grams}",
        data={
            "agreement": agreement.title,
            "agreement_id": agreement.id,
            "level": use.level,
            "share_bp": use.share_bp,
            "used_cents": ceiling.used_cents,
            "limit_cents": ceiling.limit_cents,
            "used_grams": ceiling.used_grams,
            "limit_grams": ceiling.limit_grams,
            "exempted": ceiling.exempted,
            "lot": f"{ceiling.lot.number} {ceiling.lot.name}" if ceiling.lot else None,
            "producer": producer.name if producer else None,
            "institution": institution.name if institution else None,
        },
        municipality_id=agreement.municipality_id,
        object_type="agreement",
        object_id=agreement.id,
    )
    before, ceiling.warned_bp = ceiling.warned_bp, passed
    trail.record(
        actor, "ceiling.warned", "agreement", agreement.id, now=now,
        municipality_id=agreement.municipality_id, before={"share": before},
        after={"share": passed, "ceiling": ceiling.id},
    )  # fmt: skip
    return True
