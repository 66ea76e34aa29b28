"""Two browsers and one editor with `pair-ls lsp` in one room: all type, all see the same, everybody sees everybody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import expect

from tests.end_to_end.guest_page.conftest import Guest, Guests
from tests.end_to_end.pair import pair_ls
from tests.support.fake_editor import FakeEditor
from tests.support.hub_process import HubProcess

pytestmark = pytest.mark.timeout(120)
Result = TypeVar("Result")
LINES = 12


class Background:
    """An event loop in a thread of its own: the browser's driver has the main one."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


async def type_lines(editor: FakeEditor, path: str) -> None:
    for number in range(LINES):
        for letter in f"Noor {number} é😀\n":
            editor.append(path, letter)
            await asyncio.sleep(0.01)


def test_two_browsers_and_an_editor_type_at_once_and_converge(
    guests: Guests, hub: HubProcess, tmp_path: Path, background: Background
) -> None:
    folder = tmp_path / "noor"
    folder.mkdir()
    (folder / "main.txt").write_text("start\n", encoding="utf-8")
    printed = pair_ls(tmp_path, "share", str(folder), "--hub-url", hub.url, "--name", "Noor")
    link = next(word for word in printed.split() if word.startswith(f"{hub.url}/r/"))

    async def opened() -> FakeEditor:
        started = await FakeEditor(folder, options={"pair": {"cursors": True, "status": True}}).start()
        started.open("main.txt")
        return started

    noor = background.run(opened())
    try:
        ada, zoe = guests("Ada").enter(link), guests("Zoë").enter(link)
        for guest in (ada, zoe):
            guest.expect_text("start\n")
        typing = asyncio.run_coroutine_threadsafe(type_lines(noor, "main.txt"), background.loop)
        for number in range(LINES):
            at_the_top(ada, f"Ada {number} é😀 ")
            at_the_top(zoe, f"Zoë {number} 漢字 ")
        typing.result(60)
        ada.expect_saved()
        zoe.expect_saved()
        whole = ada.shown()
        for name, rest in (("Ada", "é😀"), ("Zoë", "漢字"), ("Noor", "é😀")):
            for number in range(LINES):
                assert f"{name} {number} {rest}" in whole
        zoe.expect_text(whole)
        background.run(noor.until_text("main.txt", whole))
        everybody_sees_everybody(ada, zoe, background.run(noor.command("pair.who")))
    finally:
        background.run(noor.stop())
    expect(ada.page.locator(".people")).not_to_contain_text("Noor")


def at_the_top(guest: Guest, text: str) -> None:
    guest.text.click()
    guest.page.keyboard.press("Control+Home")
    guest.page.keyboard.type(text)


def everybody_sees_everybody(ada: Guest, zoe: Guest, who: dict[str, Any]) -> None:
    """In the lists, and as carets in the text with names."""
    assert {person["name"] for person in who["participants"]} == {"Ada", "Noor", "Zoë"}
    for guest, other in ((ada, zoe), (zoe, ada)):
        people = guest.page.locator(".people")
        for name in (f"{guest.name} (you)", other.name, "Noor"):
            expect(people).to_contain_text(name)
        expect(guest.page.locator(".cm-ySelectionInfo", has_text=other.name)).to_be_visible()
        expect(people.locator("li", has_text="Noor")).to_contain_text("main.txt:")
    for person in who["participants"]:
        assert person["path"] == "main.txt"
