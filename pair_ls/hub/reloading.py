"""`pair-ls hub --reload`: for the development of pair-ls itself, a hub that starts anew whenever its code changes."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pair_ls

_EVERY_SECONDS = 0.5
_STOP_SECONDS = 10.0


def serve_reloading(arguments: Sequence[str]) -> int:
    """Run `pair-ls ARGUMENTS` again and again, until SIGTERM or SIGINT; its last exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    child = _started(arguments)
    try:
        while True:
            changed = _wait_for_change()
            sys.stderr.write(f"pair-ls hub: {changed} has changed; starting anew\n")
            _stopped(child)
            child = _started(arguments)
    except KeyboardInterrupt:
        return _stopped(child)


def _started(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pair_ls", *arguments])


def _stopped(child: subprocess.Popen[bytes]) -> int:
    if child.poll() is None:
        child.terminate()
    try:
        return child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _wait_for_change() -> Path:
    """A file of ours that is not what it was."""
    before = _stamps()
    while True:
        time.sleep(_EVERY_SECONDS)
        for file, stamp in _stamps().items():
            if before.get(file) != stamp:
                return file


def _stamps() -> dict[Path, int]:
    package = Path(pair_ls.__file__).parent
    return {file: file.stat().st_mtime_ns for file in package.rglob("*.py") if "node_modules" not in file.parts}
