"""Bought lawfully: a choice with its reason, an approval from the phone, and a refusal that says why."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.ordering import filled, saved, start_from_last_week, submit
from tests.browser.visitor import DESK, PHONE

#: Where an approval is asked for: above the school's limit.
COOK, APPROVER = "kuhinja.ossj@demo.example", "odobritev@demo.example"


def test_a_choice_says_why_and_an_approval_is_given_on_the_phone(visit: Visit) -> None:
    with visit("kitchen", DESK) as kitchen:
        page = kitchen.log_in(COOK).page
        if not filled(page):
            start_from_last_week(kitchen)
        name = not_the_first(page)
        row = page.locator(f'tr:has([name="{name}"])')
        compared = row.locator("a[href*=compare]").get_attribute("href")
        page.locator(f'[name="{name}"]').fill(least_of(row))
        saved(page)

        # What is compared is opened down to its inputs, and nothing typed is lost on the way back.
        assert compared
        kitchen.go(compared).look("compare")
        kitchen.press("Back to the order")
        kitchen.follow(f'tr:has([name="{name}"]) a[href*="/basis/"]').look("basis")
        kitchen.press("Back to the order")
        kitchen.press("Funding and substitutes").look("options")
        kitchen.press("Back to the order")

        page.locator("#submit").click()
        expect(page.locator(".error-summary")).to_contain_text("reason")
        kitchen.look("order-reason", axe=False)
        for reason in page.locator('select[name^="r-"]').all():
            reason.select_option("menu")
        number = submit(kitchen)
        kitchen.look("receipt-waits")
        assert f"The order {number} needs the approval of" in kitchen.text()

        with visit("approver", PHONE) as approver:
            approver.log_in(APPROVER).press(number).look("approval")
            assert "more than the limit of" in approver.text()
            approver.press("Approve the order")
            expect(approver.page.locator(".flashes")).to_contain_text("is approved. The kitchen is told.")
            approver.look("approvals-done")

        kitchen.go("/kitchen/order")
        assert f"approved the order {number}" in kitchen.text()


def test_an_offer_without_a_lawful_basis_says_why_and_takes_no_quantity(visit: Visit, site: Site) -> None:
    # From here on 10 € a year are too much: what no lot covers cannot be ordered any more.
    assert site.ask(
        "UPDATE legal_parameter SET value = 1000"
        " WHERE key = 'procurement.threshold_goods' AND valid_to IS NULL RETURNING id"
    )
    with visit("kitchen", DESK) as kitchen:
        page = kitchen.log_in("kuhinja@demo.example").page
        refused = page.locator("tr.no").first
        expect(refused).to_contain_text("No lawful basis: threshold reached.")
        expect(refused.locator("input")).to_have_count(0)
        refused.get_by_role("link", name=re.compile(r"^Why\?")).click()
        expect(page.locator(".note")).to_contain_text("Order it under an agreement")
        kitchen.look("refused").at(PHONE).look("refused", axe=False)
        kitchen.press("Back to the order")
        expect(page.locator("#submit")).to_be_visible()


def not_the_first(page: Page) -> str:
    """A field of the last of several compared offers, on a day on which the first could be had too.

    What is ordered of that food is emptied.
    """
    found = page.evaluate("""() => {
      for (const food of document.querySelectorAll("details.food")) {
        const rows = [...food.querySelectorAll("tr[data-r]:has(a[href*=compare])")];
        const last = rows.at(-1);
        if (rows.length < 2) continue;
        for (const [place, cell] of [...rows[0].children].entries()) {
          const field = last.children[place].querySelector("input");
          if (!field || !cell.querySelector("input")) continue;
          const others = [...food.querySelectorAll("input[name^=q-]")].filter((one) => one.value);
          return [field.name, others.map((one) => one.name)];
        }
      }
    }""")
    assert found, "no food has two compared offers on one day"
    for other in found[1]:
        page.locator(f'[name="{other}"]').fill("")
    return str(found[0])


def least_of(row: Locator) -> str:
    """The smallest quantity that can be ordered of an offer, as it is typed."""
    numbers = (row.get_attribute("data-r") or "").split()
    step, minimum = int(numbers[3]), int(numbers[6])
    return f"{max(step, -(-minimum // step) * step) / 1000:g}"
