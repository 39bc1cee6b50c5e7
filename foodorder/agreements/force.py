"""Putting an agreement in force, once nothing is missing and the law has nothing against it; and its end."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from foodorder.agreements.ceilings import Limits, derive_limits, limits_of, lot_limits
from foodorder.agreements.draft import record
from foodorder.agreements.models import Agreement, AgreementLot
from foodorder.agreements.prices import all_prices
from foodorder.agreements.states import hold_draft, hold_in_force, legal_day, present_suppliers
from foodorder.catalogue import law
from foodorder.rules.agreements import AgreementKind, AgreementState, LotKind
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.thresholds import ExemptedLot, check_term, exempted_problems
from foodorder.trail.actor import Actor

LOT_LIMIT = "procurement.exempted_lot_limit"
EXEMPTED_SHARE = "procurement.exempted_lots_share"
FRAMEWORK_MONTHS = "procurement.framework_max"


class NotComplete(Refusal):
    """An agreement that lacks something, or that the law refuses; `problems` names each thing."""

    message = N_("The agreement cannot be put in force yet.")

    def __init__(self, problems: list[Refusal]) -> None:
        self.problems = problems
        super().__init__()


class NotSigned(Refusal):
    """No day of signature."""

    message = N_("Write the day on which it was signed.")
    default_field = "signed_on"


class NoInstitutions(Refusal):
    """Nobody may call off."""

    message = N_("Choose the institutions that may call off.")


class NoLots(Refusal):
    """Nothing to call off."""

    message = N_("Enter at least one lot.")


class NoSuppliers(Refusal):
    """An awarded lot with nobody to deliver."""

    message = N_("Lot %(lot)s has no supplier.")


class NoLimit(Refusal):
    """An exempted lot of unknown value cannot be shown to be below the limit."""

    message = N_("The exempted lot %(lot)s needs a ceiling by value.")


class NoPrice(Refusal):
    """A supplier's food type without agreed price."""

    message = N_("Lot %(lot)s: the price of “%(food)s” of %(producer)s is missing.")


class NoReason(Refusal):
    """An end or a change without a reason."""

    message = N_("Write the reason.")
    default_field = "reason"


def missing(agreement: Agreement) -> list[Refusal]:
    """Everything that keeps a draft from being put in force, in the order of its pages; empty if nothing."""
    return [*_lacks(agreement), *legal_problems(agreement)]


def legal_problems(agreement: Agreement) -> list[Refusal]:
    """What the law of the agreement's day has against its term and its exempted lots."""
    day = legal_day(agreement)
    problems: list[Refusal] = []
    if agreement.kind == AgreementKind.FRAMEWORK:
        try:
            check_term(
                AgreementKind.FRAMEWORK, agreement.valid_from, agreement.valid_to,
                framework_months=law.value_on(FRAMEWORK_MONTHS, day),
            )  # fmt: skip
        except Refusal as reason:
            problems.append(reason)
    return problems + exempted_lots_problems(agreement, day)


def exempted_lots_problems(
    agreement: Agreement, day: date, wanted: Mapping[int, Limits] | None = None
) -> list[Refusal]:
    """What the law has against the ceilings of the exempted lots: those they have, or the `wanted` by lot."""
    limits = lot_limits(agreement) if wanted is None else wanted
    exempted = [
        ExemptedLot(lot.number, limits[lot.id].cents or 0)
        for lot in agreement.lots
        if lot.kind == LotKind.EXEMPTED
    ]
    if not exempted:
        return []
    return exempted_problems(
        exempted,
        agreement.value_cents,
        lot_limit_cents=law.value_on(LOT_LIMIT, day),
        share_bp=law.value_on(EXEMPTED_SHARE, day),
    )


def put_in_force(agreement: Agreement, *, actor: Actor, now: datetime) -> None:
    """From now on kitchens order under it, and it changes by amendments only.

    Raises NotADraft, NotComplete.
    """
    hold_draft(agreement)
    problems = missing(agreement)
    if problems:
        raise NotComplete(problems)
    derive_limits(agreement)
    agreement.state = AgreementState.IN_FORCE
    record(
        actor, "agreement.put_in_force", agreement, now,
        before={"state": AgreementState.DRAFT}, after={"state": AgreementState.IN_FORCE},
    )  # fmt: skip


def end_agreement(agreement: Agreement, reason: str, *, actor: Actor, now: datetime) -> None:
    """Nothing can be ordered under it any more; what was ordered stays. Raises NotInForce, NoReason."""
    if not reason.strip():
        raise NoReason
    hold_in_force(agreement)
    agreement.state = AgreementState.ENDED
    record(
        actor, "agreement.ended", agreement, now, reason=reason.strip(),
        before={"state": AgreementState.IN_FORCE}, after={"state": AgreementState.ENDED},
    )  # fmt: skip


def _lacks(agreement: Agreement) -> Iterator[Refusal]:
    if agreement.signed_on is None:
        yield NotSigned()
    if not agreement.institutions:
        yield NoInstitutions()
    if not agreement.lots:
        yield NoLots()
    priced = {(row.lot_id, row.producer_id, row.food_type_id) for row in all_prices(agreement)}
    for lot in agreement.lots:
        if lot.kind == LotKind.EXEMPTED:
            if limits_of(agreement, lot).cents is None:
                yield NoLimit(lot=lot.number)
        else:
            yield from _awarded_lacks(agreement, lot, priced)


def _awarded_lacks(
    agreement: Agreement, lot: AgreementLot, priced: set[tuple[int, int, int]]
) -> Iterator[Refusal]:
    """A category of a DPS may wait for its first supplier; who is in it names prices with each call."""
    suppliers = present_suppliers(lot)
    if agreement.kind == AgreementKind.DPS:
        return
    if not suppliers:
        yield NoSuppliers(lot=lot.number)
    for supplier in suppliers:
        for food in lot.food_types:
            if (lot.id, supplier.producer_id, food.id) not in priced:
                yield NoPrice(lot=lot.number, food=food.name_sl, producer=supplier.producer.name)
