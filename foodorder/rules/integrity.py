"""Conflict of interest (nasprotje interesov): who may not buy, who may not decide, what must be told.

A body under procurement law does not buy from a supplier whom one of its own functionaries, or a member of
their family, manages, represents, is, or owns by more than the law's share (ZIntPK, art. 35: 5 %, dated row
`integrity.functionary_share`). "Its own" is narrow: a councillor serves the municipality and not the school
that it founded, so the school may buy from the councillor's farm; but the councillor is kept out of every
decision about it (answer of the Commission for the Prevention of Corruption on exactly this case,
kpk-rs.si/ufaqs/420; ZJN-3, art. 91).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Refusal


class Relation(StrEnum):
    """What ties a functionary or a member of their family to a producer."""

    SELF = "self"
    FAMILY = "family"
    MANAGER = "manager"
    OWNER = "owner"


RELATIONS: Mapping[Relation, str] = MappingProxyType(
    {
        Relation.SELF: N_("The farm is their own"),
        Relation.FAMILY: N_("The farm is of their family"),
        Relation.MANAGER: N_("They or their family manage or represent it"),
        Relation.OWNER: N_("They or their family own a part of it"),
    }
)

#: Ties that bar orders whatever the share.
WHATEVER_THE_SHARE = frozenset({Relation.SELF, Relation.FAMILY, Relation.MANAGER})


class BarredProducer(Refusal):
    """An order of an institution from a producer of its own functionary or their family."""

    message = N_(
        "Your institution may not order from %(producer)s: one of its own functionaries, or their family, "
        "has a part in it (ZIntPK, art. 35)."
    )
    short = N_("Not from this farm: conflict of interest.")


class OwnInterest(Refusal):
    """A decision about a producer by somebody who declared an interest in it."""

    message = N_("You declared an interest in %(producer)s, so somebody else must decide about it.")


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared: which body the functionary serves, the tie, the days on which it stands.

    `institution_id` None: the municipality itself. `person_id` None: somebody without a log-in. `share_bp`:
    their and their family's part in basis points, None: not told. `valid_to` None: it stands still.
    """

    producer_id: int
    institution_id: int | None
    person_id: int | None
    relation: Relation
    share_bp: int | None
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the tie stands on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def bars_orders(declared: Declared, institution_id: int, day: date, share_limit_bp: int) -> bool:
    """Whether an institution may not order from the producer on a day (ZIntPK, art. 35).

    Only the declarations of its own functionaries bar it. A part of the limit exactly is allowed; one that
    was not told bars until it is, since nobody can know that it is below.
    """
    if declared.institution_id != institution_id or not declared.holds_on(day):
        return False
    if declared.relation in WHATEVER_THE_SHARE:
        return True
    return declared.share_bp is None or declared.share_bp > share_limit_bp


def must_withdraw(declarations: Iterable[Declared], person_id: int, producer_id: int, day: date) -> bool:
    """Whether a person is kept out of decisions about a producer: any tie of theirs that stands on the day.

    Whichever body they serve, however small the part: a decision must look impartial too (ZJN-3, art. 91).
    """
    return any(
        one.person_id == person_id and one.producer_id == producer_id and one.holds_on(day)
        for one in declarations
    )


def days_late(declared_on: date, since: date, limit_days: int) -> int:
    """How many days after the term a tie was declared; 0 in time.

    The term is a month after it began (`integrity.report_first`), for a change of what was declared before
    eight days (`integrity.report_change`; ZIntPK, art. 35).
    """
    return max((declared_on - since).days - limit_days, 0)


def needs_statement(deal_cents: int, limit_cents: int) -> bool:
    """Whether deals of this net value with one institution need a statement of who owns the supplier.

    Above `integrity.ownership_statement_from` (ZIntPK, art. 14(6)): exactly the limit does not.
    """
    return deal_cents > limit_cents
