"""The auditor's own desk over HTTP: marks of what was seen, who read offers, the chain, limited access."""

import gzip
import hashlib
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts.models import RoleGrant
from foodorder.db import db
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.trail import service as trail
from foodorder.trail.actor import SCHEDULER
from foodorder.trail.models import TrailEvent
from tests.factories import CLOSES, NOW
from tests.kept import once
from tests.web.office import coordinator_of, log_in


@once
def week(world, clock_at):
    """One kitchen ordered from a farm; another town has events of its own."""
    clock_at(NOW - timedelta(hours=1))
    world.farm, world.kitchen = world.add_producer(name="Kmetija Pri Vrbi"), world.add_institution()
    world.sold = world.offer(world.farm)
    world.open = world.cycle()
    world.submit(world.open, world.kitchen, [(world.sold, "4")])
    world.town = world.add_municipality(name="Sosednja občina")
    world.there = world.cycle(municipality=world.town)
    trail.seal()
    clock_at(NOW)
    db.session.commit()
    return world


@once
def auditor(app, week):
    return log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)


def heads(page):
    """What happened, by the page of the trail."""
    return re.findall(r"<b>([^<]+)</b>: <a", page.text)


def test_the_trail_of_one_organisation(auditor, week):
    ours = auditor.get(f"/auditor/trail?institution={week.kitchen.id}")
    assert heads(ours) == ["Order submitted"]
    # Offers belong to no municipality: they are read where the farm is admitted.
    farms = auditor.get(f"/auditor/trail?producer={week.farm.id}")
    assert "Offer published" in heads(farms)
    assert "Order submitted" not in heads(farms)
    assert "Kmetija Pri Vrbi" in farms.text
    stranger = week.add_producer(week.town)
    week.offer(stranger)
    trail.seal()
    db.session.commit()
    # Who is not admitted here is no choice, and the filter is left out.
    assert auditor.get(f"/auditor/trail?producer={stranger.id}").text.count('class="chips"') == 0


def test_what_was_seen_is_marked_for_this_auditor_alone(app, auditor, week):
    page = auditor.get("/auditor/trail?seen=no")
    all_of_it = heads(page)
    assert sorted(all_of_it) == ["Cycle opened", "Cycle planned", "Offer published", "Order submitted"]
    events = re.findall(r'name="event" value="(\d+)"', page.text)
    answer = auditor.post("/auditor/trail/seen", data={"what": "page", "event": events[:1], "seen": "no"})
    assert (answer.status_code, answer.location) == (303, "/auditor/trail?seen=no")
    assert heads(auditor.get("/auditor/trail?seen=no")) == all_of_it[1:]
    assert heads(auditor.get("/auditor/trail?seen=yes")) == all_of_it[:1]
    until = re.search(r'name="until" value="(\d+)"', page.text)[1]
    # What is younger than a quarter of an hour is marked one by one: another act may still come before it.
    auditor.post("/auditor/trail/seen", data={"what": "until", "until": until})
    assert sorted(heads(auditor.get("/auditor/trail?seen=no"))) == ["Offer published"]
    auditor.post("/auditor/trail/seen", data={"what": "until", "until": until, "event": events})
    assert "Nothing found" in auditor.get("/auditor/trail?seen=no").text
    assert heads(auditor.get("/auditor/trail?seen=yes")) == all_of_it
    assert "You have seen everything up to" in auditor.get("/auditor/trail").text
    colleague = log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)
    assert heads(colleague.get("/auditor/trail?seen=no")) == all_of_it
    auditor.post("/auditor/trail/seen", data={"what": "forget"})
    assert heads(auditor.get("/auditor/trail?seen=no")) == all_of_it


def test_another_towns_events_cannot_be_marked(auditor, week):
    theirs = db.session.scalars(
        select(TrailEvent.id).where(TrailEvent.municipality_id == week.town.id)
    ).first()
    auditor.post("/auditor/trail/seen", data={"what": "page", "event": [theirs]})
    auditor.post("/auditor/trail/seen", data={"what": "until", "until": theirs})
    assert db.session.execute(db.text("SELECT count(*) FROM trail_seen")).scalar_one() == 0
    assert db.session.execute(db.text("SELECT count(*) FROM trail_seen_until")).scalar_one() == 0


def test_older_pages_go_on_where_the_page_before_ended(auditor, week, monkeypatch):
    whole = heads(auditor.get("/auditor/trail"))
    monkeypatch.setattr("foodorder.blueprints.auditor.trail.PAGE", 2)
    page = auditor.get("/auditor/trail")
    older = auditor.get(re.search(r'href="(/auditor/trail\?before=\d+)"', page.text)[1])
    assert len(heads(page)) == 2
    assert heads(page) + heads(older) == whole
    assert len(whole) == 4


def test_the_chain_to_take_along_has_texts_of_the_own_municipality_alone(auditor, week):
    answer = auditor.get("/auditor/trail/chain.gz")
    assert answer.content_type == "application/gzip"
    rows = [json.loads(row) for row in gzip.decompress(answer.data).decode().splitlines()]
    texts = [json.loads(row["text"]) for row in rows if "text" in row]
    assert {text["municipality"] for text in texts} == {week.municipality.id}
    assert len(texts) == 4
    assert rows[-1]["events"] == len([row for row in rows if "event" in row]) > 3
    program = auditor.get("/auditor/trail/verifier.py")
    assert program.text.startswith("#!/usr/bin/env python3")


