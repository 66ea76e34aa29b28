"""Two editors in one room: what one types appears in the other, whatever happens in between."""

import contextlib
from http import HTTPStatus
from pathlib import Path

import pytest

from pair_ls.room.role import Role
from pair_ls.settings import LanguageServerSettings
from tests.language_server.inside import EditorInside, bound, joined, room_has, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until

AWKWARD = "é 😀 e\u0301 \u2028\f x\n"


def bases(folder: Path) -> list[str]:
    kept = [path for path in (folder / ".pair-ls" / "base").rglob("*") if path.is_file()]
    return [path.read_text().partition("\n")[2] for path in kept]


async def test_what_one_types_appears_in_the_other(hub: RoomServer, ada: EditorInside, bob: EditorInside) -> None:
    ada.open("a/é.py", AWKWARD)
    await bound(ada, "a/é.py")
    bob.open("a/é.py", "")
    await bob.until_text("a/é.py", AWKWARD)
    ada.append("a/é.py", "from ada 😀\n")
    bob.replace("a/é.py", 0, 1, "from bob é")
    whole = "from bob é" + AWKWARD[1:] + "from ada 😀\n"
    await ada.until_text("a/é.py", whole)
    await bob.until_text("a/é.py", whole)
    await room_has(hub, "a/é.py", whole)


async def test_the_text_is_in_the_room_with_line_feeds_and_in_each_editor_with_its_own_ends(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.txt", "one\r\ntwo\r\n")
    await room_has(hub, "x.txt", "one\ntwo\n")
    bob.open("x.txt", "")
    await bob.until_text("x.txt", "one\ntwo\n")
    bob.append("x.txt", "three\n")
    await ada.until_text("x.txt", "one\r\ntwo\r\nthree\r\n")


async def test_typing_before_the_room_answers_is_not_lost(hub: RoomServer, ada: EditorInside) -> None:
    ada.open("x.py", "first\n")
    for letter in "typed at once":
        ada.append("x.py", letter)
    await room_has(hub, "x.py", "first\ntyped at once")
    assert ada.text("x.py") == "first\ntyped at once"


async def test_a_change_that_comes_before_its_opening_is_held(hub: RoomServer, ada: EditorInside) -> None:
    ada.open("warm.py", "")
    uri = (ada.folder / "x.py").as_uri()
    change = {"text": "x\n"}
    ada.server.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]}
    )
    ada.open("x.py", "")
    await room_has(hub, "x.py", "x\n")


async def test_work_goes_on_without_the_hub_and_is_merged_when_it_is_back(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.py", "1\n2\n3\n")
    await bound(ada, "x.py")
    bob.open("x.py", "")
    await bob.until_text("x.py", "1\n2\n3\n")
    await hub.stop()
    await state_of(ada, "offline")
    await state_of(bob, "offline")
    ada.replace("x.py", 0, 0, "ada\n")
    bob.append("x.py", "bob 😀\n")
    await until(lambda: ada.pair_server.pair.status().unacknowledged == 1, what="an edit that waits")
    await hub.start()
    for editor in (ada, bob):
        await editor.until_text("x.py", "ada\n1\n2\n3\nbob 😀\n")
    await room_has(hub, "x.py", "ada\n1\n2\n3\nbob 😀\n")


async def test_a_hub_that_is_not_there_at_the_start_is_told_once_and_joined_later(
    tmp_path: Path, hub: RoomServer
) -> None:
    await hub.stop()
    async with EditorInside(joined(tmp_path / "ada", hub.url)) as ada:
        ada.open("x.py", "x\n")
        await until(lambda: bool(ada.said()), what="a message")
        ada.append("x.py", "typed without a hub\n")
        await hub.start()
        await room_has(hub, "x.py", "x\ntyped without a hub\n")
        assert len(ada.said()) == 1
        assert "does not answer" in ada.said()[0]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(HTTPStatus.NOT_FOUND, "does not know this room"), (HTTPStatus.FORBIDDEN, "refuses this invite")],
)
async def test_a_hub_that_says_no_is_not_asked_again(
    tmp_path: Path, hub: RoomServer, status: HTTPStatus, sentence: str
) -> None:
    hub.refuse_with = status
    async with EditorInside(joined(tmp_path / "ada", hub.url)) as ada:
        ada.open("x.py", "x\n")
        await state_of(ada, "refused")
        ada.append("x.py", "y")
        await until(lambda: bool(ada.said()), what="the sentence about it")
        assert [sentence in message for message in ada.said()] == [True]
        assert sentence in (await ada.command("pair.status"))["summary"]
        assert hub.handshakes == 1


