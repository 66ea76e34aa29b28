"""Starting a hub on this machine, in the background, for somebody who shares without having one."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from pair_ls.errors import HubUnreachable
from pair_ls.language_server.hub_api import is_answering

START_SECONDS = 20.0
POLL_SECONDS = 0.05


def log_path() -> Path:
    """Where the background hub writes its log."""
    return Path(platformdirs.user_state_dir("pair-ls")) / "hub.log"


def start_local_hub(hub_url: str) -> subprocess.Popen[bytes]:
    """Start `pair-ls hub` at this loopback address and wait until it answers. It outlives us.

    Raises HubUnreachable with the last line of its log if it does not come up.
    """
    log = log_path()
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pair_ls", "hub", *_place(hub_url)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=Path.home() if Path.home().is_dir() else os.sep,
        )
    deadline = time.monotonic() + START_SECONDS
    while not is_answering(hub_url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise HubUnreachable(
                f"No hub answers at {hub_url}, and starting one here failed: {_last_line(log)} (log: {log})."
                " Install it with `pip install 'pair-ls[hub]'`, or name another hub with --hub-url."
            )
        time.sleep(POLL_SECONDS)
    return process


def _place(hub_url: str) -> list[str]:
    parts = urlsplit(hub_url)
    return ["--host", parts.hostname or "127.0.0.1", "--port", str(parts.port or 80)]


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it ended without a word"
