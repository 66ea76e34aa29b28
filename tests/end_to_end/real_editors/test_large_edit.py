"""A whole file becomes another one: an editor must not freeze over it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.pair import SharedFolders
from tests.end_to_end.real_editors.desks import has_text, same_text
from tests.end_to_end.real_editors.driver import FILE, RealEditor
from tests.end_to_end.real_editors.neovim import Neovim
from tests.support.processes import wait_until

LINES = 1500
SECONDS = 20.0
pytestmark = pytest.mark.timeout(120)


def text_of(seed: int) -> str:
    dice = random.Random(seed)
    return "".join(f"{dice.random()} line {number} é😀 {dice.random()}\n" for number in range(LINES))


@pytest.mark.parametrize("name", ["emacs-30", "helix-25.07", "neovim-0.12"])
def test_a_file_that_somebody_replaces_is_shown_soon(
    folders: SharedFolders, opened: Callable[[str, Path], RealEditor], name: str
) -> None:
    before, after = text_of(1), text_of(2)
    (folders.ada / FILE).write_text(before, encoding="utf-8")
    ada = opened(name, folders.ada)
    wait_until(lambda: has_text(folders, before), what="the room has the text")
    bob = opened("neovim-0.10-plugin", folders.bob)
    assert isinstance(bob, Neovim)
    wait_until(lambda: same_text(bob.text(), before), what="Bob shows the text")
    bob.lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, vim.split(..., '\\n'))", after.rstrip("\n"))
    wait_until(lambda: has_text(folders, after), what="the room has the new text", seconds=SECONDS)
    wait_until(lambda: same_text(ada.text(), after), what=f"{name} shows the new text", seconds=SECONDS)
    ada.type_at_end("and Ada goes on")
    wait_until(lambda: "and Ada goes on" in bob.text(), what="Bob sees what Ada types", seconds=SECONDS)
    wait_until(lambda: same_text(ada.text(), bob.text()), what="both show the same", seconds=SECONDS)
    assert ada.text().split() == [*after.split(), "and", "Ada", "goes", "on"]
