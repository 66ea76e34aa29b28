"""A terminal program in a tmux of its own: keys in, screen out."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.processes import clean_environment


class Tmux:
    """One pane, 120 x 40; `close` ends the server and what runs in it."""

    def __init__(self, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> None:
        self._server = ["tmux", "-L", f"pair-ls-{uuid.uuid4().hex[:12]}", "-f", "/dev/null"]
        self._environment = clean_environment(environment)
        words = [str(word) for word in command]
        try:
            self._run("new-session", "-d", "-x", "120", "-y", "40", "-c", str(folder), *words)
        except FileNotFoundError:
            pytest.skip("editors in a terminal: tmux is not installed (Debian: apt-get install tmux)")
        self._run("set", "-g", "escape-time", "0")

    def keys(self, *names: str) -> None:
        """Named keys, as tmux names them: Enter, Escape, C-k."""
        self._run("send-keys", *names)

    def type(self, text: str) -> None:
        """Text as it is."""
        self._run("send-keys", "-l", "--", text.replace(";", "\\;") if text.endswith(";") else text)

    def screen(self) -> str:
        return self._run("capture-pane", "-p").stdout

    def close(self) -> None:
        subprocess.run([*self._server, "kill-server"], capture_output=True, timeout=10, check=False)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [*self._server, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True, env=self._environment)
