"""The farmer's deliveries over HTTP: pick, pack, send, cannot deliver; what the kitchen reads of it."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select

from foodorder.accounts.passwords import hash_password
from foodorder.db import db
from foodorder.delivery.models import DeliveryNote, Shortfall
from foodorder.outbox.models import Message
from foodorder.procurement.models import ProcurementRecord, RecordChange
from foodorder.rules.permissions import Role
from tests.deliveries import AFTER, MONDAY, WEDNESDAY, close_week, farm_notes, line_of, make
from tests.invoices import accept_all
from tests.kept import once

PASSWORD = "dolgo geslo za preskus"
DAY = f"/producer/deliveries/{MONDAY}"


@once
def closed(world, clock_at):
    close_week(world, clock_at, instead=True)
    clock_at(AFTER)
    make(world)
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


@once
def farmer(app, closed):
    return log_in(app, closed, Role.PRODUCER, producer_id=closed.farm.id)


@once
def cook(app, closed):
    return log_in(app, closed, Role.KITCHEN_MANAGER, institution_id=closed.kitchen.id)


def note_address(note):
    return f"/producer/deliveries/notes/{note.id}"


def typed(note, **more):
    """A note's form as the page sends it when nothing is changed."""
    values = {}
    for line in note.lines:
        place = f"{line.root_line_id}-{line.part}"
        values |= {
            f"q-{place}": f"{line.quantity / 1000:g}",
            f"lot-{place}": line.lot or "",
            f"use_by-{place}": line.use_by.isoformat() if line.use_by else "",
        }
    return values | more


def test_the_next_day_with_deliveries_comes_first(closed, farmer):
    page = farmer.get("/producer/deliveries")
    assert f"{closed.kitchen.short_name}, Enota 0" in page.text
    assert f'href="/producer/deliveries/{WEDNESDAY}"' in page.text
    assert "2 stops" in page.text
    # Together for both doors, and what is in one of them.
    assert "17\xa0kg" in page.text
    assert "10\xa0kg" in page.text


def test_a_farm_with_nothing_to_deliver_learns_when_there_will_be(app, closed):
    stranger = log_in(app, closed, Role.PRODUCER, producer_id=closed.third.id)
    assert "Nothing to deliver" in stranger.get("/producer/deliveries").text
    assert stranger.post(f"{DAY}/leave").status_code == 404


def test_in_one_tap_everything_is_on_its_way_once_the_batches_are_written(closed, farmer):
    refused = farmer.post(f"{DAY}/leave")
    assert refused.status_code == 422
    assert "Food of animal origin travels with its lot" in refused.text
    product = closed.cheese.product_id
    use_by = (MONDAY + timedelta(days=5)).isoformat()
    saved = farmer.post(f"{DAY}/lots", data={f"lot-{product}": "S-48", f"use_by-{product}": use_by})
    assert saved.status_code == 303
    assert line_of(farm_notes(closed)[0], closed.cheese).lot == "S-48"
    assert farmer.post(f"{DAY}/leave").status_code == 303
    assert [note.state for note in farm_notes(closed)] == ["on_the_way", "on_the_way", "draft"]
    page = farmer.get(DAY).text
    assert "2 deliveries are on their way." in page
    assert "Everything has left." in page
    assert "All as ordered and on my way" not in page


def test_a_use_by_date_before_the_day_is_said_beside_its_field(closed, farmer):
    product = closed.cheese.product_id
    answer = farmer.post(f"{DAY}/lots", data={f"lot-{product}": "S", f"use_by-{product}": "2026-11-01"})
    assert answer.status_code == 422
    assert f'href="#use_by-{product}"' in answer.text
    assert 'value="2026-11-01"' in answer.text


def test_a_note_is_corrected_packed_opened_and_sent(closed, farmer):
    note = farm_notes(closed)[1]
    address, place = note_address(note), f"{note.lines[0].root_line_id}-1"
    assert farmer.post(address, data=typed(note, then="pack", **{f"lot-{place}": "K-7"})).status_code == 303
    note = farm_notes(closed)[1]
    assert (note.state, note.lines[0].lot) == ("prepared", "K-7")
    assert farmer.post(f"{address}/reopen").status_code == 303
    second = {f"q-{place}": "4", f"q-{note.lines[0].root_line_id}-2": "3,0", "remark": "by the back door"}
    assert farmer.post(address, data=typed(note, then="leave", **second)).status_code == 303
    note = farm_notes(closed)[1]
    assert [line.quantity for line in note.lines] == [4_000, 3_000]
    assert (note.state, note.remark) == ("on_the_way", "by the back door")
    assert "On my way" not in farmer.get(address).text


