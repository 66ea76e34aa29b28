"""Which language server VS Code starts: each place in its order, none at all, and what a folder may not decide."""

from __future__ import annotations

import json
import stat
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from development import vscode
from tests.end_to_end.pair import pair_ls
from tests.end_to_end.real_editors.driver import FILE
from tests.end_to_end.vscode.conftest import need_package
from tests.end_to_end.vscode.workbench import CodeServer, Window
from tests.support.hub_process import HubProcess
from tests.support.processes import PAIR_LS, wait_until

pytestmark = pytest.mark.timeout(240)
Open = Callable[..., Window]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """First on the PATH of this VS Code: a `uvx` that writes down what it was asked for."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Iterator[CodeServer]:
    """A VS Code that asks whether a folder is trusted, as it does for users."""
    folder = tmp_path_factory.mktemp("asking")
    with CodeServer(
        vscode.NODE, vscode.ENTRY, need_package(), folder, asks_for_trust=True, programs=programs
    ) as server:
        yield server


@pytest.fixture
def open_in(asking: CodeServer, chromium: Browser, hub: HubProcess, request: pytest.FixtureRequest) -> Iterator[Open]:
    windows: list[Window] = []

    def open_folder(folder: Path, settings: dict[str, object], *, has_server: bool = True) -> Window:
        mine = {"pairLs.hubUrl": hub.url, "pairLs.name": "Vera", "security.workspace.trust.startupPrompt": "never"}
        asking.configure({**mine, **settings})
        windows.append(Window(asking, chromium, folder, has_server=has_server))
        return windows[-1]

    yield open_folder
    for number, window in enumerate(windows):
        window.screenshot(f"last-{request.node.name}-{number}")
        window.close()


FROM_ENVIRONMENT = f"environment ({sys.executable} -m pair_ls lsp)"
TRUSTED = {"security.workspace.trust.enabled": False}


def program(path: Path, notes: Path, *, drop: int) -> Path:
    """A program that notes its arguments and then is the real server, with all but the first `drop` of them."""
    real = " ".join(PAIR_LS)
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {notes}\nshift {drop}\nexec {real} "$@"\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def bare_python(place: Path) -> str:
    """A Python with nothing installed, as most people's."""
    venv.create(place / "bare", with_pip=False)
    return str(place / "bare" / "bin" / "python")


def works(window: Window) -> None:
    """The server is there: it shares the folder."""
    window.run("Pair: Share This Folder")
    expect(window.notifications).to_contain_text("The link is in your clipboard")


def folder_in(place: Path) -> Path:
    folder = place / "work"
    folder.mkdir()
    (folder / FILE).write_text("é😀\n", encoding="utf-8")
    return folder


def test_the_path_that_was_set_comes_first(open_in: Open, asking: CodeServer, tmp_path: Path) -> None:
    mine = program(tmp_path / "my-pair-ls", tmp_path / "notes", drop=0)
    window = open_in(folder_in(tmp_path), {**TRUSTED, "pairLs.path": [str(mine), "lsp", "--log-level", "debug"]})
    works(window)
    assert (tmp_path / "notes").read_text().split()[:3] == ["lsp", "--log-level", "debug"]
    assert asking.server_starts()[-1].startswith(f"setting ({mine}")


def test_then_the_chosen_interpreter_if_it_has_pair_ls(open_in: Open, asking: CodeServer, tmp_path: Path) -> None:
    settings = {"pairLs.importStrategy": "fromEnvironment", "pairLs.interpreter": sys.executable}
    works(open_in(folder_in(tmp_path), {**TRUSTED, **settings}))
    assert asking.server_starts()[-1] == FROM_ENVIRONMENT


