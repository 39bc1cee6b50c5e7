"""Award and contract: what was recorded at the close, added after it, and corrected."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from foodorder.exchange.ocds import words
from foodorder.exchange.ocds.model import (
    Line,
    Party,
    Process,
    Record,
    Release,
)
from foodorder.exchange.ocds.pieces import (
    day_end,
    day_start,
    frame,
    instant,
    item,
    party,
    period,
    present,
    reference,
    value,
)
from foodorder.exchange.ocds.tender import bid_id, bids, closing_tender
from foodorder.exchange.ocds.text import Json


def award_id(number: str) -> str:
    """The award that a record is the contract of."""
    return f"A-{number}"


def awards_and_contracts(process: Process) -> Iterator[Release]:
    """The releases of a cycle from its close on."""
    at = process.round.recorded_at
    if at is None:
        return
    yield _recorded(process, at)
    for record in process.records:
        if record.version > 1:
            yield _amended(process, record)
        elif record.later:
            yield _added(process, record)


def release(
    process: Process, event: str, at: datetime, tags: tuple[str, ...], others: list[Party], **parts: Any
) -> Release:
    """A release about the institution and others."""
    body = frame(process.ocid, event, at, tags, process.buyer)
    body["parties"] = [party(process.buyer), *(party(other) for other in others)]
    return Release(event, at, tags, body | parts)


def _recorded(process: Process, at: datetime) -> Release:
    first = [record for record in process.records if record.version == 1 and not record.later]
    sellers = {record.producer.id: record.producer for record in first}
    bidders = [bidder.party for bidder in process.bidders]
    body: Json = {"tender": closing_tender(process), "bids": bids(process.bidders)}
    tags: tuple[str, ...] = ("tenderUpdate",)
    if first:
        tags = ("award", "contract")
        known = {bidder.id for bidder in bidders}
        body["awards"] = [_award(process, record, record.producer.id in known) for record in first]
        body["contracts"] = [_contract(process, record) for record in first]
    others = list({one.id: one for one in (*bidders, *sellers.values())}.values())
    found = release(process, "recorded", at, tags, [], **body)
    found.body["parties"] += [
        # Who was ordered nothing of has only offered.
        party(other, None if other.id in sellers else ("tenderer",))
        for other in others
    ]
    return found


def _basis(process: Process, record: Record) -> str:
    found = next((lot for lot in process.lots if lot.id == record.lot), None)
    text = words.BASES[record.basis].format(lot=found.number if found else "")
    return f"{text.strip()}. {words.ADDED}." if record.later and record.version == 1 else text.strip()


def _lot_keys(process: Process, record: Record) -> list[str]:
    return [lot.key for lot in process.lots if lot.id == record.lot]


def _lot(process: Process, record: Record) -> int | None:
    return record.lot if _lot_keys(process, record) else None


def _award(process: Process, record: Record, has_bid: bool) -> Json:
    return present(
        {
            "id": award_id(record.number),
            "title": words.RECORD.format(number=record.number),
            "description": _basis(process, record),
            "status": "active",
            "date": instant(record.recorded_at),
            "value": value(record.net_cents),
            "suppliers": [reference(record.producer)],
            "items": [item(line, _lot(process, record)) for line in record.lines],
            "relatedLots": _lot_keys(process, record),
            "relatedBid": bid_id(record.producer) if has_bid else None,
        }
    )


def _contract(process: Process, record: Record) -> Json:
    """The record as a contract; its items are the award's until it is amended."""
    return present(
        {
            "id": record.number,
            "awardID": award_id(record.number),
            "title": words.RECORD.format(number=record.number),
            "status": "active",
            "period": _delivered_in(process, record),
            "value": value(record.net_cents),
            "dateSigned": instant(record.recorded_at),
        }
    )


def _delivered_in(process: Process, record: Record) -> Json | None:
    days = sorted(line.delivery_date for line in record.lines)
    zone = process.round.zone
    return period(day_start(days[0], zone), day_end(days[-1], zone)) if days else None


def _added(process: Process, record: Record) -> Release:
    """A record of its own, asked for after the close."""
    known = {bidder.party.id for bidder in process.bidders}
    return release(
        process, f"record-{record.id}", record.recorded_at, ("award", "contract"), [record.producer],
        awards=[_award(process, record, record.producer.id in known)],
        contracts=[_contract(process, record)],
    )  # fmt: skip


def _amended(process: Process, record: Record) -> Release:
    """The next version of a record: its value, its lines, and those that are no part of it any more."""
    event = f"record-{record.id}"
    versions = [one for one in process.records if one.number == record.number]
    before = max((one for one in versions if one.version < record.version), key=lambda one: one.version)
    here = {line.root for line in record.lines}
    ever: dict[int, Line] = {
        line.root: line for one in versions if one.version < record.version for line in one.lines
    }
    lot = _lot(process, record)
    items = [item(line, lot) for line in record.lines]
    items += [item(line, lot, gone=True) for root, line in sorted(ever.items()) if root not in here]
    amendment = present(
        {
            "id": f"{record.number}/{record.version}",
            "date": instant(record.recorded_at),
            "description": words.AMENDED.format(number=record.number, version=record.version),
            "rationale": record.reason,
            "amendsReleaseID": _release_of(process, before),
            "releaseID": f"{process.ocid}-{event}",
        }
    )
    contract = {
        "id": record.number,
        "awardID": award_id(record.number),
        "status": "active" if record.lines else "terminated",
        "value": value(record.net_cents),
        "items": items,
        "amendments": [amendment],
    } | present({"period": _delivered_in(process, record)})
    return release(
        process, event, record.recorded_at, ("contractAmendment",), [record.producer], contracts=[contract]
    )


def _release_of(process: Process, record: Record) -> str:
    close = record.version == 1 and not record.later
    return f"{process.ocid}-{'recorded' if close else f'record-{record.id}'}"
