"""Payments over HTTP: a batch for the bank, a statement from it, entries that wait, when the farm is paid."""

import io
import re
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any
from zlib import compress

import pytest
from sqlalchemy import select

from foodorder.billing.booking import Money, book
from foodorder.billing.credit import issue_credit_note
from foodorder.billing.issue import issue_invoice
from foodorder.billing.models import BankEntry, BankStatement, Payment, PaymentBatch
from foodorder.db import db
from foodorder.rules.payments import PaymentKind
from foodorder.rules.permissions import Role
from tests.camt import detail, entry, statement
from tests.deliveries import farm_notes
from tests.invoices import ON_WEDNESDAY, accept_all, groups
from tests.services.test_payments import OWN, TODAY, WHO, approve, owed
from tests.web.office import coordinator_of, log_in

__all__ = ["owed"]

NOON = datetime.fromisoformat("2026-12-01T11:00:00+00:00")


@pytest.fixture
def bill(owed, clock_at):
    clock_at(NOON)
    db.session.commit()
    return owed


@pytest.fixture
def overdue(bill, clock_at):
    """Forty days after the bill was due."""
    clock_at(NOON + timedelta(days=70))
    db.session.commit()
    return bill


@pytest.fixture
def accountant(app, bill):
    return log_in(app, bill, Role.ACCOUNTANT, institution_id=bill.kitchen.id)


@pytest.fixture
def farmer(app, bill):
    return log_in(app, bill, Role.PRODUCER, producer_id=bill.farm.id)


def newest(model: Any) -> Any:
    db.session.expire_all()
    return db.session.scalars(select(model).order_by(model.id.desc())).first()


def batch_of(accountant, bill):
    form = {"invoices": [str(bill.invoice.id)], "execute_on": TODAY.isoformat()}
    answer = accountant.post("/kitchen/payments/batches", data=form)
    assert answer.status_code == 303, answer.text
    return newest(PaymentBatch)


def xml(*entries, total, number="7"):
    return statement(*entries, total=total, number=number, account=OWN)


def shown(client, content, path="/kitchen/payments/statements"):
    return client.post(path, data={"document": (io.BytesIO(content), "izpisek.xml")})


def kept_fields(page):
    return dict(re.findall(r'type="hidden" name="(filename|kept)" value="([^"]*)"', page))


def read_in(client, content, path="/kitchen/payments/statements"):
    first = shown(client, content, path)
    assert first.status_code == 200, first.text
    return client.post(path, data=kept_fields(first.text))


def test_what_is_due_is_given_to_the_bank(accountant, bill):
    page = accountant.get("/kitchen/payments").text
    assert bill.invoice.number in page
    assert "1 approved invoice of" in page
    batch = batch_of(accountant, bill)
    page = accountant.get(f"/kitchen/payments/batches/{batch.id}").text
    assert "Hand the file in" in page
    assert "Waits for the statement" in page
    file = accountant.get(f"/kitchen/payments/batches/{batch.id}/file")
    assert file.data == batch.content
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "With the bank" in accountant.get("/kitchen/payments").text


@pytest.mark.parametrize(("days", "ticked"), [(8, None), (7, " checked"), (-1, " checked")])
def test_what_is_due_soon_is_ticked(app, bill, clock_at, days, ticked):
    clock_at(NOON + (bill.invoice.due_date - timedelta(days=days) - TODAY))
    accountant = log_in(app, bill, Role.ACCOUNTANT, institution_id=bill.kitchen.id)
    box = rf'name="invoices" value="?{bill.invoice.id}"?( checked)?>'
    assert re.search(box, accountant.get("/kitchen/payments").text).group(1) == ticked


def test_a_batch_of_nothing_or_of_yesterday_is_refused(accountant, bill):
    answer = accountant.post("/kitchen/payments/batches", data={"execute_on": TODAY.isoformat()})
    assert answer.status_code == 422
    assert "There is nothing to pay in this batch." in answer.text
    form = {"invoices": [str(bill.invoice.id)], "execute_on": "2026-11-30"}
    answer = accountant.post("/kitchen/payments/batches", data=form)
    assert answer.status_code == 422
    assert "Choose today or a later day." in answer.text
    assert f'value="{bill.invoice.id}" checked' in answer.text
    assert newest(PaymentBatch) is None


