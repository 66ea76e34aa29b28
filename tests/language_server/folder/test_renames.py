"""Documents that are renamed by others: each file goes where its own document is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.language_server.folder.in_step import ask_hub, disk_has, has_in_common, share, shared_folder
from tests.language_server.inside import EditorInside, bound, joined
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until

CHAIN = [("b", "c"), ("a", "b")]
SWAP = [("a", "aside"), ("b", "a"), ("aside", "b")]
AFTER = {"chain": {"b.txt": "text of a 😀\n", "c.txt": "text of b é\n"}}
AFTER["swap"] = {"a.txt": "text of b é\n", "b.txt": "text of a 😀\n"}


async def rename(editor: EditorInside, renames: Sequence[tuple[str, str]]) -> None:
    for old, new in renames:
        await ask_hub(editor, "renameDocument", f"{old}.txt", path=f"{new}.txt")
        await index_has(editor, f"{new}.txt")


async def index_has(editor: EditorInside, path: str) -> None:
    await until(lambda: shared_folder(editor).is_known(path), what=f"the index has {path}")


@pytest.mark.parametrize(("renames", "after"), [(CHAIN, AFTER["chain"]), (SWAP, AFTER["swap"])])
async def test_renames_made_while_nobody_was_here_mix_no_texts(
    renames: list[tuple[str, str]], after: dict[str, str], tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    await share(ada, a="text of a 😀\n", b="text of b é\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt", "b.txt")
    await rename(ada, renames)
    async with EditorInside(folder) as bob:
        await disk_has(folder, after)
        await has_in_common(bob, *after)
        await until(lambda: shared_folder(bob).is_settled(), what="all is done")
        assert not bob.said()
    assert {path: hub.text(path) for path in hub.paths()} == after


@pytest.mark.parametrize(("renames", "after"), [(CHAIN, AFTER["chain"]), (SWAP, AFTER["swap"])])
async def test_renames_that_come_at_once_mix_no_texts(
    renames: list[tuple[str, str]],
    after: dict[str, str],
    tmp_path: Path,
    hub: RoomServer,
    ada: EditorInside,
) -> None:
    await share(ada, a="text of a 😀\n", b="text of b é\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt", "b.txt")
        (folder / "a.txt").write_text("text of a 😀\nchanged here\n")  # it goes along
        hub.is_silent = True
        shared = shared_folder(ada)
        ids = {entry.path: document_id for document_id, entry in shared.entries.items()}
        for old, new in renames:
            ids[f"{new}.txt"] = ids.pop(f"{old}.txt")
            shared.link.tell("renameDocument", {"documentId": ids[f"{new}.txt"], "path": f"{new}.txt"})
        await until(lambda: set(hub.paths()) == set(after), what="the room has the new names")
        hub.speak()
        changed = {**after, "b.txt": "text of a 😀\nchanged here\n"}
        await disk_has(folder, changed)
        await until(lambda: {path: hub.text(path) for path in hub.paths()} == changed, what="the room has it too")
        await until(lambda: shared_folder(bob).is_settled(), what="all is done")
    assert {path: hub.text(path) for path in hub.paths()} == changed


async def test_file_waits_while_another_documents_file_is_in_its_place(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    await share(ada, a="text of a\n", b="text of b\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt", "b.txt")
        bob.open("b.txt")
        await bound(bob, "b.txt")
        await rename(ada, [("b", "c"), ("a", "b")])  # bob's editor cannot rename what is open
        await until(lambda: set(shared_folder(bob).waiting()) == {"b.txt", "c.txt"}, what="both wait")
        bob.close("b.txt")
        await disk_has(folder, {"b.txt": "text of a\n", "c.txt": "text of b\n"})
    assert {path: hub.text(path) for path in hub.paths()} == {"b.txt": "text of a\n", "c.txt": "text of b\n"}
