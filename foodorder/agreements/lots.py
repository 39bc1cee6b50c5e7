"""Lots (sklopi) of an agreement, and categories of a dynamic purchasing system: what is bought in each."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, select

from foodorder.accounts.changing import change
from foodorder.agreements.ceilings import Limits, limits_of, set_limits
from foodorder.agreements.draft import record
from foodorder.agreements.models import AgreedPrice, Agreement, AgreementLot, Ceiling
from foodorder.agreements.states import hold_draft
from foodorder.catalogue.models import FoodType
from foodorder.db import db
from foodorder.rules.agreements import AwardMode, LotKind
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.cpv import covered, is_code
from foodorder.rules.errors import N_, Refusal
from foodorder.trail.actor import Actor


class NumberTaken(Refusal):
    """Two lots of an agreement with one number."""

    message = N_("The agreement has a lot %(number)s already. Choose another number.")
    default_field = "number"


class NoFoods(Refusal):
    """A lot under which nothing could be bought."""

    message = N_("No food type belongs to this lot. Choose some, or write CPV codes that fit.")
    default_field = "foods"


class OpenAwardedLot(Refusal):
    """A lot that was awarded, and open to all: an award names its suppliers."""

    message = N_(
        "An awarded lot names its suppliers by rank or by shares; only an exempted lot is open to all."
    )
    default_field = "mode"


class NoCpvCode(Refusal):
    """Something that is neither a CPV code nor the beginning of one."""

    message = N_("“%(code)s” is no CPV code. Write it like 03221112-4, or its beginning like 0322.")
    default_field = "cpv"


class LotHasPrices(Refusal):
    """A lot whose prices were agreed, and agreed prices are never deleted."""

    message = N_("Prices are agreed under lot %(number)s, so it stays. Change its content instead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LotData:
    """All that is written about a lot. `cpv`: codes of the notice or their beginnings.

    `food_type_ids` names what belongs to it; None: every food type whose CPV code begins with one of `cpv`.
    `scheme`: certificate that the goods must have. Limits: net cents and grams over the term; None: counted.
    """

    number: str
    name: str
    kind: LotKind = LotKind.AWARDED
    mode: AwardMode = AwardMode.RANKED
    cpv: tuple[str, ...] = ()
    food_type_ids: Collection[int] | None = None
    scheme: str | None = None
    reason: str | None = None
    limit_cents: int | None = None
    limit_grams: int | None = None


def add_lot(agreement: Agreement, data: LotData, *, actor: Actor, now: datetime) -> AgreementLot:
    """A new lot of a draft, after its others. Raises NotADraft, NumberTaken, NoFoods, OpenAwardedLot."""
    hold_draft(agreement)
    foods = _checked(agreement, data)
    last = db.session.scalar(
        select(func.max(AgreementLot.position)).where(AgreementLot.agreement_id == agreement.id)
    )
    lot = AgreementLot(position=1 if last is None else last + 1, **_columns(data))
    lot.food_types = foods
    agreement.lots.append(lot)
    db.session.flush()
    set_limits(agreement, Limits(data.limit_cents, data.limit_grams), lot.id)
    record(actor, "agreement.lot_added", agreement, now, after=_told(lot, data))
    return lot


def edit_lot(lot: AgreementLot, data: LotData, *, actor: Actor, now: datetime) -> None:
    """Change a lot of a draft; raises what add_lot raises."""
    agreement = lot.agreement
    hold_draft(agreement)
    foods = _checked(agreement, data, lot)
    limits = limits_of(agreement, lot)
    was = {
        "foods": [food.code for food in lot.food_types],
        "limit_cents": limits.cents,
        "limit_grams": limits.grams,
    }
    before, after = change(lot, _columns(data))
    lot.food_types = foods
    set_limits(agreement, Limits(data.limit_cents, data.limit_grams), lot.id)
    told = _told(lot, data)
    for name, value in was.items():
        if told[name] != value:
            before[name], after[name] = value, told[name]
    if after:
        number = {"lot": lot.number}
        record(actor, "agreement.lot_changed", agreement, now, before=number | before, after=number | after)


def remove_lot(lot: AgreementLot, *, actor: Actor, now: datetime) -> None:
    """Take a lot out of a draft. Raises NotADraft, LotHasPrices."""
    agreement = lot.agreement
    hold_draft(agreement)
    if db.session.scalar(select(exists().where(AgreedPrice.lot_id == lot.id))):
        raise LotHasPrices(number=lot.number)
    number = lot.number
    db.session.execute(delete(Ceiling).where(Ceiling.lot_id == lot.id))
    for supplier in list(lot.suppliers):
        db.session.delete(supplier)
    lot.food_types = []
    db.session.flush()
    db.session.delete(lot)
    db.session.flush()
    db.session.expire(agreement, ["lots"])
    record(actor, "agreement.lot_removed", agreement, now, before={"lot": number})


def fitting(cpv: Sequence[str]) -> list[FoodType]:
    """The food types whose CPV code is covered by one of these, in Slovene order."""
    foods = db.session.scalars(select(FoodType).order_by(FoodType.sort_key))
    return [food for food in foods if covered(food.cpv, cpv)]


def chosen_foods(cpv: Sequence[str], food_type_ids: Collection[int] | None) -> list[FoodType]:
    """The named food types, else those that fit the codes. Raises NoFoods."""
    if food_type_ids is None:
        found = fitting(cpv)
    else:
        named = select(FoodType).where(FoodType.id.in_(food_type_ids)).order_by(FoodType.sort_key)
        found = list(db.session.scalars(named))
    if not found:
        raise NoFoods
    return found


def _checked(agreement: Agreement, data: LotData, lot: AgreementLot | None = None) -> list[FoodType]:
    if data.scheme is not None and data.scheme not in SCHEMES:
        raise ValueError(data.scheme)
    if any(one.number == data.number and one is not lot for one in agreement.lots):
        raise NumberTaken(number=data.number)
    if data.kind == LotKind.AWARDED and data.mode == AwardMode.OPEN:
        raise OpenAwardedLot
    if wrong := [code for code in data.cpv if not is_code(code)]:
        raise NoCpvCode(code=wrong[0])
    return chosen_foods(data.cpv, data.food_type_ids)


def _columns(data: LotData) -> dict[str, Any]:
    apart = {"food_type_ids", "limit_cents", "limit_grams"}
    values = {name: value for name, value in asdict(data).items() if name not in apart}
    return values | {"cpv": [code.strip() for code in data.cpv]}


def _told(lot: AgreementLot, data: LotData) -> dict[str, Any]:
    """A lot as the trail keeps it."""
    return _columns(data) | {
        "foods": [food.code for food in lot.food_types],
        "limit_cents": data.limit_cents,
        "limit_grams": data.limit_grams,
    }
