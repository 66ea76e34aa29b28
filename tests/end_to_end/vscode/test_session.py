"""The session of the README: VS Code, Neovim and a browser in one room, and the pictures of it.

`python3 dev.py screenshots` makes docs/images anew from it.
"""

from __future__ import annotations

import base64
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.guest_page.conftest import Guest
from tests.end_to_end.pair import pair_ls
from tests.end_to_end.real_editors.driver import Place
from tests.end_to_end.real_editors.neovim import Neovim
from tests.end_to_end.real_editors.screen import Screen
from tests.end_to_end.vscode.test_vscode import share
from tests.end_to_end.vscode.workbench import SCREENSHOTS, CodeServer, Window
from tests.support.editors import editor_environment, need_editor
from tests.support.hub_process import HubProcess
from tests.support.processes import wait_until

pytestmark = pytest.mark.timeout(240)

FILE = "timer.py"
START = '''"""A kitchen timer, written by three at once."""
import time


class Timer:
    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds

    # Vera, in VS Code

    # Noor, in Neovim

    # Gil, in a browser
'''
VERA = "\n    def left(self) -> float:\n        return max(0.0, self.ends_at - time.monotonic())"
NOOR = '\n    def __str__(self) -> str:\n        return f"{self.left():.0f} s to café ☕"'
GIL = "\n    is_over = property(lambda self: self.left() == 0.0)"
GIL_PRESSES = ["Enter", *GIL.strip()]  # the page indents as the line before
PLACES = {"# Vera, in VS Code": VERA, "# Noor, in Neovim": NOOR, "# Gil, in a browser": GIL}

# How the three windows stand in the picture; each is a picture of the real one.
PICTURE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 22px; width: 1276px; background: linear-gradient(135deg, #dfe7f5, #f5e6d8);
       font: 600 13px system-ui, sans-serif; display: grid; gap: 18px; grid-template-columns: 629px 629px; }}
figure {{ margin: 0; border-radius: 10px; overflow: hidden; background: #fff;
         box-shadow: 0 6px 24px rgb(20 30 60 / .28); }}
