"""A real VS Code (code-server in Chromium) as a person uses it: keys, clicks, and what is on the screen."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.hub_process import OPENER
from tests.support.processes import ChildProcess, free_port

SCREENSHOTS = os.environ.get("PAIR_LS_SCREENSHOTS")
START_SECONDS = 60.0
# Nothing of the editor's own cleverness may change what a test types; dialogs that wait for a person are off.
QUIET_SETTINGS: Mapping[str, object] = {
    "chat.disableAIFeatures": True,
    "editor.acceptSuggestionOnEnter": "off",
    "editor.autoClosingBrackets": "never",
    "editor.autoClosingQuotes": "never",
    "editor.autoIndent": "none",
    "editor.inlineSuggest.enabled": False,
    "editor.minimap.enabled": False,
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
    "editor.suggestOnTriggerCharacters": False,
    "editor.unusualLineTerminators": "off",
    "editor.wordBasedSuggestions": "off",
    "files.autoSave": "off",
    "telemetry.telemetryLevel": "off",
    "window.restoreWindows": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    # What a user gets: the server of the package, even where this Python has the checkout's.
    "pairLs.importStrategy": "useBundled",
}
# Flags are drawn behind the caret, as style: VS Code lets an extension add no elements to a text.
FLAGS = """() => [...document.querySelectorAll('.editor-instance .view-lines .view-line span')]
    .filter(span => getComputedStyle(span, '::after').content.startsWith('"'))"""
FLAG_IS_BEHIND = f"""([name, text]) => ({FLAGS})().some(flag => {{
    const before = document.createRange();
    before.setStart(flag.closest('.view-line'), 0);
    before.setEndBefore(flag);
    const says = getComputedStyle(flag, '::after').content;
    return says === JSON.stringify(name) && before.toString().endsWith(text.replaceAll(' ', '\u00a0'));
}})"""


class CodeServer:
    """One server with the packaged extension; every window is a person of their own.

    `asks_for_trust`: as VS Code does; else every folder is trusted. `programs`: a folder that comes first on PATH.
    """

    def __init__(
        self,
        node: Path,
        entry: Path,
        vsix: Path,
        folder: Path,
        *,
        asks_for_trust: bool = False,
        programs: Path | None = None,
    ) -> None:
        self.folder = folder
        self._asks_for_trust = asks_for_trust
        self._programs = programs
        self.port = free_port()
        self._program = [str(node), str(entry)]
        self._vsix = vsix
        self._child: ChildProcess | None = None

    def _arguments(self) -> list[str]:
        return ["--user-data-dir", str(self.folder / "user"), "--extensions-dir", str(self.folder / "extensions")]

    def __enter__(self) -> Self:
        command = [*self._program, *self._arguments(), "--install-extension", str(self._vsix)]
        with ChildProcess(command, folder=self.folder, name="install") as install:
            assert install.wait(START_SECONDS) == 0, install.stdout() + install.stderr()
        serve = ["--auth", "none", "--bind-addr", f"127.0.0.1:{self.port}"]
        trust = [] if self._asks_for_trust else ["--disable-workspace-trust"]
        quiet = ["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"]
        socket = ["--session-socket", str(self.folder / "session.sock")]
        # Its own variables would make it believe that it was started from a terminal inside VS Code.
        extra = {"HOME": str(self.folder), "VSCODE_IPC_HOOK_CLI": ""}
        if self._programs is not None:
            # VS Code asks the user's login shell for the PATH, and that may forget what it was started with.
            (self.folder / ".bash_profile").write_text(f'export PATH="{self._programs}:$PATH"\n', encoding="utf-8")
            extra |= {"SHELL": "/bin/bash", "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}"}
        command = [*self._program, *self._arguments(), *serve, *trust, *quiet, *socket]
        self._child = ChildProcess(command, folder=self.folder, name="code-server", extra=extra)
        self._child.wait_until(self._answers, what="code-server answers", seconds=START_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.stop()

    def _answers(self) -> bool:
        try:
            with OPENER.open(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def configure(self, settings: Mapping[str, object]) -> None:
        """The user's settings, read when a window opens."""
        file = self.folder / "user" / "User" / "settings.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        trust = {"security.workspace.trust.enabled": self._asks_for_trust}
        file.write_text(json.dumps({**QUIET_SETTINGS, **trust, **settings}), encoding="utf-8")

    def bind_key(self, key: str, command: str, argument: str) -> None:
        """A key of the user's own."""
        file = self.folder / "user" / "User" / "keybindings.json"
        file.write_text(json.dumps([{"key": key, "command": command, "args": argument}]), encoding="utf-8")

    @property
    def extension(self) -> Path:
        """Where the package was unpacked."""
        return next((self.folder / "extensions").glob("pairls.pairls-*"))

    def server_starts(self) -> list[str]:
        """Where the language servers were found, oldest first: "bundled (python3 -m pair_ls lsp)"."""
        logs = (self.folder / "user" / "logs").rglob("Pair.log")
        lines = [line for file in logs for line in file.read_text(encoding="utf-8").splitlines()]
        starts = sorted(line for line in lines if "starting the server from: " in line)  # each begins with its time
        return [line.partition("starting the server from: ")[2] for line in starts]


