"""Six in the morning: what comes is accepted on a phone, with a signal and without, and at a desk."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.house import Site
from tests.browser.visitor import DESK, Size, Visitor

HAND = Size("hand", 390, 844)
COOK = "kuhinja@demo.example"
#: The button that takes a line: as announced, or what was written instead.
TAKE = re.compile("^(As announced|Accept) ")
TODAY = "/kitchen/deliveries/arriving"
#: A Monday of the recorded week, six in the morning in Ljubljana.
SIX = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def morning(site: Site) -> Site:
    """The notes are made, it is Monday morning."""
    site.job("make_delivery_notes")
    site.set_clock(SIX)
    return site


def kitchen(site: Site) -> int:
    [(number,)] = site.ask(
        "SELECT g.institution_id FROM role_grant g JOIN person p ON p.id = g.person_id WHERE p.email = %s",
        COOK,
    )
    assert isinstance(number, int)
    return number


def stops(site: Site, at_least: int = 1) -> list[Any]:
    """Notes of today of which nothing is written yet, those with most lines first: (note, lines)."""
    return [
        row[0]
        for row in site.ask(
            "SELECT n.id FROM delivery_note n JOIN delivery_line l ON l.note_id = n.id"
            " WHERE n.institution_id = %s AND n.delivery_date = %s AND n.state <> 'cancelled'"
            " GROUP BY n.id HAVING count(*) >= %s AND count(l.acceptance_id) = 0"
            " ORDER BY count(*) DESC, n.id",
            kitchen(site), SIX.date(), at_least,
        )
    ]  # fmt: skip


def written(site: Site, note: Any) -> list[tuple[Any, ...]]:
    return site.ask(
        "SELECT l.id, a.version, a.quantity, l.quantity FROM delivery_line l"
        " LEFT JOIN acceptance_line a ON a.delivery_line_id = l.id"
        " WHERE l.note_id = %s ORDER BY l.position, a.id",
        note,
    )


def until(page: Page, script: str, argument: Any = None) -> None:
    """Wait until an asynchronous script says yes."""
    for _ in range(300):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"never: {script}")


def is_kept(page: Page, note: Any) -> None:
    """The page of the stop lies on the phone, and the worker answers from the next page on."""
    until(
        page,
        "async (path) => Boolean((await navigator.serviceWorker.getRegistration(path))?.active"
        " && await caches.match(path))",
        f"{TODAY}/{note}",
    )


@pytest.fixture
def cook(visit: Visit, morning: Site) -> Iterator[Visitor]:
    with visit("cook", HAND) as visitor:
        yield visitor.log_in(COOK)


def test_today_in_one_hand(cook: Visitor, morning: Site) -> None:
    cook.go("/kitchen/deliveries").press("Acceptance")
    cook.look("today")
    note = stops(morning, 2)[0]
    cook.go(f"{TODAY}/{note}").look("stop")
    first = cook.page.locator("[data-lines] [data-line]").first
    first.get_by_role("button", name=TAKE).click()
    expect(first.locator(".standing")).to_contain_text("Accepted")
    assert [row[1] for row in written(morning, note)].count(1) == 1
    cook.press("Everything as announced")
    expect(cook.page.locator(".is-done")).to_have_count(cook.page.locator("[data-line]").count())
    cook.look("stop-done")
    assert all(row[1] == 1 and row[2] == row[3] for row in written(morning, note))
    cook.go(TODAY).speak("sl").look("today-sl").speak("en")


#: A camera that sees a label: Chromium on this system reads no codes, and there is no camera.
CAMERA = """
window.label = "";
window.BarcodeDetector = class {
  async detect() { return window.label ? [{ rawValue: window.label }] : []; }
};
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, canvas.width, canvas.height);
  return (window.seen = canvas.captureStream(5));
};
"""


def test_a_label_before_the_camera_leads_to_its_line(cook: Visitor, morning: Site) -> None:
    page, note = cook.page, stops(morning, 2)[0]
    page.add_init_script(CAMERA)
    cook.go(f"{TODAY}/{note}").press("Scan labels with the camera")
    expect(page.locator("video")).to_be_visible()
    page.evaluate("window.label = 'https://x/notes/1?line=0'")
    expect(page.locator("[data-scanned]")).to_have_text("This label belongs to another delivery.")
    cook.look("camera")
    line = page.locator("[data-lines] [data-line]").last
    number = line.get_attribute("data-line")
    page.evaluate(f"window.label = 'https://x/notes/{note}?line={number}&lot=L-77'")
    expect(line.locator('[name^="lot-"]')).to_have_value("L-77")
    expect(page.locator("video")).to_be_hidden()
    assert page.evaluate("window.seen.getTracks().every((track) => track.readyState === 'ended')")


def test_without_a_signal_nothing_is_lost_and_nothing_doubled(cook: Visitor, morning: Site) -> None:
    page = cook.page
    note = stops(morning, 2)[0]
    cook.go(f"{TODAY}/{note}")
    page.reload()
    is_kept(page, note)
    page.context.set_offline(True)
    page.goto(f"{cook.address}{TODAY}/{note}")
    cards = page.locator("[data-lines] [data-line]")
    lines = [cards.nth(number).get_attribute("data-line") for number in range(2)]
    cards.nth(0).get_by_role("button", name=TAKE).click()
    signal = page.locator("[data-signal]")
    expect(signal).to_contain_text("Notes kept on this phone: 1")
    # Less without a reason is asked for while the crate still stands there.
    second = cards.nth(1)
    field = second.locator(f"#q-{lines[1]}")
    field.fill("0")
    second.get_by_role("button", name=TAKE).click()
    expect(signal).to_contain_text("Notes kept on this phone: 1")
    second.locator(f"#reason-{lines[1]}").select_option("quality")
    second.locator(f"#photo-{lines[1]}").set_input_files(
        {"name": "mould.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    second.get_by_role("button", name="Refuse all of it").click()
    expect(signal).to_contain_text("Notes kept on this phone: 2")
    cook._noise.clear()
    page.reload()
    expect(signal).to_contain_text("No signal. Notes kept on this phone: 2")
    expect(cards.nth(1).locator("[data-kept]")).to_contain_text("Kept on this phone: 0")
    cook._noise.clear()
    assert [row[1] for row in written(morning, note)][:2] == [None, None]
    page.context.set_offline(False)
    expect(signal).to_be_hidden(timeout=30_000)
    expect(cards.nth(1).locator(".standing")).to_contain_text("Not accepted")
    found = {row[0]: row[1:] for row in written(morning, note)}
    assert found[int(lines[0] or 0)][0] == 1
    assert found[int(lines[1] or 0)][:2] == (1, 0)
    photos = morning.ask(
        "SELECT count(*) FROM acceptance_photo p JOIN acceptance_line a ON a.id = p.acceptance_line_id"
        " WHERE a.delivery_line_id = %s", int(lines[1] or 0),
    )  # fmt: skip
    assert photos == [(1,)]
    cook._noise.clear()
    cook.look("after-offline")


def test_two_phones_at_one_crate(cook: Visitor, visit: Visit, morning: Site) -> None:
    note = stops(morning)[0]
    cook.go(f"{TODAY}/{note}")
    cook.page.context.set_offline(True)
    card = cook.page.locator("[data-lines] [data-line]").first
    line = card.get_attribute("data-line")
    card.get_by_role("button", name=TAKE).click()
    expect(cook.page.locator("[data-signal]")).to_contain_text("Notes kept on this phone: 1")
    with visit("other", HAND) as other:
        other.log_in(COOK).go(f"{TODAY}/{note}")
        theirs = other.page.locator("[data-lines] [data-line]").first
        theirs.locator("summary").last.click()
        theirs.locator(f"#reason-{line}").select_option("quality")
        theirs.get_by_role("button", name="Refuse all of it").click()
        expect(theirs.locator(".standing")).to_contain_text("Not accepted")
    cook._noise.clear()
    cook.page.context.set_offline(False)
    expect(card).to_contain_text("here meanwhile", timeout=30_000)
    cook._noise.clear()
    cook.look("conflict")
    # What they wrote stands until one decides; both are seen, and a reload forgets neither.
    cook.page.reload()
    expect(card).to_contain_text("here meanwhile")
    card.locator(f"#words-{line}").fill("they are good after all")
    card.get_by_role("button", name="Save").click()
    expect(card.locator(".standing")).to_contain_text("Accepted")
    cook._noise.clear()
    rows = [row[1:] for row in written(morning, note) if row[0] == int(line or 0)]
    assert [row[0] for row in rows] == [1, 2]
    assert [row[1] for row in rows] == [0, rows[0][2]]


def test_after_the_log_out_nothing_is_shown_and_nothing_is_lost(cook: Visitor, morning: Site) -> None:
    page = cook.page
    note = stops(morning)[0]
    cook.go(f"{TODAY}/{note}")
    page.reload()
    is_kept(page, note)
    page.context.set_offline(True)
    card = page.locator("[data-lines] [data-line]").first
    card.get_by_role("button", name=TAKE).click()
    expect(page.locator("[data-signal]")).to_contain_text("Notes kept on this phone: 1")
    # The log-in is ended elsewhere; the phone comes back to its signal.
    morning.ask("DELETE FROM login_session RETURNING id")
    cook._noise.clear()
    page.context.set_offline(False)
    expect(page.locator("[data-signal]")).to_contain_text("Your log-in has run out.", timeout=30_000)
    page.goto(f"{cook.address}/login")
    until(page, "async () => !(await caches.keys()).some((name) => name.startsWith('arriving-'))")
    cook._noise.clear()
    assert all(row[1] is None for row in written(morning, note))
    cook.log_in(COOK).go(f"{TODAY}/{note}")
    expect(card.locator(".standing")).to_contain_text("Accepted")
    cook._noise.clear()


def test_a_claim_with_its_clock(cook: Visitor, visit: Visit, morning: Site) -> None:
    note = stops(morning)[0]
    cook.go(f"{TODAY}/{note}")
    card = cook.page.locator("[data-lines] [data-line]").first
    line = card.get_attribute("data-line")
    card.locator("summary").last.click()
    card.locator(f"#reason-{line}").select_option("quality")
    card.locator(f"#words-{line}").fill("soft")
    card.get_by_role("button", name="Refuse all of it").click()
    card.get_by_role("link", name="Make a claim").click()
    cook.look("new-claim").press("Make the claim")
    expect(cook.page.locator(".claim-clock")).to_contain_text("left for a replacement")
    cook.look("claim").press("Bought elsewhere").look("cover")
    cook.go("/kitchen/claims").look("claims").at(DESK).look("claims")


def test_at_a_desk_by_keyboard_alone(visit: Visit, morning: Site) -> None:
    with visit("cook", DESK) as cook:
        cook.log_in(COOK).go("/kitchen/deliveries/desk?day=2026-11-23").look("desk")
        boxes = cook.page.locator('[data-column="q"]')
        empty = [n for n in range(boxes.count()) if not boxes.nth(n).input_value()]
        names = [boxes.nth(n).get_attribute("id") or "" for n in empty[:2]]
        assert len(names) == 2
        for name in names:
            box = cook.page.locator(f"#{name}")
            box.focus()
            cook.page.keyboard.type((box.get_attribute("placeholder") or "").replace(".", ""))
            cook.page.keyboard.press("Enter")
        for name in names:
            row = cook.page.locator(f"#{name.replace('q-', 'line-')}")
            expect(row.locator("[data-state]")).to_contain_text("Accepted")
        box = cook.page.locator(f"#{names[0]}")
        box.focus()
        cook.page.keyboard.press("Control+A")
        cook.page.keyboard.type("0")
        cook.page.keyboard.press("Enter")
        row = cook.page.locator(f"#{names[0].replace('q-', 'line-')}")
        expect(row).to_contain_text("Say why")
        expect(row).to_have_class("is-wrong")
        cook.look("desk-wrong")
