"""From the door to the bank: a farm invoices what was accepted, the accountant approves and pays it."""

import re
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.visitor import DESK, PHONE
from tests.camt import detail, entry, statement

FARMER, COOK, ACCOUNTANT = "kmet@demo.example", "kuhinja@demo.example", "racunovodstvo@demo.example"
IBAN = "SI26990000000000123"
#: The Monday of the recorded week, six in the morning in Ljubljana.
SIX = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

NUMBER = re.compile(r"R-\d{4}-\d+")

#: A note of that week from the farm to the kitchen of which nothing is written yet.
NOTE = """
SELECT n.id, n.delivery_date FROM delivery_note n
  JOIN producer p ON p.id = n.producer_id JOIN institution i ON i.id = n.institution_id
 WHERE p.name = 'Kmetija Pod lipo' AND i.code = 'OSS' AND n.state <> 'cancelled'
   AND NOT EXISTS (SELECT FROM delivery_line l WHERE l.note_id = n.id AND l.acceptance_id IS NOT NULL)
 ORDER BY n.delivery_date, n.id LIMIT 1
"""


def test_from_the_door_to_the_bank(visit: Visit, site: Site, tmp_path: Path) -> None:
    site.job("make_delivery_notes")
    [(note, day)] = site.ask(NOTE)
    site.set_clock(SIX.replace(day=day.day, month=day.month))  # type: ignore[attr-defined]
    with visit("cook") as cook:
        cook.log_in(COOK).go(f"/kitchen/deliveries/arriving/{note}").press("Everything as announced")
        expect(cook.page.locator(".is-done")).to_have_count(cook.page.locator("[data-line]").count())

    with visit("farmer", PHONE) as farmer:
        page = farmer.log_in(FARMER).go("/producer/invoices").look("invoices").page
        page.get_by_role("button", name=re.compile("^Issue")).click()
        expect(page.locator("h1")).to_have_text(NUMBER)
        [number] = NUMBER.findall(farmer.look("invoice").text("h1"))
        farmer.go("/producer/payments").look("payments")
        expect(page.locator("main")).to_contain_text(number)

    with visit("accountant") as accountant:
        page = accountant.log_in(ACCOUNTANT).go("/kitchen/payments/account").look("account").page
        page.locator("#iban").fill(IBAN)
        page.locator("main form button.btn-primary").click()
        page.goto(f"{site.address}/kitchen/matching")
        page.locator(".inbox-row a", has_text=number).click()
        accountant.look("match").press("Approve for payment")
        accountant.go("/kitchen/payments").look("payments").at(PHONE).look("payments").at(DESK)
        page.locator("tr", has_text=number).get_by_role("checkbox").check()
        accountant.press("Make a batch of the ticked")
        expect(page.get_by_role("link", name="Download the file")).to_be_visible()
        accountant.look("batch").at(PHONE).look("batch").at(DESK)
        file = accountant.download(page.get_by_role("link", name="Download the file")).read_text("utf-8")
        assert f"<IBAN>{IBAN}</IBAN>" in file

        [(cents, mark)] = site.ask(
            "SELECT l.amount_cents::text, l.end_to_end FROM payment_batch_line l"
            "  JOIN invoice i ON i.id = l.invoice_id WHERE i.number = %s ORDER BY l.id DESC LIMIT 1",
            number,
        )
        paid, other = -int(str(cents)), -1_234
        lines = [entry(paid, detail(paid, mark=str(mark))), entry(other, detail(other, words="Elektrika"))]
        bank = tmp_path / "izpisek.xml"
        bank.write_bytes(statement(*lines, total=paid + other, number="ZGODBA", account=IBAN))
        accountant.go("/kitchen/payments/statements").look("statements")
        page.locator("#document").set_input_files(bank)
        accountant.press("Show what is in it")
        expect(page.get_by_role("button", name="Read it in")).to_be_visible()
        accountant.look("statement-seen").press("Read it in")
        expect(page.locator("main")).to_contain_text("1 entry waits for you.")
        accountant.at(PHONE).look("statement")
        accountant.go("/kitchen/payments/entries").look("entries").at(DESK)
        page.get_by_text("It concerns no invoice").first.click()
        page.locator("details[open] input[name=words]").fill("Elektrika")
        accountant.press("Set it aside")
        expect(page.locator("main")).to_contain_text("Nothing waits")
        for path in ("aging", "excess", "note"):
            accountant.at(PHONE).go(f"/kitchen/payments/{path}").look(f"payments-{path}")

    with visit("farmer", PHONE) as farmer:
        page = farmer.log_in(FARMER).go("/producer/invoices").page
        page.get_by_role("link", name=number).first.click()
        expect(page.locator("main")).to_contain_text("Paid")
        farmer.look("invoice-paid")
        farmer.go("/producer/payments/excess").look("payments-excess")