async def test_whoever_is_removed_is_told_and_does_not_come_back(hub: RoomServer, ada: EditorInside) -> None:
    await state_of(ada, "connected")
    hub.kick_all()
    await state_of(ada, "refused")
    assert "The owner has removed you." in ada.said()[0]
    assert hub.handshakes == 1


async def test_the_typing_of_a_viewer_is_taken_back_and_told_once(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.py", "é\n")
    await bound(ada, "x.py")
    bob.open("x.py", "")
    await bob.until_text("x.py", "é\n")
    hub.set_role(Role.VIEWER)
    await until(lambda: bob.pair_server.pair.status().role == "viewer", what="the new role")
    bob.append("x.py", "not mine 😀")
    bob.replace("x.py", 0, 1, "")
    await bob.until_text("x.py", "é\n")
    assert [message for message in bob.said() if "may watch" in message] == bob.said()[-1:]
    assert hub.text("x.py") == "é\n"
    hub.set_role(Role.EDITOR)
    await until(lambda: bob.pair_server.pair.status().role == "editor", what="the new role")
    bob.append("x.py", "mine")
    await ada.until_text("x.py", "é\nmine")


@pytest.mark.parametrize(
    ("text", "code"), [("a\0b", "text-binary"), ("a\rb\rc", "text-lone-cr"), ("é" * 51, "text-too-large")]
)
async def test_a_text_that_cannot_be_shared_is_told_with_a_code_and_stays_as_it_is(
    tmp_path: Path, hub: RoomServer, text: str, code: str
) -> None:
    settings = LanguageServerSettings(max_document_bytes=100)
    async with EditorInside(joined(tmp_path / "ada", hub.url), settings) as ada:
        ada.open("bad.bin", text)
        ada.append("bad.bin", "more")
        ada.open("good.py", "é" * 50)
        await room_has(hub, "good.py", "é" * 50)
        assert hub.paths() == ["good.py"]
        assert [message.rpartition("[")[2] for message in ada.said()] == [f"{code}]"]
        status = await ada.command("pair.status")
        assert "bad.bin is not shared" in status["summary"]
        assert ada.text("bad.bin") == text + "more"


async def test_a_document_does_not_grow_over_the_limit(tmp_path: Path, hub: RoomServer, bob: EditorInside) -> None:
    settings = LanguageServerSettings(max_document_bytes=100)
    async with EditorInside(joined(tmp_path / "ada", hub.url), settings) as ada:
        ada.open("x.py", "é" * 40)
        await bound(ada, "x.py")
        ada.append("x.py", "😀" * 6)
        await ada.until_text("x.py", "é" * 40)
        ada.append("x.py", "é" * 10)
        await room_has(hub, "x.py", "é" * 50)
        ada.append("x.py", "a")
        await ada.until_text("x.py", "é" * 50)
        ada.replace("x.py", 0, 2, "a")
        await room_has(hub, "x.py", "a" + "é" * 48)
        assert [message.rpartition("[")[2] for message in ada.said()] == ["text-too-large]"]


async def test_a_chosen_name_wins_over_the_one_with_which_the_folder_was_joined(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    settings = LanguageServerSettings(name="Zoë 😀", name_is_chosen=True)
    async with EditorInside(joined(tmp_path / "bob", hub.url), settings) as zoe:
        await state_of(zoe, "connected")
        await until(lambda: ada.pair_server.pair.status().participants == ["ada", "Zoë 😀"], what="the name")


async def test_a_file_outside_the_folder_is_not_shared(tmp_path: Path, hub: RoomServer, ada: EditorInside) -> None:
    ada.open("../alone.py", "private\n")
    ada.open("x.py", "x\n")
    await room_has(hub, "x.py", "x\n")
    assert hub.paths() == ["x.py"]


async def test_an_editor_opened_below_a_joined_folder_joins(tmp_path: Path, hub: RoomServer) -> None:
    folder = joined(tmp_path / "project", hub.url)
    async with EditorInside(folder / "src" / "deep") as ada:
        ada.open("x.py", "x\n")
        await room_has(hub, "src/deep/x.py", "x\n")


async def test_a_file_of_a_joined_folder_is_shared_without_the_folder_being_open(
    tmp_path: Path, hub: RoomServer
) -> None:
    joined(tmp_path / "project", hub.url)
    async with EditorInside(tmp_path) as ada:
        ada.open("project/x.py", "x\n")
        await room_has(hub, "x.py", "x\n")


def strange_file(tmp_path: Path, hub: RoomServer) -> Path:
    folder = joined(tmp_path / "bob", hub.url)
    (folder / "x.py").write_bytes("bob's own é\r\n".encode())
    return folder


def backups(folder: Path) -> list[Path]:
    return [path for path in (folder / ".pair-ls" / "backup").rglob("*") if path.is_file()]


async def test_the_rooms_text_replaces_a_strange_file_if_chosen_and_after_a_backup(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    ada.open("x.py", "of the room\n")
    await bound(ada, "x.py")
    async with EditorInside(strange_file(tmp_path, hub)) as bob:
        bob.choose = lambda params: {"title": "Room's"}
        bob.open("x.py")
        await bob.until_text("x.py", "of the room\r\n")
        kept = backups(bob.folder)
        assert {path.read_bytes() for path in kept} == {"bob's own é\r\n".encode()}
        assert [message for message in bob.said() if str(kept[0]) in message]
        assert hub.text("x.py") == "of the room\n"


async def test_a_strange_file_stays_as_it_is_until_somebody_chooses(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    ada.open("x.py", "of the room\n")
    await bound(ada, "x.py")
    async with EditorInside(strange_file(tmp_path, hub)) as bob:
        bob.open("x.py")
        await until(lambda: any("[differs]" in message for message in bob.said()), what="the sentence about it")
        bob.append("x.py", "typed 😀\r\n")
        status = await bob.command("pair.status")
        assert [waiting["path"] for waiting in status["waiting"]] == ["x.py"]
        assert bob.text("x.py") == "bob's own é\r\ntyped 😀\r\n"
        assert (bob.folder / "x.py").read_bytes() == "bob's own é\r\n".encode()
        assert hub.text("x.py") == "of the room\n"


async def test_both_texts_are_kept_if_that_is_chosen(tmp_path: Path, hub: RoomServer, ada: EditorInside) -> None:
    ada.open("x.py", "of the room\n")
    await bound(ada, "x.py")
    async with EditorInside(strange_file(tmp_path, hub)) as bob:
        bob.choose = lambda params: {"title": "Merge"}
        bob.open("x.py")
        await bob.until_text("x.py", "bob's own é\r\nof the room\r\n")
        await ada.until_text("x.py", "bob's own é\nof the room\n")


async def test_an_emptied_room_does_not_empty_a_file(tmp_path: Path, hub: RoomServer, ada: EditorInside) -> None:
    ada.open("x.py", "gone\n")
    await bound(ada, "x.py")
    ada.replace("x.py", 0, 5, "")
    await room_has(hub, "x.py", "")
    async with EditorInside(strange_file(tmp_path, hub)) as bob:
        bob.open("x.py")
        await ada.until_text("x.py", "bob's own é\n")
        assert bob.text("x.py") == "bob's own é\r\n"


async def test_coming_back_merges_what_both_sides_did_meanwhile(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    folder = joined(tmp_path / "bob", hub.url)
    ada.open("x.py", "1\n2\n3\n")
    await bound(ada, "x.py")
    async with EditorInside(folder) as bob:
        bob.open("x.py", "")
        await bob.until_text("x.py", "1\n2\n3\n")
        bob.save("x.py")
        await until(lambda: "1\n2\n3\n" in bases(folder), what="a base")
    ada.replace("x.py", 0, 1, "one")
    await room_has(hub, "x.py", "one\n2\n3\n")
    (folder / "x.py").write_text("1\n2\n3\nwritten without an editor\n")
    async with EditorInside(folder) as bob:
        bob.open("x.py")
        await bob.until_text("x.py", "one\n2\n3\nwritten without an editor\n")
        await ada.until_text("x.py", "one\n2\n3\nwritten without an editor\n")
        assert bob.said() == []


async def test_unsaved_work_that_is_thrown_away_is_not_taken_from_the_room(tmp_path: Path, hub: RoomServer) -> None:
    folder = joined(tmp_path / "bob", hub.url)
    (folder / "x.py").write_text("1\n")
    async with EditorInside(folder) as bob:
        bob.open("x.py")
        await bound(bob, "x.py")
        bob.append("x.py", "typed, in the room, never saved\n")
        await room_has(hub, "x.py", "1\ntyped, in the room, never saved\n")
    async with EditorInside(folder) as bob:
        bob.open("x.py")
        await bob.until_text("x.py", "1\ntyped, in the room, never saved\n")


async def test_a_closed_file_can_be_opened_again(hub: RoomServer, ada: EditorInside, bob: EditorInside) -> None:
    ada.open("x.py", "1\n")
    await bound(ada, "x.py")
    bob.open("x.py", "")
    await bob.until_text("x.py", "1\n")
    bob.save("x.py")
    bob.close("x.py")
    ada.append("x.py", "2\n")
    await room_has(hub, "x.py", "1\n2\n")
    bob.open("x.py")
    await bob.until_text("x.py", "1\n2\n")
    assert bob.said() == []


async def test_a_report_that_was_held_back_is_taken_when_the_file_is_closed(hub: RoomServer, ada: EditorInside) -> None:
    ada.open("x.py", "1\n")
    await bound(ada, "x.py")
    ada.buffers["x.py"].version += 1  # the report in between never comes
    ada.append("x.py", "2\n")
    ada.close("x.py")
    await room_has(hub, "x.py", "1\n2\n")


async def test_undo_takes_back_only_what_this_user_did(hub: RoomServer, ada: EditorInside, bob: EditorInside) -> None:
    ada.open("x.py", "")
    await bound(ada, "x.py")
    bob.open("x.py", "")
    await bound(bob, "x.py")
    ada.append("x.py", "ada\n")
    await bob.until_text("x.py", "ada\n")
    bob.append("x.py", "bob\n")
    await ada.until_text("x.py", "ada\nbob\n")
    uri = ada.buffers["x.py"].uri
    await ada.command("pair.undo", {"uri": uri})
    await ada.until_text("x.py", "bob\n")
    await bob.until_text("x.py", "bob\n")
    await ada.command("pair.redo", uri)
    await bob.until_text("x.py", "ada\nbob\n")


async def test_after_leaving_nothing_goes_to_the_room_and_the_texts_stay(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.py", "1\n")
    await bound(ada, "x.py")
    bob.open("x.py", "")
    await bob.until_text("x.py", "1\n")
    answer = await bob.command("pair.leave")
    assert "has left its room" in answer["summary"]
    bob.append("x.py", "alone\n")
    ada.append("x.py", "together\n")
    await room_has(hub, "x.py", "1\ntogether\n")
    assert bob.text("x.py") == "1\nalone\n"
    assert (await bob.command("pair.status"))["state"] == "none"
    assert not (bob.folder / ".pair-ls" / "room.json").exists()


async def test_a_drift_is_repaired_at_the_save_in_favour_of_what_the_user_sees(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    ada.open("x.py", "one\ntwo\n")
    await bound(ada, "x.py")
    bob.open("x.py", "")
    await bob.until_text("x.py", "one\ntwo\n")
    ada.buffers["x.py"].text = "one\ntw😀o\n"  # changed, and never reported
    ada.append("x.py", "three\n")
    for _ in range(20):  # a save right after a report decides nothing yet: editors may swap the two
        ada.save("x.py")
        with contextlib.suppress(TimeoutError):
            await until(lambda: bob.text("x.py") == "one\ntw😀o\nthree\n", what="the repair", seconds=1)
            break
    assert ada.text("x.py") == "one\ntw😀o\nthree\n"
    status = await ada.command("pair.status")
    assert status["repairedDrifts"] == 1
    assert "drift-repaired" in ada.said()[-1]
