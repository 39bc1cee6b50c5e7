"""The visitor sees what is wrong with a page, also where most of it looks alike."""

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import DESK, Visitor

GOOD, PALE = "color: #222", "color: #bbb"
ROW = '<tr><td>Krompir</td><td style="{style}">12 kg</td><td><label>Opomba <input {more}></label></td></tr>'


def page_of(rows: list[str]) -> str:
    return (
        '<!doctype html><html lang="sl"><head><title>Krompir</title></head><body><main><h1>Krompir</h1>'
        f"<table><thead><tr><th>Ime<th>Teža<th>Opomba</tr></thead>{''.join(rows)}</table></main></body></html>"
    )


def judged(browser: Browser, rows: list[str]) -> list[str]:
    context = browser.new_context(viewport=DESK.pixels)
    page = context.new_page()
    page.set_content(page_of(rows))
    found = Visitor(page, "", "nobody", DESK).judge()
    context.close()
    return found


def test_a_good_page_has_no_faults(browser: Browser) -> None:
    assert judged(browser, [ROW.format(style=GOOD, more="")] * 50) == []


@pytest.mark.parametrize("place", [0, 40, 49])
def test_one_pale_text_among_many_rows_is_seen(browser: Browser, place: int) -> None:
    rows = [ROW.format(style=PALE if number == place else GOOD, more="") for number in range(50)]
    [fault] = judged(browser, rows)
    assert fault.startswith("color-contrast (1)")


def test_texts_that_look_alike_are_all_pale(browser: Browser) -> None:
    [fault] = judged(browser, [ROW.format(style=PALE, more="")] * 50)
    assert fault.startswith("color-contrast")


def test_a_pale_row_behind_a_transparent_text_is_seen(browser: Browser) -> None:
    rows = [ROW.format(style=GOOD, more="")] * 40
    rows.append(f'<tr style="background: #333">{rows[0].removeprefix("<tr>")}')
    [fault] = judged(browser, rows)
    assert fault.startswith("color-contrast")


def test_what_is_disabled_does_not_hide_the_same_that_is_not(browser: Browser) -> None:
    label = '<tr><td><label style="{style}">Opomba <input {more}></label></td></tr>'
    rows = [label.format(style=PALE, more="disabled")] * 5 + [label.format(style=PALE, more="")]
    assert judged(browser, rows[:5]) == []
    [fault] = judged(browser, rows)
    assert fault.startswith("color-contrast (1)")


def test_the_other_rules_see_every_row(browser: Browser) -> None:
    rows = [ROW.format(style=GOOD, more="")] * 49
    [fault] = judged(browser, [*rows, "<tr><td>x</td><td>y</td><td><input></td></tr>"])
    assert fault.startswith("label (1)")
