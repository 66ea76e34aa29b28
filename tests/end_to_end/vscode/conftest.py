"""A real VS Code with the packaged extension, where both are installed; else the tests are shown as NOT TESTED."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from development import vscode
from development.node_projects import EXTENSION
from tests.end_to_end.real_editors.driver import FILE, Place
from tests.end_to_end.real_editors.neovim import Neovim
from tests.end_to_end.vscode.workbench import CodeServer, Window
from tests.support.browser import need_chromium
from tests.support.editors import editor_environment, need_editor
from tests.support.hub_process import HubProcess

NOT_INSTALLED = "VS Code: not installed; `python3 dev.py test --vscode` installs it once (some minutes) and tests in it"
NOT_PACKAGED = "VS Code: the extension is not packaged; `python3 dev.py vsix` does it"
LOCATOR_SECONDS = 30.0


@pytest.fixture(scope="module")
def code_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodeServer]:
    """One for all tests of a file; it is VS Code's server, a window is a person."""
    with CodeServer(vscode.NODE, vscode.ENTRY, need_package(), tmp_path_factory.mktemp("vscode")) as server:
        yield server


def need_package() -> Path:
    """The .vsix, where there also are a VS Code and a browser for it."""
    if not vscode.is_installed():
        pytest.skip(NOT_INSTALLED)
    packages = sorted((EXTENSION.folder / "dist").glob("*.vsix"))
    if not packages:
        pytest.skip(NOT_PACKAGED)
    need_chromium()
    return packages[-1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser in which VS Code is drawn."""
    found = need_chromium()
    expect.set_options(timeout=LOCATOR_SECONDS * 1000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found.executable, args=list(found.arguments), env=dict(found.environment)
        )
        yield started
        started.close()


@pytest.fixture
def open_window(
    code_server: CodeServer, chromium: Browser, hub: HubProcess, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Window]]:
    """Opens a folder in a window of Vera's, or of whoever `settings` names; a failed test leaves a screenshot."""
    windows: list[Window] = []

    def open_folder(folder: Path | None, **settings: object) -> Window:
        own = {name.replace("_", "."): value for name, value in settings.items()}
        code_server.configure({"pairLs.hubUrl": hub.url, "pairLs.name": "Vera", **own})
        windows.append(Window(code_server, chromium, folder))
        return windows[-1]

    yield open_folder
    for number, window in enumerate(windows):
        window.screenshot(f"last-{request.node.name}-{number}")
        window.close()


@pytest.fixture
def neovim(tmp_path: Path) -> Iterator[Callable[[Path], Neovim]]:
    """Opens `FILE` of a joined folder in Neovim with the documented lines; closed behind the test."""
    opened: list[Neovim] = []

    def open_in(folder: Path) -> Neovim:
        home = tmp_path / f"home-{len(opened)}"
        home.mkdir()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = editor_environment(home) | {"PATH": path}
        (folder / FILE).touch()
        editor = Neovim(need_editor("neovim-0.10"), Place(folder, home, environment), "neovim-0.10.lua")
        opened.append(editor)
        return editor

    yield open_in
    for editor in opened:
        editor.close()
