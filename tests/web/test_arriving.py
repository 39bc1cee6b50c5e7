"""Acceptance and claims over HTTP: at the door without scripts, line by line as JSON, at the desk."""

import io
import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from foodorder.catalogue.models import TemperatureLimit
from foodorder.db import db
from foodorder.delivery.models import AcceptanceLine, AcceptancePhoto, Claim, CoverPurchase
from foodorder.rules.permissions import Role
from tests.deliveries import MONDAY, close_week, farm_notes, line_of, make
from tests.kept import once
from tests.web.office import log_in

SIX = datetime.fromisoformat(f"{MONDAY}T05:00:00+00:00")
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40
JSON = {"Accept": "application/json"}


@once
def closed(world, session, clock_at):
    session.merge(
        TemperatureLimit(
            code="milk", name_sl="Mleko", name_en="Milk", lowest=None, highest=80, tolerance=0,
            certainty="E", source="test",
        )
    )  # fmt: skip
    close_week(world, clock_at)
    world.cheese.product.food_type.temperature = "milk"
    make(world)
    clock_at(SIX)
    db.session.commit()
    return world


@once
def cook(app, closed):
    return log_in(app, closed, Role.KITCHEN_MANAGER, institution_id=closed.kitchen.id)


@once
def farmer(app, closed):
    return log_in(app, closed, Role.PRODUCER, producer_id=closed.farm.id)


@pytest.fixture
def note(closed):
    return farm_notes(closed)[0]


def address(note):
    return f"/kitchen/deliveries/arriving/{note.id}"


def noted(line, quantity, **more):
    values = {"q": quantity, "key": str(uuid4()), "expected": "0", **more}
    return {"line": str(line.id), **{f"{name}-{line.id}": value for name, value in values.items()}}


def kept(line):
    chosen = select(AcceptanceLine).where(AcceptanceLine.delivery_line_id == line.id)
    db.session.expire_all()
    return db.session.scalars(chosen.order_by(AcceptanceLine.version)).all()


def refuse_carrots(cook, note, closed):
    carrots = line_of(note, closed.carrots)
    cook.post(address(note), data=noted(carrots, "6", reason="quality", words="soft"))
    return carrots


CLAIMED = {"kind": "quality", "of": "refused", "quantity": "4", "words": "soft"}


def test_today_shows_the_stops_and_what_waits(cook, closed, note):
    page = cook.get("/kitchen/deliveries/arriving").text
    assert f'href="{address(note)}"' in page
    assert "2 lines wait" in page
    assert "(today)" in page
    stop = cook.get(address(note)).text
    assert "Everything as announced" in stop
    # Only where the food has a limit.
    assert stop.count("data-temperature") == 1
    assert "the limit is 8" in stop
    assert cook.get(f"{address(note)}000").status_code == 404


def test_everything_as_announced_in_one_tap(cook, closed, note):
    page = cook.get(address(note)).text
    form = page[page.index("data-all") : page.index("</form>", page.index("data-all"))]
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    data = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    done = cook.post(address(note), data=data)
    assert done.location == f"/kitchen/deliveries/arriving?day={MONDAY}"
    assert farm_notes(closed)[0].state == "received"
    # The same form sent twice, by an impatient thumb.
    cook.post(address(note), data=data)
    assert [len(kept(line)) for line in note.lines] == [1, 1]
    page = cook.get("/kitchen/deliveries/arriving").text
    assert "accepted" in page


def test_only_the_page_of_a_stop_may_look_through_the_camera(cook, closed, note):
    assert "camera=(self)" in cook.get(address(note)).headers["Permissions-Policy"]
    assert "camera=()" in cook.get("/kitchen/deliveries/arriving").headers["Permissions-Policy"]


def test_less_asks_why_and_keeps_what_was_typed(cook, closed, note):
    carrots = line_of(note, closed.carrots)
    answer = cook.post(address(note), data=noted(carrots, "8,5"))
    assert answer.status_code == 422
    assert f'href="#reason-{carrots.id}"' in answer.text
    assert 'value="8,5"' in answer.text
    answer = cook.post(address(note), data=noted(carrots, "8,5", reason="less"))
    assert answer.status_code == 303
    [written] = kept(carrots)
    assert (written.quantity, written.reason) == (8_500, "less")
    assert "Accepted in part" in cook.get(address(note)).text


