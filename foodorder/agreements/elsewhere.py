"""What institutions buy outside this system: entered by the month, voided with a reason, never changed.

The wholesaler sells most of the food, so shares and thresholds are of all food only where these are entered.
A wrong row is voided and entered anew: a report as of a past day counts what was known on that day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, update

from foodorder.accounts.models import Institution
from foodorder.agreements.models import PurchaseElsewhere
from foodorder.catalogue.models import FoodType
from foodorder.db import db
from foodorder.language.countries import countries
from foodorder.language.times import local
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import N_, NN_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Lawful basis of what is bought elsewhere, in the words of people.
BASES_ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "contract": N_("Contract or framework agreement"),
        "exempted": N_("Exempted lot"),
        "evidence": N_("Evidence order"),
    }
)
#: Basis of a row that says that nothing was bought.
NONE = "none"

#: No month before is of use to any report.
EARLIEST = date(2015, 1, 1)
LONGEST_SUPPLIER, LONGEST_NOTE = 200, 500


class MonthAhead(Refusal):
    """A month that has not begun, or one long ago."""

    message = N_("Choose a month that has begun, not before %(earliest)s.")
    default_field = "month"


class FoodUnknown(Refusal):
    """A food type that is not in the catalogue."""

    message = N_("There is no such food type. Use its code or its name from the template.")
    default_field = "food_type_id"


class SchemeUnknown(Refusal):
    """A quality scheme that is not known."""

    message = N_("There is no such quality scheme. Leave it empty for conventional food.")
    default_field = "scheme"


class BasisUnknown(Refusal):
    """A lawful basis that is not known."""

    message = N_("The lawful basis is one of: contract, exempted lot, evidence order.")
    default_field = "basis"


class CountryUnknown(Refusal):
    """A country of origin that is not known."""

    message = N_("There is no such country. Write its two letters, for instance SI, or leave it empty.")
    default_field = "origin"


class NothingBought(Refusal):
    """A row without weight and without value."""

    message = N_("Write how much was bought. If nothing was, say so for the whole month.")
    default_field = "net_cents"


class TooLong(Refusal):
    """A text longer than a name or a remark."""

    message, plural = NN_("Write at most %(count)s character.", "Write at most %(count)s characters.")


class MonthNotEmpty(Refusal):
    """A month of which it cannot be said that nothing was bought."""

    message = N_("Purchases of this month are entered already. Void them first if nothing was bought.")
    default_field = "month"


class AlreadyVoided(Refusal):
    """A row that was voided before."""

    message = N_("This purchase was voided already.")


class ReasonMissing(Refusal):
    """A row is voided without saying why."""

    message = N_("Write why it is voided.")
    default_field = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What was bought elsewhere of one food type in a month: net cents, grams (None: not known)."""

    month: date
    food_type_id: int
    net_cents: int
    grams: int | None = None
    scheme: str | None = None
    basis: str = "contract"
    origin: str | None = None
    supplier: str | None = None
    note: str | None = None


def check(purchase: Purchase, *, foods: Iterable[int], now: datetime) -> list[Refusal]:
    """Everything that is wrong with a purchase; `foods`: the food types there are."""
    found: list[Refusal] = []
    if not _is_month(purchase.month, now):
        found.append(MonthAhead(earliest=EARLIEST.year))
    if purchase.food_type_id not in foods:
        found.append(FoodUnknown())
    if purchase.net_cents <= 0 and not purchase.grams:
        found.append(NothingBought())
    if purchase.scheme is not None and purchase.scheme not in SCHEMES:
        found.append(SchemeUnknown())
    if purchase.basis not in BASES_ELSEWHERE:
        found.append(BasisUnknown())
    if purchase.origin is not None and purchase.origin not in countries():
        found.append(CountryUnknown())
    if len(purchase.supplier or "") > LONGEST_SUPPLIER:
        found.append(TooLong(field="supplier", count=LONGEST_SUPPLIER))
    if len(purchase.note or "") > LONGEST_NOTE:
        found.append(TooLong(field="note", count=LONGEST_NOTE))
    return found


def food_types() -> Sequence[FoodType]:
    """All food types, by their Slovene names."""
    return db.session.scalars(select(FoodType).order_by(FoodType.sort_key, FoodType.id)).all()


