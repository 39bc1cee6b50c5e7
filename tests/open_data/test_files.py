"""CSV, its Fiscal Data Package, and feeds."""

import csv
import io
from dataclasses import fields
from datetime import UTC, date, datetime

from lxml import etree

from foodorder.exchange.open_data.feeds import ATOM, Entry, Feed, atom, json_feed
from foodorder.exchange.open_data.fiscal import COLUMNS, DIMENSIONS, MEASURES, About, package
from foodorder.exchange.open_data.spend import SpendRow, spend_csv, table_csv

ROW = SpendRow(
    2026, date(2026, 11, 1), "052", "Kranj", "OŠS", "OŠ Stražišče", "", "Voklo", "farm", "vegetables",
    "korenje", "korenje", "carrots", "03221112-4", "evidence", 3, 123456, 12500, 0, 7, 12500,
)  # fmt: skip
ABOUT = About(
    "public-kitchens-052-2026", "Hrana", "Vse", "https://hrana.example/open/052/data", "Kranj", 2026, 2026
)


def test_spend_is_written_in_euros_and_kilograms() -> None:
    [row] = csv.DictReader(io.StringIO(spend_csv([ROW]).decode()))
    assert (row["month"], row["net_eur"], row["weight_kg"], row["quality_kg"]) == (
        "2026-11-01",
        "1234.56",
        "12.500",
        "0.007",
    )
    assert (row["supplier"], row["lines"]) == ("", "3")


def test_a_text_that_spreadsheets_would_run_is_disarmed() -> None:
    content = table_csv(["name", "net_eur", "organic_share"], [["=1+1", -5, None], ["a,b", 0, 1500]])
    assert content.decode().splitlines()[1:] == ["'=1+1,-0.05,", '"a,b",0.00,0.1500']


def test_the_package_describes_the_columns_that_there_are() -> None:
    described = package(ABOUT)
    [resource] = described["resources"]
    written = spend_csv([ROW]).decode().splitlines()[0].split(",")
    assert (
        [field["name"] for field in resource["schema"]["fields"]]
        == written
        == [one.name for one in fields(SpendRow)]
    )
    assert resource["path"] == "spend.csv"
    assert described["profile"] == "fiscal-data-package"
    assert set(COLUMNS) == set(written)


def test_every_column_is_a_measure_or_a_part_of_one_dimension() -> None:
    model = package(ABOUT)["model"]
    parts = [attribute for dimension in model["dimensions"].values() for attribute in dimension["attributes"]]
    assert sorted([*parts, *model["measures"]]) == sorted(COLUMNS)
    assert set(MEASURES) == set(model["measures"])
    assert all(set(one["primaryKey"]) <= set(one["attributes"]) for one in model["dimensions"].values())
    assert set(DIMENSIONS) == set(model["dimensions"])


def feed(*entries: Entry) -> Feed:
    return Feed("urn:x", "Novo & staro", "Kranj", "sl", "https://a.example", "https://a.example/own", entries)


AT = datetime(2026, 11, 19, 12, 0, 5, tzinfo=UTC)
NEWS = Entry("urn:1", "https://a.example/1", "KV-2026-0001", "Kmetija <b>, 3 vrstice", AT)


def test_both_feeds_tell_the_same() -> None:
    root = etree.fromstring(atom(feed(NEWS)))
    space = {"a": ATOM}
    read = [
        str(root.findtext(f"a:entry/a:{name}", namespaces=space))
        for name in ("id", "title", "summary", "updated")
    ]
    [item] = json_feed(feed(NEWS))["items"]
    assert read == [item["id"], item["title"], item["content_text"], item["date_published"]]
    assert read == ["urn:1", "KV-2026-0001", "Kmetija <b>, 3 vrstice", "2026-11-19T12:00:05Z"]
    assert root.findtext("a:updated", namespaces=space) == "2026-11-19T12:00:05Z"


def test_an_empty_feed_has_its_date_all_the_same() -> None:
    root = etree.fromstring(atom(feed()))
    assert root.findtext("{*}updated") == "2020-01-01T00:00:00Z"
    assert json_feed(feed())["items"] == []
