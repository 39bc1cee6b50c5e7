"""The farmer's minute: what there will be, less of it after the hail, and what to bring where."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.ordering import start_from_last_week, submit
from tests.browser.visitor import PHONE, Size

FARMER = "kmet@demo.example"
NEXT, OPEN = "/producer/week/2026-12-07", "/producer/week/2026-11-30"


def test_offers_of_the_next_week_are_published_from_the_last(visit: Visit, site: Site, size: Size) -> None:
    with visit("farmer", size) as farmer:
        page = farmer.log_in(FARMER).go(NEXT).page
        farmer.press("Same as last week")
        card = page.locator("[data-card]").first
        quantity = card.locator("[data-stepper] input")
        expect(quantity).not_to_have_value("")
        before = quantity.input_value()
        card.locator("[data-by='1']").click()
        expect(quantity).not_to_have_value(before)
        expect(page.locator("[data-publish]")).to_have_text(re.compile(r"Publish \d+ offers"))
        farmer.look("week-typed")

        price = card.locator("input[name$='price']")
        price.fill("cheap")
        page.locator("[data-publish]").click()
        expect(page.locator(".error-summary")).to_be_focused()
        farmer.look("week-wrong", axe=size is PHONE)
        expect(price).to_have_value("cheap")
        price.fill("1,85")
        page.locator("[data-publish]").click()
        expect(page.locator(".flashes")).to_contain_text("published")
        farmer.look("week-published", axe=size is PHONE)
    newest = "SELECT max(version), max(price_cents) FROM offer_version v JOIN offer o ON o.id = v.offer_id"
    assert site.ask(f"{newest} WHERE o.week = '2026-12-07' AND v.price_cents = 185")[0][1] == 185


def test_a_farmer_has_less_and_the_kitchens_that_ordered_are_told(visit: Visit, site: Site) -> None:
    with visit("kitchen-plain", PHONE, java_script_enabled=False) as kitchen:
        start_from_last_week(kitchen.log_in("kuhinja@demo.example"))
        submit(kitchen)
    ordered = site.ask(
        "SELECT o.id, sum(l.quantity)::bigint / 1000 FROM order_line l JOIN offer o ON o.id = l.offer_id"
        " JOIN producer p ON p.id = o.producer_id WHERE p.name = 'Kmetija Pod lipo' AND o.week = '2026-11-30'"
        " GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    )
    offer, sold = ordered[0]
    with visit("farmer", PHONE) as farmer:
        page = farmer.log_in(FARMER).go(OPEN).page
        page.locator(f"a[href$='/offers/{offer}/less']").click()
        expect(page.locator("main")).to_contain_text(re.compile("ha(s|ve) ordered"))
        farmer.press("Change the offer")
        expect(page.locator(".error-summary")).to_be_focused()
        farmer.look("less-wrong")
        page.locator("#available").fill(str(sold))
        page.locator("#reason").fill("Hail on Thursday night")
        farmer.press("Change the offer")
        expect(page.locator(".flashes")).to_contain_text(re.compile("on (its|their) way"))
        farmer.look("less-done")
    told = [mail for mail in site.mails() if "Hail on Thursday night" in mail]
    assert any("To: kuhinja@demo.example" in mail or "oss@demo.example" in mail for mail in told)


def test_what_to_bring_is_there_to_read_and_to_take_along(visit: Visit, size: Size) -> None:
    with visit("farmer", size) as farmer:
        page = farmer.log_in(FARMER).go("/producer/supply").page
        expect(page.locator("main")).to_contain_text("What to harvest")
        for ending, begins in (("pdf", b"%PDF-"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")):
            link = page.locator(f"main a[href$='/{ending}']").first
            assert farmer.download(link).read_bytes().startswith(begins)
        farmer.press("Records")
        page.locator("main table a").first.click()
        expect(page.locator("h1")).to_contain_text("record")
        farmer.look("record", axe=False)