def test_less_without_a_reason_stays_on_the_page_with_what_was_typed(closed, farmer):
    note = farm_notes(closed)[1]
    root = note.lines[0].root_line_id
    answer = farmer.post(note_address(note), data=typed(note, **{f"q-{root}-1": "2,5"}))
    assert answer.status_code == 422
    assert f'href="#reason-{root}"' in answer.text
    assert 'value="2,5"' in answer.text
    answer = farmer.post(note_address(note), data=typed(note, **{f"q-{root}-1": "two"}))
    assert "is not a number" in answer.text
    done = typed(note, **{f"q-{root}-1": "2,5", f"reason-{root}": "frost"})
    assert farmer.post(note_address(note), data=done).status_code == 303
    assert db.session.scalars(select(Shortfall)).one().missing == 4_500


def test_cannot_deliver_is_said_once_for_all_doors(closed, farmer):
    address = f"{DAY}/short/{closed.carrots.product_id}"
    assert "Cannot deliver" in farmer.get(address).text
    notes = farm_notes(closed)
    field = f"q-{notes[0].id}-{line_of(notes[0], closed.carrots).root_line_id}"
    wrong = farmer.post(address, data={field: "20", "reason": "hail"})
    assert wrong.status_code == 422
    assert f'href="#{field}"' in wrong.text
    assert farmer.post(address, data={"none": "1"}).status_code == 422
    assert farmer.post(address, data={"none": "1", "reason": "hail"}).status_code == 303
    told = db.session.scalars(select(Message).where(Message.template == "cannot_deliver")).all()
    assert {message.recipient_email for message in told} == {closed.kitchen.email, closed.school.email}
    assert farmer.get(address).status_code == 404


def test_a_stop_is_called_off_with_its_reason(closed, farmer):
    note = farm_notes(closed)[1]
    address = f"{note_address(note)}/cancel"
    assert farmer.post(address, data={"reason": "other"}).status_code == 422
    assert farmer.post(address, data={"reason": "breakdown"}).status_code == 303
    assert farm_notes(closed)[1].state == "cancelled"
    assert "This delivery was called off." in farmer.get(note_address(note)).text


@pytest.mark.parametrize("paper", ["picking", "route", "labels", "notes"])
def test_the_papers_of_a_day_are_pdfs(closed, farmer, paper):
    answer = farmer.get(f"{DAY}/{paper}.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")


@pytest.mark.parametrize("paper", ["note.pdf", "labels.pdf", "labels.pdf?single=1"])
def test_the_papers_of_a_note_are_pdfs(closed, farmer, paper):
    answer = farmer.get(f"{note_address(farm_notes(closed)[0])}/{paper}")
    assert answer.data.startswith(b"%PDF")


def test_the_kitchen_reads_what_does_not_come_and_asks_another_producer(closed, farmer, cook):
    notes = farm_notes(closed)
    page = cook.get(f"/kitchen/deliveries?from={MONDAY}").text
    assert f'href="/kitchen/deliveries/notes/{notes[0].id}"' in page
    farmer.post(f"{DAY}/short/{closed.carrots.product_id}", data={"none": "1", "reason": "frost"})
    page = cook.get(f"/kitchen/deliveries/notes/{notes[0].id}").text
    assert "10\xa0kg does not come." in page
    assert closed.instead.product.name in page


@pytest.mark.parametrize("known", [False, True])
def test_the_request_for_what_comes_instead_is_filled_in(app, world, clock_at, known):
    closed = close_week(world, clock_at, instead=True, known=known)
    clock_at(AFTER)
    make(closed)
    farmer = log_in(app, closed, Role.PRODUCER, producer_id=closed.farm.id)
    farmer.post(f"{DAY}/short/{closed.carrots.product_id}", data={"none": "1", "reason": "frost"})
    cook = log_in(app, closed, Role.KITCHEN_MANAGER, institution_id=closed.kitchen.id)
    note = farm_notes(closed)[0]
    page = cook.get(f"/kitchen/deliveries/notes/{note.id}").text
    address = unescape(re.search(r'href="(/kitchen/records/additions/of-cycle/[^"]*)"', page)[1])
    form = cook.get(address).text
    assert f'<option value="{closed.instead.id}" selected>' in form
    assert 'name="new-0" value="10"' in re.sub(r"\s+", " ", form)
    assert f"{closed.farm.name} cannot deliver on" in form
    asked = dict(parse_qsl(urlsplit(address).query))
    much = cook.post(address, data={**asked, "new-0": "11"})
    assert much.status_code == 422
    assert "At most 10\xa0kg may come instead" in much.text
    answer = cook.post(address, data=asked)
    assert answer.status_code == 303
    change = db.session.scalars(select(RecordChange)).one()
    assert (change.record_id, change.missing) == (None, 10_000)
    assert "waits for an answer" in cook.get(answer.location).text
    assert "was asked for an addition" in cook.get("/kitchen/records").text


def asked_addition(closed, cook):
    """The kitchen asks the third farm, of which it ordered nothing, for 4 kg on Monday."""
    address = f"/kitchen/records/additions/of-cycle/{closed.week.id}?producer={closed.third.id}"
    typed = {
        "new-0-offer": closed.instead.id,
        "new-0-door": closed.doors[0],
        "new-0-day": MONDAY.isoformat(),
        "new-0": "4",
        "reason": "trip",
    }
    return cook.post(address, data=typed).location


