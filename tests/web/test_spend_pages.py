"""Every question of the desk over HTTP: page, drawings, files, its address, and what nobody else may see."""

import re

from foodorder.accounts.passwords import hash_password
from foodorder.audit.questions import QUESTIONS
from foodorder.db import db
from foodorder.language import formats, speaking
from foodorder.rules.permissions import Role
from tests.histories import make_history, raw_lines
from tests.kept import once

PASSWORD = "dolgo geslo za preskus"
PERIOD = "from=2026-01&to=2027-12"
#: In every name of the other town that is not ours too.
THEIRS = "Tujkova"


@once
def history(app, world, clock_at):
    make_history(world, clock_at, 7)
    db.session.commit()
    return world


def log_in(app, world, role, **reach):
    person = world.add_person(role, **reach)
    person.password_hash = hash_password(PASSWORD)
    person.language = "en"
    db.session.commit()
    client = app.test_client()
    client.post("/login", data={"email": person.email, "password": PASSWORD})
    return client


def walk(client, *, drawings=True):
    """Everything that the desk shows of all years: address → text."""
    shown = {}
    for path in ("/auditor/spend", *(f"/auditor/spend/{question.name}" for question in QUESTIONS)):
        page = client.get(f"{path}?{PERIOD}")
        if page.status_code == 404:
            continue
        assert page.status_code == 200, path
        shown[path] = page.text
        files = re.findall(r'href="(/auditor/spend/[^"?]*\.csv\?[^"]*)"', page.text)
        pictures = re.findall(r'src="(/auditor/spend/[^"?]*-wide\.svg\?[^"]*)"', page.text)
        for link in files + (pictures if drawings else []):
            link = link.replace("&amp;", "&")
            answer = client.get(link)
            assert answer.status_code == 200, link
            shown[link] = answer.get_data(as_text=True)
    for path in ("/auditor/records", "/auditor/records.csv", "/auditor/records/lines.csv"):
        shown[path] = client.get(f"{path}?{PERIOD}").get_data(as_text=True)
    return shown


def net_of(lines, **which):
    """The sum of some lines as pages write it, and as files do."""
    found = [line for line in lines if all(getattr(line, name) == value for name, value in which.items())]
    cents = sum(line.net_cents for line in found)
    with speaking("en"):
        return formats.money(cents), f"{cents // 100}.{cents % 100:02}"


def test_an_auditor_sees_nothing_of_another_town(app, history):
    lines = raw_lines()
    ours = log_in(app, history, Role.AUDITOR, municipality_id=history.municipality.id)
    theirs = log_in(app, history, Role.AUDITOR, municipality_id=history.town.id)
    their_sum = net_of(lines, municipality_id=history.town.id)
    our_sum = net_of(lines, municipality_id=history.municipality.id)
    ours, theirs = walk(ours), walk(theirs, drawings=False)
    assert len(ours) > 3 * len(QUESTIONS) / 2
    for path, text in ours.items():
        assert THEIRS not in text, path
        assert not any(written in text for written in their_sum), path
    # What is looked for stands there for those who may see it.
    assert sum(THEIRS in text for text in theirs.values()) > 10
    assert their_sum[0] in theirs["/auditor/spend"]
    assert our_sum[0] in ours["/auditor/spend"]
    assert not any(kitchen.short_name in text for text in theirs.values() for kitchen in history.kitchens)

    an_accountant_sees_only_the_own_institution(app, history)


def an_accountant_sees_only_the_own_institution(app, history):
    mine, *others = history.kitchens
    shown = walk(log_in(app, history, Role.ACCOUNTANT, institution_id=mine.id), drawings=False)
    assert net_of(raw_lines(), institution_id=mine.id)[0] in shown["/auditor/spend"]
    for path, text in shown.items():
        for other in others:
            # "Vrtec 12" is no part of "Vrtec 1".
            assert not re.search(rf"{other.short_name}\b", text), (path, other.short_name)


def test_the_address_carries_every_filter_to_every_link(app, history):
    auditor = log_in(app, history, Role.AUDITOR, municipality_id=history.municipality.id)
    line = next(
        line
        for line in raw_lines()
        if line.municipality_id == history.municipality.id and line.certificate == "conventional"
    )
    food, code = line.food_type_id, line.cpv[:2]
    chosen = f"{PERIOD}&certificate=conventional&cpv={code}&food={food}"
    page = auditor.get(f"/auditor/spend/months?{chosen}").text.replace("&amp;", "&")
    links = re.findall(r'href="(/auditor/(?:spend/|records\?)[^"]*)"', page)
    assert len(links) > 20
    for link in links:
        told = dict(re.findall(r"[?&](\w+)=([^&]*)", link))
        # Those of the chips lack the one filter that they remove; "Clear all" has none.
        if len(told) > 4:
            assert told["certificate"] == "conventional" or told["cpv"] == code, link
        assert told.get("food", str(food)) == str(food), link
    assert f'<input type="hidden" name="cpv" value="{code}">' in page
    assert f'<option value="{food}" selected>' in page
    # Each filter in use can be removed by itself.
    assert re.search(rf'href="/auditor/spend/months\?[^"]*"[^>]*>CPV {code}', page)
    what_is_not_there_is_not_found(auditor)
    a_selection_of_nothing_says_what_to_do(auditor)


def what_is_not_there_is_not_found(auditor):
    for path in ("spend/nothing", "spend/months/nothing.csv", "spend/months/nothing-wide.svg",
                 "spend/months/institutions-wide.svg"):  # fmt: skip
        assert auditor.get(f"/auditor/{path}?{PERIOD}").status_code == 404, path


def a_selection_of_nothing_says_what_to_do(auditor):
    for question in QUESTIONS:
        page = auditor.get(f"/auditor/spend/{question.name}?from=2001-01&to=2001-02")
        assert page.status_code == 200, question.name
        assert "Clear all filters" in page.text, question.name