def test_who_read_the_offers_stands_on_a_page_of_the_cycle(app, auditor, week):
    cook = log_in(app, week, Role.KITCHEN_MANAGER, institution_id=week.kitchen.id)
    assert cook.get("/kitchen/order").status_code == 200
    cook.get("/kitchen/order")
    coordinator_of(app, week).get(f"/coordinator/cycles/{week.open.id}/offers")
    page = auditor.get(f"/auditor/cycles/{week.open.id}/readings")
    assert page.text.count(week.kitchen.short_name) == 1
    assert "Kitchen manager" in page.text
    assert "Coordinator" in page.text
    assert "while open" in page.text
    assert auditor.get(f"/auditor/cycles/{week.there.id}/readings").status_code == 404
    rows = auditor.get(f"/auditor/cycles/{week.open.id}/readings.csv").text.splitlines()
    assert len(rows) == 3
    assert heads(auditor.get("/auditor/trail?action=offers.read")) == ["Offers read before the close"] * 2


def test_an_access_for_a_time_ends_by_itself_and_says_so(app, week, clock_at):
    coordinator = coordinator_of(app, week)
    form = {
        "name": "Revizorka", "email": "r@example.org", "role": "auditor",
        "place": f"m{week.municipality.id}", "language": "en", "valid_until": "",
    }  # fmt: skip
    refused = coordinator.post("/coordinator/people/invite", data=form)
    assert "Say until which day." in refused.text
    done = coordinator.post("/coordinator/people/invite", data={**form, "valid_until": "2026-11-30"})
    assert done.status_code == 303
    people = coordinator.get("/coordinator/institutions")
    assert re.search(r"Auditor<span class=\"sub\">until Mon.30.Nov.2026", people.text)
    grant = db.session.scalars(select(RoleGrant).order_by(RoleGrant.id.desc())).first()
    assert grant.valid_until.isoformat() == "2026-11-30T23:00:00+00:00"
    assert f"/people/{grant.id}/revoke" not in people.text

    clock_at(grant.valid_until - timedelta(seconds=1))
    auditor = log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)
    own = db.session.scalars(select(RoleGrant).order_by(RoleGrant.id.desc())).first()
    own.valid_until = grant.valid_until
    db.session.commit()
    assert auditor.get("/auditor/trail").status_code == 200
    clock_at(grant.valid_until)
    page = auditor.get("/auditor/trail")
    assert page.status_code == 403
    assert "Your access as Auditor" in page.text
    assert re.search("30.November.2026", page.text)


@pytest.fixture
def recorded(week, clock_at):
    clock_at(CLOSES)
    record_cycle(week.open.id, actor=SCHEDULER)
    db.session.commit()
    return week


def test_a_sample_is_drawn_worked_off_and_drawn_again(app, auditor, recorded):
    # The browser of the auditor is logged out by now: 36 hours have passed.
    auditor = log_in(app, recorded, Role.AUDITOR, municipality_id=recorded.municipality.id)
    assert "No sample yet" in auditor.get("/auditor/samples").text
    form = {"title": "Cene zelenjave", "method": "random", "size": "2", "seed": "loto 7"}
    refused = auditor.post("/auditor/samples/new", data=form)
    assert refused.status_code == 422
    assert "There are only 1 lines to draw from." in refused.text
    assert 'value="Cene zelenjave"' in refused.text
    answer = auditor.post("/auditor/samples/new", data={**form, "size": "1"})
    assert answer.status_code == 303
    page = auditor.get(answer.location)
    assert "loto 7" in page.text
    assert recorded.kitchen.short_name in page.text
    empty = auditor.post(
        f"{answer.location}/lines", data={"position": "1", "verdict": "remark", "remark": ""}
    )
    assert empty.status_code == 422
    assert "Write what you found." in empty.text
    auditor.post(f"{answer.location}/lines", data={"position": "1", "verdict": "remark", "remark": "Žig?"})
    assert "Žig?" in auditor.get(answer.location).text
    assert "1 remark" in auditor.get("/auditor/samples").text
    again = auditor.post(f"{answer.location}/again", follow_redirects=True)
    assert "the same lines in the same order" in again.text
    rows = auditor.get(f"{answer.location}.csv").data.decode("utf-8-sig").splitlines()
    assert "Žig?" in rows[1]
    population = auditor.get(f"{answer.location}/population.csv").text
    assert re.fullmatch(r"\d+;600\n", population)
    assert hashlib.sha256(population.encode()).hexdigest() in page.text
    stranger = log_in(app, recorded, Role.AUDITOR, municipality_id=recorded.town.id)
    for path in ("", ".csv", "/population.csv"):
        assert stranger.get(answer.location + path).status_code == 404
    assert stranger.post(f"{answer.location}/lines", data={"position": "1"}).status_code == 404
    coordinator = coordinator_of(app, recorded)
    assert coordinator.get(answer.location).status_code == 403
