"""Our indicators give what OCDS Cardinal gives, on its own fixtures."""

import json
import re
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from foodorder.rules.red_flags.cardinal import INDICATORS, Group, Settings, indicator
from foodorder.rules.red_flags.ocds import Award, AwardStatus, Bid, BidStatus, Process

FIXTURES = Path(__file__).parents[3] / "shared" / "standards" / "cardinal-fixtures"
INPUTS = sorted((FIXTURES / "indicators").glob("*.jsonl"))

#: Words that Cardinal's own test gives to methods in its fixtures: no comparison of prices, not looked at.
UNCOMPARED, EXCLUDED = frozenset({"NPC"}), "EXC"


def read_time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def read_amount(value: dict[str, Any]) -> Fraction | None:
    return Fraction(str(value["amount"])) if "amount" in value else None


def read_bid(bid: dict[str, Any]) -> Bid:
    status = bid.get("status")
    value = bid.get("value", {})
    return Bid(
        BidStatus(status) if status in set(BidStatus) else None,
        tuple(one["id"] for one in bid.get("tenderers", ())),
        read_amount(value),
        value.get("currency"),
        read_time(bid.get("date")),
    )


def read_award(award: dict[str, Any]) -> Award:
    status = award.get("status")
    return Award(
        AwardStatus(status) if status in set(AwardStatus) else None,
        tuple(one["id"] for one in award.get("suppliers", ())),
        tuple(one["classification"]["id"] for one in award.get("items", ())),
    )


def read_process(release: dict[str, Any]) -> Process:
    tender = release.get("tender", {})
    period = tender.get("tenderPeriod", {})
    return Process(
        ocid=release["ocid"],
        buyer=release.get("buyer", {}).get("id"),
        entity=tender.get("procuringEntity", {}).get("id"),
        method=tender.get("procurementMethod"),
        details=tender.get("procurementMethodDetails"),
        cancelled=tender.get("status") == "cancelled",
        opens=read_time(period.get("startDate")),
        closes=read_time(period.get("endDate")),
        tenderers=tender.get("numberOfTenderers"),
        bids=tuple(map(read_bid, release.get("bids", {}).get("details", ()))),
        awards=tuple(map(read_award, release.get("awards", ()))),
    )


def settings_of(name: str) -> Settings:
    """The settings stand in the file's name: R003-threshold-10."""
    least = re.search(r"minimum_contracting_processes-(\d+)", name)
    threshold = re.search(r"-threshold-(\d+)", name)
    details = re.search(r"procurement_method_details-(.*)", name)
    by = dict(re.findall(r"(\w+)-(\d+)", details[1])) if details else {}
    return Settings(
        threshold=Fraction(threshold[1]) if threshold else None,
        by_details={word: int(days) for word, days in by.items()},
        uncompared=UNCOMPARED,
        processes=int(least[1]) if least else 2,
    )


def results(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    code = path.stem[:4]
    processes = [read_process(json.loads(line)) for line in path.read_text().splitlines() if line.strip()]
    kept = [one for one in processes if one.details != EXCLUDED]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for group, name, value in indicator(code, kept, settings_of(path.stem)):
        found.setdefault(group.value, {})[name] = {code: float(value)}
    return found


@pytest.mark.skipif(not INPUTS, reason="the fixtures of OCDS Cardinal are not on this machine")
@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_cardinals_fixtures_give_cardinals_results(path: Path) -> None:
    assert results(path) == json.loads(path.with_suffix(".expected").read_text())


@pytest.mark.skipif(not INPUTS, reason="the fixtures of OCDS Cardinal are not on this machine")
def test_every_indicator_has_a_fixture() -> None:
    assert {path.stem[:4] for path in INPUTS} == set(INDICATORS)


def test_a_cancelled_process_is_not_looked_at() -> None:
    one = Process("F", method="open", tenderers=1)
    assert indicator("R018", [one], Settings()) == [(Group.OCID, "F", Fraction(1))]
    assert indicator("R018", [Process("F", method="open", tenderers=1, cancelled=True)], Settings()) == []
