"""Payments over HTTP: a batch for the bank, a statement from it, entries that wait."""

import re
from base64 import b64encode
from datetime import timedelta
from zlib import compress

import pytest

from foodorder.billing.models import BankEntry, BankStatement, Payment, PaymentBatch
from foodorder.db import db
from foodorder.rules.permissions import Role
from tests.camt import detail, entry, statement
from tests.services.test_payments import TODAY, owed
from tests.web.office import log_in
from tests.web.payments import (
    NOON,
    accountant,
    batch_of,
    bill,
    kept_fields,
    newest,
    overdue,
    read_in,
    shown,
    xml,
)

__all__ = ["accountant", "bill", "overdue", "owed"]


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
