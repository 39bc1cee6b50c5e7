"""Importing an award's price list: read and kept with what it would change, then applied whole or not.

What was previewed is what is applied: the rows are kept as they were understood, each with the price that
held then. If one of those has changed since, nothing is applied and the file is to be uploaded again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from foodorder.agreements.amending import AmendmentData
from foodorder.agreements.amendments import amend_prices
from foodorder.agreements.draft import record
from foodorder.agreements.models import Agreement, PriceImport
from foodorder.agreements.price_file import COLUMNS, NEEDED, ReadLine, understand
from foodorder.agreements.prices import PriceData, PriceKey, prices_on, write_prices
from foodorder.agreements.sheets import read_lines
from foodorder.agreements.states import NotADraft, hold, hold_open
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind, AgreementState
from foodorder.rules.errors import N_, Refusal, facts_from_json, facts_to_json
from foodorder.trail.actor import Actor


class Change(StrEnum):
    """What a line of a price list would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


class ImportHasErrors(Refusal):
    """A list with a wrong line is not applied at all."""

    message = N_("Nothing was applied: the price list has errors.")


class AppliedAlready(Refusal):
    """The same list a second time."""

    message = N_("This price list was applied already.")


class PricesChangedSince(Refusal):
    """Somebody agreed other prices after the preview."""

    message = N_("Prices have changed since this preview. Upload the list again and look at the differences.")


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line as the preview shows it. `old_cents`: what holds on its first day; None where nothing does."""

    number: int
    texts: Mapping[str, str]
    change: Change
    price: PriceData | None
    old_cents: int | None
    #: Column, sentence of the refusal, its facts.
    errors: tuple[tuple[str, str, Mapping[str, Any]], ...]

    @property
    def change_bp(self) -> int | None:
        """By how much the price changes, basis points of the old one, rounded half up; None without old."""
        if self.price is None or not self.old_cents:
            return None
        difference = self.price.price_cents - self.old_cents
        return (2 * difference * 10_000 + self.old_cents) // (2 * self.old_cents)


def upload(
    agreement: Agreement, filename: str, content: bytes, *, actor: Actor, now: datetime
) -> PriceImport:
    """Read a price list and keep it with its differences; nothing is agreed by that.

    Raises NotADraft for what has ended, and the refusals of sheets.read_lines for what is no list.
    """
    if agreement.state == AgreementState.ENDED:
        raise NotADraft
    lines = understand(agreement, read_lines(content, COLUMNS, NEEDED))
    held = _held(agreement, {line.price.valid_from for line in lines if line.price})
    kept = PriceImport(
        agreement_id=agreement.id, filename=filename[:200], rows=[_kept(line, held) for line in lines],
        uploaded_at=now, uploaded_by_id=actor.person_id,
    )  # fmt: skip
    db.session.add(kept)
    db.session.flush()
    record(
        actor, "agreement.price_list_read", agreement, now,
        after={"import": kept.id, "lines": len(lines), "name": kept.filename},
    )  # fmt: skip
    return kept


def preview(kept: PriceImport) -> list[PreviewLine]:
    """The lines of a list as they were understood when it was uploaded."""
    return [_line(row) for row in kept.rows]


def apply_import(
    agreement: Agreement,
    kept: PriceImport,
    amendment: AmendmentData | None = None,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Agree the new and changed prices of a list; returns how many. In force an amendment says why.

    Raises ImportHasErrors, AppliedAlready, PricesChangedSince, NotADraft (in force without amendment), and
    what amend_prices raises.
    """
    hold(agreement)
    db.session.refresh(kept, with_for_update=True)
    if kept.applied_at is not None:
        raise AppliedAlready
    lines = preview(kept)
    if any(line.change is Change.WRONG for line in lines):
        raise ImportHasErrors
    wanted = [(line, line.price) for line in lines if line.price is not None]
    held = _held(agreement, {price.valid_from for _, price in wanted})
    if any(held[price.valid_from].get(price.key) != line.old_cents for line, price in wanted):
        raise PricesChangedSince
    prices = [price for line, price in wanted if line.change is not Change.UNCHANGED]
    if amendment is not None and agreement.state == AgreementState.IN_FORCE:
        amend_prices(agreement, amendment, prices, import_id=kept.id, actor=actor, now=now)
    else:
        hold_open(agreement, agreement.kind == AgreementKind.DPS)
        write_prices(agreement, prices, import_id=kept.id, actor=actor, now=now)
    kept.applied_at, kept.applied_by_id = now, actor.person_id
    db.session.flush()
    return len(prices)


def import_of(agreement: Agreement, import_id: int) -> PriceImport | None:
    """A price list that was uploaded for this agreement."""
    return db.session.scalar(
        select(PriceImport).where(PriceImport.id == import_id, PriceImport.agreement_id == agreement.id)
    )


Held = Mapping[date, Mapping[PriceKey, int]]


def _held(agreement: Agreement, days: set[date]) -> Held:
    return {day: {key: row.price_cents for key, row in prices_on(agreement.id, day).items()} for day in days}


def _kept(line: ReadLine, held: Held) -> dict[str, Any]:
    """A line as plain JSON."""
    row: dict[str, Any] = {"line": line.number, "texts": dict(line.texts)}
    if line.price is None:
        errors = [[column, reason.message, facts_to_json(reason.facts)] for column, reason in line.errors]
        return row | {"change": Change.WRONG, "errors": errors}
    old = held[line.price.valid_from].get(line.price.key)
    change = Change.NEW if old is None else Change.CHANGED
    if old == line.price.price_cents:
        change = Change.UNCHANGED
    price = {
        "lot_id": line.price.lot_id,
        "producer_id": line.price.producer_id,
        "food_type_id": line.price.food_type_id,
        "product_id": line.price.product_id,
        "price_cents": line.price.price_cents,
        "valid_from": line.price.valid_from.isoformat(),
    }
    return row | {"change": change, "old_cents": old, "price": price}


def _line(row: Mapping[str, Any]) -> PreviewLine:
    price = None
    if values := row.get("price"):
        price = PriceData(**values | {"valid_from": date.fromisoformat(values["valid_from"])})
    return PreviewLine(
        number=row["line"],
        texts=row["texts"],
        change=Change(row["change"]),
        price=price,
        old_cents=row.get("old_cents"),
        errors=tuple(
            (column, message, facts_from_json(facts)) for column, message, facts in row.get("errors", ())
        ),
    )
