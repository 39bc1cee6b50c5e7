"""Releases by themselves: what our own checks find, what the public may read, how amounts are written."""

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from foodorder.exchange.ocds import process, text
from foodorder.exchange.ocds.checks import Nonsense, check, problems
from foodorder.exchange.ocds.masking import Hidden, masked_text
from foodorder.exchange.ocds.merge import compiled, versioned
from foodorder.exchange.ocds.text import Json
from tests.standards.processes import FARM, at, week

HIDDEN = {FARM.id: Hidden(names=(FARM.name, "Brezovčev"), alias="farm-0a1b", village="Podblica")}
#: Of the farm; of the kitchen; typed.
SECRETS = (
    "Brezovčev", "100123456", "producer-7", "kuhinja@", "222 33", "Lojzka", "Izlet", "Bolezen", "Gostje",
)  # fmt: skip


def history() -> list[Json]:
    """The releases of a week in which everything happens."""
    return [text.read(text.write(release.body)) for release in process.releases(week())]


def of(releases: list[Json], event: str) -> Json:
    """The release of an event."""
    return next(one for one in releases if one["id"].endswith(event))


def test_a_right_week_has_no_problem() -> None:
    releases = history()
    assert list(problems(releases)) == []
    events = [one["id"].removeprefix("ocds-000000-052-VP-2026-W49-") for one in releases]
    assert events == [
        "planned", "replanned-2", "opened", "extended-3", "recorded", "record-11", "record-12", "record-3",
        "cancelled-6", "left-5", "received-5", "corrected-5", "invoice-8", "invoice-9", "payment-1",
        "payment-2", "payment-3",
    ]  # fmt: skip


def _foreign(releases: list[Json]) -> None:
    releases[1]["ocid"] = "ocds-000000-052-SC-2026-W49"


def _twice(releases: list[Json]) -> None:
    releases.append(copy.deepcopy(releases[-1]))


def _disordered(releases: list[Json]) -> None:
    releases[0], releases[-1] = releases[-1], releases[0]


def _stranger(releases: list[Json]) -> None:
    of(releases, "payment-1")["contracts"][0]["implementation"]["transactions"][0]["payee"]["id"] = "x"


def _backwards(releases: list[Json]) -> None:
    times = of(releases, "opened")["tender"]["tenderPeriod"]
    times["startDate"], times["endDate"] = times["endDate"], times["startDate"]


def _later_amended(releases: list[Json]) -> None:
    of(releases, "record-11")["contracts"][0]["amendments"][0]["amendsReleaseID"] = releases[-1]["id"]


def _elsewhere(releases: list[Json]) -> None:
    of(releases, "record-11")["contracts"][0]["amendments"][0]["releaseID"] = releases[0]["id"]


def _no_lot(releases: list[Json]) -> None:
    of(releases, "recorded")["awards"][1]["relatedLots"] = ["LOT-99"]


def _no_bid(releases: list[Json]) -> None:
    of(releases, "recorded")["awards"][0]["relatedBid"] = "bid-producer-99"


def _no_award(releases: list[Json]) -> None:
    of(releases, "recorded")["awards"].pop()


def _a_cent_more(releases: list[Json]) -> None:
    of(releases, "recorded")["awards"][0]["value"]["amount"] += Decimal("0.01")


def _another_value(releases: list[Json]) -> None:
    of(releases, "recorded")["contracts"][1]["value"]["amount"] += 1


def _amended_wrong(releases: list[Json]) -> None:
    of(releases, "record-12")["contracts"][0]["items"][0]["quantity"] = 1


def _signed_before(releases: list[Json]) -> None:
    of(releases, "recorded")["contracts"][1]["dateSigned"] = "2026-11-01T00:00:00Z"


def _awarded_before(releases: list[Json]) -> None:
    of(releases, "recorded")["awards"][0]["date"] = "2026-11-01T00:00:00Z"


