"""What keeps a folder and its room in step: it takes over, rests, survives trouble, lets go what is deleted."""

import asyncio
import errno
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from pair_ls.language_server.documents import Sharing
from pair_ls.language_server.folder import shared_folder as module
from pair_ls.language_server.folder.editor_host import EditorHost
from pair_ls.language_server.room_link import RoomLink
from tests.language_server.folder.in_step import ask_hub, disk_has, has_in_common, share, shared_folder
from tests.language_server.inside import EditorInside, bound, joined, state_of
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


def turns_of(editor: EditorInside, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the folder's worker had a turn, from now on."""
    shared, turns = shared_folder(editor), list[float]()
    save_common = shared._save_common

    async def counted() -> None:
        turns.append(shared.now())
        await save_common()

    monkeypatch.setattr(shared, "_save_common", counted)
    return turns


async def test_folder_rests_while_the_room_is_not_known(
    tmp_path: Path, hub: RoomServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hub.stop()
    folder = joined(tmp_path / "ada", hub.url)
    async with EditorInside(folder) as ada:
        await state_of(ada, "offline")
        shared = shared_folder(ada)
        await until(lambda: shared.is_ours, what="the folder is ada's")
        shared.disk_changed(["new.txt"])
        await until(lambda: shared.tree.wake_at < shared.now(), what="the new file would be looked at")
        turns = turns_of(ada, monkeypatch)
        await asyncio.sleep(0.3)
        assert len(turns) < 10


async def test_folder_rests_while_the_hub_has_not_all_of_it(
    hub: RoomServer, ada: EditorInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST_SECONDS", 0.1)
    ada.open("x.txt", "1\n")
    await bound(ada, "x.txt")
    ada.save("x.txt")
    await has_in_common(ada, "x.txt")
    await hub.stop()
    await state_of(ada, "offline")
    ada.append("x.txt", "2\n")
    ada.save("x.txt")
    shared = shared_folder(ada)
    [document_id] = shared.entries
    await until(lambda: document_id in shared._uncommitted, what="it waits for the hub")
    shared._rest_at[document_id] = shared.now()
    turns = turns_of(ada, monkeypatch)
    await asyncio.sleep(0.3)
    await hub.start()
    assert len(turns) < 10


async def test_coming_back_again_and_again_leaves_no_tasks_behind(hub: RoomServer, ada: EditorInside) -> None:
    await state_of(ada, "connected")
    shared = shared_folder(ada)
    await until(lambda: shared.is_index_known, what="the index is known")
    before = len(shared._tasks)
    for _ in range(3):
        await hub.stop()
        await state_of(ada, "offline")
        await hub.start()
        await state_of(ada, "connected")
    await until(lambda: len(shared._tasks) <= before, what="only those that go on are left")


async def test_record_that_cannot_be_written_is_written_later(
    tmp_path: Path, hub: RoomServer, ada: EditorInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TROUBLE_SECONDS", 0.1)
    await share(ada, a="text of a\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt")
        [document_id] = shared_folder(bob).entries
        records, failures = shared_folder(bob).records, list[str]()
        save = records.save

        def full(*arguments: Any) -> None:
            failures.append("save")
            if len(failures) < 3:
                raise OSError(errno.ENOSPC, "No space left on device")
            save(*arguments)

        monkeypatch.setattr(records, "save", full)
        ada.open("a.txt")
        await bound(ada, "a.txt")
        ada.append("a.txt", "more\n")
        await disk_has(folder, {"a.txt": "text of a\nmore\n"})
        await until(lambda: records.base(document_id) == "text of a\nmore\n", what="it is written down")


async def test_trouble_with_the_folder_ends_nothing(
    tmp_path: Path, hub: RoomServer, ada: EditorInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TROUBLE_SECONDS", 0.1)
    await share(ada, a="text of a\n")
    folder = joined(tmp_path / "bob", hub.url)
    async with EditorInside(folder) as bob:
        await has_in_common(bob, "a.txt")
        shared, is_broken = shared_folder(bob), True
        follow = shared.renames.follow

        async def broken() -> None:
            if is_broken:
                raise OSError(errno.EIO, "Input/output error")
            await follow()

        monkeypatch.setattr(shared.renames, "follow", broken)
        await ask_hub(ada, "renameDocument", "a.txt", path="b.txt")
        await until(lambda: ".pair-ls" in shared.waiting(), what="the status says it")
        assert "Input/output error" in shared.waiting()[".pair-ls"]
        is_broken = False
        await disk_has(folder, {"b.txt": "text of a\n"})
        await until(lambda: not shared.waiting(), what="the status is good again")


async def test_open_file_that_was_never_saved_is_let_go_when_it_is_deleted(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.txt", "one é\n")
    await bound(ada, "x.txt")
    await until(lambda: shared_folder(bob).is_known("x.txt"), what="bob knows it")
    await ask_hub(bob, "deleteDocument", "x.txt")
    document = ada.pair_server.pair.documents.get(ada.buffers["x.txt"].uri)
    assert document is not None
    await until(lambda: document.sharing is Sharing.ALONE, what="it is not shared any more")
    await until(lambda: any("somebody deleted x.txt" in said for said in ada.said()), what="the question")
    ada.append("x.txt", "typed after")
    ada.save("x.txt")
    await until(lambda: (ada.folder / "x.txt").exists(), what="it is saved")
    await ada.command("pair.status")  # behind the save
    assert document.sharing is Sharing.ALONE
    assert hub.paths() == []


async def test_nothing_waits_for_the_hub_of_a_document_that_was_deleted_meanwhile(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.txt", "one\n")
    await bound(ada, "x.txt")
    bob.open("x.txt", "")
    await bob.until_text("x.txt", "one\n")
    await until(lambda: shared_folder(ada).is_known("x.txt"), what="ada knows it")
    hub.refuse_with = HTTPStatus.SERVICE_UNAVAILABLE
    bob_link = shared_folder(bob).link
    assert isinstance(bob_link, RoomLink)
    bob_link._connection.reconnect()
    await state_of(bob, "offline")
    bob.append("x.txt", "offline")
    await ask_hub(ada, "deleteDocument", "x.txt")
    hub.refuse_with = None
    await until(lambda: bob.pair_server.pair.status().unacknowledged == 0, what="nothing waits any more")
    assert bob.text("x.txt") == "one\noffline"


async def test_answer_that_comes_after_leaving_shares_nothing(
    hub: RoomServer, ada: EditorInside, bob: EditorInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.open("x.txt", "one\n")
    await bound(ada, "x.txt")
    await until(lambda: shared_folder(bob).is_known("x.txt"), what="bob knows it")
    host = shared_folder(ada).host
    assert isinstance(host, EditorHost)
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(message: str, choices: Sequence[str]) -> str | None:
        return await answered

    monkeypatch.setattr(host._questions, "ask", ask)
    await ask_hub(bob, "deleteDocument", "x.txt")
    await until(lambda: bool(host._tasks), what="the question")
    await ada.command("pair.leave")
    await until(lambda: not host._tasks, what="the question is taken back")
    assert answered.cancelled()
