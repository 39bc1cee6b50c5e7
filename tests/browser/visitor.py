"""A person with a browser, who sees at once what is wrong with a page.

`look` judges the page that is shown: it must fit the width, axe must find nothing, no script may fail, and
nothing may be asked of another machine. A picture of it is kept in var/screens where something is wrong; of
every page with FOODORDER_PICTURES=1, which takes a quarter of the time more.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Download, Locator, Page, Request

from foodorder.config import PROJECT
from seeds.demo.load import PASSWORD

SCREENS = PROJECT / "var" / "screens"
PICTURES = os.environ.get("FOODORDER_PICTURES") == "1"
#: Longer pages are cut off in their picture.
TALLEST = 6_000
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]

#: Elements that are wider than the page, innermost last, unless something around them scrolls.
WIDE = """() => {
  const width = window.innerWidth;
  if (document.scrollingElement.scrollWidth <= width) return [];
  const scrolls = (one) => { for (let up = one; up; up = up.parentElement)
    if (up !== document.body && up !== document.documentElement
        && ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true; };
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > width + 0.5 && !scrolls(one))
    .slice(-3).map((one) => one.outerHTML.slice(0, 160));
}"""
JUDGE = Path(__file__).with_name("judge.js").read_text()


@dataclass(frozen=True, slots=True)
class Size:
    """A screen in CSS pixels."""

    name: str
    width: int
    height: int

    @property
    def pixels(self) -> Any:
        """As Playwright wants it."""
        return {"width": self.width, "height": self.height}


PHONE = Size("phone", 360, 780)
DESK = Size("desk", 1280, 900)


@dataclass
class Visitor:
    """One person's browser window. A context manager: at its end all faults that were seen are told."""

    page: Page
    address: str
    role: str
    size: Size
    faults: list[str] = field(default_factory=list)
    _noise: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._noise.append(f"script failed: {error}"))
        self.page.on("request", self._watch)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused form is answered with 409 or 422, which browsers note as an error of the page itself.
        own = message.location.get("url") == self.page.url and "status of 4" in message.text
        if message.type in ("error", "warning") and not own:
            self._noise.append(f"console: {message.text}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self._noise.append(f"asked {request.url}")

    def go(self, path: str) -> Self:
        """Open an address of the site."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        if answer.status >= 400:
            self.faults.append(f"{path}: status {answer.status}")
        return self

    def log_in(self, email: str) -> Self:
        """As a person does; ends on the role's first page."""
        self.go("/login")
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(PASSWORD)
        self.page.locator("main form button").click()
        assert "/login" not in self.page.url, self.text()
        return self

    def speak(self, language: str) -> Self:
        """Change the language with the switch on the page."""
        self.page.locator(f'header button[name="language"][value="{language}"]').click()
        assert self.page.locator("html").get_attribute("lang") == language
        return self

    def press(self, name: str, *, within: Locator | None = None) -> Self:
        """Press the button or follow the link that is called so."""
        place = within or self.page.locator("body")
        found = place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name))
        found.first.click()
        return self

    def follow(self, selector: str) -> Self:
        """Open where the first link that fits leads to."""
        target = self.page.locator(selector).first.get_attribute("href", timeout=5_000)
        assert target is not None, selector
        return self.go(target) if target.startswith("/") else self.go(self._beside(target))

    def _beside(self, target: str) -> str:
        path = self.page.url.removeprefix(self.address).split("?")[0]
        return path + target if target.startswith("?") else target

    def text(self, selector: str = "main") -> str:
        """What is written there, as one line."""
        return " ".join(self.page.locator(selector).first.inner_text().split())

    def download(self, link: Locator) -> Path:
        """The file that a link gives."""
        # A page that is left for a download while it loads never says that it has loaded.
        self.page.wait_for_load_state()
        with self.page.expect_download() as expected:
            link.click()
        given: Download = expected.value
        return Path(given.path())

    def at(self, size: Size) -> Self:
        """Look at the same page on another screen."""
        self.size = size
        self.page.set_viewport_size(size.pixels)
        return self

    def look(self, name: str, *, axe: bool = True) -> Self:
        """Judge the page that is shown."""
        self.page.wait_for_load_state()
        wrong = [f"wider than the screen: {one}" for one in self.page.evaluate(WIDE)]
        if axe:
            wrong += self.judge()
        wrong += self._noise
        self._noise.clear()
        if wrong or PICTURES:
            self.picture(name)
        self.faults += [f"{self.role} {name} {self.size.name}: {one}" for one in wrong]
        return self

    def judge(self) -> list[str]:
        """What stands between the page that is shown and WCAG 2.1 AA, as axe sees it."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found: list[str] = self.page.evaluate(JUDGE, TAGS)
        return found

    def picture(self, name: str) -> None:
        """Keep what is on the screen, with what is below it."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        height = min(self.page.evaluate("document.scrollingElement.scrollHeight"), TALLEST)
        clip: Any = {"x": 0, "y": 0, "width": self.size.width, "height": height}
        self.page.screenshot(
            path=SCREENS / f"{self.role}-{name}-{self.size.name}.jpg",
            # Written in half the time of a PNG.
            type="jpeg",
            quality=80,
            full_page=True,
            clip=clip,
            animations="disabled",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        faults = "\n".join(self.faults + self._noise)
        if error is None:
            assert not faults, faults
        elif faults:
            error.add_note(faults)


@contextmanager
def visiting(browser: Browser, address: str, role: str, size: Size, **options: Any) -> Iterator[Visitor]:
    """A visitor with a fresh browser, without cookies."""
    context: BrowserContext = browser.new_context(
        viewport=size.pixels,
        has_touch=size is PHONE,
        # What moves would be judged in the middle of its way.
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Ljubljana",
        **options,
    )
    context.set_default_timeout(15_000)
    try:
        with Visitor(context.new_page(), address, role, size) as visitor:
            yield visitor
    finally:
        context.close()
