"""A browser and pages in it; what a page shows, read as a dialogue."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    WebSocketRoute,
    expect,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.support.browser import need_chromium
from tests.support.hub_process import HubProcess

PAGE = Path(__file__).resolve().parents[3] / "pair_ls" / "hub" / "page"
AXE = Path(__file__).resolve().parents[2] / "node" / "node_modules" / "axe-core" / "axe.min.js"
LOCATOR_SECONDS = 15.0
SHOWN = """() => [...document.querySelectorAll('.cm-content .cm-line')].map(line => {
    const copy = line.cloneNode(true);
    copy.querySelectorAll('.ghost, .cm-ySelectionCaret').forEach(one => one.remove());
    return copy.textContent.replaceAll('\\u2060', '');
}).join('\\n')"""
LOOP = "for row in rows:\n    total += row.price * row.count\n    print(total)\n"
# The model learned from the code itself knows how this goes on.
GOES_ON = "".join(f"{LOOP}# {number}\n" for number in range(6)) + "for row in rows:\n    total += row.pr"
SYNC = 0
SCREENSHOTS = os.environ.get("PAIR_LS_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file; each page has a context, so a memory, of its own."""
    if not (PAGE / "dist" / "index.html").exists():
        pytest.skip("guest page in a browser: it is not built; `python3 dev.py test` builds it")
    chromium = need_chromium()
    expect.set_options(timeout=LOCATOR_SECONDS * 1000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.executable, args=list(chromium.arguments), env=dict(chromium.environment)
        )
        yield started
        started.close()


class Guest:
    """Somebody at the guest page."""

    def __init__(self, context: BrowserContext, name: str) -> None:
        self.name = name
        self.context = context
        self.errors: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(LOCATOR_SECONDS * 1000)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.errors.append(line.text)

    def enter(self, link: str) -> Guest:
        self.page.goto(link)
        self.page.get_by_label("Your name").fill(self.name)
        self.page.get_by_role("button", name="Enter the room").click()
        expect(self.text).to_be_visible()
        expect(self.page.locator(".network")).to_have_text("Connected")
        return self

    def new_file(self, path: str) -> None:
        self.page.get_by_role("button", name="New file").click()
        self.page.get_by_label("Path in the room").fill(path)
        self.page.get_by_role("button", name="OK").click()
        self.expect_open(path)

    def open_file(self, path: str) -> None:
        self.page.locator(".file", has_text=path).click()
        self.expect_open(path)

    def expect_open(self, path: str) -> None:
        expect(self.page.locator("header .path")).to_have_text(path)

    @property
    def text(self) -> Locator:
        return self.page.locator(".cm-content")

    def type(self, text: str) -> None:
        self.text.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def insert(self, text: str) -> None:
        """At the end, in one piece: nothing is indented or closed by itself."""
        self.text.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.insert_text(text)

    def until_ghost(self, last: str = "i") -> str:
        """Types what a suggestion is made for; the text so far."""
        self.insert(GOES_ON)
        self.page.keyboard.type(last)
        expect(self.ghost).to_be_visible()
        return GOES_ON + last

    @property
    def ghost(self) -> Locator:
        return self.page.locator(".ghost")

    def shown(self) -> str:
        """The text in the editor, without ghost text and the names at the carets."""
        text: str = self.page.evaluate(SHOWN)
        return text

    def expect_text(self, text: str) -> None:
        """Waits; the failure shows both."""
        try:
            self.page.wait_for_function(f"text => ({SHOWN})() === text", arg=text)
        except PlaywrightTimeout:
            assert self.shown() == text

    def expect_saved(self) -> None:
        expect(self.page.locator(".saved")).to_have_text("All changes saved")

    def expect_no_violations(self) -> None:
        """Of WCAG, as axe-core counts them."""
        if not AXE.exists():
            pytest.skip(
                "guest page under axe: the packages of tests/node are not installed; `python3 dev.py test` does"
            )
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("async () => (await axe.run()).violations")
        told = [f"{one['id']}: {one['help']} ({[node['html'][:120] for node in one['nodes'][:3]]})" for one in found]
        assert not told, "\n".join(told)

    def screenshot(self, name: str) -> None:
        """For a person to look at: written where PAIR_LS_SCREENSHOTS says."""
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


class Held:
    """What the hub sends on one of a page's websockets, held back on demand, or only its texts (`sync`)."""

    def __init__(self, guest: Guest, document: str, *, sync_only: bool = False) -> None:
        self.is_held = False
        self._sync_only = sync_only
        self._held: list[Callable[[], None]] = []
        guest.page.route_web_socket(re.compile(f"/ws/.*/{document}"), self._route)

    def _route(self, page_side: WebSocketRoute) -> None:
        def from_hub(message: str | bytes) -> None:
            if self.is_held and not (self._sync_only and message[0] != SYNC):
                self._held.append(lambda: page_side.send(message))
            else:
                page_side.send(message)

        page_side.connect_to_server().on_message(from_hub)

    def release(self) -> None:
        self.is_held = False
        for send in self._held:
            send()
        self._held.clear()


class Guests:
    """Makes guests, each in a browser context of their own."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []

    def __call__(self, name: str, **options: object) -> Guest:
        context = self.browser.new_context(**options)  # type: ignore[arg-type]  # playwright checks them
        self.contexts.append(context)
        return Guest(context, name)


@pytest.fixture
def guests(browser: Browser) -> Iterator[Guests]:
    made = Guests(browser)
    yield made
    for context in made.contexts:
        context.close()


@pytest.fixture
def room_link(hub: HubProcess) -> str:
    """A fresh room's page."""
    link: str = hub.create_room(name="café", language="python")["links"]["page"]
    return link