def test_refused_with_a_reason_and_a_picture(app, cook, closed, note, farmer):
    carrots = line_of(note, closed.carrots)
    data = noted(carrots, "10", reason="quality", photokey=str(uuid4()))
    data |= {"do": "refused", f"photo-{carrots.id}": (io.BytesIO(JPEG), "mould.jpg")}
    assert cook.post(address(note), data=data, content_type="multipart/form-data").status_code == 303
    [written] = kept(carrots)
    assert (written.outcome, written.quantity) == ("refused", 0)
    photo = db.session.scalars(select(AcceptancePhoto)).one()
    assert f'href="/photos/{photo.id}"' in cook.get(address(note)).text
    assert cook.get(f"/photos/{photo.id}").data == JPEG
    assert farmer.get(f"/photos/{photo.id}").data == JPEG
    school = log_in(app, closed, Role.KITCHEN_MANAGER, institution_id=closed.school.id)
    assert school.get(f"/photos/{photo.id}").status_code == 404
    wrong = noted(carrots, "0", reason="quality", words="x", expected="1")
    wrong[f"photo-{carrots.id}"] = (io.BytesIO(b"%PDF-1"), "a.pdf")
    answer = cook.post(address(note), data=wrong, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "is not a JPG or PNG picture" in answer.text


def test_too_warm_is_said_in_words(cook, closed, note):
    cheese = line_of(note, closed.cheese)
    answer = cook.post(address(note), data=noted(cheese, "3", temperature="9,4"))
    assert answer.status_code == 422
    assert "It is beyond its temperature limit." in answer.text
    assert cook.post(address(note), data=noted(cheese, "3", temperature="warm")).status_code == 422
    cook.post(address(note), data=noted(cheese, "3", temperature="9,4", words="cooked at once"))
    page = cook.get(address(note)).text.replace("\xa0", " ")
    assert "Too warm: 9.4 °C, the limit is 8 °C." in page


def test_two_phones_do_not_overwrite_each_other(app, cook, closed, note):
    carrots = line_of(note, closed.carrots)
    other = log_in(app, closed, Role.KITCHEN_MANAGER, institution_id=closed.kitchen.id)
    cook.post(address(note), data=noted(carrots, "8", reason="less"))
    answer = other.post(address(note), data=noted(carrots, "9", reason="less", words="nine"))
    assert answer.status_code == 409
    assert "8\xa0kg here meanwhile" in answer.text
    # What was typed stands beside it, ready to be saved over the version that is there now.
    assert 'value="9"' in answer.text
    assert f'name="expected-{carrots.id}" value="1"' in answer.text
    again = noted(carrots, "9", reason="less", words="nine", expected="1")
    assert other.post(address(note), data=again).status_code == 303
    assert [one.quantity for one in kept(carrots)] == [8_000, 9_000]


def test_a_phone_sends_later_what_it_noted_and_twice_is_once(cook, closed, note):
    carrots = line_of(note, closed.carrots)
    data = noted(carrots, "10", at=(SIX - timedelta(hours=1)).isoformat())
    first = cook.post(address(note), data=data, headers=JSON)
    assert (first.status_code, first.json["left"]) == (200, 1)
    [line] = first.json["lines"]
    assert (line["line"], line["status"], line["version"]) == (carrots.id, 200, 1)
    assert f'id="line-{carrots.id}"' in line["html"]
    assert cook.post(address(note), data=data, headers=JSON).status_code == 200
    [written] = kept(carrots)
    assert written.noted_at == SIX - timedelta(hours=1)
    late = noted(carrots, "4", reason="less")
    answer = cook.post(address(note), data=late, headers=JSON)
    assert answer.status_code == 409
    assert "10\xa0kg here meanwhile" in answer.json["lines"][0]["message"]


def test_a_phone_asks_who_it_sends_as(app, cook, closed):
    ticket = cook.get("/kitchen/deliveries/arriving/ticket", headers=JSON).json
    assert ticket["reader"].endswith(f"-{closed.kitchen.id}")
    assert ticket["token"]
    stranger = app.test_client()
    assert stranger.get("/kitchen/deliveries/arriving/ticket", headers=JSON).status_code in (302, 401)
    worker = stranger.get("/kitchen/deliveries/worker.js")
    assert worker.content_type.startswith("text/javascript")
    assert worker.headers["Cache-Control"] == "no-cache"


def test_at_the_desk_rows_are_saved_one_by_one_or_all_together(cook, closed, note):
    carrots, cheese = line_of(note, closed.carrots), line_of(note, closed.cheese)
    page = cook.get(f"/kitchen/deliveries/desk?day={MONDAY}").text
    assert f'id="q-{carrots.id}"' in page
    answer = cook.post(f"/kitchen/deliveries/desk?day={MONDAY}", data=noted(carrots, "10"), headers=JSON)
    assert (answer.status_code, answer.json["lines"][0]["status"]) == (200, 200)
    assert answer.json["lines"][0]["html"].lstrip().startswith("<tr")
    both = noted(carrots, "9", reason="less", expected="1") | noted(cheese, "5")
    both |= {"line": [str(carrots.id), str(cheese.id)], "words": "weighed again"}
    answer = cook.post(f"/kitchen/deliveries/desk?day={MONDAY}", data=both)
    # One row is wrong; the other is saved all the same.
    assert answer.status_code == 422
    assert 'value="5"' in answer.text
    assert [(one.quantity, one.words) for one in kept(carrots)] == [(10_000, None), (9_000, "weighed again")]
    assert kept(cheese) == []


def test_a_row_that_nobody_touched_says_nothing_new(cook, closed, note):
    carrots, cheese = line_of(note, closed.carrots), line_of(note, closed.cheese)
    place = f"/kitchen/deliveries/desk?day={MONDAY}"
    cook.post(place, data=noted(carrots, "9", reason="less", words="soft"))
    rows = noted(carrots, "9", reason="less", expected="1") | noted(cheese, "3")
    rows |= {"line": [str(carrots.id), str(cheese.id)], "words": "weighed again"}
    assert cook.post(place, data=rows).status_code == 303
    assert [one.words for one in kept(carrots)] == ["soft"]
    # What is said for all corrections belongs to none that is written for the first time.
    assert [one.words for one in kept(cheese)] == [None]


def test_only_who_accepts_goods_writes_what_came(app, closed, note):
    carrots = line_of(note, closed.carrots)
    for role in (Role.APPROVER, Role.ACCOUNTANT):
        reader = log_in(app, closed, role, institution_id=closed.kitchen.id)
        assert reader.post(address(note), data=noted(carrots, "10")).status_code == 403
        page = reader.get(address(note))
        assert page.status_code == 200
        assert "Everything as announced" not in page.text
    assert kept(carrots) == []


def test_a_claim_from_the_door_to_the_replacement(app, cook, closed, note, farmer):
    carrots = refuse_carrots(cook, note, closed)
    form = f"/kitchen/deliveries/lines/{carrots.id}/claim"
    page = cook.get(form).text
    assert 'value="4"' in page
    assert cook.post(form, data=CLAIMED | {"quantity": "5"}).status_code == 422
    made = cook.post(form, data=CLAIMED)
    claim = db.session.scalars(select(Claim)).one()
    assert made.location == f"/kitchen/claims/{claim.id}"
    assert "1 hour left for a replacement." in cook.get(made.location).text
    assert f"/kitchen/claims/{claim.id}" in cook.get("/kitchen/claims").text
    assert f"/producer/claims/{claim.id}" in farmer.get("/producer/claims").text
    mine = f"/producer/claims/{claim.id}"
    assert "I bring a replacement" in farmer.get(mine).text
    assert farmer.post(f"{mine}/promise", data={"minutes": "30"}).status_code == 303
    assert "A replacement is promised" in cook.get(made.location).text
    too_much = cook.post(f"{made.location}/replaced", data={"replaced": "5"})
    assert too_much.status_code == 422
    done = cook.post(f"{made.location}/replaced", data={"replaced": "4", "lot": "K-9"})
    assert done.status_code == 303
    db.session.refresh(claim)
    assert (claim.outcome, claim.replaced, claim.replacement_lot) == ("replaced", 4_000, "K-9")
    assert farmer.post(f"{mine}/credit", data={"minutes": "30"}).status_code == 422
    for role, path in ((Role.AUDITOR, "auditor"), (Role.COORDINATOR, "coordinator")):
        reader = log_in(app, closed, role, municipality_id=closed.municipality.id)
        assert "K-9" in reader.get(f"/{path}/claims/{claim.id}").text
        assert reader.get(f"/claims/{claim.id}").location == f"/{path}/claims/{claim.id}"
    stranger = log_in(app, closed, Role.PRODUCER, producer_id=closed.baker.id)
    assert stranger.get(mine).status_code == 404


def test_bought_elsewhere_at_the_suppliers_cost(cook, closed, note, farmer):
    carrots = refuse_carrots(cook, note, closed)
    form = f"/kitchen/deliveries/lines/{carrots.id}/claim"
    place = cook.post(form, data=CLAIMED).location
    bought = {
        "supplier": "Trgovina", "document": "R-7", "bought_on": MONDAY.isoformat(), "quantity": "4",
        "net": "12,00", "vat": "1,14",
    }  # fmt: skip
    early = cook.post(f"{place}/covered", data=bought)
    assert early.status_code == 422
    assert "The supplier can still replace it until" in early.text
    claim = db.session.scalars(select(Claim)).one()
    farmer.post(f"/producer/claims/{claim.id}/decline", data={"minutes": "30", "words": "none left"})
    assert cook.post(f"{place}/covered", data=bought).status_code == 303
    assert db.session.scalars(select(CoverPurchase)).one().extra_cents == 400
    assert re.search(r"€4\.00|4\.00.€", cook.get(place).text)


def test_where_they_do_not_agree_the_coordinator_decides(app, cook, closed, note, farmer):
    carrots = refuse_carrots(cook, note, closed)
    form = f"/kitchen/deliveries/lines/{carrots.id}/claim"
    cook.post(form, data={"kind": "hidden", "of": "accepted", "quantity": "2", "words": "rotten inside"})
    claim = db.session.scalars(select(Claim)).one()
    mine = f"/producer/claims/{claim.id}"
    assert farmer.post(f"{mine}/contest").status_code == 422
    assert farmer.post(f"{mine}/contest", data={"words": "fresh"}).status_code == 303
    office = log_in(app, closed, Role.COORDINATOR, municipality_id=closed.municipality.id)
    today = office.get("/coordinator/").text
    assert f'href="/coordinator/claims/{claim.id}"' in today
    assert "and they do not agree" in today
    assert "fresh" in office.get(f"/coordinator/claims/{claim.id}").text
    assert office.post(f"/coordinator/claims/{claim.id}/refused").status_code == 303
    assert office.post(f"/coordinator/claims/{claim.id}/credited").status_code == 422
    assert "and they do not agree" not in office.get("/coordinator/").text
    assert "Not upheld by the coordinator." in cook.get(f"/kitchen/claims/{claim.id}").text


def test_a_claim_is_withdrawn_once(cook, closed, note):
    carrots = refuse_carrots(cook, note, closed)
    form = f"/kitchen/deliveries/lines/{carrots.id}/claim"
    place = cook.post(form, data={"kind": "other", "of": "refused", "quantity": "1", "words": "x"}).location
    assert cook.post(f"{place}/withdrawn").status_code == 303
    assert cook.post(f"{place}/withdrawn").status_code == 422
    assert "Withdrawn by the kitchen." in cook.get(place).text


def test_without_claims_the_page_says_what_to_do(cook, farmer):
    assert "No claims" in cook.get("/kitchen/claims").text
    assert "No claims" in farmer.get("/producer/claims").text
