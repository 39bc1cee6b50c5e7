"""Invoices over HTTP: what to invoice, one tap, when it is paid, corrections; what the kitchen reads."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from foodorder.accounts.passwords import hash_password
from foodorder.accounts.personal import Detail, set_detail
from foodorder.billing.consents import consent_of
from foodorder.billing.models import Invoice
from foodorder.billing.terms import terms
from foodorder.db import db
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.invoices import (
    AT_THE_DOOR,
    IBAN,
    TUESDAY_MORNING,
    accept_all,
    accept_less,
    claim,
    credited,
    groups,
    invoices,
    know_the_law,
)
from tests.kept import once

PASSWORD = "dolgo geslo za preskus"


@once
def brought(world, clock_at):
    """Two kitchens have accepted what came on Monday; it is Tuesday morning."""
    know_the_law()
    close_week(world, clock_at)
    set_detail(Detail.IBAN, IBAN, producer_id=world.farm.id, actor=COMMAND, now=AT_THE_DOOR)
    monday, _school, _wednesday = make(world)
    accept_less(line_of(monday, world.carrots), 9_500)
    accept_all(farm_notes(world)[0])
    accept_all(farm_notes(world)[1])
    clock_at(TUESDAY_MORNING)
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
def farmer(app, brought):
    return log_in(app, brought, Role.PRODUCER, producer_id=brought.farm.id)


@once
def accountant(app, brought):
    return log_in(app, brought, Role.ACCOUNTANT, institution_id=brought.kitchen.id)


def keys(page):
    return re.findall(r'name="group" value="([^"]+)"', page)


def text_of(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).replace("\N{NO-BREAK SPACE}", " ").split())


def issue_one(farmer, brought):
    page = farmer.get("/producer/invoices")
    key = next(key for key in keys(page.text) if key.startswith(f"{brought.kitchen.id}:"))
    done = farmer.post("/producer/invoices/issue", data={"group": key})
    assert done.status_code == 303
    return db.session.scalars(select(Invoice).order_by(Invoice.id.desc())).first()


def test_the_farmer_sees_what_can_be_invoiced_and_issues_all_at_once(farmer, brought):
    page = farmer.get("/producer/invoices")
    assert "2 invoices can be issued." in text_of(page)
    assert "€50.37" in text_of(page)
    assert len(keys(page.text)) == 2
    done = farmer.post("/producer/invoices/issue", data={})
    assert done.status_code == 303
    assert [one.number for one in invoices(brought.farm)] == ["R-2026-0001", "R-2026-0002"]
    page = farmer.get("/producer/invoices")
    assert "Everything that was accepted is invoiced." in text_of(page)
    assert "Due on Thursday 31 December 2026; it is not approved yet." in text_of(page)


def test_one_invoice_with_one_tap(farmer, brought):
    made = issue_one(farmer, brought)
    page = text_of(farmer.get(f"/producer/invoices/{made.id}"))
    assert f"Invoice {made.number}" in page
    assert "9.5 kg" in page
    assert "€50.37" in page
    assert farm_notes(brought)[0].number in page
    assert len(groups(brought.farm)) == 1


def test_the_same_tap_twice_is_one_invoice(farmer, brought):
    key = keys(farmer.get("/producer/invoices").text)[0]
    for _ in range(2):
        assert farmer.post("/producer/invoices/issue", data={"group": key}).status_code == 303
    assert len(invoices(brought.farm)) == 1
    farmer.post("/producer/invoices/issue", data={})
    refused = farmer.post("/producer/invoices/issue", data={})
    assert refused.status_code == 422
    assert "all that was accepted is on an invoice already" in text_of(refused)


PAPERS = {"pdf": ("application/pdf", b"%PDF"), "eslog": ("application/xml", b"eslog"),
          "ubl": ("application/xml", b"ubl")}  # fmt: skip


@pytest.mark.parametrize(("form", "kind", "within"), [(form, *is_) for form, is_ in PAPERS.items()])
def test_papers_of_an_invoice(form, kind, within, farmer, accountant, brought):
    made = issue_one(farmer, brought)
    for client, counter in ((farmer, "producer"), (accountant, "kitchen")):
        got = client.get(f"/{counter}/invoices/{made.id}/{form}")
        assert got.status_code == 200
        assert got.content_type == kind
        assert "attachment" in got.headers["Content-Disposition"]
        assert within in got.data


def test_a_credit_note_corrects_an_invoice(farmer, accountant, brought):
    made = issue_one(farmer, brought)
    page = farmer.get(f"/producer/invoices/{made.id}/correct")
    assert "at most 9.5 kg" in text_of(page)
    field = f"line-{made.lines[0].id}"
    address = f"/producer/invoices/{made.id}/correct"
    wrong = farmer.post(address, data={field: "10", "reason": "Napaka"})
    assert wrong.status_code == 422
    assert "Only 9.5 kg of this line can still be credited." in text_of(wrong)
    assert farmer.post(address, data={field: "1", "reason": ""}).status_code == 422
    assert farmer.post(address, data={field: "1,5", "reason": "Napaka"}).status_code == 303
    note = invoices(brought.farm)[-1]
    assert (note.number, note.net_cents) == ("DP-2026-0001", 300)
    shown = text_of(accountant.get(f"/kitchen/invoices/{note.id}"))
    assert "Corrects the invoice R-2026-0001" in shown
    assert "Napaka" in shown
    assert "Taken off by credit notes" in text_of(accountant.get(f"/kitchen/invoices/{made.id}"))
    assert farmer.get(f"/producer/invoices/{note.id}/correct").status_code == 404


def test_a_claim_after_the_invoice_asks_for_a_credit_note(farmer, brought):
    made = issue_one(farmer, brought)
    credited(claim(line_of(farm_notes(brought)[0], brought.cheese), 1_000))
    db.session.commit()
    page = farmer.get("/producer/invoices")
    assert "A claim was agreed after the invoice R-2026-0001" in text_of(page)
    assert farmer.post(f"/producer/invoices/{made.id}/credit-claims", data={}).status_code == 303
    assert "A claim was agreed" not in text_of(farmer.get("/producer/invoices"))
    assert farmer.post(f"/producer/invoices/{made.id}/credit-claims", data={}).status_code == 422


def test_the_institution_reads_its_invoices_with_the_payment_code(farmer, accountant, brought):
    made = issue_one(farmer, brought)
    page = accountant.get("/kitchen/invoices")
    assert made.number in page.text
    shown = accountant.get(f"/kitchen/invoices/{made.id}")
    assert "UPN QR code for €50.37" in text_of(shown)
    assert "<svg" in shown.text
    assert accountant.get(f"/invoices/{made.id}").location.endswith(f"/kitchen/invoices/{made.id}")
    assert farmer.get(f"/invoices/{made.id}").location.endswith(f"/producer/invoices/{made.id}")


def test_records_and_notes_lead_to_invoices(farmer, accountant, brought):
    assert 'href="/producer/invoices"' in farmer.get("/producer/records").text
    note = farm_notes(brought)[0]
    pages = ((farmer, f"/producer/deliveries/notes/{note.id}"), (accountant, f"/notes/{note.id}"))
    for client, address in pages:
        assert "/invoices/" not in client.get(address, follow_redirects=True).text
    made = issue_one(farmer, brought)
    for client, address in pages:
        assert f"/invoices/{made.id}" in client.get(address, follow_redirects=True).text


def test_nobody_reads_anothers_invoice(app, farmer, brought):
    made = issue_one(farmer, brought)
    school = log_in(app, brought, Role.ACCOUNTANT, institution_id=brought.school.id)
    baker = log_in(app, brought, Role.PRODUCER, producer_id=brought.baker.id)
    assert school.get(f"/kitchen/invoices/{made.id}").status_code == 404
    assert baker.get(f"/producer/invoices/{made.id}").status_code == 404
    assert made.number not in school.get("/kitchen/invoices").text
    assert baker.post(f"/producer/invoices/{made.id}/correct", data={}).status_code == 404


def test_terms_are_agreed_in_the_profile(farmer, brought):
    address = "/producer/profile/invoicing/terms"
    asked = {"institution_id": "0", "rhythm": "monthly", "payment_days": "31"}
    refused = farmer.post(address, data=asked)
    assert refused.status_code == 422
    assert "The law allows a term of 30 days at most." in text_of(refused)
    assert farmer.post(address, data={**asked, "payment_days": "15"}).status_code == 303
    [term] = terms(brought.farm.id)
    assert (term.rhythm, term.payment_days) == ("monthly", 15)
    assert "One a month" in text_of(farmer.get("/producer/profile/invoicing"))
    assert "once a month: complete after Mon 30 Nov" not in text_of(farmer.get("/producer/invoices"))


def test_consent_is_given_and_withdrawn_in_the_profile(farmer, brought):
    address = "/producer/profile/invoicing"
    assert farmer.post(f"{address}/consent", data={}).status_code == 422
    assert farmer.post(f"{address}/consent", data={"agreed": "y"}).status_code == 303
    found = consent_of(brought.farm.id)
    assert found is not None
    assert found.words in text_of(farmer.get(address))
    assert farmer.post(f"{address}/withdraw", data={}).status_code == 303
    assert consent_of(brought.farm.id) is None