figure:first-child {{ grid-column: 1 / 3; }}
figcaption {{ padding: 7px 12px; background: #2b303b; color: #e8ebf2; }}
img {{ display: block; width: 100%; }}
</style>{figures}"""
FRAME = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #{background:06x}; }}
pre {{ margin: 0; padding: 8px 10px; font: 13px/17px "DejaVu Sans Mono", monospace; width: max-content; }}
</style>{screen}"""


@contextmanager
def neovim_in(folder: Path, home: Path) -> Iterator[Neovim]:
    home.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    place = Place(folder, home, editor_environment(home) | {"PATH": path}, FILE)
    editor = Neovim(need_editor("neovim-0.12"), place, "plugin")
    try:
        yield editor
    finally:
        editor.close()


def line_of(mark: str) -> int:
    return next(number for number, line in enumerate(START.splitlines(), 1) if mark in line)


def go_to_line_in_vscode(window: Window, line: int) -> None:
    window.page.keyboard.press("Control+g")
    window.answer(f":{line}")
    place = window.page.locator('.statusbar-item[id="status.editor.selection"]')
    expect(place).to_contain_text(f"Ln {line},")
    expect(window.page.locator(".quick-input-widget")).to_be_hidden()
    window.page.keyboard.press("End")
    expect(place).to_have_text(f"Ln {line}, Col {len(START.splitlines()[line - 1]) + 1}")


def test_three_editors_write_one_file_at_the_same_time(
    code_server: CodeServer, chromium: Browser, hub: HubProcess, tmp_path: Path
) -> None:
    vera = tmp_path / "kitchen-timer"
    vera.mkdir()
    (vera / FILE).write_text(START, encoding="utf-8")
    code_server.configure({"pairLs.hubUrl": hub.url, "pairLs.name": "Vera"})
    with ExitStack() as stack:
        window = Window(code_server, chromium, vera, size=(1276, 560))
        stack.callback(window.close)
        window.open_file(FILE)
        link = share(window)
        window.dismiss()
        pair_ls(tmp_path, "join", link, str(tmp_path / "noor"), "--name", "Noor")
        neovim = stack.enter_context(neovim_in(tmp_path / "noor", tmp_path / "home"))
        wait_until(lambda: neovim.text() == START, what="Neovim shows the text")
        screen = Screen(neovim.socket, 78, 24)
        stack.callback(screen.close)
        context = chromium.new_context(viewport={"width": 900, "height": 605})
        stack.callback(context.close)
        gil = Guest(context, "Gil").enter(link)
        gil.open_file(FILE)
        gil.expect_text(START)
        all_type(window, neovim, gil)
        whole = START
        for mark, text in PLACES.items():
            whole = whole.replace(mark, mark + text)
        gil.expect_text(whole)
        gil.expect_saved()
        wait_until(lambda: neovim.text() == whole, what="Neovim has all of it")
        window.expect_text(whole)
        all_see_all(window, screen, gil)
        take_pictures(window, screen, gil, chromium)


def all_type(window: Window, neovim: Neovim, gil: Guest) -> None:
    """Each below the own mark, all at the same time."""
    go_to_line_in_vscode(window, line_of("Vera"))
    expect(gil.page.locator(".cm-line span", has_text="class")).to_be_visible()  # it knows the language
    gil.page.locator(".cm-line", has_text="# Gil").click()
    gil.page.keyboard.press("End")
    neovim.lua("vim.bo.indentexpr, vim.bo.autoindent, vim.bo.formatoptions = '', false, ''")
    neovim.press(f"{line_of('Noor')}GA")

    def type_in_neovim() -> None:
        for letter in NOOR:
            neovim.press(letter.replace("\n", "<CR>"))
            threading.Event().wait(0.05)

    noor = threading.Thread(target=type_in_neovim)
    noor.start()
    for letter, key in zip_longest(VERA, GIL_PRESSES):
        if letter is not None:
            window.page.keyboard.type(letter)
        if key is not None:
            gil.page.keyboard.press(key)
    noor.join()


def all_see_all(window: Window, screen: Screen, gil: Guest) -> None:
    """Names in the lists, and at the carets."""
    window.page.get_by_role("tab", name="Pair").click()
    expect(window.people).to_have_count(3)
    window.expect_flag("Noor", behind=NOOR.rpartition("\n")[2])
    window.expect_flag("Gil", behind=GIL.rpartition("\n")[2])
    for name in ("Vera", "Noor"):
        expect(gil.page.locator(".cm-ySelectionInfo", has_text=name)).to_be_visible()
        expect(gil.page.locator(".people")).to_contain_text(name)
    wait_until(lambda: all(f"▏{name}" in shown(screen) for name in ("Vera", "Gil")), what="Neovim shows the carets")


def shown(screen: Screen) -> str:
    return "\n".join(screen.look().lines())


def take_pictures(window: Window, screen: Screen, gil: Guest, chromium: Browser) -> None:
    if SCREENSHOTS is None:
        return
    folder = Path(SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    window.page.screenshot(path=folder / "vscode.png")
    gil.page.screenshot(path=folder / "browser.png")
    grid = screen.look()
    photograph(chromium, FRAME.format(background=grid.background, screen=grid.as_html()), folder / "neovim.png", "pre")
    captions = {"vscode": "Vera, in VS Code", "neovim": "Noor, in Neovim", "browser": "Gil, in a browser"}
    figures = [
        f'<figure><figcaption>{caption}</figcaption><img src="data:image/png;base64,{encoded(folder / name)}"></figure>'
        for name, caption in captions.items()
    ]
    photograph(chromium, PICTURE.format(figures="".join(figures)), folder / "session.png", "html")


def encoded(name: Path) -> str:
    return base64.b64encode(name.with_suffix(".png").read_bytes()).decode()


def photograph(chromium: Browser, page: str, file: Path, selector: str) -> None:
    context = chromium.new_context(viewport={"width": 1320, "height": 900})
    shown = context.new_page()
    shown.set_content(page)
    shown.locator(selector).screenshot(path=file)
    context.close()
