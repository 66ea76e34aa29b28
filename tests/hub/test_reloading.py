"""A hub for development starts anew when its code changes, with the same rooms, and ends when it is asked to."""

import os
import shutil
from pathlib import Path

import pair_ls
from tests.support.hub_process import HubProcess


def test_a_change_of_the_code_starts_the_hub_anew(tmp_path: Path) -> None:
    code = tmp_path / "code" / "pair_ls"
    unneeded = shutil.ignore_patterns("page", "__pycache__")
    shutil.copytree(Path(pair_ls.__file__).parent, code, ignore=unneeded)
    hub = HubProcess(tmp_path / "hub", arguments=["--reload"], extra={"PYTHONPATH": str(code.parent)})
    with hub:
        room_id = hub.create_room(code="é😀")["roomId"]
        assert hub.child is not None
        greetings = hub.stderr().count("pair-ls hub: http")
        stamp = (code / "errors.py").stat().st_mtime + 2
        os.utime(code / "errors.py", (stamp, stamp))
        hub.child.wait_until(lambda: hub.stderr().count("pair-ls hub: http") > greetings, what="it starts anew")
        assert "errors.py has changed" in hub.stderr()
        hub.child.wait_until(hub.is_healthy, what="it answers")
        assert hub.request("GET", f"/api/rooms/{room_id}")["code"] == "é😀"
        assert hub.stop() == 0
    assert not hub.is_healthy()