def test_then_the_one_in_the_package_and_then_uvx(
    open_in: Open, asking: CodeServer, programs: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    program(programs / "uvx", notes, drop=3)
    window = open_in(folder_in(tmp_path), TRUSTED)
    works(window)
    window.dismiss()
    assert asking.server_starts()[-1].startswith("bundled (")
    version = json.loads((asking.extension / "package.json").read_bytes())["version"]
    bundled, aside = asking.extension / "bundled", asking.extension / "aside"
    bundled.rename(aside)
    try:
        window.run("Pair: Restart the Language Server")
        wait_until(lambda: asking.server_starts()[-1].startswith("uvx ("), what="uvx is asked")
        window.run("Pair: Copy an Invite Link")
        window.choose("editor")
        window.choose("One day")
        expect(window.notifications).to_contain_text("The link for editors is in your clipboard")
        assert notes.read_text().split()[:4] == ["--from", f"pair-ls=={version}", "pair-ls", "lsp"]
    finally:
        aside.rename(bundled)
        (programs / "uvx").unlink()


def test_where_there_is_none_one_error_offers_what_to_do(open_in: Open, asking: CodeServer, tmp_path: Path) -> None:
    bundled, aside = asking.extension / "bundled", asking.extension / "aside"
    bundled.rename(aside)
    try:
        settings = {**TRUSTED, "pairLs.importStrategy": "fromEnvironment", "pairLs.interpreter": bare_python(tmp_path)}
        window = open_in(folder_in(tmp_path), settings, has_server=False)
        expect(window.notifications).to_contain_text("carries no server for your platform")
        window.screenshot("no-server")
        window.run("Pair: Share This Folder")
        expect(window.notifications).to_contain_text("carries no server for your platform")
        window.press("Open guide")
        expect(window.page.locator(".extensions-viewlet")).to_contain_text("Pair: write code together")
        window.dismiss()
        window.run("Pair: Share This Folder")
        window.press("Select interpreter")
        window.answer(sys.executable)
        wait_until(lambda: asking.server_starts()[-1:] == [FROM_ENVIRONMENT], what="the chosen interpreter is used")
        expect(window.status).to_be_visible()
    finally:
        aside.rename(bundled)


def test_a_folder_that_is_not_trusted_chooses_neither_program_nor_room(
    open_in: Open, asking: CodeServer, hub: HubProcess, tmp_path: Path
) -> None:
    folder = folder_in(tmp_path)
    pair_ls(tmp_path, "share", str(folder), "--hub-url", hub.url, "--name", "Mallory")
    theirs = program(tmp_path / "theirs", tmp_path / "notes", drop=0)
    (folder / ".vscode").mkdir()
    (folder / ".vscode" / "settings.json").write_text(json.dumps({"pairLs.path": [str(theirs), "lsp"]}))
    window = open_in(folder, {})
    expect(window.page.get_by_text("Restricted Mode").first).to_be_visible()
    window.open_file(FILE)
    window.type_at_end("for nobody else")
    assert asking.server_starts()[-1].startswith("bundled (")
    expect(window.status).to_have_text("Pair")
    assert not (tmp_path / "notes").exists()
    window.screenshot("restricted")
    window.run("Workspaces: Manage Workspace Trust")
    window.page.locator(".workspace-trust-editor").get_by_role("button", name="Trust", exact=True).click()
    wait_until(lambda: asking.server_starts()[-1].startswith(f"setting ({theirs}"), what="the folder's own program")
    expect(window.status).to_contain_text("work 1")


def test_what_would_be_sent_to_an_endpoint_is_shown_as_it_is(open_in: Open, tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    (folder / "sums.py").write_text("key = 'sk-abcdefghijklmnopqrstuvwxyz0123456789'\ntotal = é + ", encoding="utf-8")
    endpoint = ["env", "PAIR_LS_COMPLETION_BASE_URL=http://127.0.0.1:9/v1", "PAIR_LS_COMPLETION_MODEL=m"]
    window = open_in(folder, {**TRUSTED, "pairLs.path": [*endpoint, *PAIR_LS, "lsp"]})
    window.open_file("sums.py")
    window.page.keyboard.press("Control+End")
    window.run("Pair: Show What Completion Would Send From Here")
    expect(window.page.locator(".tab.active")).to_contain_text("Untitled")
    expect(window.lines).to_contain_text("total = é +")
    expect(window.lines).not_to_contain_text("sk-abcdefghijklmnopqrstuvwxyz0123456789")
    window.screenshot("explain-context-of-an-endpoint")
