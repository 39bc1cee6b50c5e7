"""An agreement while it is a draft: what it is called, its term and value, who may call off under it."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from foodorder.accounts.changing import change
from foodorder.accounts.models import Institution
from foodorder.agreements.ceilings import Limits, limits_of, set_limits
from foodorder.agreements.models import Agreement
from foodorder.agreements.states import hold_draft
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind, AgreementState
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class TermBackwards(Refusal):
    """The last day comes before the first."""

    message = N_("The term must end after it begins.")
    default_field = "valid_to"


class NoValue(Refusal):
    """A procurement worth nothing."""

    message = N_("The value of the procurement must be above zero.")
    default_field = "value_cents"


class InstitutionUnknown(Refusal):
    """An institution that is not of the agreement's municipality."""

    message = N_("Choose institutions of your municipality.")
    default_field = "institutions"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementData:
    """All that is written about an agreement. `value_cents`: the whole procurement, exempted lots included.

    The limits are of the agreement as a whole over its term, net cents and grams; None: counted, not limited.
    """

    kind: AgreementKind
    title: str
    value_cents: int
    valid_from: date
    valid_to: date
    signed_on: date | None = None
    portal_number: str | None = None
    indexation: str | None = None
    limit_cents: int | None = None
    limit_grams: int | None = None


def create_agreement(municipality_id: int, data: AgreementData, *, actor: Actor, now: datetime) -> Agreement:
    """A new draft. Raises TermBackwards, NoValue."""
    values = _checked(data)
    agreement = Agreement(municipality_id=municipality_id, state=AgreementState.DRAFT, **values)
    db.session.add(agreement)
    db.session.flush()
    set_limits(agreement, Limits(data.limit_cents, data.limit_grams))
    record(actor, "agreement.created", agreement, now, after=asdict(data))
    return agreement


def edit_agreement(agreement: Agreement, data: AgreementData, *, actor: Actor, now: datetime) -> None:
    """Change a draft. Raises NotADraft, TermBackwards, NoValue."""
    hold_draft(agreement)
    limits, wanted = limits_of(agreement), Limits(data.limit_cents, data.limit_grams)
    before, after = change(agreement, _checked(data))
    if limits != wanted:
        set_limits(agreement, wanted)
        before |= {"limit_cents": limits.cents, "limit_grams": limits.grams}
        after |= {"limit_cents": wanted.cents, "limit_grams": wanted.grams}
    if after:
        record(actor, "agreement.changed", agreement, now, before=before, after=after)


def set_institutions(
    agreement: Agreement, institution_ids: Collection[int], *, actor: Actor, now: datetime
) -> None:
    """Say which institutions may call off under a draft. Raises NotADraft, InstitutionUnknown."""
    hold_draft(agreement)
    before = sorted(one.id for one in agreement.institutions)
    agreement.institutions = chosen_institutions(agreement, institution_ids)
    after = sorted(one.id for one in agreement.institutions)
    if before != after:
        record(
            actor, "agreement.institutions_set", agreement, now,
            before={"institutions": before}, after={"institutions": after},
        )  # fmt: skip


def chosen_institutions(agreement: Agreement, institution_ids: Collection[int]) -> list[Institution]:
    """Those of the agreement's municipality with these numbers. Raises InstitutionUnknown."""
    found = list(
        db.session.scalars(
            select(Institution)
            .where(
                Institution.id.in_(institution_ids),
                Institution.municipality_id == agreement.municipality_id,
            )
            .order_by(Institution.sort_key)
        )
    )
    if len(found) != len(set(institution_ids)):
        raise InstitutionUnknown
    return found


def record(
    actor: Actor,
    action: str,
    agreement: Agreement,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Leave an event of an agreement."""
    trail.record(
        actor, action, "agreement", agreement.id, now=now, municipality_id=agreement.municipality_id,
        before=before, after=after, reason=reason,
    )  # fmt: skip


def _checked(data: AgreementData) -> dict[str, Any]:
    if data.valid_to < data.valid_from:
        raise TermBackwards
    if data.value_cents <= 0:
        raise NoValue
    return {name: value for name, value in asdict(data).items() if not name.startswith("limit_")}
