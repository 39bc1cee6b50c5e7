"""An agreement as a process of its own: it comes into force, is amended, and ends.

The procurement itself ran on the national portal; here it begins with what was awarded. Its lots, suppliers
and days are told as they stand when the release is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from foodorder.exchange.ocds import words
from foodorder.exchange.ocds.model import Food, Party, Release, Technique
from foodorder.exchange.ocds.pieces import (
    day_end,
    day_start,
    food_item,
    frame,
    instant,
    party,
    period,
    present,
    reference,
    techniques,
    value,
)
from foodorder.exchange.ocds.text import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedLot:
    """A lot: its ceiling in net cents, what is bought in it, and from whom; exempted lots are open to all."""

    id: int
    number: str
    name: str
    exempted: bool
    limit_cents: int | None
    foods: tuple[Food, ...]
    suppliers: tuple[Party, ...]

    @property
    def key(self) -> str:
        """Its id in releases."""
        return f"LOT-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """An amendment that was written down."""

    number: int
    subject: str
    signed_on: date
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """An agreement: the municipality that procured, the institutions that order, lots and days."""

    ocid: str
    id: int
    kind: Technique
    title: str
    portal_number: str | None
    procured_by: Party
    institutions: tuple[Party, ...]
    lots: tuple[AgreedLot, ...]
    signed_on: date | None
    valid_from: date
    valid_to: date
    value_cents: int
    zone: str
    in_force_at: datetime | None
    ended_at: datetime | None = None
    amendments: tuple[Amended, ...] = ()


def releases(agreed: Agreed) -> list[Release]:
    """Every event of an agreement as a release, in the order of what happened."""
    return sorted(_all(agreed), key=lambda release: release.date)


def _all(agreed: Agreed) -> Iterator[Release]:
    if agreed.in_force_at is None:
        return
    contracts = _contracts(agreed, "active")
    more = ("award", "contract") if contracts else ()
    yield _release(
        agreed, "in-force", agreed.in_force_at, ("tender", *more), tender=_tender(agreed),
        **present({"awards": _awards(agreed), "contracts": contracts}),
    )  # fmt: skip
    last = "in-force"
    for amended in agreed.amendments:
        event = f"amendment-{amended.number}"
        tender = _tender(agreed) | {"amendments": [_amendment(agreed, amended, event, last)]}
        more = ("award", "contractAmendment") if contracts else ()
        yield _release(
            agreed, event, amended.at, ("tenderAmendment", *more), tender=tender,
            **present({"awards": _awards(agreed), "contracts": contracts}),
        )  # fmt: skip
        last = event
    if agreed.ended_at is not None:
        ended = _contracts(agreed, "terminated")
        tags = ("contractTermination",) if ended else ("tenderUpdate",)
        tender = {"id": _number(agreed), "statusDetails": "Sporazum je prenehal"}
        yield _release(
            agreed, "ended", agreed.ended_at, tags, tender=tender, **present({"contracts": ended})
        )  # fmt: skip


def _release(agreed: Agreed, event: str, at: datetime, tags: tuple[str, ...], **parts: Any) -> Release:
    body = frame(agreed.ocid, event, at, tags, agreed.procured_by)
    suppliers = {one.id: one for one in _suppliers(agreed)}
    body["parties"] = [
        party(agreed.procured_by, ("procuringEntity", "buyer")),
        *(party(one, ("buyer",)) for one in agreed.institutions),
        *(party(one) for one in suppliers.values()),
    ]
    return Release(event, at, tags, body | parts)


def _number(agreed: Agreed) -> str:
    return agreed.portal_number or f"agreement-{agreed.id}"


def _suppliers(agreed: Agreed) -> list[Party]:
    found = {one.id: one for lot in agreed.lots for one in lot.suppliers}
    return [found[key] for key in sorted(found)]


def _term(agreed: Agreed) -> Json:
    return period(day_start(agreed.valid_from, agreed.zone), day_end(agreed.valid_to, agreed.zone))


def _tender(agreed: Agreed) -> Json:
    foods = {food.id: food for lot in agreed.lots for food in lot.foods}
    return present(
        {
            "id": _number(agreed),
            "title": agreed.title,
            "description": words.AGREEMENT_KINDS[agreed.kind.value],
            "status": "complete",
            "mainProcurementCategory": "goods",
            "procuringEntity": reference(agreed.procured_by),
            "value": value(agreed.value_cents),
            "contractPeriod": _term(agreed),
            "techniques": techniques([agreed.kind]),
            "lots": [_lot(agreed, lot) for lot in agreed.lots],
            "items": [food_item(food) for _, food in sorted(foods.items())],
        }
    )


def _lot(agreed: Agreed, lot: AgreedLot) -> Json:
    return present(
        {
            "id": lot.key,
            "title": words.LOT.format(number=lot.number, name=lot.name),
            "description": words.EXEMPTED_LOT if lot.exempted else None,
            "status": "complete",
            "value": None if lot.limit_cents is None else value(lot.limit_cents),
            "techniques": techniques([agreed.kind]) if not lot.exempted else None,
        }
    )


def _awards(agreed: Agreed) -> list[Json]:
    """One for each supplier, with the lots that are awarded to it."""
    return [
        present(
            {
                "id": f"award-{one.id}",
                "status": "active",
                "date": None if agreed.signed_on is None else day_start(agreed.signed_on, agreed.zone),
                "suppliers": [reference(one)],
                "relatedLots": [lot.key for lot in agreed.lots if one in lot.suppliers],
            }
        )
        for one in _suppliers(agreed)
    ]


def _contracts(agreed: Agreed, status: str) -> list[Json]:
    return [
        present(
            {
                "id": f"contract-{one.id}",
                "awardID": f"award-{one.id}",
                "title": agreed.title,
                "status": status,
                "period": _term(agreed),
                "dateSigned": None if agreed.signed_on is None else day_start(agreed.signed_on, agreed.zone),
            }
        )
        for one in _suppliers(agreed)
    ]


def _amendment(agreed: Agreed, amended: Amended, event: str, last: str) -> Json:
    subject = words.AMENDED_SUBJECTS.get(amended.subject, amended.subject)
    return present(
        {
            "id": event,
            "date": instant(amended.at),
            "description": f"{words.AMENDMENT.format(number=amended.number)}: {subject}",
            "rationale": amended.reason,
            "amendsReleaseID": f"{agreed.ocid}-{last}",
            "releaseID": f"{agreed.ocid}-{event}",
        }
    )
