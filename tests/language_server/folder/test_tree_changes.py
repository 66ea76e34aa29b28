"""Files that come and go while the hub is away or says no, and while nobody answers a question."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pair_ls.errors import PairError
from pair_ls.language_server.folder import tree_changes
from tests.language_server.folder.in_step import ask_hub, disk_has, has_in_common, share, shared_folder
from tests.language_server.inside import EditorInside, bound, joined, room_has, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_changes, "GATHER_SECONDS", 0.2)
    monkeypatch.setattr(tree_changes, "RETRY_SECONDS", 0.2)


def backups(folder: Path) -> list[str]:
    return [path.read_text() for path in (folder / ".pair-ls" / "backup").rglob("*") if path.is_file()]


async def test_file_that_both_deleted_holds_up_nothing(tmp_path: Path, hub: RoomServer, ada: EditorInside) -> None:
    await share(ada, a="text of a\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt")
        await bob.command("pair.shareWorkspace")
        hub.is_silent = True
        tree = shared_folder(bob).tree
        (folder / "a.txt").unlink()
        await until(lambda: bool(tree._vanished), what="bob's folder has noticed")
        [document_id] = shared_folder(ada).entries
        shared_folder(ada).link.tell("deleteDocument", {"documentId": document_id})
        await until(lambda: not hub.paths(), what="it is gone from the room")
        (folder / "new.txt").write_text("new é\n")
        await until(lambda: not tree.is_settled, what="bob deletes it too")
        hub.speak()
        await room_has(hub, "new.txt", "new é\n")
        await until(lambda: shared_folder(bob).is_settled(), what="all is done")


async def test_deletion_waits_for_the_hub_and_is_backed_up_once(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    await share(ada, a="text of a\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt")
        asked = requests_of(bob)
        await hub.stop()
        await state_of(bob, "offline")
        (folder / "a.txt").unlink()
        await until(lambda: asked.count("deleteDocument") > 2, what="it was tried again")
        assert backups(folder) == []
        await hub.start()
        await until(lambda: backups(folder) == ["text of a\n"], what="the backup")
        await until(lambda: not hub.paths(), what="it is gone from the room")


def requests_of(editor: EditorInside, refused: dict[str, str] | None = None) -> list[str]:
    """The methods that its folder asks of the hub from now on; those in `refused` are refused with this code."""
    link, methods = shared_folder(editor).link, list[str]()
    request = link.request

    async def counted(method: str, params: dict[str, Any], *, timeout_seconds: float = 10.0) -> Any:
        methods.append(method)
        if method in (refused or {}):
            raise PairError("The hub says no.", code=(refused or {})[method])
        return await request(method, params, timeout_seconds=timeout_seconds)

    link.request = counted  # type: ignore[method-assign]  # to see what is asked
    return methods


async def test_what_the_hub_refuses_is_told_once_and_not_asked_again(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    await share(ada, a="text of a\n", b="text of b\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt", "b.txt")
        await bob.command("pair.shareWorkspace")
        await until(lambda: shared_folder(bob).is_settled(), what="all is done")
        refused = dict.fromkeys(("renameDocument", "deleteDocument", "openDocuments"), "not-allowed")
        asked = requests_of(bob, refused)
        (folder / "a.txt").unlink()
        (folder / "b.txt").rename(folder / "moved.txt")
        (folder / "new.txt").write_text("new\n")
        await until(lambda: set(asked) == set(refused), what="all was asked")
        after = {"a.txt": "text of a\n", "b.txt": "text of b\n", "moved.txt": "text of b\n", "new.txt": "new\n"}
        await disk_has(folder, after)
        await until(lambda: shared_folder(bob).is_settled(), what="all is done")
        assert sorted(asked) == sorted(refused)
        assert len([said for said in bob.said() if "[not-allowed]" in said]) == 3
        assert shared_folder(bob).waiting()["new.txt"] == "The hub says no."


async def test_unanswered_question_holds_up_nothing(
    tmp_path: Path, hub: RoomServer, ada: EditorInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_changes, "MANY", 1)
    await share(ada, a="text of a\n", b="text of b\n", c="text of c\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt", "b.txt", "c.txt")
        host, questions, answer = shared_folder(bob).host, list[str](), asyncio.Event()

        async def ask(message: str, choices: Sequence[str]) -> str | None:
            questions.append(message)
            await answer.wait()
            return choices[1]

        monkeypatch.setattr(host, "ask", ask)
        (folder / "a.txt").unlink()
        (folder / "b.txt").unlink()
        await until(lambda: bool(questions), what="the question")
        ada.open("c.txt")
        await bound(ada, "c.txt")
        ada.append("c.txt", "more\n")
        await disk_has(folder, {"c.txt": "text of c\nmore\n"})
        assert sorted(hub.paths()) == ["a.txt", "b.txt", "c.txt"]
        answer.set()
        await until(lambda: hub.paths() == ["c.txt"], what="the answer counts")
        assert len(questions) == 1


async def test_backup_that_cannot_be_written_delays_the_deletion_only(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    await share(ada, a="text of a\n", b="text of b\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt", "b.txt")
        in_the_way = folder / ".pair-ls" / "backup"
        in_the_way.write_text("as if the disk were full")
        await ask_hub(ada, "deleteDocument", "a.txt")
        await until(lambda: "a.txt" in shared_folder(bob).waiting(), what="the status says it")
        ada.open("b.txt")
        await bound(ada, "b.txt")
        ada.append("b.txt", "more\n")
        await disk_has(folder, {"a.txt": "text of a\n", "b.txt": "text of b\nmore\n"})
        in_the_way.unlink()
        await disk_has(folder, {"b.txt": "text of b\nmore\n"})
        assert backups(folder) == ["text of a\n"]
        assert not shared_folder(bob).waiting()
