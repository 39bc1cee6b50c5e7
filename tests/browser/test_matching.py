"""An invoice written elsewhere: entered by hand, disputed, seen by the auditor; at a desk and on a phone."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import PHONE, Size

ACCOUNTANT, AUDITOR = "racunovodstvo@demo.example", "revizor@demo.example"


def test_an_invoice_is_entered_disputed_and_seen(visit: Visit, size: Size) -> None:
    number = f"ROKA-{size.name}"
    with visit("accountant", size) as accountant:
        page = accountant.log_in(ACCOUNTANT).go("/kitchen/matching").look("matching").page
        accountant.go("/kitchen/matching/upload").look("matching-upload", axe=size is PHONE)
        accountant.go("/kitchen/matching/enter").look("matching-whose", axe=size is PHONE)
        page.get_by_role("button", name="Naprej").or_(page.get_by_role("button", name="Continue")).click()
        accountant.look("matching-enter")
        page.locator("#number").fill(number)
        page.locator("#issue_date").fill("2026-11-20")
        page.locator("#net_cents").fill("10,00")
        page.locator("#gross_cents").fill("10,95")
        page.locator("#o0-name").fill("Korenček iz kleti")
        page.locator("#o0-q").fill("5")
        page.locator("#o0-p").fill("2")
        page.locator("main form button.btn-primary").click()
        expect(page.locator("h1")).to_contain_text(number)
        accountant.look("matching-held")
        page.locator(".difference textarea").first.fill("Tega nismo naročili.")
        page.locator(".difference button[formaction$='/dispute']").first.click()
        expect(page.locator(".decided").first).to_contain_text("Tega nismo naročili.")
        accountant.look("matching-disputed")
        accountant.go("/kitchen/matching")
        expect(page.locator("main")).to_contain_text(number)
        page.locator("main .inbox-row a").first.click()
        expect(page.locator("h1")).to_have_text(re.compile("."))
        accountant.look("matching-first")
    with visit("auditor", size) as auditor:
        page = auditor.log_in(AUDITOR).go("/auditor/deviations").look("deviations").page
        expect(page.locator("main")).to_contain_text("Tega nismo naročili.")
