"""An agreement in its state, held for a change: two people never change the same one at once."""

from collections.abc import Collection
from datetime import date, datetime

from foodorder.accounts.interests import check_may_decide, local_day
from foodorder.agreements.models import Agreement, AgreementLot, LotSupplier
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind, AgreementState, AwardMode, LotKind
from foodorder.rules.errors import N_, Refusal
from foodorder.trail.actor import Actor


class NotADraft(Refusal):
    """A change without amendment of what is in force or ended."""

    message = N_("This agreement is no draft any more: it changes by amendments only.")


class NotInForce(Refusal):
    """An amendment, or an end, of what is not in force."""

    message = N_("This agreement is not in force.")


def check_impartial(agreement: Agreement, producer_ids: Collection[int], actor: Actor, now: datetime) -> None:
    """Keep whoever declared an interest out of awards and prices of that producer. Raises OwnInterest."""
    check_may_decide(actor, producer_ids, local_day(agreement.municipality, now))


def hold(agreement: Agreement) -> None:
    """Lock the agreement's row until the transaction ends, and read it anew."""
    db.session.flush()
    db.session.refresh(agreement, with_for_update=True)


def hold_draft(agreement: Agreement) -> None:
    """Hold an agreement that can still be changed freely. Raises NotADraft."""
    hold(agreement)
    if agreement.state != AgreementState.DRAFT:
        raise NotADraft


def hold_open(agreement: Agreement, open_in_force: bool) -> None:
    """Hold a draft, or what is in force and stays open to such a change. Raises NotADraft."""
    hold(agreement)
    if agreement.state != AgreementState.DRAFT and not (
        open_in_force and agreement.state == AgreementState.IN_FORCE
    ):
        raise NotADraft


def hold_in_force(agreement: Agreement) -> None:
    """Hold an agreement for an amendment or its end. Raises NotInForce."""
    hold(agreement)
    if agreement.state != AgreementState.IN_FORCE:
        raise NotInForce


def stays_open(lot: AgreementLot) -> bool:
    """Whether producers may join without an amendment: categories of a DPS (art. 49), open exempted lots."""
    open_lot = lot.kind == LotKind.EXEMPTED and lot.mode == AwardMode.OPEN
    return lot.agreement.kind == AgreementKind.DPS or open_lot


def legal_day(agreement: Agreement) -> date:
    """The day whose law the agreement follows: when it was signed, else its first day."""
    return agreement.signed_on or agreement.valid_from


def present_suppliers(lot: AgreementLot, day: date | None = None) -> list[LotSupplier]:
    """Suppliers of a lot who have not left: on a day, or at all, by rank."""
    return [
        one
        for one in lot.suppliers
        if (one.valid_to is None or (day is not None and day <= one.valid_to))
        and (day is None or one.valid_from <= day)
    ]
