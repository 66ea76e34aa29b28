"""Emacs in a terminal with eglot, typed into through tmux and asked through its server's socket."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from tests.end_to_end.real_editors.driver import Act, Edit, Place
from tests.end_to_end.real_editors.tmux import Tmux
from tests.support.processes import wait_until

SNIPPET = Path(__file__).resolve().parents[3] / "editors" / "snippets" / "emacs.el"
# `pair-type` runs the hooks that a key runs: eglot is told as it is told of typing.
START = """
(setq inhibit-startup-screen t make-backup-files nil auto-save-default nil create-lockfiles nil)
(setq ring-bell-function 'ignore native-comp-jit-compilation nil)
(defun pair-type (text)
  (dolist (c (string-to-list text))
    (let ((last-command-event c)) (if (= c ?\\n) (newline) (insert c)))
    (run-hooks 'post-command-hook)))
(require 'eglot) (require 'server)
(setq server-socket-dir "{sockets}" server-name "pair")
(add-hook 'text-mode-hook 'eglot-ensure)
(server-start)
"""


class Emacs:
    """The snippet of the documentation, and eglot started for text files."""

    def __init__(self, program: Path, place: Place) -> None:
        self.name = program.name
        sockets = place.home / "sockets"
        sockets.mkdir(mode=0o700)
        start = place.home / "init.el"
        start.write_text(SNIPPET.read_text() + START.format(sockets=sockets), encoding="utf-8")
        self._socket = sockets / "pair"
        self._dump = place.home / "dump"
        self._tmux = Tmux([program, "-nw", "-Q", "-l", start, place.file], place.folder, place.environment)
        try:
            wait_until(self._is_managed, what="eglot manages the buffer", seconds=40)
        except BaseException:  # also a test that is interrupted leaves no Emacs behind
            self.close()
            raise

    def edit(self, edit: Edit) -> None:
        self._ask(f'(with-current-buffer "{self._buffer}" {_keys(edit)})')

    def type_at_end(self, text: str) -> None:
        self._ask(f'(with-current-buffer "{self._buffer}" (goto-char (point-max)) (pair-type "\\n{text}"))')

    def press(self, keys: str) -> None:
        """Real keys, as a person presses them, wherever the caret is."""
        self._tmux.type(keys)

    def ask(self, expression: str) -> str:
        """The value of some Lisp, printed."""
        return self._ask(expression)

    def settle(self) -> None:
        self._tmux.keys("C-g")

    def text(self) -> str:
        self._ask(
            f'(with-current-buffer "{self._buffer}" (let ((coding-system-for-write (quote utf-8-unix)))'
            f' (write-region (point-min) (point-max) "{self._dump}" nil 0)))'
        )
        return self._dump.read_bytes().decode()

    def close(self) -> None:
        self._tmux.close()

    @property
    def _buffer(self) -> str:
        return "shared.txt"

    def _is_managed(self) -> bool:
        asked = f'(with-current-buffer "{self._buffer}" (and (fboundp (quote eglot-managed-p)) (eglot-managed-p) t))'
        try:
            return self._ask(asked, check=False) == "t"
        except (FileNotFoundError, ConnectionError):
            return False  # the file is there a moment before anybody answers

    def _ask(self, expression: str, *, check: bool = True) -> str:
        answer = _asked(self._socket, expression)
        assert not check or "-error" not in answer, answer
        return answer.get("-print", "").strip()


def _asked(path: Path, expression: str) -> dict[str, str]:
    """What Emacs' server answers (server.el, `server-process-filter`): emacsclient, without a process for each edit."""
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(60)  # on a machine that is busy with other things too
        server.connect(str(path))
        server.sendall(f"-current-frame -eval {_quoted(expression)} \n".encode())
        data = b""
        while piece := server.recv(1 << 16):
            data += piece
    answer: dict[str, str] = {}
    for line in data.decode().splitlines():
        kind, _, value = line.partition(" ")
        key = "-print" if kind == "-print-nonl" else kind
        answer[key] = answer.get(key, "") + _unquoted(value)
    return answer


def _quoted(text: str) -> str:
    return "".join({"&": "&&", " ": "&_", "\n": "&n", "-": "&-"}.get(letter, letter) for letter in text)


def _unquoted(text: str) -> str:
    return re.sub("&(.)", lambda found: {"_": " ", "n": "\n"}.get(found[1], found[1]), text)


def _keys(edit: Edit) -> str:
    """Lisp that goes to the place and does what the keys of the act do."""
    end = "(end-of-line)" if edit.place > 0.5 else "(beginning-of-line)"
    act = {
        Act.TYPE: f'(pair-type "{edit.text}")',
        Act.NEW_LINE: f'(end-of-line) (pair-type "\\n{edit.text}")',
        Act.DELETE_LINE: "(beginning-of-line) (ignore-errors (kill-whole-line))",
        Act.JOIN_LINES: "(ignore-errors (delete-indentation 1))",
        Act.PASTE_LINE: "(let ((line (buffer-substring (line-beginning-position) (line-end-position))))"
        ' (end-of-line) (insert "\\n" line))',
        Act.UNDO: "(ignore-errors (undo-only 1))",
    }[edit.act]
    lines = "(count-lines (point-min) (point-max))"
    return (
        f"(goto-char (point-min)) (forward-line (floor (* {edit.place} {lines}))) {end} {act}"
        " (run-hooks (quote post-command-hook)) t"
    )
