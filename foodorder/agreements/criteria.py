"""The published criteria (merila): weights by which offers of one food type are compared, and from when.

Rows are added, never changed, and hold for cycles that open on or after their first day: what was published
when a cycle opened is what its offers are compared by. A procurement may have its own for its exempted lots;
everything else follows the municipality's, and where it has published none the usual ones of the reference
data (seeds/reference/legal_parameters.tsv, keys `criteria.*`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from foodorder.accounts.models import Municipality
from foodorder.agreements.models import Agreement, AgreementLot, Criteria
from foodorder.catalogue.law import ParameterUnknown, value_on
from foodorder.db import db
from foodorder.rules.agreements import AwardMode
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.scoring import Criterion, Rule, check_weights
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class NotAhead(Refusal):
    """Criteria from a day on which cycles may have opened already."""

    message = N_("Criteria hold from tomorrow at the earliest: cycles that are open keep what was published.")
    default_field = "valid_from"


class PublishedAlready(Refusal):
    """A second set of criteria from the same day."""

    message = N_("Criteria from this day are published already. Choose another day.")
    default_field = "valid_from"


class NotYours(LookupError):
    """An agreement of another municipality."""


@dataclass(frozen=True, slots=True)
class Published:
    """Criteria in force: the row's number and first day (None: the usual ones), its agreement, the rule."""

    id: int | None
    valid_from: date | None
    agreement_id: int | None
    rule: Rule


def publish_criteria(
    municipality: Municipality,
    agreement: Agreement | None,
    valid_from: date,
    weights: Mapping[Criterion, int],
    *,
    today: date,
    actor: Actor,
    now: datetime,
) -> Criteria:
    """Publish weights for a procurement's exempted lots, or (None) for all that has none of its own.

    `today` is the day it is in the municipality. Raises NotAhead, PublishedAlready, WeightOutOfRange,
    WeightsNotHundred, ParameterUnknown, or NotYours.
    """
    if agreement is not None and agreement.municipality_id != municipality.id:
        raise NotYours(agreement.id)
    check_weights(weights)
    if valid_from <= today:
        raise NotAhead
    agreement_id = agreement.id if agreement else None
    same = (
        Criteria.municipality_id == municipality.id,
        Criteria.agreement_id.is_not_distinct_from(agreement_id),
        Criteria.valid_from == valid_from,
    )
    if db.session.scalar(select(Criteria.id).where(*same)) is not None:
        raise PublishedAlready
    whole = {criterion.value: weights.get(criterion, 0) for criterion in Criterion}
    _rule(whole, valid_from)
    row = Criteria(
        municipality_id=municipality.id,
        agreement_id=agreement_id,
        valid_from=valid_from,
        weights=whole,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(row)
    db.session.flush()
    trail.record(
        actor,
        "criteria.published",
        "criteria",
        row.id,
        now=now,
        municipality_id=municipality.id,
        after={"agreement": agreement_id, "valid_from": valid_from.isoformat(), **whole},
    )
    return row


def criteria_on(municipality_id: int, day: date) -> dict[int | None, Published]:
    """What held on a day, by lot of the procurement it was published for; None: for all others.

    Empty where neither the municipality nor the reference data say anything: then only prices are compared.
    """
    statement = (
        select(
            Criteria.id,
            Criteria.valid_from,
            Criteria.agreement_id,
            Criteria.weights,
            select(func.array_agg(AgreementLot.id))
            .where(AgreementLot.agreement_id == Criteria.agreement_id, AgreementLot.mode == AwardMode.OPEN)
            .scalar_subquery()
            .label("lots"),
        )
        .where(Criteria.municipality_id == municipality_id, Criteria.valid_from <= day)
        .ext(distinct_on(Criteria.agreement_id))
        .order_by(Criteria.agreement_id, Criteria.valid_from.desc())
    )
    found: dict[int | None, Published] = {}
    for row in db.session.execute(statement):
        published = Published(row.id, row.valid_from, row.agreement_id, _rule(row.weights, day))
        found |= dict.fromkeys([None] if row.agreement_id is None else row.lots or (), published)
    if None not in found and (usual := usual_rule(day)) is not None:
        found[None] = Published(None, None, None, usual)
    return found


def usual_rule(day: date) -> Rule | None:
    """The usual criteria of the reference data on a day; None where they are not loaded."""
    try:
        return _rule({one.value: value_on(f"criteria.{one.value}", day) for one in Criterion}, day)
    except ParameterUnknown:
        return None


def rule_with(weights: Mapping[Criterion, int], day: date) -> Rule:
    """A rule with these weights and the scales in force on a day. Raises ParameterUnknown."""
    return _rule({criterion.value: points for criterion, points in weights.items()}, day)


def _rule(weights: Mapping[str, int], day: date) -> Rule:
    return Rule(
        {criterion: weights.get(criterion.value, 0) for criterion in Criterion},
        value_on("criteria.fresh_hours", day),
        value_on("criteria.co2_grams", day),
        value_on("delivery.co2_per_km", day),
        value_on("criteria.scheme_part", day),
        value_on("criteria.cooperative_part", day),
    )


def all_published(municipality_id: int) -> list[tuple[Criteria, Agreement | None]]:
    """Everything that was ever published, newest first, with its procurement."""
    statement = (
        select(Criteria, Agreement)
        .outerjoin(Agreement, Agreement.id == Criteria.agreement_id)
        .where(Criteria.municipality_id == municipality_id)
        .order_by(Criteria.valid_from.desc(), Criteria.id.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]
