"""The auditor's way: from a sum to the promise behind it in three clicks, and everything as a file."""

import csv
import io

import python_calamine
from playwright.sync_api import expect

from foodorder.audit.questions import QUESTIONS
from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.visitor import DESK, PHONE, Size

AUDITOR, COORDINATOR = "revizor@demo.example", "koordinator@demo.example"
#: Questions that are also judged on the wide screen; axe takes a second for each of their long tables.
CHARTED = {"months", "prices", "waterfall"}


def test_from_a_sum_to_the_offer_and_its_trail_in_three_clicks(visit: Visit, size: Size) -> None:
    with visit("auditor", size) as auditor:
        page = auditor.log_in(AUDITOR).look("spend").page
        auditor.press("Who supplies us?")
        page.locator("#producers tbody td a").last.click()
        expect(page.locator("h1")).to_have_text("Procurement records")
        auditor.look("records-chosen", axe=size is PHONE)
        page.locator("main tbody th a, main tbody td a[href*='/records/']").first.click()
        expect(page.locator("h1")).to_contain_text("Procurement record")
        auditor.look("record")
        page.locator("main a[href*='/lines/']").first.click()
        agreed = "The price of the record is the price that was agreed under the lot."
        expect(page.locator("main")).to_contain_text(agreed)
        expect(page.locator("main")).to_contain_text("What happened, from offer to payment")
        auditor.look("line")
        page.locator("main a[href*='/offer-versions/']").first.click()
        expect(page.locator("h1")).to_contain_text("version")
        auditor.look("offer-version", axe=size is PHONE)


def test_every_question_is_answered_on_both_screens_and_on_paper(visit: Visit) -> None:
    with visit("auditor") as auditor:
        page = auditor.log_in(AUDITOR).page
        for question in QUESTIONS:
            auditor.go(f"/auditor/spend/{question.name}")
            for size in (DESK, PHONE):
                drawn = auditor.at(size).page.locator(".chart img")
                for place in range(drawn.count()):
                    drawn.nth(place).scroll_into_view_if_needed()
                    expect(drawn.nth(place)).to_have_js_property("complete", True)
                    assert drawn.nth(place).evaluate("img => img.naturalWidth") > 200, question.name
                # The elements of both screens are the same.
                auditor.look(f"spend-{question.name}", axe=size is PHONE or question.name in CHARTED)
        auditor.at(DESK).go("/auditor/spend/matrix")
        page.emulate_media(media="print")
        expect(page.locator(".filter-bar")).to_be_hidden()
        expect(page.locator(".chart img")).to_be_visible()
        expect(page.locator(".address")).to_contain_text("/auditor/spend/matrix")


def test_what_is_shown_is_also_a_file(visit: Visit) -> None:
    with visit("auditor") as auditor:
        page = auditor.log_in(AUDITOR).page
        for exhibit in ("months/months", "months/institutions", "matrix/matrix", "shares/shares"):
            question, _, name = exhibit.partition("/")
            if page.locator(f"a[href*='/{exhibit}.csv']").count() == 0:
                auditor.go(f"/auditor/spend/{question}")
            link = page.locator(f"a[href*='/{exhibit}.csv']").first
            text = auditor.download(link).read_text("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n")[0] else ","))
            assert len(rows) > 1
            assert len({len(row) for row in rows}) == 1, name
            book = auditor.download(page.locator(f"a[href*='/{exhibit}.xlsx']").first)
            sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book.read_bytes()))
            assert len(sheet.get_sheet_by_index(0).to_python()) >= len(rows)
        page.get_by_role("link", name="All lines as CSV").first.click(trial=True)
        lines = auditor.download(page.get_by_role("link", name="All lines as CSV").first)
        assert lines.read_bytes().count(b"\n") > 500


def test_the_trail_can_be_read_and_checked(site: Site, visit: Visit, size: Size) -> None:
    with visit("auditor", size) as auditor:
        page = auditor.log_in(AUDITOR).go("/auditor/cycles").look("cycles").page
        page.locator("main table a").first.click()
        auditor.look("cycle", axe=size is PHONE)
        auditor.go("/auditor/trail").look("trail")
        page.locator("main a[href$='/trail/chain']").first.click()
        page.get_by_role("button", name="Check now").click()
        expect(page.locator("main")).to_contain_text("It is being checked.")
        site.job("check_trail")
        page.get_by_role("link", name="See whether it is done").click()
        expect(page.locator("main table")).to_contain_text("whole")
        auditor.look("chain")


def test_a_flag_goes_from_the_rule_to_the_coordinator_and_back(visit: Visit) -> None:
    with visit("flags") as auditor:
        page = (
            auditor.log_in(AUDITOR).go("/auditor/flags").look("flags").at(PHONE).look("flags", axe=False).page
        )
        auditor.press("Certificate ended before the delivery")
        expect(page.locator("main")).to_contain_text("What it rests on")
        auditor.look("flag")
        address = page.url
        page.get_by_label("Ask the coordinator for an explanation").check()
        page.get_by_label("In your words").fill("Is there a new certificate?")
        auditor.press("Keep this")
        expect(page.locator("main")).to_contain_text("Is there a new certificate?")
        auditor.go("/auditor/flags/rules")
        page.locator("details.rule summary").first.click()
        auditor.look("flag-rules")
    with visit("flags") as coordinator:
        page = coordinator.log_in(COORDINATOR).go("/coordinator/questions").look("questions").page
        coordinator.press("Certificate ended before the delivery")
        page.get_by_label("Your answer").fill("The control body sends it next week.")
        coordinator.look("question")
        coordinator.press("Send the answer")
        expect(page.locator("main")).to_contain_text("answered")
    with visit("flags") as auditor:
        auditor.log_in(AUDITOR).go("/auditor/flags/" + address.rpartition("/")[2])
        expect(auditor.page.locator("main")).to_contain_text("The control body sends it next week.")
