"""Who reads what of payments: the farm, the coordinator, and nobody else's kitchen."""

from datetime import timedelta

from foodorder.billing.booking import Money, book
from foodorder.billing.credit import issue_credit_note
from foodorder.billing.issue import issue_invoice
from foodorder.billing.models import BankEntry, BankStatement, Payment
from foodorder.db import db
from foodorder.rules.payments import PaymentKind
from foodorder.rules.permissions import Role
from tests.camt import detail, entry, statement
from tests.deliveries import farm_notes
from tests.invoices import ON_WEDNESDAY, accept_all, groups
from tests.kept import once
from tests.services.test_payments import OWN, TODAY, WHO, approve, owed
from tests.web.office import coordinator_of, log_in
from tests.web.payments import accountant, batch_of, bill, newest, overdue, read_in, xml

__all__ = ["accountant", "bill", "overdue", "owed"]


@once
def farmer(app, bill):
    return log_in(app, bill, Role.PRODUCER, producer_id=bill.farm.id)


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


@once
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
