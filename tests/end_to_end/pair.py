"""Two people as they begin: one shares a folder with `pair-ls share`, the other joins with the printed line."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.room_reader import Newcomer
from tests.support.hub_process import HubProcess
from tests.support.processes import PAIR_LS, clean_environment


@dataclass(frozen=True)
class SharedFolders:
    """Ada's folder was shared, Bob's has joined; `newcomer` can look into the room."""

    ada: Path
    bob: Path
    newcomer: Newcomer


def pair_ls(folder: Path, *arguments: str) -> str:
    """Run the command; its stdout. It must succeed."""
    environment = clean_environment({"PAIR_LS_CONFIG": str(folder / "no-config.toml"), "HOME": str(folder)})
    done = subprocess.run(
        [*PAIR_LS, *arguments], capture_output=True, text=True, env=environment, timeout=30, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def share_and_join(folder: Path, hub: HubProcess) -> SharedFolders:
    """The line for the other side is taken from what `share` prints, as a person would."""
    ada, bob = folder / "ada", folder / "bob"
    ada.mkdir()
    printed = pair_ls(folder, "share", str(ada), "--hub-url", hub.url, "--name", "Ada")
    words = next(line for line in printed.splitlines() if "pair-ls join" in line).split()
    pair_ls(folder, *words[words.index("join") :], str(bob), "--name", "Bob")
    room_id = json.loads((ada / ".pair-ls" / "room.json").read_bytes())["roomId"]
    token = ada / ".pair-ls" / "token"
    return SharedFolders(ada, bob, Newcomer(hub, room_id, token.read_text() if token.exists() else None))
