"""Planning and tender: a cycle is planned, opened, extended, cancelled, and closes with or without orders."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from foodorder.exchange.ocds import words
from foodorder.exchange.ocds.model import Bidder, Moved, Party, Process, Release, Round, Step
from foodorder.exchange.ocds.pieces import (
    day_end,
    day_start,
    days_of,
    food_item,
    frame,
    instant,
    lot,
    party,
    period,
    present,
    reference,
    techniques,
    value,
)
from foodorder.exchange.ocds.text import Json


@dataclass(frozen=True, slots=True)
class _Times:
    """When orders can be placed and on which days of the week goods are brought, at one moment."""

    opens_at: datetime
    closes_at: datetime
    days: int

    def after(self, move: Moved) -> "_Times":
        """The times that an act of planning leaves."""
        return _Times(
            move.opens_at or self.opens_at,
            move.closes_at or self.closes_at,
            self.days if move.days is None else move.days,
        )


def planning_and_tender(process: Process) -> Iterator[Release]:
    """The releases of a cycle before its close, in the order of what happened."""
    cycle = process.round
    times, opening = _Times(cycle.opens_at, cycle.closes_at, cycle.days), cycle.opened_at
    for move in sorted(cycle.moves, key=lambda move: (move.at, move.id)):
        if opening is not None and move.at > opening:
            yield _opened(process, opening, times)
            opening = None
        before, times = times, times.after(move)
        if move.step is Step.PLANNED:
            yield _planned(process, times, move)
        else:
            yield _moved(process, before, times, move)
    if opening is not None:
        yield _opened(process, opening, times)
    if cycle.cancelled_at is not None:
        yield _cancelled(process, cycle.cancelled_at, times)


def _release(process: Process, event: str, at: datetime, tags: tuple[str, ...], **parts: Any) -> Release:
    body = frame(process.ocid, event, at, tags, process.buyer)
    body["parties"] = [party(process.buyer)]
    return Release(event, at, tags, body | parts)


def _tender(cycle: Round, times: _Times, status: str) -> Json:
    first, last = days_of(cycle.week, times.days)
    return {
        "id": cycle.name,
        "title": words.CYCLE.format(name=cycle.name),
        "status": status,
        "mainProcurementCategory": "goods",
        "tenderPeriod": period(instant(times.opens_at), instant(times.closes_at)),
        "contractPeriod": period(day_start(first, cycle.zone), day_end(last, cycle.zone)),
    }


def _planned(process: Process, times: _Times, move: Moved) -> Release:
    week = process.round.week
    planning = present(
        {
            "rationale": words.RATIONALE.format(week=f"{week.day}. {week.month}. {week.year}"),
            "budget": None
            if process.budget_cents is None
            else {"description": "Živila, tedensko (brez DDV)", "amount": value(process.budget_cents)},
        }
    )
    tender = _tender(process.round, times, "planned") | {"procuringEntity": reference(process.buyer)}
    return _release(process, "planned", move.at, ("planning",), planning=planning, tender=tender)


def _moved(process: Process, before: _Times, times: _Times, move: Moved) -> Release:
    """An extension amends a tender that is open; before the opening both only move what is planned."""
    cycle = process.round
    live = cycle.opened_at is not None and move.at > cycle.opened_at
    event = f"{move.step.value}-{move.id}"
    tender = _tender(cycle, times, "active" if live else "planned")
    if live:
        title = words.EXTENDED if move.step is Step.EXTENDED else words.REPLANNED
        tender["amendments"] = [
            present(
                {
                    "id": event,
                    "date": instant(move.at),
                    "description": f"{title}: {instant(before.closes_at)} → {instant(times.closes_at)}",
                    "rationale": move.reason,
                    "amendsReleaseID": f"{process.ocid}-opened",
                    "releaseID": f"{process.ocid}-{event}",
                }
            )
        ]
    return _release(
        process, event, move.at, ("tenderAmendment" if live else "planningUpdate",), tender=tender
    )


def _opened(process: Process, at: datetime, times: _Times) -> Release:
    times = replace(times, opens_at=min(times.opens_at, at))
    tender = _tender(process.round, times, "active") | {
        "procuringEntity": reference(process.buyer),
        "procurementMethod": "selective",
        "procurementMethodDetails": words.METHOD,
        "submissionMethod": ["electronicSubmission"],
    }
    tender |= present(
        {
            "techniques": techniques(found.technique for found in process.lots),
            "lots": [lot(found, "active") for found in process.lots],
            "items": [food_item(food) for food in process.foods],
        }
    )
    more = present({"relatedProcesses": _agreements(process)})
    return _release(process, "opened", at, ("tender",), tender=tender, **more)


def _agreements(process: Process) -> list[Json]:
    """The agreements whose lots are ordered under: their own processes came before this one."""
    found = {one.agreement_ocid: one.agreement_title for one in process.lots}
    return [
        {
            "id": str(place), "relationship": ["framework"], "title": title, "scheme": "ocid",
            "identifier": ocid,
        }
        for place, (ocid, title) in enumerate(sorted(found.items()), 1)
    ]  # fmt: skip


def _cancelled(process: Process, at: datetime, times: _Times) -> Release:
    cycle = process.round
    tender = _tender(cycle, times, "cancelled") | present({"statusDetails": cycle.reason})
    return _release(process, "cancelled", at, ("tenderCancellation",), tender=tender)


def closing_tender(process: Process) -> Json:
    """The tender once the cycle is recorded: who offered, and which lots were ordered under, if any."""
    awarded = {record.lot for record in process.records if record.version == 1 and not record.later}
    ordered = any(record.version == 1 and not record.later for record in process.records)
    return present(
        {
            "id": process.round.name,
            "status": "complete" if ordered else "unsuccessful",
            "lots": [
                lot(found, "complete" if found.id in awarded else "unsuccessful") for found in process.lots
            ],
            "numberOfTenderers": len(process.bidders),
            "tenderers": [reference(bidder.party) for bidder in process.bidders],
        }
    )


def bids(bidders: tuple[Bidder, ...]) -> Json:
    """One bid of each producer with offers in the cycle, and how many there were, also lot by lot."""
    lots = sorted({key for bidder in bidders for key in bidder.lots})
    statistics: list[Json] = [{"id": "bids", "measure": "bids", "value": len(bidders)}]
    statistics += [
        {
            "id": f"bids-LOT-{key}",
            "measure": "bids",
            "value": sum(key in bidder.lots for bidder in bidders),
            "relatedLot": f"LOT-{key}",
        }
        for key in lots
    ]
    details = [
        {
            "id": bid_id(bidder.party),
            "date": instant(bidder.at),
            "status": "valid",
            "tenderers": [reference(bidder.party)],
        }
        for bidder in bidders
    ]
    return present({"details": details, "statistics": statistics})


def bid_id(bidder: Party) -> str:
    """The id of a producer's bid in a cycle."""
    return f"bid-{bidder.id}"
