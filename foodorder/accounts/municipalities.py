"""Municipalities: all are known, those that take part are active and have rules of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from foodorder.accounts.changing import change
from foodorder.accounts.models import Municipality
from foodorder.accounts.sorting import sort_key
from foodorder.db import db
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.publicity import SmallProducers
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class MunicipalitySettings:
    """What a municipality decides for itself."""

    contact_email: str | None
    pack_rounding: PackRounding
    minimum_rule: MinimumRule
    language: str = "sl"
    zone: str = "Europe/Ljubljana"


def save_known(rows: Iterable[Mapping[str, str | None]]) -> int:
    """Enter the official list (code, name, region), bring names up to date; returns how many there are."""
    values = [
        {
            "code": row["code"],
            "name": row["name"],
            "sort_key": sort_key(row["name"] or ""),
            "region": row.get("region"),
            "active": False,
            "zone": "Europe/Ljubljana",
            "language": "sl",
            "pack_rounding": PackRounding.ASK,
            "minimum_rule": MinimumRule.CANCEL,
        }
        for row in rows
    ]
    statement = insert(Municipality).values(values)
    fresh = {name: statement.excluded[name] for name in ("name", "sort_key", "region")}
    db.session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=fresh))
    return len(values)


def activate(municipality: Municipality, *, actor: Actor, now: datetime) -> None:
    """Let a municipality take part."""
    _set_active(municipality, True, actor, now)


def deactivate(municipality: Municipality, *, actor: Actor, now: datetime) -> None:
    """Let a municipality rest: nobody may newly join it; what it has stays readable."""
    _set_active(municipality, False, actor, now)


def _set_active(municipality: Municipality, active: bool, actor: Actor, now: datetime) -> None:
    if municipality.active != active:
        municipality.active = active
        trail.record(
            actor, "municipality.activated" if active else "municipality.deactivated",
            "municipality", municipality.id, now=now, municipality_id=municipality.id,
        )  # fmt: skip


def save_settings(
    municipality: Municipality, settings: MunicipalitySettings, *, actor: Actor, now: datetime
) -> None:
    """Change a municipality's rules; cycles already planned keep the ones they were made with.

    Raises ZoneInfoNotFoundError for an unknown time zone.
    """
    ZoneInfo(settings.zone)
    before, after = change(municipality, asdict(settings))
    if after:
        trail.record(
            actor, "municipality.changed", "municipality", municipality.id, now=now,
            municipality_id=municipality.id, before=before, after=after,
        )  # fmt: skip


def show_in_public(
    municipality: Municipality, window: bool, small: SmallProducers, *, actor: Actor, now: datetime
) -> None:
    """Decide whether the public window of a municipality is open, and how small producers are told there."""
    before, after = change(municipality, {"public_window": window, "public_small_producers": small.value})
    if after:
        trail.record(
            actor, "municipality.changed", "municipality", municipality.id, now=now,
            municipality_id=municipality.id, before=before, after=after,
        )  # fmt: skip


def by_code(code: str) -> Municipality | None:
    """The municipality with an official three-digit code."""
    return db.session.scalar(select(Municipality).where(Municipality.code == code))


def every_municipality(*, active: bool | None = None, words: str = "") -> list[Municipality]:
    """Municipalities, active ones first, in Slovene order; only those whose name holds `words`."""
    statement = select(Municipality).order_by(Municipality.active.desc(), Municipality.sort_key)
    if active is not None:
        statement = statement.where(Municipality.active.is_(active))
    if words:
        statement = statement.where(Municipality.sort_key.contains(sort_key(words), autoescape=True))
    return list(db.session.scalars(statement))
