"""The real editors by name, and when they count as showing the same."""

from __future__ import annotations

from collections.abc import Callable

from tests.end_to_end.pair import SharedFolders
from tests.end_to_end.real_editors.driver import FILE, Place, RealEditor
from tests.end_to_end.real_editors.emacs import Emacs
from tests.end_to_end.real_editors.helix import Helix
from tests.end_to_end.real_editors.neovim import Neovim
from tests.support.editors import need_editor

MAKERS: dict[str, Callable[[Place], RealEditor]] = {
    "neovim-0.10": lambda place: Neovim(need_editor("neovim-0.10"), place, "neovim-0.10.lua"),
    "neovim-0.12": lambda place: Neovim(need_editor("neovim-0.12"), place, "neovim-0.11.lua"),
    "neovim-0.10-plugin": lambda place: Neovim(need_editor("neovim-0.10"), place, "plugin"),
    "neovim-0.12-plugin": lambda place: Neovim(need_editor("neovim-0.12"), place, "plugin"),
    "emacs-30": lambda place: Emacs(need_editor("emacs-30"), place),
    "helix-25.01": lambda place: Helix(need_editor("helix-25.01"), place),
    "helix-25.07": lambda place: Helix(need_editor("helix-25.07"), place),
}


def same_text(one: str, other: str) -> bool:
    """A final line end is the editors' own affair."""
    return one.rstrip("\n") == other.rstrip("\n")


def has_text(folders: SharedFolders, text: str) -> bool:
    try:
        return same_text(folders.newcomer.text(FILE), text)
    except TimeoutError:
        return False
