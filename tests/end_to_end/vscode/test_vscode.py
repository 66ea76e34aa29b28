"""VS Code in rooms with others: everything that a user presses, in the real thing."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.end_to_end.pair import pair_ls
from tests.end_to_end.real_editors.driver import FILE
from tests.end_to_end.real_editors.neovim import Neovim
from tests.end_to_end.room_reader import Newcomer
from tests.end_to_end.vscode.workbench import CodeServer, Window
from tests.support.hub_process import HubProcess
from tests.support.processes import wait_until

pytestmark = pytest.mark.timeout(240)
OpenWindow = Callable[..., Window]
START = "def café():\n    return '😀'\n"


def folder_with(folder: Path, text: str = START) -> Path:
    folder.mkdir()
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


def share(window: Window) -> str:
    """Press Share; the link, from the clipboard."""
    window.run("Pair: Share This Folder")
    expect(window.notifications).to_contain_text("The link is in your clipboard")
    link = window.clipboard()
    assert re.match(r"http://127\.0\.0\.1:\d+/r/", link)
    return link


def reader(hub: HubProcess, folder: Path) -> Newcomer:
    """Looks into the room of a joined folder."""
    room = json.loads((folder / ".pair-ls" / "room.json").read_bytes())["roomId"]
    token = folder / ".pair-ls" / "token"
    return Newcomer(hub, room, token.read_text() if token.exists() else None)


def test_share_and_type_together_with_neovim(
    open_window: OpenWindow, neovim: Callable[[Path], Neovim], hub: HubProcess, tmp_path: Path
) -> None:
    ada, bob = folder_with(tmp_path / "ada"), tmp_path / "bob"
    window = open_window(ada)
    window.open_file(FILE)
    expect(window.status).to_have_text("Pair")
    link = share(window)
    window.screenshot("shared")
    window.dismiss()
    expect(window.status).to_contain_text("ada 1")
    pair_ls(tmp_path, "join", link, str(bob), "--name", "Noor")
    noor = neovim(bob)
    wait_until(lambda: noor.text() == START, what="Neovim shows the text")
    expect(window.status).to_contain_text("ada 2")
    mine = "".join(f"print('Vera, {number}: é😀')\n" for number in range(1, 7))
    theirs = "".join(f"print('Noor, {number}: naïve 漢字')\n" for number in range(1, 7))
    window.type_at_end("")

    def type_in_neovim() -> None:
        noor.press("ggO")
        for letter in theirs.removesuffix("\n"):
            noor.press(letter.replace("\n", "<CR>"))
            threading.Event().wait(0.045)
        noor.press("<Esc>")

    other = threading.Thread(target=type_in_neovim)
    other.start()
    window.page.keyboard.type(mine, delay=45)
    other.join()
    expected = f"{theirs}{START}{mine}"
    wait_until(lambda: noor.text().rstrip("\n") == expected.rstrip("\n"), what="Neovim has all of it")
    window.expect_text(noor.text())
    window.screenshot("typed-together")
    assert reader(hub, ada).text(FILE).rstrip("\n") == expected.rstrip("\n")
    expect(window.status).not_to_contain_text("not saved yet")


def shared_by_noor(hub: HubProcess, folder: Path, text: str = START) -> tuple[Path, str]:
    """A folder that Noor has shared from a terminal, and the link."""
    noor = folder_with(folder / "noor", text)
    printed = pair_ls(folder, "share", str(noor), "--hub-url", hub.url, "--name", "Noor")
    return noor, next(word for word in printed.split() if word.startswith(f"{hub.url}/r/"))


def join_here(window: Window, link: str) -> None:
    window.run("Pair: Join a Room")
    window.answer(link)
    window.choose("Into the folder that is open")


def test_join_see_who_is_here_and_follow(
    open_window: OpenWindow, neovim: Callable[[Path], Neovim], hub: HubProcess, tmp_path: Path
) -> None:
    long_text = "".join(f"line {number} é😀\n" for number in range(1, 201))
    folder, link = shared_by_noor(hub, tmp_path, long_text)
    noor = neovim(folder)
    vera = tmp_path / "vera"
    vera.mkdir()
    window = open_window(vera)
    join_here(window, link)
    expect(window.notifications).to_contain_text("has joined the room")
    window.dismiss()
    window.open_file(FILE)
    window.page.get_by_role("tab", name="Pair").click()
    expect(window.people).to_have_count(2)
    expect(window.people.nth(0)).to_contain_text("Vera (you)")
    expect(window.people.nth(1)).to_contain_text("Noor")
    noor.press("100GAmarked here")
    expect(window.people.nth(1)).to_contain_text(f"owner · {FILE}:100")
    window.people.nth(1).click()
    expect(window.lines).to_contain_text("marked here")
    window.expect_flag("Noor", behind="marked here")
    window.screenshot("who-is-here")
    window.run("Pair: Follow a Participant")
    window.choose("Noor")
    expect(window.notifications).to_contain_text("You follow Noor until you type")
    window.dismiss()
    noor.press("<Esc>200GAfar away<Esc>")
    expect(window.lines).to_contain_text("far away")
    window.screenshot("following")
    window.run("Pair: Leave the Room")
    expect(window.status).to_have_text("Pair")
    expect(window.people).to_have_count(0)
    window.expect_no_flag()


def test_undo_takes_back_only_what_one_typed_oneself(
    open_window: OpenWindow, neovim: Callable[[Path], Neovim], hub: HubProcess, tmp_path: Path
) -> None:
    folder, link = shared_by_noor(hub, tmp_path)
    noor = neovim(folder)
    vera = tmp_path / "vera"
    vera.mkdir()
    window = open_window(vera)
    join_here(window, link)
    expect(window.notifications).to_contain_text("has joined the room")
    window.dismiss()
    window.open_file(FILE)
    window.expect_text(START)
    window.type_at_end("mine")
    wait_until(lambda: noor.text().rstrip("\n") == f"{START}mine", what="Neovim shows what Vera typed")
    noor.press("ggOtheirs<Esc>")
    window.expect_text(f"theirs\n{START}mine")
    window.page.keyboard.press("Control+Alt+z")
    window.expect_text(f"theirs\n{START}")
    wait_until(lambda: noor.text() == f"theirs\n{START}", what="Neovim lost only Vera's text")
    window.page.keyboard.press("Control+Alt+y")
    window.expect_text(f"theirs\n{START}mine")


def test_the_owner_decides_who_may_edit(
    open_window: OpenWindow, neovim: Callable[[Path], Neovim], hub: HubProcess, tmp_path: Path
) -> None:
    ada = folder_with(tmp_path / "ada")
    window = open_window(ada)
    window.open_file(FILE)
    link = share(window)
    window.dismiss()
    pair_ls(tmp_path, "join", link, str(tmp_path / "bob"), "--name", "Noor")
    noor = neovim(tmp_path / "bob")
    wait_until(lambda: noor.text() == START, what="Neovim shows the text")
    expect(window.status).to_contain_text("ada 2")
    window.run("Pair: Change the Role of a Participant")
    window.choose("Noor")
    window.choose("viewer")
    expect(window.notifications).to_contain_text("viewer")
    window.dismiss()
    window.page.get_by_role("tab", name="Pair").click()
    expect(window.people.nth(1)).to_contain_text("viewer")
    window.screenshot("roles")
    noor.press("ggOnot allowed<Esc>")
    wait_until(lambda: noor.text() == START, what="what a viewer typed is taken back")
    assert reader(hub, ada).text(FILE) == START
    window.expect_text(START)


def test_a_viewer_sees_everything_and_changes_nothing(
    open_window: OpenWindow, neovim: Callable[[Path], Neovim], hub: HubProcess, tmp_path: Path
) -> None:
    ada = folder_with(tmp_path / "ada")
    owner = open_window(ada)
    owner.open_file(FILE)
    share(owner)
    owner.dismiss()
    owner.run("Pair: Copy an Invite Link")
    owner.choose("viewer")
    owner.choose("One hour")
    expect(owner.notifications).to_contain_text("The link for viewers is in your clipboard")
    link = owner.clipboard()
    bob = tmp_path / "bob"
    bob.mkdir()
    viewer = open_window(bob, pairLs_name="Guest")
    join_here(viewer, link)
    expect(viewer.notifications).to_contain_text("has joined the room")
    viewer.dismiss()
    expect(viewer.status).to_contain_text("viewer")
    viewer.open_file(FILE)
    viewer.expect_text(START)
    viewer.type_at_end("not allowed")
    viewer.expect_text(START)
    viewer.screenshot("viewer")
    owner.expect_text(START)
    owner.type_at_end("by the owner")
    viewer.expect_text(f"{START}by the owner")


def test_ghost_text_says_how_sure_it_is(open_window: OpenWindow, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    loop = "for row in rows:\n    total += row.price * row.count\n    print(total)\n"
    loops = "".join(f"{loop}# {number}\n" for number in range(6))
    (folder / "sums.py").write_text(loops, encoding="utf-8")
    window = open_window(folder, editor_inlineSuggest_enabled=True)
    window.open_file("sums.py")
    window.type_at_end("for row in rows:\n    total += row.p")
    ghost = window.page.locator(".ghost-text, .ghost-text-decoration").first
    expect(ghost).to_be_visible()
    confidence = window.page.locator('.statusbar-item[id="pairls.pairls.pairLs.ghost"]')
    expect(confidence).to_contain_text(re.compile(r"offline · (medium|high) \d+%"))
    window.screenshot("ghost-text")
    window.page.keyboard.press("Tab")
    expect(window.lines).to_contain_text("total += row.price * row.count")
    expect(confidence).to_be_hidden()


def test_an_earlier_state_comes_back_as_an_edit(open_window: OpenWindow, hub: HubProcess, tmp_path: Path) -> None:
    ada = folder_with(tmp_path / "ada")
    window = open_window(ada)
    window.open_file(FILE)
    share(window)
    window.dismiss()
    wait_until(lambda: reader(hub, ada).text(FILE) == START, what="the room has the text")
    window.lines.click()
    window.page.keyboard.press("Control+a")
    window.page.keyboard.type("gone")
    window.expect_text("gone")
    wait_until(lambda: reader(hub, ada).text(FILE) == "gone", what="the room has the change")
    window.run("Pair: Restore an Earlier State of This Document")
    rows = window.page.locator(".quick-input-list .monaco-list-row")
    expect(window.page.locator('.quick-input-widget input.input[placeholder^="Which state"]')).to_be_visible()
    expect(rows.first).to_contain_text("Vera")
    window.screenshot("restore")
    rows.last.click()
    expect(window.notifications).to_contain_text("Restored")
    window.expect_text(START)


def test_without_a_folder_a_guest_joins_into_an_empty_one(
    open_window: OpenWindow, hub: HubProcess, tmp_path: Path
) -> None:
    noor, link = shared_by_noor(hub, tmp_path)
    pair_ls(tmp_path, "share", str(noor), "--all")
    guest = tmp_path / "guest"
    guest.mkdir()
    window = open_window(None)
    window.run("Pair: Join a Room")
    window.answer(link)
    box = window.page.locator(".quick-input-widget input.input")
    rows = window.page.locator(".quick-input-list .monaco-list-row")
    # The dialog lists the home folder first, and then, when it has understood the path, the empty one: only "..".
    expect(rows.filter(has_text="extensions")).to_be_visible()
    box.fill(f"{guest}/")
    expect(rows).to_have_count(1)
    window.page.get_by_role("button", name="Join here").click()
    expect(window.page.locator(".explorer-folders-view")).to_contain_text(FILE)
    expect(window.status).to_contain_text("guest 1")
    window.open_file(FILE)
    window.expect_text(START)


def test_a_click_on_the_status_says_how_things_stand(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window(folder_with(tmp_path / "ada"))
    window.open_file(FILE)
    window.status.click()
    expect(window.notifications).to_contain_text("offline suggestions (no endpoint configured)")
    window.press("Share")
    expect(window.notifications).to_contain_text("The link is in your clipboard")
    window.dismiss()
    window.status.click()
    expect(window.notifications).to_contain_text("ada")
    window.screenshot("status")
    window.press("Copy invite")
    window.choose("editor")
    window.choose("One day")
    expect(window.notifications).to_contain_text("The link for editors is in your clipboard")


def test_it_shows_what_completion_would_send(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window(folder_with(tmp_path / "ada"))
    window.open_file(FILE)
    window.run("Pair: Show What Completion Would Send From Here")
    expect(window.notifications).to_contain_text("Nothing")
    window.screenshot("explain-context")


def test_roles_and_removal_from_the_list_of_who_is_here(
    open_window: OpenWindow, neovim: Callable[[Path], Neovim], hub: HubProcess, tmp_path: Path
) -> None:
    ada = folder_with(tmp_path / "ada")
    window = open_window(ada)
    window.open_file(FILE)
    link = share(window)
    window.dismiss()
    pair_ls(tmp_path, "join", link, str(tmp_path / "bob"), "--name", "Noor")
    noor = neovim(tmp_path / "bob")
    wait_until(lambda: noor.text() == START, what="Neovim shows the text")
    window.page.get_by_role("tab", name="Pair").click()
    expect(window.people).to_have_count(2)
    window.menu_of("Noor")
    window.choose_in_menu("Change the Role of a Participant")
    window.choose("viewer")
    expect(window.people.nth(1)).to_contain_text("viewer")
    window.menu_of("Noor")
    window.screenshot("menu")
    window.choose_in_menu("Remove a Participant")
    window.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(window.people).to_have_count(1)
    noor.press("ggOnot in the room any more<Esc>")
    window.type_at_end("still here")
    window.expect_text(f"{START}still here")
    wait_until(lambda: "still here" in reader(hub, ada).text(FILE), what="the room has the owner's text")
    assert reader(hub, ada).text(FILE) == f"{START}still here"


def test_a_long_join_is_shown(open_window: OpenWindow, hub: HubProcess, tmp_path: Path) -> None:
    _, link = shared_by_noor(hub, tmp_path)
    vera = tmp_path / "vera"
    vera.mkdir()
    window = open_window(vera)
    os.kill(hub.process_id, signal.SIGSTOP)
    try:
        join_here(window, link)
        expect(window.notifications).to_contain_text("Joining")
        window.screenshot("joining")
    finally:
        os.kill(hub.process_id, signal.SIGCONT)
    expect(window.notifications).to_contain_text("has joined the room")


def test_an_address_of_vscode_joins(
    open_window: OpenWindow, code_server: CodeServer, hub: HubProcess, tmp_path: Path
) -> None:
    noor, link = shared_by_noor(hub, tmp_path)
    pair_ls(tmp_path, "share", str(noor), "--all")
    vera = tmp_path / "vera"
    vera.mkdir()
    # In the desktop's VS Code its scheme is vscode:, here it is that of the build.
    code_server.bind_key(
        "ctrl+alt+shift+j", "vscode.open", f"code-oss://pairls.pairls/join?link={quote(link, safe='')}"
    )
    window = open_window(vera)
    window.page.keyboard.press("Control+Alt+Shift+j")
    window.choose("Into the folder that is open")
    expect(window.notifications).to_contain_text("has joined the room")
    window.open_file(FILE)
    window.expect_text(START)
