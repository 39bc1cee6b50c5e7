"""The farmer on delivery day: batches written once, frost told to the kitchens, all on its way in one tap."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.visitor import PHONE, Size

FARMER, COOK = "kmet@demo.example", "kuhinja@demo.example"


def test_a_day_is_picked_packed_and_on_its_way(visit: Visit, site: Site, size: Size) -> None:
    site.job("make_delivery_notes")
    [(day, product, name, note)] = site.ask(
        "SELECT n.delivery_date::text, r.product_id, l.name, n.id"
        "  FROM delivery_note n JOIN delivery_line l ON l.note_id = n.id"
        "  JOIN record_line r ON r.id = l.record_line_id JOIN producer p ON p.id = n.producer_id"
        "  JOIN institution i ON i.id = n.institution_id"
        " WHERE p.name = 'Kmetija Pod lipo' AND i.code = 'OSS' AND n.state = 'draft'"
        " ORDER BY n.delivery_date, l.position LIMIT 1"
    )
    with visit("farmer", size) as farmer:
        page = farmer.log_in(FARMER).go("/producer/supply").page
        page.locator(f"a[href$='/producer/deliveries/{day}']").first.click()
        farmer.look("deliveries")
        page.locator(f"#lot-{product}").fill("K-47")
        farmer.press("Write the batches on all notes")
        expect(page.locator(f"#lot-{product}")).to_have_value("K-47")

        page.locator(f"a[href$='/short/{product}']").click()
        farmer.press("Tell the kitchens")
        expect(page.locator(".error-summary")).to_be_focused()
        farmer.look("short-wrong", axe=size is PHONE)
        page.locator("#none").check()
        page.get_by_label("Frost").check()
        page.locator("#words").fill("Third night below zero")
        farmer.press("Tell the kitchens")
        expect(page.locator(".flashes")).to_contain_text("told")

        page.locator(f"a[href$='/producer/deliveries/notes/{note}']").first.click()
        expect(page.locator("main")).to_contain_text("does not come")
        farmer.look("note")
        for paper in ("note", "labels"):
            found = page.locator(f"main a[href$='/{paper}.pdf']").first
            assert farmer.download(found).read_bytes().startswith(b"%PDF-")
        page.locator("#remark").fill("By the back door")
        farmer.press("Packed")
        farmer.look("note-packed", axe=size is PHONE)
        farmer.press("All deliveries of the day")
        farmer.press("All as ordered and on my way")
        expect(page.locator("main")).to_contain_text("Everything has left.")
        farmer.look("deliveries-left", axe=size is PHONE)
    assert site.ask("SELECT DISTINCT state FROM delivery_note WHERE delivery_date = %s", day)
    told = [mail for mail in site.mails() if "Third night below zero" in mail and str(name) in mail]
    assert told
    with visit("kitchen", size) as kitchen:
        page = kitchen.log_in(COOK).go(f"/notes/{note}").page
        expect(page.locator("main")).to_contain_text("Third night below zero")
        kitchen.look("delivery-note")


def test_without_java_script_a_note_is_corrected_and_sent(visit: Visit, site: Site) -> None:
    site.job("make_delivery_notes")
    [(note,)] = site.ask(
        "SELECT min(n.id) FROM delivery_note n JOIN producer p ON p.id = n.producer_id"
        " WHERE p.name = 'Kmetija Pod lipo' AND n.state = 'draft'"
    )
    with visit("farmer-plain", PHONE, java_script_enabled=False) as farmer:
        page = farmer.log_in(FARMER).go(f"/producer/deliveries/notes/{note}").page
        page.locator("input[name^='q-']").first.fill("much")
        farmer.press("On my way")
        expect(page.locator(".error-summary")).to_contain_text("is not a number")
        expect(page.locator("input[name^='q-']").first).to_have_value("much")
        farmer.go(f"/producer/deliveries/notes/{note}").press("On my way")
        expect(page.locator("main")).to_contain_text("On the way")
    assert site.ask("SELECT state FROM delivery_note WHERE id = %s", note) == [("on_the_way",)]