class Window:
    """One window of VS Code on a folder. `close` ends its extension host, and so its language server."""

    def __init__(
        self,
        server: CodeServer,
        browser: Browser,
        folder: Path | None,
        *,
        has_server: bool = True,
        size: tuple[int, int] = (1280, 800),
    ) -> None:
        self._server = server
        self._context: BrowserContext = browser.new_context(viewport={"width": size[0], "height": size[1]})
        address = f"http://127.0.0.1:{server.port}"
        self._context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.goto(f"{address}/?folder={folder}" if folder else f"{address}/?ew=true")
        self.page.wait_for_selector(".monaco-workbench", timeout=START_SECONDS * 1000)
        if has_server:
            expect(self.status).to_be_visible(timeout=START_SECONDS * 1000)

    def close(self) -> None:
        self._context.close()

    @property
    def status(self) -> Locator:
        """Our item in the status bar."""
        return self.page.locator('.statusbar-item[id="pairls.pairls.pairLs.status"]')

    @property
    def lines(self) -> Locator:
        return self.page.locator(".editor-instance .view-lines")

    @property
    def notifications(self) -> Locator:
        return self.page.locator(".notifications-toasts")

    @property
    def people(self) -> Locator:
        """The rows of Who Is Here."""
        return self.page.locator('.pane:has([aria-label^="Who Is Here"]) .monaco-list-row')

    def open_file(self, name: str) -> None:
        self._quick_open(name)
        self.choose(name)
        expect(self.page.locator(f'.tab.active[data-resource-name="{name}"]')).to_be_visible()
        expect(self.lines).to_be_visible()
        self.lines.click()

    def run(self, command: str) -> None:
        """A command of the palette, by its whole title."""
        self._quick_open(f">{command}")
        self.choose(command)

    def answer(self, text: str) -> None:
        """Type into the box that asks, and confirm."""
        box = self.page.locator(".quick-input-widget input.input")
        expect(box).to_be_focused()
        box.fill(text)
        self.page.keyboard.press("Enter")

    def choose(self, label: str) -> None:
        """A row of the list that asks."""
        self.page.locator(".quick-input-list .monaco-list-row", has_text=label).first.click()

    def menu_of(self, name: str) -> None:
        """Right click on a row of Who Is Here."""
        self.people.filter(has_text=name).click(button="right")

    def choose_in_menu(self, label: str) -> None:
        entry = self.page.locator(".monaco-menu .action-menu-item", has_text=label)
        entry.hover()
        self.page.wait_for_timeout(300)  # a menu takes no click that may have been part of what opened it
        entry.click()

    def press(self, button: str) -> None:
        """A button of a notification."""
        self.notifications.get_by_role("button", name=button, exact=True).click()

    def dismiss(self) -> None:
        """All notifications."""
        self.run("Notifications: Clear All Notifications")

    def type_at_end(self, text: str, *, delay_seconds: float = 0.0) -> None:
        self.lines.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text, delay=delay_seconds * 1000)

    def text(self) -> str:
        """What the lines on the screen say, top to bottom. Good for texts that fit the window."""
        lines = self.page.evaluate(
            """() => [...document.querySelectorAll('.editor-instance .view-lines .view-line')]
                .map(line => [parseFloat(line.style.top), line.textContent])
                .sort((one, other) => one[0] - other[0]).map(pair => pair[1])"""
        )
        return re.sub("[\u200b\u200c]", "", "\n".join(lines)).replace("\u00a0", " ").replace("\u00b7", " ")

    def expect_text(self, text: str, *, seconds: float = 20) -> None:
        """Waits; the failure shows both. A final line end is the editors' own affair."""
        deadline = time.monotonic() + seconds
        while self.text().rstrip("\n") != text.rstrip("\n") and time.monotonic() < deadline:
            self.page.wait_for_timeout(20)
        assert self.text().rstrip("\n") == text.rstrip("\n")

    def expect_flag(self, name: str, *, behind: str) -> None:
        """A remote caret: its flag says `name`, and the text before it on its line ends with `behind`."""
        self.page.wait_for_function(FLAG_IS_BEHIND, arg=[name, behind])

    def expect_no_flag(self) -> None:
        """No remote caret in sight."""
        self.page.wait_for_function(f"() => ({FLAGS})().length === 0")

    def clipboard(self) -> str:
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def screenshot(self, name: str) -> None:
        """For a person to look at: written where PAIR_LS_SCREENSHOTS says."""
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(SCREENSHOTS) / f"vscode-{name}.png")

    def _quick_open(self, text: str) -> None:
        self.page.keyboard.press("F1" if text.startswith(">") else "Control+p")
        box = self.page.locator(".quick-input-widget input.input")
        expect(box).to_be_focused()
        box.fill(text)
