"""Headless Neovim, driven by keys over its own socket; with the documented plugin-less lines, or with the plugin."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]  # it has no types

from tests.end_to_end.real_editors.driver import Act, Edit, Place
from tests.support.processes import clean_environment, wait_until

ROOT = Path(__file__).resolve().parents[3]
SNIPPETS = ROOT / "editors" / "snippets"
PLUGIN = ROOT / "editors" / "neovim"


class Rpc:
    """Neovim's msgpack-rpc over its socket, one question at a time, from any thread.

    pynvim binds a session to an event loop of the thread that made it, and leaves it unclosed.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(str(path))
        self._unpacker = msgpack.Unpacker(ext_hook=lambda _code, _data: None)
        self._numbers = count()
        self.heard: Callable[[str, list[Any]], None] = lambda _method, _arguments: None
        """Takes the notifications that come between question and answer."""

    def call(self, method: str, *arguments: object) -> Any:
        """The answer of an API function (see `:help api`); errors of the editor fail the test."""
        number = next(self._numbers)
        self._socket.sendall(msgpack.packb([0, number, method, arguments]))
        while True:
            for message in self._unpacker:
                if message[0] == 2:
                    self.heard(message[1], message[2])
                elif message[0] == 1 and message[1] == number:
                    assert message[2] is None, message[2]
                    return message[3]
            data = self._socket.recv(1 << 16)
            assert data, "Neovim has ended"
            self._unpacker.feed(data)

    def close(self) -> None:
        self._socket.close()


class Neovim:
    """`initialization`: the snippet's file name, or "plugin"."""

    def __init__(self, program: Path, place: Place, initialization: str) -> None:
        self.name = f"{program.name} ({initialization})"
        path = place.home / "nvim.sock"
        start = place.home / "init.lua"
        if initialization == "plugin":
            start.write_text(f"vim.opt.rtp:append({str(PLUGIN)!r})\nrequire('pair_ls').setup()\n")
        else:
            start.write_text((SNIPPETS / initialization).read_text())
        with (place.home / "nvim.out").open("wb") as output:
            self._process = subprocess.Popen(
                [program, "--headless", "--clean", "-n", "-u", start, "--listen", path, place.file],
                cwd=place.folder,
                env=clean_environment(place.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(lambda: _listens(path), what=f"{self.name} listens")
        self._rpc = Rpc(path)
        self.socket = path

    def lua(self, code: str, *arguments: object) -> Any:
        """The value that the Lua code returns."""
        return self._rpc.call("nvim_exec_lua", code, arguments)

    def edit(self, edit: Edit) -> None:
        lines = self._rpc.call("nvim_buf_line_count", 0)
        line = 1 + int(edit.place * lines)
        keys = {
            Act.TYPE: f"i{_escaped(edit.text)}<Esc>",
            Act.NEW_LINE: f"o{_escaped(edit.text)}<Esc>",
            Act.DELETE_LINE: "dd",
            Act.JOIN_LINES: "J",
            Act.PASTE_LINE: "yyp",
            Act.UNDO: "u",
        }[edit.act]
        self.press(f"<Esc>{min(line, lines)}G{'$' if edit.place > 0.5 else '0'}{keys}")

    def type_at_end(self, text: str) -> None:
        self.press(f"<Esc>Go{_escaped(text)}<Esc>")

    def settle(self) -> None:
        self.press("<Esc>")

    def text(self) -> str:
        lines = "\n".join(self._rpc.call("nvim_buf_get_lines", 0, 0, -1, True))
        # What didOpen and didChange say: the lines, and a final line end where the option is set.
        return f"{lines}\n" if self._rpc.call("nvim_get_option_value", "eol", {"buf": 0}) else lines

    def close(self) -> None:
        self._rpc.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)

    def press(self, keys: str) -> None:
        """Keys in Neovim's own notation, as `nvim_input` takes them."""
        self._rpc.call("nvim_input", keys)


def _escaped(text: str) -> str:
    return text.replace("<", "<lt>")


def _listens(path: Path) -> bool:
    """The file is there a moment before anybody answers."""
    with socket.socket(socket.AF_UNIX) as tried:
        return tried.connect_ex(str(path)) == 0
