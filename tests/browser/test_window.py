"""A parent looks what the children eat: on a telephone in Slovene, then at a desk in English."""

from tests.browser.conftest import Visit
from tests.browser.visitor import DESK, PHONE


def test_a_parent_finds_the_school_and_the_village(visit: Visit) -> None:
    with visit("parent", PHONE) as parent:
        parent.go("/").look("home").follow("main .places a")
        parent.go("/open/052").look("municipality")
        # The drawing is loaded when it comes into sight.
        parent.page.locator(".map img").scroll_into_view_if_needed()
        parent.page.wait_for_function("() => document.querySelector('.map img').naturalWidth > 300")
        parent.follow("#kitchens .places a").look("kitchen")
        assert parent.page.locator(".day .foods li").count() > 5
        assert "km" in parent.text(".day .food-from")
        parent.go("/open/seasons").look("seasons")
        # Twelve months fit a telephone without turning.
        box = parent.page.locator(".season-table").first
        assert box.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
        parent.at(DESK).go("/open/052?lang=en").look("municipality")
        assert "What children eat in Kranj" in parent.text("h1")
        parent.page.locator('header a[hreflang="sl"]').click()
        assert "Kaj jedo otroci v občini Kranj" in parent.text("h1")
        for path in ("", "/052/kitchens/OSS", "/052/prices", "/052/suppliers", "/052/data", "/trail"):
            parent.go(f"/open{path}?lang=en").look(f"open{path.replace('/', '-')}")
