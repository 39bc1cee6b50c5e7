"""Every page of every role, in Slovene, on both screens; and each main page in English."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.visitor import DESK, PHONE

#: role → (who, pages); a page is (name, address) or (name, address, the link on it that leads there).
PAGES: dict[str, tuple[str | None, list[tuple[str, ...]]]] = {
    "visitor": (
        None,
        [
            ("home", "/"),
            ("login", "/login"),
            ("forgotten", "/password"),
            ("register", "/register"),
            ("contact", "/contact"),
            ("accessibility", "/accessibility"),
            ("help", "/help"),
            ("guide", "/help", "main a[href^='/help/']"),
        ],
    ),
    "kitchen": (
        "kuhinja@demo.example",
        [
            ("deliveries", "/kitchen/deliveries"),
            ("records", "/kitchen/records"),
            ("record", "/kitchen/records", "main table a"),
            ("ask", "/kitchen/records", "main tr:nth-child(3) a", "main a[href*='ask']"),
            ("orders", "/kitchen/orders"),
            ("receipt", "/kitchen/orders", "main table a[href*='receipts']"),
            ("institution", "/kitchen/institution"),
            ("head-counts", "/kitchen/institution", "main table a"),
            ("budgets", "/kitchen/budgets"),
            ("agreements", "/kitchen/institution", "main a[href$='/agreements']"),
            ("agreement", "/kitchen/agreements", ".agreement h2 a"),
            ("shares", "/kitchen/shares"),
            ("share-lines", "/kitchen/shares", "main a[href*='/shares/lines']"),
            ("purchases", "/kitchen/shares", "main a[href*='/purchases']"),
            ("new-purchase", "/kitchen/purchases", "main a[href$='/new']"),
            ("import-purchases", "/kitchen/purchases", "main a[href$='/import']"),
            ("account", "/profile"),
            ("password", "/profile/password"),
        ],
    ),
    "approver": (
        "odobritev@demo.example",
        [
            ("approvals", "/kitchen/approvals"),
            ("approval", "/kitchen/approvals", "main table a"),
            ("orders", "/kitchen/orders"),
            ("records", "/kitchen/records"),
            ("institution", "/kitchen/institution"),
        ],
    ),
    "accountant": (
        "racunovodstvo@demo.example",
        [
            ("records", "/kitchen/records"),
            ("record", "/kitchen/records", "main table a"),
            ("orders", "/kitchen/orders"),
            ("budgets", "/kitchen/budgets"),
            ("purchases", "/kitchen/institution", "main a[href$='/purchases']"),
        ],
    ),
    "farmer": (
        "kmet@demo.example",
        [
            ("week", "/producer/week"),
            ("closed-week", "/producer/week/2026-11-23"),
            ("supply", "/producer/supply"),
            ("records", "/producer/records"),
            ("record", "/producer/records", "main table a"),
            ("products", "/producer/products"),
            ("new-product", "/producer/products/new"),
            ("product", "/producer/products", "main a[href*='/products/']:not([href$='new'])"),
            ("profile", "/producer/profile"),
            ("edit-profile", "/producer/profile/edit"),
            ("certificate", "/producer/profile/certificates/new"),
            ("lots", "/producer/lots"),
            ("apply", "/producer/lots", "main a[href$='/apply']"),
            ("criteria", "/producer/criteria"),
            ("farm", "/producer/profile", "main a[href*='/farms/']"),
            ("terms", "/producer/profile", "main a[href*='/terms/']"),
        ],
    ),
    "cooperative": (
        "zadruga@demo.example",
        [("week", "/producer/week"), ("supply", "/producer/supply"), ("products", "/producer/products")],
    ),
    "coordinator": (
        "koordinator@demo.example",
        [
            ("today", "/coordinator/"),
            ("cycles", "/coordinator/cycles"),
            ("cycle", "/coordinator/cycles", "main tr:has(.status-ok) a"),
            ("closed-cycle", "/coordinator/cycles", "main tr:has(.status-info) a"),
            ("offers", "/coordinator/cycles", "main tr:has(.status-ok) a", "main a[href$='/offers']"),
            ("lists", "/coordinator/cycles", "main tr:has(.status-info) a", "main a[href$='/lists']"),
            ("new-cycle", "/coordinator/cycles/new"),
            ("schedule", "/coordinator/cycles", "main a[href*='/schedules/']"),
            ("calendar", "/coordinator/calendar"),
            ("producers", "/coordinator/producers"),
            ("producer", "/coordinator/producers", "main table a[href*='/producers/']"),
            ("new-producer", "/coordinator/producers/new"),
            ("institutions", "/coordinator/institutions"),
            ("institution", "/coordinator/institutions", "main table a[href*='/institutions/']"),
            (
                "budgets",
                "/coordinator/institutions",
                "main table a[href*='/institutions/']",
                "main a[href$='/budgets']",
            ),
            ("new-institution", "/coordinator/institutions/new"),
            ("invite", "/coordinator/people/invite"),
            ("messages", "/coordinator/messages"),
            ("message", "/coordinator/messages", "main table a[href*='/messages/']"),
            ("settings", "/coordinator/settings"),
        ],
    ),
    "auditor": (
        "revizor@demo.example",
        [
            ("spend", "/auditor/spend"),
            ("records", "/auditor/records"),
            ("record", "/auditor/records", "main table a[href*='/records/']"),
            ("line", "/auditor/records", "main table a[href*='/records/']", "main a[href*='/lines/']"),
            ("cycles", "/auditor/cycles"),
            ("duties", "/auditor/cycles", "main a[href$='/duties']"),
            ("trail", "/auditor/trail"),
        ],
    ),
    "administrator": (
        "skrbnik@demo.example",
        [
            ("municipalities", "/administrator/"),
            ("municipality", "/administrator/", "main a[href*='/municipality/']"),
            ("people", "/administrator/people"),
            ("health", "/administrator/health"),
        ],
    ),
    "several": ("vecvlog@demo.example", [("account", "/profile")]),
}

#: Pages with so many rows that axe judges them once, on the telephone.
LONG = {
    "agreement",
    "deliveries",
    "lists",
    "messages",
    "offers",
    "producers",
    "receipt",
    "share-lines",
    "supply",
    "trail",
}


@pytest.mark.parametrize("role", PAGES)
def test_every_page_fits_both_screens_and_everybody_can_use_it(visit: Visit, role: str) -> None:
    email, pages = PAGES[role]
    with visit(role, PHONE) as visitor:
        if email:
            visitor.log_in(email)
        else:
            visitor.go("/")
        visitor.speak("sl")
        for name, path, *links in pages:
            visitor.at(PHONE).go(path)
            for link in links:
                visitor.follow(link)
            visitor.look(name).at(DESK).look(name, axe=name not in LONG)
            if visitor.page.locator(".main-nav [aria-current='page']").count():
                heading = visitor.text("h1")
                visitor.at(PHONE).speak("en").look(f"{name}-en", axe=False).speak("sl")
                assert visitor.text("h1") == heading