def test_the_other_farm_says_yes_and_both_find_the_record_and_its_note(app, closed, cook):
    third = log_in(app, closed, Role.PRODUCER, producer_id=closed.third.id)
    ours = asked_addition(closed, cook)
    number = ours.rsplit("/", 1)[1]
    assert f"/producer/records/additions/{number}" in third.get("/producer/records").text
    assert cook.get(f"/additions/{number}").location.endswith(ours)
    theirs = third.get(f"/additions/{number}").location
    assert "4\xa0kg" in third.get(theirs).text
    assert third.post(theirs, data={"decision": "refuse"}).status_code == 422
    answer = third.post(theirs, data={"decision": "accept", "cost_bearer": "nobody", "answer": "gladly"})
    assert answer.status_code == 303
    record = db.session.scalars(
        select(ProcurementRecord).where(ProcurementRecord.producer_id == closed.third.id)
    ).one()
    assert record.number in third.get(theirs).text
    assert f"/kitchen/records/{record.id}" in cook.get(ours).text
    assert "gladly" in cook.get(f"/kitchen/records/{record.id}").text
    note = db.session.scalars(select(DeliveryNote).where(DeliveryNote.producer_id == closed.third.id)).one()
    assert [line.quantity for line in note.lines] == [4_000]


def test_the_kitchen_takes_its_addition_back(app, closed, cook):
    third = log_in(app, closed, Role.PRODUCER, producer_id=closed.third.id)
    ours = asked_addition(closed, cook)
    assert cook.post(f"{ours}/withdraw").status_code == 303
    assert "withdrawn" in cook.get(ours).text
    theirs = "/producer" + ours.removeprefix("/kitchen")
    assert "Send the answer" not in third.get(theirs).text
    late = third.post(theirs, data={"decision": "accept", "cost_bearer": "nobody"})
    assert (late.status_code, "answered or withdrawn already" in late.text) == (422, True)


def test_the_kitchen_chooses_among_the_farms_of_the_cycle(closed, cook):
    page = cook.get(f"/kitchen/records/additions/of-cycle/{closed.week.id}").text
    assert closed.third.name in page
    assert closed.baker.name in page
    unknown = cook.get(f"/kitchen/records/additions/of-cycle/{closed.week.id}?producer=0").text
    assert "Which farm?" in unknown


def test_a_note_is_opened_by_its_own_readers_only(closed, farmer, cook):
    notes = farm_notes(closed)
    assert farmer.get(f"/notes/{notes[0].id}").location.endswith(note_address(notes[0]))
    scanned = cook.get(f"/notes/{notes[0].id}?line=7&lot=A")
    assert scanned.location.endswith(f"/kitchen/deliveries/notes/{notes[0].id}?line=7")
    assert cook.get(f"/kitchen/deliveries/notes/{notes[1].id}").status_code == 404
    assert cook.get(f"/kitchen/deliveries/notes/{notes[0].id}.pdf").data.startswith(b"%PDF")


def test_the_note_by_standard_is_there_once_it_has_left(closed, farmer, cook):
    note = farm_notes(closed)[0]
    ours, theirs = note_address(note), f"/kitchen/deliveries/notes/{note.id}"
    doors = [(farmer, ours, f"{ours}/despatch.xml"), (cook, theirs, f"{theirs}.xml")]
    for client, page, file in doors:
        assert client.get(file).status_code == 303
        assert f'href="{file}"' not in client.get(page).text
    accept_all(note)
    db.session.commit()
    for client, page, file in doors:
        assert f'href="{file}"' in client.get(page).text
        answer = client.get(file)
        assert (answer.status_code, answer.content_type) == (200, "application/xml")
        assert f">{note.number}</cbc:ID>".encode() in answer.data
    assert cook.get(f"/kitchen/deliveries/notes/{farm_notes(closed)[1].id}.xml").status_code == 404


def test_an_answer_after_the_close_reaches_the_note_at_once(closed, farmer, cook):
    notes = farm_notes(closed)
    record = notes[1].lines[0].record_line.record
    asker = {f"line-{record.record_lines[0].id}": "2", "reason": "trip"}
    school = closed.add_person(Role.KITCHEN_MANAGER, institution_id=closed.school.id)
    school.password_hash = hash_password(PASSWORD)
    db.session.commit()
    client = farmer.application.test_client()
    client.post("/login", data={"email": school.email, "password": PASSWORD})
    client.post(f"/kitchen/records/{record.id}/ask?kind=reduction", data=asker)
    farmer.post(f"/producer/records/{record.id}", data={"decision": "accept", "cost_bearer": "institution"})
    assert line_of(farm_notes(closed)[1], closed.carrots).quantity == 2_000
