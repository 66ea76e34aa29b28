"""What the page says about what is safe is true, and what is not safe yet is not lost with the page."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, expect
from playwright.sync_api import Error as PlaywrightError

from tests.end_to_end.guest_page.conftest import Guest, Guests
from tests.support.hub_process import HubProcess
from tests.support.processes import wait_until

OFFLINE = "Offline: your changes are kept and sent when the hub is back"
# What is still free has room for `left` signs.
FILL_STORAGE = """left => {
    sessionStorage.setItem('left', 'x'.repeat(left));
    let number = 0;
    for (let size = 4194304; size > 8;) {
        try { sessionStorage.setItem(`filler ${number++}`, 'x'.repeat(size)); } catch { size /= 2; }
    }
    sessionStorage.removeItem('left');
}"""
NOTE_NETWORK = """() => {
    window.noted = [];
    const network = document.querySelector('.network');
    let before = network.textContent;
    new MutationObserver(() => {
        if (network.textContent === before) return;
        before = network.textContent;
        window.noted.push([Date.now(), before]);
    }).observe(network, { childList: true, characterData: true, subtree: true });
}"""

pytestmark = pytest.mark.timeout(120)


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Nobody else can write into it meanwhile."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def database_of(hub: HubProcess) -> Path:
    files = [file for file in (hub.folder / "data").rglob("*") if file.is_file()]
    return next(file for file in files if file.read_bytes().startswith(b"SQLite"))


def expect_not_saved(guest: Guest) -> None:
    expect(guest.page.locator(".saved")).not_to_have_text("All changes saved")


def test_nothing_is_called_saved_while_the_hub_cannot_commit(guests: Guests, hub: HubProcess, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    zoe = guests("Zoë").enter(room_link)
    ada.type("safe ")
    ada.expect_saved()
    zoe.expect_text("safe ")
    with locked(database_of(hub)):
        ada.type("é😀")
        expect(ada.page.locator(".saved")).to_have_text("Saving…")
        ada.page.wait_for_timeout(1000)
        expect(ada.page.locator(".saved")).to_have_text("Saving…")
        assert zoe.shown() == "safe ", "others saw what was not safe"
    ada.expect_saved()
    zoe.expect_text("safe é😀")


def test_what_was_typed_offline_is_kept_when_one_opens_another_document(
    guests: Guests, hub: HubProcess, room_link: str
) -> None:
    ada = guests("Ada").enter(room_link)
    ada.new_file("other.py")
    ada.type("2")
    ada.expect_saved()
    ada.open_file("main.py")
    hub.kill9()
    expect(ada.page.locator(".network")).to_contain_text("Offline")
    ada.type("typed offline é😀")
    expect(ada.page.locator(".saved")).to_have_text("Not saved yet")
    ada.open_file("other.py")
    expect_not_saved(ada)
    hub.restart()
    ada.expect_text("2")
    ada.expect_saved()
    guests("Zoë").enter(room_link).expect_text("typed offline é😀")
    ada.open_file("main.py")
    ada.expect_text("typed offline é😀")


def test_a_reload_before_all_is_saved_loses_nothing(guests: Guests, hub: HubProcess, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    ada.type("before ")
    ada.expect_saved()
    asked: list[str] = []

    def leave_anyway(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ada.page.on("dialog", leave_anyway)
    with locked(database_of(hub)):
        ada.type("and then é😀")
        expect(ada.page.locator(".saved")).to_have_text("Saving…")
        hub.kill9()
    expect(ada.page.locator(".network")).to_contain_text("Offline")
    with contextlib.suppress(PlaywrightError):
        ada.page.reload()  # there is nobody to load it from
    hub.restart()
    ada.page.reload()
    assert asked == ["beforeunload"], "the browser asks before it throws away what is not safe"
    ada.expect_text("before and then é😀")
    ada.expect_saved()
    guests("Zoë").enter(room_link).expect_text("before and then é😀")


def reload_while_the_hub_comes_back(guest: Guest, hub: HubProcess) -> None:
    guest.page.on("dialog", lambda dialog: dialog.accept())
    with contextlib.suppress(PlaywrightError):
        guest.page.reload()
    hub.restart()
    guest.page.reload()


def test_a_reload_keeps_what_was_typed_offline_in_every_document(
    guests: Guests, hub: HubProcess, room_link: str
) -> None:
    ada = guests("Ada").enter(room_link)
    for path in ("other.py", "third.py"):
        ada.new_file(path)
        ada.type("saved ")
        ada.expect_saved()
    hub.kill9()
    expect(ada.page.locator(".network")).to_contain_text("Offline")
    for path in ("third.py", "other.py", "main.py"):
        ada.open_file(path)
        ada.type(f"offline in {path}")
    reload_while_the_hub_comes_back(ada, hub)
    ada.expect_text("offline in main.py")
    ada.expect_saved()
    zoe = guests("Zoë").enter(room_link)
    zoe.expect_text("offline in main.py")
    for path in ("other.py", "third.py"):
        zoe.open_file(path)
        # Offline the page did not have the text that was saved: which of the two comes first is nobody's choice.
        both = {f"saved offline in {path}", f"offline in {path}saved "}
        wait_until(lambda both=both: zoe.shown() in both, what=f"{path} with both texts")  # type: ignore[misc]  # the default binds the loop's value


def test_of_a_document_too_large_for_the_tabs_storage_the_unsaved_part_is_kept(
    guests: Guests, hub: HubProcess, room_link: str
) -> None:
    ada = guests("Ada").enter(room_link)
    large = "é😀 = 'a line of a large document'\n" * 1000
    ada.insert(large)
    ada.expect_saved()
    hub.kill9()
    expect(ada.page.locator(".network")).to_contain_text("Offline")
    ada.type("offline")
    ada.page.evaluate(FILL_STORAGE, 4000)
    reload_while_the_hub_comes_back(ada, hub)
    ada.expect_saved()
    zoe = guests("Zoë").enter(room_link)
    zoe.page.keyboard.press("Control+End")
    expect(zoe.page.locator(".cm-line").last).to_have_text("offline")


def test_a_hub_restart_is_a_notice_of_a_second(
    guests: Guests, hub: HubProcess, room_link: str, record_property: Callable[[str, object], None]
) -> None:
    ada = guests("Ada").enter(room_link)
    ada.type("one ")
    ada.expect_saved()
    ada.page.evaluate(NOTE_NETWORK)
    hub.restart()
    answers_at = time.time()
    expect(ada.page.locator(".network")).to_have_text("Connected")
    ada.expect_saved()
    shown = ada.page.evaluate("() => window.noted")
    assert [words for _, words in shown] == [OFFLINE, "Connected"]
    (gone, _), (back, _) = shown
    figures = f"notice for {(back - gone) / 1000:.1f} s, until {back / 1000 - answers_at:.1f} s after the hub answered"
    record_property("measured: guest page, hub restart", figures)
    assert back / 1000 - answers_at < 2.5
    assert not [error for error in ada.errors if "WebSocket" not in error and "ERR_" not in error]
    ada.type("two")
    guests("Zoë").enter(room_link).expect_text("one two")