def _two_items(releases: list[Json]) -> None:
    items = of(releases, "opened")["tender"]["items"]
    items[1]["id"] = items[0]["id"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_foreign, "another process"), (_twice, "is there twice"), (_disordered, "is older than"),
        (_stranger, "who is no party"), (_backwards, "ends before it begins"),
        (_later_amended, "did not come before"), (_elsewhere, "stands in another release"),
        (_no_lot, "is no lot"), (_no_bid, "is no bid"), (_no_award, "has no award"),
        (_a_cent_more, "is worth"), (_another_value, "of another value"), (_amended_wrong, "is worth"),
        (_signed_before, "before its award"), (_awarded_before, "before the tender"),
        (_two_items, "2 times"),
    ],
)  # fmt: skip
def test_nonsense_is_named(spoil: Callable[[list[Json]], None], said: str) -> None:
    releases = history()
    spoil(releases)
    assert [problem for problem in problems(releases) if said in problem]
    with pytest.raises(Nonsense):
        check(releases)


def test_what_is_cancelled_is_no_part_of_the_contract_any_more() -> None:
    process_ = compiled(history())
    [first, agreed, added] = process_["contracts"]
    assert (first["status"], first["value"]["amount"]) == ("terminated", 0)
    assert [item["quantity"] for item in first["items"]] == [0, 0]
    assert agreed["status"] == "active"
    assert added["awardID"] == "A-VP-2026-0003"
    assert [one["value"]["amount"] for one in process_["awards"]] == [
        Decimal("28.67"), Decimal("4.95"), Decimal("21.50")
    ]  # fmt: skip
    values = versioned(history())["contracts"][0]["value"]["amount"]
    assert [one["value"] for one in values] == [Decimal("28.67"), Decimal("7.17"), Decimal("0.00")]


def test_the_public_reads_no_contact_no_typed_word_and_no_small_farm() -> None:
    for release in process.releases(week()):
        full = text.write(release.body)
        shown = masked_text(full, HIDDEN)
        for secret in SECRETS:
            assert secret not in shown, release.event
        # Sums, kitchens and firms stay.
        assert shown.count('"amount"') == full.count('"amount"')
        assert "Vrtec Primer" in shown
        # Masked releases fit together as the full ones do.
    masked = [text.read(masked_text(text.write(one.body), HIDDEN)) for one in process.releases(week())]
    assert list(problems(masked)) == []
    sellers = {party["name"] for one in masked for party in one["parties"]}
    assert sellers == {"Vrtec Primer", "Kmetija, Podblica", "Zadruga, z. o. o.", "Čebelar"}
    goods = {item["description"] for item in of(masked, "recorded")["awards"][0]["items"]}
    assert goods == {"Korenje"}


def test_the_reason_of_a_cancelled_cycle_is_for_auditors() -> None:
    cancelled = replace(
        week().round, recorded_at=None, cancelled_at=at(25, 12), reason="Žled, pravi Lojzka"
    )  # fmt: skip
    last = process.releases(week(round=cancelled, deliveries=(), invoices=(), payments=()))[-1]
    assert (last.tags, last.event) == (("tenderCancellation",), "cancelled")
    assert "Žled" in text.write(last.body)
    assert "Žled" not in masked_text(text.write(last.body), {})


def test_an_invoice_of_a_masked_farm_has_no_number() -> None:
    farms = tuple(replace(one, producer=FARM) for one in week().invoices)
    for release in process.releases(week(invoices=farms, payments=())):
        if release.event.startswith("invoice"):
            shown = masked_text(text.write(release.body), HIDDEN)
            assert '"title":"Račun"' in shown
            assert "R-8" not in shown
            assert "DB-1" not in shown


def test_where_all_are_named_goods_are_told_by_their_kind_all_the_same() -> None:
    for release in process.releases(week()):
        shown = text.read(masked_text(text.write(release.body), {}))
        assert "Korenje Pri" not in text.write(shown)
        assert {party["name"] for party in shown["parties"]} == {
            party["name"] for party in release.body["parties"]
        }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (text.cents(1230), "12.30"), (text.cents(-5), "-0.05"), (text.cents(10**15), "10000000000000.00"),
        (text.thousandths(10_000), "10"), (text.thousandths(500), "0.5"), (text.thousandths(3_333), "3.333"),
        (text.thousandths(100_000_010), "100000.01"), ({"č": [True, None, "\n"]}, '{"č":[true,null,"\\n"]}'),
        ([], "[]"), ({}, "{}"),
    ],
)  # fmt: skip
def test_numbers_are_written_exactly(value: object, written: str) -> None:
    assert text.write(value) == written


def test_a_binary_fraction_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        text.write({"amount": 0.1})
