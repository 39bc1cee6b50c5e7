"""The coordinator's week: who may sell, when it closes, what became of it. The clock moves on with it."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.house import DEADLINE, Site
from tests.browser.ordering import start_from_last_week, submit
from tests.browser.visitor import DESK, PHONE, Visitor

COORDINATOR, KITCHEN = "koordinator@demo.example", "kuhinja@demo.example"
EXTENDED = DEADLINE + timedelta(hours=3)


def open_cycle(visitor: Visitor) -> Visitor:
    """The page of the week that takes orders."""
    return visitor.go("/coordinator/").press("See the cycle")


def test_a_farm_registers_itself_and_is_answered(visit: Visit, site: Site) -> None:
    with visit("visitor", PHONE) as farmer:
        page = farmer.go("/register").page
        farmer.press("Send the registration")
        expect(page.locator(".error-summary")).to_be_focused()
        farmer.look("register-wrong")
        for name, value in {
            "contact_name": "Test Person",
            "email": "new.farm@demo.example",
            "phone": "040 000 111",
            "name": "Kmetija Na robu",
            "village": "Voglje",
            "postcode": "4208",
            "town": "Šenčur",
            "tax_number": "12345679",
            "iban": "SI56 9999 9999 9999 956",
            "products": "Carrots all winter",
        }.items():
            page.locator(f"#{name}").fill(value)
        page.locator("input[name='tax_type']").last.check()
        page.locator("input[name='municipalities']").first.check()
        farmer.press("Send the registration")
        expect(page.locator("h1")).to_have_text("Thank you")
        farmer.look("registered")
        mail = next(mail for mail in site.mails() if "To: new.farm@demo.example" in mail)
        link = re.search(r"/register/\S+", mail)
        assert link, mail
        farmer.go(link[0])
        page.locator("#password").fill("jabolka in korenje")
        page.locator("#again").fill("jabolka in korenje")
        farmer.look("confirm")
        farmer.press("Confirm the registration")
        expect(page.locator(".flashes")).to_contain_text("Your farm is registered")

    with visit("coordinator", DESK) as coordinator:
        page = coordinator.log_in(COORDINATOR).look("today").page
        apply = page.locator(".decision", has_text="Kmetija Nad potokom")
        coordinator.press("Admit", within=apply)
        expect(page.locator(".flashes")).to_contain_text("Kmetija Nad potokom")
        expect(apply).to_have_count(0)
        coordinator.go("/coordinator/")
        coordinator.press("Refuse", within=page.locator(".decision", has_text="Kmetija Na robu"))
        coordinator.press("Refuse and tell why")
        expect(page.locator(".error-summary")).to_be_focused()
        coordinator.look("refuse-wrong")
        page.locator("#reason").fill("The permit is missing.")
        coordinator.press("Refuse and tell why")
        coordinator.look("refused", axe=False)
    mails = site.mails()
    assert any("The permit is missing." in mail and "new.farm@demo.example" in mail for mail in mails)
    assert any("To: nad.potokom@demo.example" in mail for mail in mails)


def test_a_week_is_simulated_extended_and_closed(visit: Visit, site: Site) -> None:
    with visit("kitchen-plain", PHONE, java_script_enabled=False) as kitchen:
        start_from_last_week(kitchen.log_in(KITCHEN))
        assert submit(kitchen) == "OSS-2026-W49/1"

    with visit("coordinator", DESK) as coordinator:
        page = open_cycle(coordinator.log_in(COORDINATOR)).look("cycle-ordered").page
        coordinator.press("Simulate the close")
        expect(page.locator("h1")).to_contain_text("What the close would do")
        expect(page.locator("main")).to_contain_text(re.compile(r"from \d+ orders?"))
        coordinator.look("simulated").at(PHONE).look("simulated").at(DESK)
        open_cycle(coordinator).press("Extend")
        page.locator("#closes_time").fill("15:00")
        coordinator.press("Extend and tell all")
        expect(page.locator(".error-summary")).to_be_focused()
        coordinator.look("extend-wrong")
        page.locator("#reason").fill("Snow on the roads.")
        coordinator.press("Extend and tell all")
        expect(page.locator(".flashes")).to_contain_text("now closes on")
    assert any("Snow on the roads." in mail and KITCHEN in mail for mail in site.mails())

    # A moment before the new deadline it is open still; a moment after it is closed and recorded.
    site.set_clock(EXTENDED - timedelta(minutes=2))
    site.job("advance_cycles")
    with visit("kitchen", PHONE) as kitchen:
        page = kitchen.log_in(KITCHEN).page
        page.wait_for_load_state()
        expect(page.locator(".state")).to_contain_text("Open")
        site.set_clock(EXTENDED + timedelta(seconds=2))
        # What is sent too late is not accepted, and is not lost.
        field = page.locator("table input[name^='q-']:visible").first
        field.fill("777")
        page.locator("#submit").click()
        expect(page.locator(".error-summary")).to_be_visible()
        expect(page.locator(".error-summary")).to_contain_text("deadline")
        kitchen.look("order-late", axe=False)
        assert "0 done" not in site.job("advance_cycles")
        kitchen.go("/kitchen/records").look("records-new", axe=False)
        expect(page.locator("main")).to_contain_text("30 Nov")
    assert site.ask("SELECT count(*) FROM record_line WHERE quantity = 777000") == [(0,)]

    with visit("coordinator", DESK) as coordinator:
        page = coordinator.log_in(COORDINATOR).look("today-closed").page
        expect(page.locator("main")).to_contain_text(re.compile(r"orders? became"))
        coordinator.press("See the records").look("cycle-recorded").at(PHONE).look("cycle-recorded").at(DESK)
        page.locator("a[href*='/coordinator/records/']", has_text="OSS-2026-").first.click()
        expect(page.locator("h1")).to_contain_text("Procurement record OSS-2026-")
        coordinator.look("record").at(PHONE).look("record")
