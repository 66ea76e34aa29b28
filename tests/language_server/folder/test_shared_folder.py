"""What keeps a folder and its room in step: it takes over, rests, goes on after trouble, and lets go what is deleted."""

from pathlib import Path

import pytest

from pair_ls.language_server.folder import shared_folder as module
from tests.language_server.folder.in_step import ask_hub, disk_has, has_in_common, share, shared_folder
from tests.language_server.inside import EditorInside, joined
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until


async def test_editor_that_takes_over_a_folder_knows_what_the_one_before_did(
    tmp_path: Path, hub: RoomServer, ada: EditorInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    await share(ada, a="text of a\n")
    folder = joined(tmp_path / "bob", hub.url)
    first = await EditorInside(folder).start()
    await has_in_common(first, "a.txt")
    async with EditorInside(folder) as second:
        await has_in_common(second, "a.txt")
        await ask_hub(ada, "renameDocument", "a.txt", path="old.txt")
        await until(lambda: shared_folder(ada).is_known("old.txt"), what="ada knows the name")
        await share(ada, a="quite another\n")
        after = {"a.txt": "quite another\n", "old.txt": "text of a\n"}
        await disk_has(folder, after)
        await has_in_common(first, "a.txt", "old.txt")
        assert not shared_folder(second).is_ours
        await first.stop()
        await until(lambda: shared_folder(second).is_ours and shared_folder(second).is_settled(), what="it took over")
        await disk_has(folder, after)
        assert {path: hub.text(path) for path in hub.paths()} == after
        assert not second.said()