def enter(institution: Institution, purchase: Purchase, *, actor: Actor, now: datetime) -> PurchaseElsewhere:
    """Write down a purchase elsewhere; a month of which it was said that nothing was bought opens again.

    Raises the first refusal of `check`.
    """
    return enter_all(institution, [purchase], actor=actor, now=now)[0]


def enter_all(
    institution: Institution, purchases: Sequence[Purchase], *, actor: Actor, now: datetime
) -> list[PurchaseElsewhere]:
    """Write down many purchases, all or none. Raises the first refusal of `check`."""
    foods = frozenset(db.session.scalars(select(FoodType.id)))
    for purchase in purchases:
        for refusal in check(purchase, foods=foods, now=now):
            raise refusal
    for row in _standing(institution.id, {purchase.month for purchase in purchases}):
        if row.food_type_id is None:
            _void(row, institution, "purchases were entered", actor=actor, now=now)
    rows = [
        PurchaseElsewhere(
            institution_id=institution.id, entered_at=now, entered_by_id=actor.person_id, **asdict(purchase)
        )
        for purchase in purchases
    ]
    db.session.add_all(rows)
    db.session.flush()
    trail.record_all(
        actor,
        [
            _event("purchase.entered", row, institution, after=_told(purchase))
            for row, purchase in zip(rows, purchases, strict=True)
        ],
        now=now,
    )
    return rows


def enter_nothing(institution: Institution, month: date, *, actor: Actor, now: datetime) -> PurchaseElsewhere:
    """Say that nothing was bought elsewhere in a month. Raises MonthAhead, MonthNotEmpty."""
    if not _is_month(month, now):
        raise MonthAhead(earliest=EARLIEST.year)
    if _standing(institution.id, {month}):
        raise MonthNotEmpty
    row = PurchaseElsewhere(
        institution_id=institution.id, month=month, food_type_id=None, grams=0, net_cents=0, basis=NONE,
        entered_at=now, entered_by_id=actor.person_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    event = _event("purchase.none", row, institution, after={"month": month})
    trail.record_all(actor, [event], now=now)
    return row


def void(
    purchase: PurchaseElsewhere, institution: Institution, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Let a purchase count no longer from now on; it stays, with the reason. Raises AlreadyVoided,
    ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    _void(purchase, institution, reason.strip(), actor=actor, now=now)


def correct(
    purchase: PurchaseElsewhere,
    institution: Institution,
    right: Purchase,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> PurchaseElsewhere:
    """Void a purchase and enter what is right in its place. Raises what `void` and `enter` raise."""
    void(purchase, institution, reason, actor=actor, now=now)
    return enter(institution, right, actor=actor, now=now)


def _void(
    row: PurchaseElsewhere, institution: Institution, reason: str, *, actor: Actor, now: datetime
) -> None:
    # The row decides who was first: two who void it at once leave one reason.
    done = db.session.execute(
        update(PurchaseElsewhere)
        .where(PurchaseElsewhere.id == row.id, PurchaseElsewhere.voided_at.is_(None))
        .values(voided_at=now, voided_by_id=actor.person_id, void_reason=reason[:LONGEST_NOTE])
        .returning(PurchaseElsewhere.id)
    ).one_or_none()
    if done is None:
        raise AlreadyVoided
    event = _event("purchase.voided", row, institution, reason=reason)
    trail.record_all(actor, [event], now=now)


def _standing(institution_id: int, months: Iterable[date]) -> Sequence[PurchaseElsewhere]:
    return db.session.scalars(
        select(PurchaseElsewhere).where(
            PurchaseElsewhere.institution_id == institution_id,
            PurchaseElsewhere.month.in_(set(months)),
            PurchaseElsewhere.voided_at.is_(None),
        )
    ).all()


def _is_month(month: date, now: datetime) -> bool:
    return month.day == 1 and EARLIEST <= month <= local(now).date()


def _event(action: str, row: PurchaseElsewhere, institution: Institution, **more: Any) -> trail.Event:
    return trail.Event(action, "purchase_elsewhere", row.id, institution.municipality_id, **more)


def _told(purchase: Purchase) -> dict[str, Any]:
    return {name: value for name, value in asdict(purchase).items() if value is not None}