def test_a_batch_is_cancelled_until_the_bank_has_paid(accountant, bill):
    batch = batch_of(accountant, bill)
    answer = accountant.post(f"/kitchen/payments/batches/{batch.id}/cancel")
    assert answer.status_code == 303
    assert "Cancelled" in accountant.get(f"/kitchen/payments/batches/{batch.id}").text
    again = batch_of(accountant, bill)
    gross = bill.invoice.gross_cents
    read_in(accountant, xml(entry(-gross, detail(mark=again.lines[0].end_to_end)), total=-gross))
    refused = accountant.post(f"/kitchen/payments/batches/{again.id}/cancel")
    assert refused.status_code == 422
    assert "cannot be cancelled" in refused.text
    assert "The bank has paid all of it." in refused.text


def test_a_statement_is_looked_at_and_then_read_in(accountant, bill):
    gross = bill.invoice.gross_cents
    content = xml(entry(-gross, detail(reference=bill.invoice.reference)), total=-gross)
    page = shown(accountant, content).text
    assert "Settles the invoice" in page
    assert "Nothing is written yet" in page
    assert newest(BankStatement) is None
    assert newest(Payment) is None
    done = accountant.post("/kitchen/payments/statements", data=kept_fields(page))
    assert done.location == f"/kitchen/payments/statements/{newest(BankStatement).id}"
    assert newest(Payment).amount_cents == gross
    assert newest(BankStatement).content == content
    page = accountant.get(done.location).text
    assert "Settles the invoice" in page
    assert bill.invoice.number in page
    again = shown(accountant, content)
    assert again.status_code == 422
    assert "was read in already" in again.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Choose the file of the statement."),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", ""),
        (b"no xml at all", ""),
        (statement(account="SI56192001234567892"), "which is not yours"),
    ],
)
def test_what_is_no_statement_of_ours_is_refused(accountant, bill, content, words):
    path = "/kitchen/payments/statements"
    answer = shown(accountant, content) if content is not None else accountant.post(path)
    assert answer.status_code == 422
    assert words in answer.text
    assert newest(BankStatement) is None


@pytest.mark.parametrize("kept", ["!", "eJw=", "AAAA"])
def test_a_kept_file_that_is_none_is_refused(accountant, kept):
    answer = accountant.post("/kitchen/payments/statements", data={"kept": kept, "filename": "x"})
    assert answer.status_code == 400


def test_a_kept_file_does_not_swell(accountant):
    kept = b64encode(compress(b" " * 50_000_000)).decode()
    answer = accountant.post("/kitchen/payments/statements", data={"kept": kept, "filename": "x"})
    assert answer.status_code == 400


def test_what_waits_is_assigned_or_set_aside(accountant, bill):
    read_in(accountant, xml(entry(-900, detail(words="hvala")), total=-900))
    waiting = newest(BankEntry)
    assert "1 entry of a statement waits for you." in accountant.get("/kitchen/payments").text
    page = accountant.get("/kitchen/payments/entries").text
    assert 'value="9.00"' in page
    path = f"/kitchen/payments/entries/{waiting.id}"
    wrong = accountant.post(f"{path}/assign", data={"invoice": str(bill.invoice.id), "amount": "9,01"})
    assert wrong.status_code == 422
    assert f'id="amount-{waiting.id}"' in wrong.text
    assert 'value="9,01"' in wrong.text
    assert "is left to assign" in wrong.text
    done = accountant.post(f"{path}/assign", data={"invoice": str(bill.invoice.id), "amount": "6"})
    assert done.status_code == 303
    assert newest(Payment).amount_cents == 600
    wrong = accountant.post(f"{path}/aside", data={"words": " "})
    assert wrong.status_code == 422
    done = accountant.post(f"{path}/aside", data={"words": "Elektrika"})
    assert done.status_code == 303
    assert newest(BankEntry).decision == "Elektrika"
    assert "Nothing waits" in accountant.get("/kitchen/payments/entries").text


