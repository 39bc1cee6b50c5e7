"""An agreement as a page shows it, at every counter alike: ceilings, lots, prices on a day, amendments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from flask import request

from foodorder.agreements.amending import SUBJECTS, amendments_of, growth_warning
from foodorder.agreements.documents import documents_of
from foodorder.agreements.entitlement import entitled_for_a_time
from foodorder.agreements.models import AgreedPrice, Agreement, AgreementLot, Amendment, LotSupplier
from foodorder.agreements.queries import (
    PriceHistory,
    Uses,
    imports_of,
    price_histories,
    product_names,
    uses_of,
)
from foodorder.agreements.states import present_suppliers
from foodorder.catalogue.models import FoodType
from foodorder.db import clock
from foodorder.language import ngettext
from foodorder.language.figures import share
from foodorder.language.times import local
from foodorder.rules.agreements import (
    AGREEMENT_KINDS,
    AGREEMENT_STATES,
    AWARD_MODES,
    LOT_KINDS,
    AgreementState,
    LotKind,
)
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.thresholds import WHOLE

WORDS: Mapping[str, Any] = {
    "agreement_kinds": AGREEMENT_KINDS,
    "agreement_states": AGREEMENT_STATES,
    "award_modes": AWARD_MODES,
    "lot_kinds": LOT_KINDS,
    "schemes": SCHEMES,
    "subjects": SUBJECTS,
}


@dataclass(frozen=True, slots=True)
class Priced:
    """One price of a lot: of whom and what; the row that holds on the day, and those to come."""

    supplier: str
    food: FoodType
    product: str | None
    holds: AgreedPrice | None
    later: Sequence[AgreedPrice]


@dataclass(frozen=True, slots=True)
class LotShown:
    """A lot with its suppliers of the day, those who left, its prices, and foods that lack one."""

    lot: AgreementLot
    suppliers: Sequence[LotSupplier]
    left: Sequence[LotSupplier]
    prices: Sequence[Priced]
    unpriced: Sequence[tuple[str, FoodType]]


def time_gone(agreement: Agreement, day: date) -> int:
    """How much of the term is over on a day, basis points."""
    whole = (agreement.valid_to - agreement.valid_from).days + 1
    return min(max((day - agreement.valid_from).days, 0), whole) * WHOLE // whole


def list_context(agreements: Sequence[Agreement]) -> dict[str, Any]:
    """What the list of agreements shows."""
    day = local(clock()).date()
    uses = uses_of(agreements, day)
    return {
        **WORDS,
        "agreements": [
            {"agreement": one, "uses": uses[one.id], "gone": time_gone(one, day)} for one in agreements
        ],
    }


def page_context(agreement: Agreement) -> dict[str, Any]:
    """What the page of one agreement shows; prices and suppliers on the address's `day`, else today."""
    today = local(clock()).date()
    day = _day(request.args.get("day")) or min(max(today, agreement.valid_from), agreement.valid_to)
    uses: Uses = uses_of([agreement], today)[agreement.id]
    histories = price_histories(agreement)
    products = product_names(histories)
    in_force = agreement.state == AgreementState.IN_FORCE
    return {
        **WORDS,
        "agreement": agreement,
        "uses": uses,
        "gone": time_gone(agreement, today),
        "today": today,
        "day": day,
        "lots": [_lot(lot, histories.get(lot.id, []), products, day) for lot in agreement.lots],
        "amendments": amendments_of(agreement),
        "price_changes": price_changes,
        "documents": documents_of(agreement.id),
        "imports": imports_of(agreement),
        "for_a_time": entitled_for_a_time(agreement),
        "iso": date.fromisoformat,
        "growth": growth_warning(agreement) if in_force else None,
    }


def price_changes(amendment: Amendment) -> str:
    """How many prices an amendment changed, and by how much on average (of those that had a price before)."""
    pairs = [
        (was["cents"], became["cents"])
        for was, became in zip(amendment.before["prices"], amendment.after["prices"], strict=True)
        if was["cents"] and became["cents"] is not None
    ]
    count = len(amendment.after["prices"])
    if not pairs:
        return ngettext("%(count)s price", "%(count)s prices", count, count=count)
    mean = sum(Fraction(became - was, was) for was, became in pairs) / len(pairs)
    change = round(mean * WHOLE)
    return ngettext(
        "%(count)s price, on average %(change)s", "%(count)s prices, on average %(change)s",
        count, count=count, change=("+" if change > 0 else "") + share(change),
    )  # fmt: skip


def _day(typed: str | None) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        return None


def _lot(
    lot: AgreementLot, histories: Sequence[PriceHistory], products: Mapping[int, str], day: date
) -> LotShown:
    names = {one.producer_id: one.producer.name for one in lot.suppliers}
    foods = {food.id: food for food in lot.food_types}
    prices = [
        Priced(
            names[one.key[1]], foods[one.key[2]], products.get(one.key[3] or 0), one.on(day), one.after(day)
        )
        for one in histories
        if one.key[1] in names and one.key[2] in foods
    ]
    prices.sort(key=lambda price: (price.food.sort_key, price.supplier, price.product or ""))
    suppliers = present_suppliers(lot, day) if lot.suppliers else []
    waiting = [one for one in present_suppliers(lot) if one not in suppliers]
    left = [one for one in lot.suppliers if one not in suppliers and one not in waiting]
    return LotShown(lot, [*suppliers, *waiting], left, prices, _unpriced(lot, suppliers, histories))


def _unpriced(
    lot: AgreementLot, suppliers: Sequence[LotSupplier], histories: Sequence[PriceHistory]
) -> list[tuple[str, FoodType]]:
    if lot.kind == LotKind.EXEMPTED:
        return []
    priced = {(one.key[1], one.key[2]) for one in histories}
    return [
        (one.producer.name, food)
        for one in suppliers
        for food in lot.food_types
        if (one.producer_id, food.id) not in priced
    ]
