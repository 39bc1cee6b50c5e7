"""Lawful by construction, as seen: a ceiling that fills, an application to decide, a report to follow."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.visitor import DESK, PHONE

COORDINATOR, AUDITOR = "koordinator@demo.example", "revizor@demo.example"


def test_a_coordinator_sees_the_lot_that_fills_up_and_its_folded_prices(visit: Visit) -> None:
    with visit("coordinator", DESK) as coordinator:
        page = coordinator.log_in(COORDINATOR).go("/coordinator/agreements").look("agreements").page
        page.locator(".agreement h2 a").click()
        expect(page.locator("h1")).to_have_text("Nakup in dobava konvencionalnih in ekoloških živil")
        full = page.locator("details.lot", has=page.locator(".status-warn", has_text="Fills up"))
        expect(full).to_have_count(1)
        used = re.search(r"([\d.]+)% used", full.locator("summary").first.inner_text().replace("\xa0", ""))
        assert used, full.locator("summary").first.inner_text()
        assert 92.0 <= float(used[1]) <= 94.0
        full.locator("summary").first.click()
        expect(full.locator("table").first).to_be_visible()

        # Hundreds of changed prices are one sentence until somebody wants to read them.
        folded = page.locator("details.folded", has_text="prices, on average +")
        expect(folded.locator("table")).to_be_hidden()
        coordinator.look("agreement").at(PHONE).look("agreement").at(DESK)
        folded.locator("summary").click()
        expect(folded.locator("table")).to_be_visible()
        assert folded.locator("tbody tr").count() > 100


def test_a_waiting_application_is_decided_and_leaves_the_list(visit: Visit, site: Site) -> None:
    with visit("coordinator", PHONE) as coordinator:
        page = coordinator.log_in(COORDINATOR).page
        coordinator.press("See and decide")
        expect(page.locator("h1")).to_contain_text("Application of Kmetija Oljna kaplja")
        assert coordinator.download(page.locator("main a[href*='/documents/']")).read_bytes()[:4] == b"%PDF"
        coordinator.look("application")
        coordinator.press("Refuse and tell why")
        expect(page.locator(".error-summary")).to_be_focused()
        coordinator.look("application-wrong")
        page.locator("#reason").fill("The beans are not certified yet.")
        coordinator.press("Refuse and tell why")
        expect(page.locator(".flashes")).to_contain_text("is refused, and they are told why")
        expect(page.locator("main")).to_contain_text("No application waits for a decision.")
        expect(page.locator("table")).to_contain_text("The beans are not certified yet.")
        coordinator.look("applications")
    assert any("The beans are not certified yet." in mail for mail in site.mails())


def test_an_auditor_walks_from_an_exempted_lot_to_the_record(visit: Visit) -> None:
    with visit("auditor", DESK) as auditor:
        page = auditor.log_in(AUDITOR).go("/auditor/reports").look("reports").page
        page.get_by_role("link", name="Exempted lots").click()
        expect(page.locator("h1")).to_have_text("Exempted lots")
        # The agreement stands once, above its lots.
        expect(page.locator("main table caption").first).to_have_text(
            "Nakup in dobava konvencionalnih in ekoloških živil"
        )
        auditor.look("report-exempted").at(PHONE).look("report-exempted").at(DESK)
        lots = page.locator("main table").first
        expect(lots.locator("tfoot .status")).to_contain_text("within")
        link = lots.locator("tbody a").first
        value = link.inner_text()
        link.click()
        expect(page.locator("h1")).to_have_text("Exempted lots: lines")
        expect(page.locator("main")).to_contain_text(f"{value} net")
        auditor.look("report-lines")
        line = page.locator("main tbody tr").first
        number = line.locator("th").inner_text()
        line.locator("a").first.click()
        expect(page.locator("h1")).to_contain_text(number)
        expect(page.locator("main")).to_contain_text("Exempted lot")
        auditor.look("record-exempted", axe=False)