def test_a_payment_is_noted_with_words(accountant, bill):
    form = {"invoice": str(bill.invoice.id), "amount": "5", "day": "2026-12-01", "words": ""}
    assert accountant.post("/kitchen/payments/note", data=form).status_code == 422
    tomorrow = accountant.post("/kitchen/payments/note", data={**form, "words": "g", "day": "2026-12-02"})
    assert tomorrow.status_code == 422
    done = accountant.post("/kitchen/payments/note", data={**form, "words": "Blagajna 12"})
    assert done.status_code == 303
    assert (newest(Payment).amount_cents, newest(Payment).words) == (500, "Blagajna 12")
    much = accountant.post("/kitchen/payments/note", data={**form, "words": "x", "amount": "99999"})
    assert much.status_code == 422
    assert "no more can be paid" in much.text


def test_what_is_not_late(accountant):
    assert "No invoice is late." in accountant.get("/kitchen/payments/aging").text


def test_what_is_late_and_that_its_interest_is_not_known(overdue, accountant):
    page = accountant.get("/kitchen/payments/aging").text
    assert "1 invoice is late." in page
    assert "31–60 days late" in page
    assert "The legal rate of interest for late payment is not entered" in page


def test_journals_for_accounting(accountant, bill):
    accountant.post(
        "/kitchen/payments/note",
        data={"invoice": str(bill.invoice.id), "amount": "5", "day": "2026-12-01", "words": "Blagajna"},
    )
    days = "?from=2026-11-01&to=2026-12-31"
    lines = accountant.get(f"/kitchen/payments/invoices.csv{days}").data.decode("utf-8-sig").splitlines()
    assert bill.invoice.number in lines[1]
    assert len(lines) == 1 + len(bill.invoice.vat_rows)
    lines = accountant.get(f"/kitchen/payments/payments.csv{days}").data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "Blagajna" in lines[1]
    assert accountant.get(f"/kitchen/payments/payments.xlsx{days}").data[:2] == b"PK"
    before = accountant.get("/kitchen/payments/invoices.csv?from=2026-01-01&to=2026-01-31").data.decode()
    assert bill.invoice.number not in before


def test_the_account_that_is_paid_from(accountant, bill):
    wrong = accountant.post("/kitchen/payments/account", data={"iban": "SI00 1"})
    assert wrong.status_code == 422
    done = accountant.post("/kitchen/payments/account", data={"iban": "SI56 1920 0123 4567 892"})
    assert done.status_code == 303
    db.session.expire_all()
    assert bill.kitchen.iban == "SI56192001234567892"
    accountant.post("/kitchen/payments/account", data={"iban": ""})
    assert "is not known yet" in accountant.get("/kitchen/payments").text


def test_what_was_paid_stands_on_the_invoice(accountant, farmer, bill):
    read_in(accountant, xml(entry(-900, detail(reference=bill.invoice.reference)), total=-900))
    form = {"invoice": str(bill.invoice.id), "amount": "5", "day": "2026-12-01", "words": "Blagajna 12"}
    accountant.post("/kitchen/payments/note", data=form)
    for page in (
        accountant.get(f"/kitchen/invoices/{bill.invoice.id}").text,
        farmer.get(f"/producer/invoices/{bill.invoice.id}").text,
    ):
        assert 'href="#payments"' in page or "href=#payments" in page
        assert "Statement 7" in page
        assert "Noted by hand" in page
        assert "Blagajna 12" in page


def test_the_coordinator_writes_the_account_too(app, bill):
    page = coordinator_of(app, bill).get(f"/coordinator/institutions/{bill.kitchen.id}/edit").text
    assert f'value="{OWN}"' in page or f"value={OWN}" in page


def test_the_farm_reads_when_it_is_paid(farmer, accountant, bill):
    page = farmer.get("/producer/payments").text
    assert "Approved; it is due on" in page
    batch_of(accountant, bill)
    assert "Given to the bank; it comes on" in farmer.get("/producer/payments").text
    assert bill.invoice.number in farmer.get("/producer/payments/invoices.csv?year=2026").data.decode()


def test_the_farm_reads_that_it_is_late(overdue, farmer):
    assert "It was due on" in farmer.get("/producer/payments").text


def test_the_farm_reads_its_own_statement_in(farmer, bill):
    path = "/producer/payments/statements"
    content = statement(
        entry(400, detail(reference=bill.invoice.reference)), total=400, account=bill.invoice.iban
    )
    done = read_in(farmer, content, path)
    assert done.status_code == 303
    assert newest(Payment).amount_cents == 400
    assert "Settles a part of the invoice" in farmer.get(done.location).text


