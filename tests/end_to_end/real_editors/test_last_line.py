"""What Neovim tells of the end of a file, and what it makes of edits there: text must not multiply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.pair import SharedFolders
from tests.end_to_end.real_editors.desks import has_text, same_text
from tests.end_to_end.real_editors.driver import FILE, RealEditor
from tests.end_to_end.real_editors.neovim import Neovim
from tests.support.processes import wait_until

pytestmark = pytest.mark.timeout(120)
KEYS = {"the last line goes": "Gdd", "the last line is emptied": "G0D", "the first line goes": "ggddiy<Esc>dd"}


@pytest.mark.parametrize("name", ["neovim-0.10", "neovim-0.12", "neovim-0.12-plugin"])
@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_what_others_write_where_a_line_went_is_there_once(
    folders: SharedFolders, opened: Callable[[str, Path], RealEditor], name: str, keys: str
) -> None:
    start = "\nx\n"
    (folders.ada / FILE).write_text(start)
    ada, bob = opened(name, folders.ada), None
    assert isinstance(ada, Neovim)
    wait_until(lambda: has_text(folders, start), what="the room has the text")
    bob = opened("neovim-0.10-plugin", folders.bob)
    wait_until(lambda: same_text(bob.text(), start), what="Bob shows the text")
    ada.press(keys)
    wait_until(lambda: "x" not in bob.text() and "y" not in bob.text(), what="Bob sees that it is gone")
    for word in ("one", "two", "three"):
        bob.type_at_end(word)

    def is_told() -> bool:
        text = ada.text()
        return "three" in text and same_text(text, bob.text()) and same_text(text, folders.newcomer.text(FILE))

    wait_until(is_told, what="the same text everywhere")
    assert ada.text().split() == ["one", "two", "three"]
