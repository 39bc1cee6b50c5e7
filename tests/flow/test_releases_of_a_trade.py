"""Whatever people and banks do: the releases of it are by the schemas, merge as they should, and are whole.

The job looks in at random moments. Nothing of a person stands in what the public may read.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.accounts.personal import Detail, set_detail
from foodorder.audit.releases.export import House, Sort, hidden_farms, package
from foodorder.audit.releases.queries import Part, months, years
from foodorder.audit_jobs import write_releases
from foodorder.config import Settings
from foodorder.exchange.ocds.checks import problems
from foodorder.exchange.ocds.merge import PROFILE_FIELDS, compiled, versioned
from foodorder.exchange.ocds.text import Json, cents, read
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND
from tests.camt import OWN
from tests.deliveries import AFTER, close_week, make
from tests.factories import World
from tests.flow.random_trade import ACTS, SCHOOLS, Trade
from tests.invoices import IBAN, know_the_law
from tests.standards import ocds
from tests.standards.judge import STANDARDS

HOUSE = House("https://kuhinje.example", "a key")
FARM, VILLAGE = "Pri Brezovčevih", "Podblica"
#: Whatever must not be read by the public: of the farm, of its kitchen.
SECRETS = (
    FARM,
    "Brezovčev",
    "kmet@example.org",
    "041 555 666",
    IBAN,
    "Lojzka Kuhar",
    "04 222 33 44",
    "kuharica@",
)


def trade(world: World, clock_at: Callable[[datetime], None], settings: Settings, seed: int) -> Any:
    """A week of a farm whose owner is a person, and what chance makes of it."""
    know_the_law()
    closed = close_week(world, clock_at)
    farm = closed.farm
    farm.name, farm.village, farm.email, farm.tax_type = FARM, VILLAGE, "kmet@example.org", TaxType.EXEMPT
    farm.farms[0].name = "Domačija Brezovčev"
    for detail, value in ((Detail.IBAN, IBAN), (Detail.PHONE, "041 555 666")):
        set_detail(detail, value, producer_id=farm.id, actor=COMMAND, now=AFTER)
    closed.kitchen.email, closed.kitchen.phone = "kuharica@vrtec.example", "04 222 33 44"
    closed.kitchen.iban, closed.school.iban = OWN, SCHOOLS
    make(closed)
    chance = random.Random(seed)
    acting = Trade(closed)
    for _ in range(60):
        acting.act(chance.choice(ACTS), chance.randint(0, 10**9))
        if chance.random() < 0.1:
            assert write_releases(settings).errors == []
    assert write_releases(settings).errors == []
    return closed


def packages(municipality: Any, *, public: bool) -> dict[Sort, list[str]]:
    """All packages of a municipality."""
    found: dict[Sort, list[str]] = {}
    for sort, parts in (
        (Sort.RELEASES, [Part(municipality, year) for year in years(municipality)]),
        (Sort.RECORDS, [Part(municipality, *month) for month in months(municipality)]),
    ):
        pieces = [package(part, sort, HOUSE, public=public) for part in parts]
        found[sort] = ["".join(one) for one in pieces if one is not None]
    return found


@pytest.mark.parametrize("seed", range(2))
def test_the_releases_of_a_random_trade(
    world: World, clock_at: Callable[[datetime], None], session: Session, settings: Settings, seed: int
) -> None:
    closed = trade(world, clock_at, settings, seed)
    full = packages(closed.municipality, public=False)
    public = packages(closed.municipality, public=True)
    histories = [one["releases"] for text_ in full[Sort.RECORDS] for one in read(text_)["records"]]
    for releases in histories:
        assert list(problems(releases)) == []
    the_money_is_whole(histories, session)
    nobody_is_named(full, public, closed)
    for found in (full, public):
        assert sum(len(read(text_)["releases"]) for text_ in found[Sort.RELEASES]) == sum(map(len, histories))
        if STANDARDS.is_dir():
            by_the_schemas(found)
    if STANDARDS.is_dir():
        merged_as_by_the_reference(histories)


def the_money_is_whole(histories: list[list[Json]], session: Session) -> None:
    """Awards are first versions, contracts the versions in force, transactions what was paid for them."""
    processes = [compiled(releases) for releases in histories]
    for kind, condition in (("awards", "version = 1"), ("contracts", "superseded_by_id IS NULL")):
        said = sum(one["value"]["amount"] for process in processes for one in process[kind])
        raw = session.scalar(text(f"SELECT sum(net_cents)::bigint FROM procurement_record WHERE {condition}"))
        assert said == cents(raw or 0)
    moved: Counter[int] = Counter()
    for process in processes:
        for contract in process["contracts"]:
            for one in contract.get("implementation", {}).get("transactions", ()):
                back = one["payee"]["id"].startswith("institution")
                payment = int(one["id"].split("-")[1])
                moved[payment] += int(one["value"]["amount"] * 100) * (-1 if back else 1)
    # Lines of invoices that were written elsewhere may be about nothing that was recorded.
    paid = session.execute(
        text(
            "SELECT p.id, p.amount_cents, EXISTS (SELECT FROM invoice_line l WHERE"
            " l.invoice_id = p.invoice_id AND l.record_line_id IS NULL) AS unknown FROM payment p"
        )
    ).all()
    for payment in paid:
        if not payment.unknown:
            assert moved[payment.id] == payment.amount_cents
        assert abs(moved[payment.id]) <= abs(payment.amount_cents)


def nobody_is_named(full: dict[Sort, list[str]], public: dict[Sort, list[str]], closed: Any) -> None:
    text_ = "".join(part for found in public.values() for part in found)
    for secret in SECRETS:
        assert secret not in text_
    assert f"Kmetija, {VILLAGE}" in text_
    assert closed.farm.tax_number not in text_
    assert not re.search(rf"producer-{closed.farm.id}\b", text_)
    # Firms and kitchens are named, and auditors are told who it is.
    assert closed.kitchen.name in text_
    assert closed.baker.name in text_
    told = "".join(part for found in full.values() for part in found)
    assert FARM in told
    assert "kuharica@vrtec.example" in told
    assert IBAN not in told
    assert list(hidden_farms(closed.municipality, "a key")) == [f"producer-{closed.farm.id}"]


def by_the_schemas(found: dict[Sort, list[str]]) -> None:
    for text_ in (part for parts in found.values() for part in parts):
        assert ocds.schema_errors(json.loads(text_)) == []


def merged_as_by_the_reference(histories: list[list[Json]]) -> None:
    for releases in histories:
        assert ocds.merger().create_compiled_release(releases) == compiled(releases)
        core = [without_profile(release) for release in releases]
        assert ocds.merger().create_versioned_release(core) == versioned(releases)


def without_profile(value: Any) -> Any:
    """A release without the fields of which versions keep no history."""
    if isinstance(value, list):
        return [without_profile(entry) for entry in value]
    if isinstance(value, dict):
        return {key: without_profile(entry) for key, entry in value.items() if key not in PROFILE_FIELDS}
    return value
