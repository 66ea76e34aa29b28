"""Helix in a terminal: keys through tmux, the buffer read back by writing it out beside the file."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.real_editors.driver import Act, Edit, Place
from tests.end_to_end.real_editors.tmux import Tmux
from tests.support.processes import wait_until

LANGUAGES = """
[language-server.pair-ls]
command = "pair-ls"
args = ["lsp"]

[[language]]
name = "shared-text"
scope = "text.shared"
file-types = ["txt"]
roots = [".pair-ls"]
language-servers = ["pair-ls"]
auto-format = false
"""
CONFIGURATION = """
[editor]
auto-completion = false
auto-pairs = false
"""


class Helix:
    """The language server as in the documentation's snippet, for text files."""

    def __init__(self, program: Path, place: Place) -> None:
        self.name = program.name
        configuration = Path(place.environment["XDG_CONFIG_HOME"]) / "helix"
        configuration.mkdir(parents=True)
        (configuration / "languages.toml").write_text(LANGUAGES)
        (configuration / "config.toml").write_text(CONFIGURATION)
        self._copy = place.home / "copy"
        self._lines = 1
        self._tmux = Tmux([program, place.file.name], place.folder, {**place.environment, "COLORTERM": "truecolor"})
        wait_until(lambda: place.file.name in self._tmux.screen(), what="Helix shows the file")

    def edit(self, edit: Edit) -> None:
        self._tmux.keys("Escape")
        line = 1 + int(edit.place * 12)
        side = "gl" if edit.place > 0.5 else "gh"
        self._tmux.type(f"{line}g{side}")
        match edit.act:
            case Act.TYPE:
                self._insert("i", edit.text)
            case Act.NEW_LINE:
                self._insert("o", edit.text)
            case Act.DELETE_LINE:
                self._tmux.type("xd")
            case Act.JOIN_LINES:
                self._tmux.type("xxJ")
            case Act.PASTE_LINE:
                self._tmux.type("xyp")
            case Act.UNDO:
                self._tmux.type("u")

    def type_at_end(self, text: str) -> None:
        self._tmux.keys("Escape")
        self._tmux.type("ge")
        self._insert("o", text)

    def settle(self) -> None:
        self._tmux.keys("Escape", "Escape")

    def text(self) -> str:
        """Written by a pipe of the whole buffer, so that the file itself, and didSave, are left alone."""
        self._copy.unlink(missing_ok=True)
        self.settle()
        self._tmux.type("%")
        self._tmux.type(f":pipe-to cat > {self._copy}.new; mv {self._copy}.new {self._copy}")
        self._tmux.keys("Enter")
        wait_until(self._copy.exists, what="Helix has written its buffer", seconds=10)
        self._tmux.type("gg")
        return self._copy.read_bytes().decode()

    def screen(self) -> str:
        """What is on the screen: quicker than the buffer, and not all of it."""
        return self._tmux.screen()

    def close(self) -> None:
        self._tmux.close()

    def _insert(self, key: str, text: str) -> None:
        self._tmux.type(key)
        self._tmux.type(text)
        self._tmux.keys("Escape")
