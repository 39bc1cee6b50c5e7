"""What a kitchen manager does on the page of the weekly order, with scripts or without."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import Visitor

CELLS = 'table input[name^="q-"]'
#: Rounds of "this much is not left any more" before somebody would call the coordinator.
PATIENCE = 8


def start_from_last_week(visitor: Visitor) -> None:
    """Fill the order in, as the first button of the page does."""
    visitor.press("Fill in")
    expect(visitor.page.locator("main")).to_contain_text("fields were filled")


def filled(page: Page) -> list[Locator]:
    """The fields that hold something."""
    page.wait_for_load_state()
    names = page.locator(CELLS).evaluate_all("all => all.filter((one) => one.value).map((one) => one.name)")
    return [page.locator(f'[name="{name}"]') for name in names]


def saved(page: Page) -> None:
    """Wait until what was typed is saved."""
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    expect(page.locator("#saved")).to_contain_text("Draft saved at")


def submit(visitor: Visitor) -> str:
    """Submit the order and do without what is sold out; returns the order's number."""
    page = visitor.page
    for _ in range(PATIENCE):
        page.locator("#submit").click()
        page.wait_for_load_state()
        if found := re.match(r"Receipt (\S+)", visitor.text("h1")):
            return found[1]
        links = page.locator(".error-summary li a").evaluate_all("all => all.map((one) => one.href)")
        assert links, visitor.text()
        if not _empty(page, links):
            page.goto(links[0])
            _empty(page, links)
    raise AssertionError(visitor.text(".error-summary"))


def _empty(page: Page, links: list[str]) -> int:
    """Empty the fields that are named and are on this page; how many there were."""
    here = [one for one in (page.locator(f'[name="{link.split("#")[1]}"]') for link in links) if one.count()]
    for field in here:
        field.evaluate("(one) => { for (let up = one; up; up = up.parentElement) up.hidden = false; }")
        field.fill("", force=True)
    return len(here)
