"""A browser, a world, and a site for each file of stories."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from foodorder.embedded import EmbeddedServer
from tests.browser.house import Site, make_world, open_site
from tests.browser.visitor import DESK, PHONE, Size, Visitor, visiting
from tests.databases import create_copy, drop_left_behind

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

#: How long a page may take to show what is expected, on a busy machine (milliseconds).
expect.set_options(timeout=20_000)

#: Gives a visitor: visit("kitchen", PHONE), with what Playwright calls a context's options.
Visit = Callable[..., AbstractContextManager[Visitor]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that CHROMIUM names; it resolves no name."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def demo_world(
    server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory, run_id: str
) -> Iterator[str]:
    """The name of a database with the demo in it, to be copied."""
    drop_left_behind(server, "browser_")
    name = f"browser_{os.getpid()}"
    data = tmp_path_factory.mktemp("world")
    # Not kept for the next run: what the demo plays depends on all the rest of the program.
    create_copy(server, name, "demo", run_id, lambda template: make_world(server, template, data))
    yield name
    server.drop_database(name)


@pytest.fixture(scope="module")
def site(
    server: EmbeddedServer,
    demo_world: str,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Site]:
    """A site of this file's own."""
    name = f"{demo_world}_{Path(request.node.name).stem}"
    with open_site(server, demo_world, name, tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, site: Site) -> Visit:
    """Send somebody to the site."""

    def send(role: str, size: Size = DESK, **options: Any) -> AbstractContextManager[Visitor]:
        return visiting(browser, site.address, role, size, **options)

    return send


@pytest.fixture(params=[PHONE, DESK], ids=lambda size: size.name)
def size(request: pytest.FixtureRequest) -> Size:
    """Each of the two screens."""
    return request.param