def test_one_kitchen_sees_nothing_of_another(app, accountant, bill):
    read_in(accountant, xml(entry(-900, detail(words="hvala")), total=-900))
    batch = batch_of(accountant, bill)
    stranger = log_in(app, bill, Role.ACCOUNTANT, institution_id=bill.school.id)
    for path in (
        f"/kitchen/payments/batches/{batch.id}",
        f"/kitchen/payments/batches/{batch.id}/file",
        f"/kitchen/payments/statements/{newest(BankStatement).id}",
    ):
        assert stranger.get(path).status_code == 404, path
    for path in (
        f"batches/{batch.id}/cancel",
        f"entries/{newest(BankEntry).id}/assign",
        f"entries/{newest(BankEntry).id}/aside",
    ):
        assert stranger.post(f"/kitchen/payments/{path}", data={"words": "x"}).status_code == 404, path
    form = {"invoices": [str(bill.invoice.id)], "execute_on": TODAY.isoformat()}
    assert stranger.post("/kitchen/payments/batches", data=form).status_code == 422
    assert bill.invoice.number not in stranger.get("/kitchen/payments").text


def test_who_only_cooks_pays_nothing(app, bill):
    cook = log_in(app, bill, Role.KITCHEN_MANAGER, institution_id=bill.kitchen.id)
    assert cook.get("/kitchen/payments").status_code == 403
    form = {"invoices": [str(bill.invoice.id)], "execute_on": TODAY.isoformat()}
    assert cook.post("/kitchen/payments/batches", data=form).status_code == 403


def test_only_the_coordinator_sees_what_all_owe(accountant, farmer):
    assert accountant.get("/coordinator/payments").status_code == 403
    assert farmer.get("/coordinator/payments").status_code == 403


def test_the_coordinator_sees_who_waits_for_money(app, overdue, bill):
    page = coordinator_of(app, bill).get("/coordinator/payments").text
    assert bill.farm.name in page
    assert bill.kitchen.short_name in page
    assert bill.invoice.number in page


@pytest.fixture
def overpaid(bill):
    """Monday's invoice was paid and then credited in part; Wednesday's is approved and open."""
    accept_all(farm_notes(bill)[2], ON_WEDNESDAY)
    bill.other = issue_invoice(groups(bill.farm)[0], **WHO)
    approve(bill.other)
    book(bill.invoice.id, Money(PaymentKind.TRANSFER, bill.invoice.gross_cents, TODAY), **WHO)
    issue_credit_note(bill.invoice.id, {bill.invoice.lines[0].id: 1_000}, "Gnilo.", **WHO)
    db.session.commit()
    return bill


def test_what_was_paid_too_much_waits_for_a_decision(accountant, farmer, overpaid):
    for client, path in ((accountant, "/kitchen/payments"), (farmer, "/producer/payments")):
        assert f'href="{path}/excess"' in client.get(path).text
        page = client.get(f"{path}/excess").text
        assert overpaid.invoice.number in page
        assert f'<option value="{overpaid.other.id}">' in page
        assert f'<option value="{overpaid.invoice.id}">' not in page
    assert f"excess/{overpaid.invoice.id}/back" not in farmer.get("/producer/payments/excess").text


def test_it_pays_another_invoice_or_came_back(accountant, farmer, overpaid):
    path = f"payments/excess/{overpaid.invoice.id}"
    form = {"invoice": str(overpaid.other.id), "amount": "1,00"}
    assert farmer.post(f"/producer/{path}/set-off", data=form).status_code == 303
    wrong = farmer.post(f"/producer/{path}/set-off", data={**form, "amount": "99"})
    assert wrong.status_code == 422
    assert 'value="99"' in wrong.text
    assert newest(Payment).amount_cents == 100
    form = {"back": "0,50", "day": TODAY.isoformat(), "words": "Gotovina"}
    assert accountant.post(f"/kitchen/{path}/back", data={**form, "words": ""}).status_code == 422
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert accountant.post(f"/kitchen/{path}/back", data={**form, "day": tomorrow}).status_code == 422
    assert accountant.post(f"/kitchen/{path}/back", data=form).status_code == 303
    assert newest(Payment).amount_cents == -50
