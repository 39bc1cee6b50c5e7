"""The public window: the same for all, kept by caches, in the language of its address, without secrets."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import Engine, event

from foodorder.accounts.municipalities import show_in_public
from foodorder.language import formats, speaking
from foodorder.rules.permissions import Role
from foodorder.rules.publicity import SmallProducers
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND
from tests.factories import NOW, World
from tests.guards.readers import browser, log_in
from tests.guards.routes import combinations, rules
from tests.guards.town import LATER
from tests.kept import once
from tests.window import CODE, COOPERATIVE, FIRM, SECRETS, SMALL, Window, build_window

#: Statements for a page of the window.
MOST = 22


@once
def town(app: Flask, world: World, clock_at: Callable[[datetime], None]) -> Window:
    """A town with secrets; its trail is sealed."""
    found = build_window(world, clock_at)
    trail.seal()
    return found


def addresses(app: Flask, town: Window) -> list[str]:
    """Every address of the window that there is."""
    values = {"code": CODE, "kitchen": town.kitchens[0].code, "region": "SI042", "year": 2026}
    return [
        rule.build({name: values[name] for name in rule.arguments & values.keys()} | chosen)[1]
        for rule in rules(app)
        if rule.endpoint.startswith("window.")
        for chosen in everything(rule)
    ]


def everything(rule: Any) -> Iterator[dict[str, str]]:
    """All words of a parameter that is one of a few."""
    words = {
        name: converter.items for name, converter in rule._converters.items() if hasattr(converter, "items")
    }
    if not words:
        yield from combinations(rule)
    for name, known in words.items():
        yield from ({name: word} for word in sorted(known))


def decoded(answer: Any) -> str:
    """A page or file as text, however it is escaped."""
    text = answer.get_data(as_text=True)
    if answer.mimetype.endswith("json"):
        text += json.dumps(json.loads(text), ensure_ascii=False)
    return str(text)


def test_nobody_s_secrets_stand_in_any_page_or_file(app: Flask, town: Window) -> None:
    client = app.test_client()
    found = {path: decoded(client.get(path)) for path in addresses(app, town)}
    assert len(found) > 20
    shown = [
        f"{secret} in {path}"
        for path, text in found.items()
        for secret in (*SECRETS, SMALL)
        if secret in text
    ]
    assert not shown
    # The search would find them: what is public stands in the same files.
    whole = "".join(found.values())
    assert all(name in whole for name in (FIRM, COOPERATIVE, "Bašelj", "OŠ 0"))
    show_in_public(town.world.municipality, True, SmallProducers.NAMED, actor=COMMAND, now=NOW)
    named = {path: decoded(client.get(path)) for path in addresses(app, town)}
    assert [path for path, text in named.items() if SMALL in text]
    assert not [f"{secret} in {path}" for path, text in named.items() for secret in SECRETS if secret in text]


def test_it_is_the_same_for_all_and_caches_may_keep_it(app: Flask, town: Window) -> None:
    somebody = app.test_client()
    person = town.world.add_person(Role.COORDINATOR, municipality_id=town.world.municipality.id)
    person.language = "en"
    with somebody.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = log_in(person.id, LATER)[0], True
    ocds = app.test_client().get("/open/ocds?lang=en", headers={"Accept-Language": "sl"})
    assert "Set-Cookie" not in ocds.headers
    assert '<html lang="en">' in ocds.text
    for path in addresses(app, town):
        answer = app.test_client().get(path)
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path
        assert answer.headers["Cache-Control"].startswith("public, max-age="), path
        same = somebody.get(path, headers={"Accept-Language": "en", "Cookie": "foodorder_language=en"})
        assert same.get_data() == answer.get_data(), path
        again = app.test_client().get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.get_data()) == (304, b""), path
    mark = app.test_client().get("/open").headers["ETag"]
    show_in_public(town.world.municipality, True, SmallProducers.NAMED, actor=COMMAND, now=NOW)
    assert app.test_client().get("/open", headers={"If-None-Match": mark}).status_code == 200


def test_what_pages_and_files_say(app: Flask, town: Window) -> None:
    # One town for all of them: it takes longer to make than to look at.
    the_language_stands_in_the_address(app, town)
    the_page_says_what_the_lines_come_to(app, town)
    parents_find_what_their_school_gets_and_when(app, town)
    the_head_of_the_day_is_printed(app, town)
    portals_and_readers_can_read_it(app, town)
    what_there_is_not_is_not_found(app, town)
    a_page_asks_a_handful_of_questions(app, town)


def the_language_stands_in_the_address(app: Flask, town: Window) -> None:
    client = app.test_client()
    slovene, english = client.get(f"/open/{CODE}").text, client.get(f"/open/{CODE}?lang=en").text
    assert "Kaj jedo otroci v občini Občina Odprta" in slovene
    assert "What children eat in Občina Odprta" in english
    assert f'hreflang="en" href="http://localhost/open/{CODE}?lang=en"' in slovene
    assert f'<a class="tool" href="/open/{CODE}" hreflang="sl"' in english
    # Links lead on in the same language; files have none.
    assert f"/open/{CODE}/kitchens/OS0?lang=en" in english
    assert f'"/open/{CODE}/2026/spend.csv"' in english
    assert "lang=en" not in slovene.replace('?lang=en"', "")
    # What is added to an address by somebody else goes nowhere.
    odd = client.get(f"/open/{CODE}?_scheme=javascript&_external=1&endpoint=x&year=2026")
    assert odd.status_code == 200
    assert "javascript:" not in odd.text
    assert f'href="/open/{CODE}?year=2026&amp;lang=en"' in odd.text


def the_page_says_what_the_lines_come_to(app: Flask, town: Window) -> None:
    page = app.test_client().get(f"/open/{CODE}").text
    week = [line for line in town.lines if line.record.cycle_id == town.cycles[0].id]
    with speaking("sl"):
        total = formats.money(sum(line.net_cents for line in town.lines))
        grams = formats.weight(sum(line.grams for line in week))
    assert total in page
    assert grams in page
    rows = list(csv.DictReader(io.StringIO(app.test_client().get(f"/open/{CODE}/2026/spend.csv").text)))
    assert sum(round(float(row["net_eur"]) * 100) for row in rows) == sum(one.net_cents for one in town.lines)
    described = app.test_client().get(f"/open/{CODE}/2026/datapackage.json").get_json()
    assert [one["name"] for one in described["resources"][0]["schema"]["fields"]] == list(rows[0])


def parents_find_what_their_school_gets_and_when(app: Flask, town: Window) -> None:
    client = app.test_client()
    page = client.get(f"/open/{CODE}?lang=en").text
    target = re.search(r'href="(/open/[^"]*/kitchens/OS0[^"]*)"', page)
    assert target
    week = town.cycles[0].week.isoformat()
    page = client.get(f"{target[1]}&week={week}").text
    assert "a farm in Bašelj" in page
    assert f"{FIRM}, Voklo" in page
    days = {line.delivery_date for line in town.lines if line.institution_id == town.kitchens[0].id}
    first = min(days)
    with speaking("en"):
        assert formats.long_day(first) in page


def test_a_shut_window_is_shut_everywhere(app: Flask, town: Window) -> None:
    client = app.test_client()
    inside = [path for path in addresses(app, town) if CODE in path or "regions" in path]
    assert len(inside) > 10
    assert "Odprta" in client.get("/open").text + client.get("/").text
    show_in_public(town.world.municipality, False, SmallProducers.MASKED, actor=COMMAND, now=NOW)
    assert {path: client.get(path).status_code for path in inside} == dict.fromkeys(inside, 404)
    for path in addresses(app, town):
        assert "Odprta" not in client.get(path).text, path
    assert f"/open/{CODE}" not in client.get("/").text


def what_there_is_not_is_not_found(app: Flask, town: Window) -> None:
    for path in ("999", "abc", f"{CODE}/1999/spend.csv", "regions/SI999", f"{CODE}/kitchens/nowhere"):
        assert app.test_client().get(f"/open/{path}").status_code == 404, path


def test_addresses_in_files_are_the_installation_s_own(
    app: Flask, town: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        app.config, "SETTINGS", replace(app.config["SETTINGS"], base_url="https://hrana.example")
    )
    client = browser(app, None)
    for path in (
        "/open/catalog.ttl",
        "/open/catalog.rdf",
        "/open/sitemap.xml",
        f"/open/{CODE}/records.atom",
        f"/open/{CODE}",
    ):
        text = client.get(path, headers={"Host": "evil.example"}).text
        assert "https://hrana.example/open" in text, path
        assert "evil.example" not in text, path


def portals_and_readers_can_read_it(app: Flask, town: Window) -> None:
    client = app.test_client()
    graph = client.get("/open/catalog.jsonld").get_json(force=True)["@graph"]
    files = [node["dcat:downloadURL"]["@id"] for node in graph if node["@type"] == "dcat:Distribution"]
    ours = [file.removeprefix("http://localhost") for file in files if f"/{CODE}/" in file]
    assert len(ours) >= 5
    assert all(client.get(path).status_code == 200 for path in ours)
    feed = etree.fromstring(client.get(f"/open/{CODE}/records.atom").get_data())
    numbers = {line.record.number for line in town.lines}
    titles = [str(one) for one in feed.xpath("//a:entry/a:title/text()", namespaces={"a": feed.nsmap[None]})]
    assert {title.split(" ")[0] for title in titles} == numbers
    links = [str(one) for one in feed.xpath("//a:entry/a:link/@href", namespaces={"a": feed.nsmap[None]})]
    assert client.get(links[0].removeprefix("http://localhost")).status_code == 200
    pages = etree.fromstring(client.get("/open/sitemap.xml").get_data())
    known = [str(one.text).removeprefix("http://localhost") for one in pages.iter("{*}loc")]
    assert f"/open/{CODE}/kitchens/OS1" in known
    assert all(client.get(path).status_code == 200 for path in known if "lang" not in path)
    answer = client.get(f"/open/{CODE}/2026/spend.csv")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def the_head_of_the_day_is_printed(app: Flask, town: Window) -> None:
    line = app.test_client().get("/open/trail.txt").text.splitlines()[-1]
    day, block, head = line.split(" ")
    assert re.fullmatch(r"[0-9a-f]{64}", head)
    assert head in app.test_client().get(f"/open/{CODE}").text
    assert head in app.test_client().get("/open/trail").text
    assert int(block) > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)


def a_page_asks_a_handful_of_questions(app: Flask, town: Window) -> None:
    for path in addresses(app, town):
        sent: list[str] = []

        def note(
            _connection: object, _cursor: object, statement: str, *_more: object, sent: Any = sent
        ) -> None:
            sent.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        app.test_client().get(path)
        event.remove(Engine, "before_cursor_execute", note)
        assert 0 < len(sent) <= MOST, path


def test_before_the_first_week_the_window_says_what_will_be_there(app: Flask, world: World) -> None:
    world.municipality.code = CODE
    world.add_institution(kind="school", code="OS0")
    client: FlaskClient = app.test_client()
    for path in ("", "/kitchens/OS0", "/prices", "/suppliers", "/data", "/records.atom"):
        assert client.get(f"/open/{CODE}{path}").status_code == 200, path
    assert client.get(f"/open/{CODE}/map-wide.svg").status_code == 404
    assert "/register" in client.get(f"/open/{CODE}").text


def test_robots_are_led_to_the_window_alone(app: Flask) -> None:
    lines = app.test_client().get("/robots.txt").text.splitlines()
    assert "Disallow: /auditor" in lines
    assert "Sitemap: http://localhost/open/sitemap.xml" in lines
    assert not [line for line in lines if line.startswith("Disallow: /open")]
