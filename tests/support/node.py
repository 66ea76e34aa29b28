"""Scripts of tests/node, run by Node.js: stock Yjs clients and whatever else the world brings."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import ChildProcess, clean_environment

FOLDER = Path(__file__).resolve().parent.parent / "node"
MISSING = "stock Yjs clients: no Node.js 20 with the packages of tests/node; `python3 dev.py test` installs them"


def find_node() -> str | None:
    """Of the machine, else the one that dev.py put into the environment of this Python."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    return shutil.which("node", path=path)


class Node:
    """Runs `tests/node/NAME` with arguments; a test that has no Node.js is skipped and shown as NOT TESTED."""

    def __init__(self) -> None:
        node = find_node()
        if node is None or not (FOLDER / "node_modules").is_dir():
            pytest.skip(MISSING)
        self.node = node

    def run(self, script: str, *arguments: str, seconds: float = 50, standard_input: str | None = None) -> str:
        """Wait for its end; stdout. A failure shows what it said."""
        done = subprocess.run(
            self.command(script, arguments),
            cwd=FOLDER,
            env=clean_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            input=standard_input or "",
            check=False,
        )
        assert done.returncode == 0, (
            f"{script} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
        return done.stdout

    def json(self, script: str, *arguments: str, seconds: float = 50) -> Any:
        """The JSON value on the last line of stdout; its shape is the script's own, so `Any`."""
        return json.loads(self.run(script, *arguments, seconds=seconds).splitlines()[-1])

    def start(self, script: str, *arguments: str, folder: Path, name: str | None = None) -> ChildProcess:
        """In the background; use it in a `with`."""
        return ChildProcess(self.command(script, arguments), folder=folder, name=name or Path(script).stem)

    def command(self, script: str, arguments: Sequence[str]) -> list[str]:
        return [self.node, str(FOLDER / script), *arguments]
