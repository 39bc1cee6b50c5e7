"""The kitchen manager's minute: last week's order, a few changes, submitted; and every way back."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.ordering import CELLS, filled, saved, start_from_last_week, submit
from tests.browser.visitor import DESK, PHONE


def test_at_a_desk_an_order_is_written_by_keyboard_and_every_step_can_be_taken_back(
    visit: Visit, site: Site
) -> None:
    with visit("kitchen", DESK) as kitchen:
        page = kitchen.log_in("kuhinja@demo.example").look("order-empty").page
        expect(page.locator("h1")).to_have_text("Order for 30 Nov–4 Dec")
        start_from_last_week(kitchen)
        kitchen.look("order-started", axe=False)
        cells = filled(page)
        assert len(cells) > 40

        # Arrow keys move as in a spreadsheet; a comma or a point may separate.
        first = cells[0]
        first.focus()
        page.keyboard.type("13,5")
        page.keyboard.press("ArrowDown")
        expect(first).not_to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(first).to_be_focused()
        sum_before = page.locator("#bar-sum").inner_text()
        page.keyboard.type("14.5")
        page.keyboard.press("Enter")
        expect(first).not_to_be_focused()
        expect(page.locator("#bar-sum")).not_to_have_text(sum_before)
        saved(page)

        # What cannot be is told beside its field, and stays there.
        first.fill("a crate")
        problem = page.locator(f'tr.problem[data-for="{first.get_attribute("name")}"]')
        expect(problem).to_be_visible()
        expect(first).to_have_attribute("aria-invalid", "true")
        expect(first).to_have_value("a crate")
        page.locator("#submit").click()
        expect(page.locator(".error-summary")).to_be_focused()
        kitchen.look("order-wrong", axe=False)
        page.locator(".error-summary a").first.click()
        expect(first).to_be_focused()
        expect(first).to_have_value("a crate")
        first.fill("14,5")
        expect(problem).to_have_count(0)
        saved(page)
        assert site.ask("SELECT count(*) FROM draft_line WHERE typed = '14,5'") == [(1,)]

        number = submit(kitchen)
        assert number == "OSS-2026-W49/1"
        kitchen.look("receipt-new")
        assert "Submitted on Saturday 21 November 2026" in kitchen.text(".page-head")

        kitchen.press("Withdraw the order")
        expect(page.locator("main")).to_contain_text("Nothing is ordered until you submit it again")
        assert len(filled(page)) > 40
        assert submit(kitchen) == "OSS-2026-W49/2"

        # A change counts only when it is submitted again.
        kitchen.press("Change the order")
        filled(page)[0].fill("15")
        saved(page)
        page.reload()
        expect(page.locator(".order-standing")).to_contain_text("OSS-2026-W49/2 stands")
        kitchen.press("Forget the changes")
        expect(page.locator(".order-standing")).to_contain_text("was submitted on")
    assert any("OSS-2026-W49/2" in mail for mail in site.mails())


def test_on_a_telephone_an_order_is_written_with_the_thumb(visit: Visit, site: Site) -> None:
    with visit("kitchen", PHONE) as kitchen:
        page = kitchen.log_in("kuhinja.ossen@demo.example").look("order-empty").page
        start_from_last_week(kitchen)
        kitchen.look("order-started", axe=False)
        # Another door, and one day of it; the big buttons step by whole crates.
        row = page.locator("details.food[open] tr[data-r]:has(.step:visible)").first
        field = row.locator("input:visible").first
        before = field.input_value()
        row.locator(".step[data-by='1']").click()
        expect(field).not_to_have_value(before)
        saved(page)
        expect(page.locator("#bar-sum")).not_to_have_text("0,00 €")
        number = submit(kitchen)
        assert number.startswith("OSSEN-2026-W49")
        kitchen.look("receipt-new")
        kitchen.press("Withdraw the order")
        expect(page.locator("main")).to_contain_text("Nothing is ordered until you submit it again")
        kitchen.look("order-withdrawn", axe=False)


def test_without_scripts_the_same_order_can_be_written(visit: Visit) -> None:
    with visit("kitchen-plain", PHONE, java_script_enabled=False) as kitchen:
        page = kitchen.log_in("kuhinja.osp@demo.example").page
        start_from_last_week(kitchen)
        cells = filled(page)
        cells[0].fill("3 crates")
        page.locator("#submit").click()
        expect(page.locator(".error-summary")).to_be_visible()
        expect(cells[0]).to_have_value("3 crates")
        expect(cells[0]).to_have_attribute("aria-invalid", "true")
        cells[0].fill("12,5")
        number = submit(kitchen)
        assert number.startswith("OSP-2026-W49")
        kitchen.press("Withdraw the order")
        assert number.split("/")[0] in submit(kitchen)


@pytest.mark.parametrize("typed", ["12,5", "12.5"])
def test_what_was_typed_is_there_after_the_browser_was_closed(visit: Visit, typed: str) -> None:
    with visit("kitchen", DESK) as kitchen:
        page = kitchen.log_in("kuhinja.osn@demo.example").page
        page.locator(CELLS).first.fill(typed)
        saved(page)
    with visit("kitchen", PHONE) as kitchen:
        page = kitchen.log_in("kuhinja.osn@demo.example").page
        expect(page.locator(CELLS).first).to_have_value(typed)
