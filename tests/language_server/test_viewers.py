"""Whoever may only watch changes nothing in the room, whatever their files hold and whatever they choose."""

from pathlib import Path

import pytest

from pair_ls.room.role import Role
from tests.language_server.inside import EditorInside, bound, joined, room_has, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import ResponseError, until

OWN = "bob's own é😀\n"


async def watched(hub: RoomServer, ada: EditorInside) -> None:
    """The room has a text, and whoever comes may watch it."""
    ada.open("x.py", "of the room\n")
    await bound(ada, "x.py")
    hub.set_role(Role.VIEWER)


def differing(tmp_path: Path, hub: RoomServer) -> Path:
    folder = joined(tmp_path / "bob", hub.url)
    (folder / "x.py").write_text(OWN)
    return folder


async def told_not_in_step(bob: EditorInside) -> None:
    await until(lambda: any("[not-allowed]" in message for message in bob.said()), what="the sentence about it")


async def told_to_the_hub(bob: EditorInside) -> None:
    """All that was sent before has been answered."""
    link = bob.pair_server.pair._link
    assert link is not None
    await link.request("participants", {})


@pytest.mark.parametrize("title", ["Mine", "Merge"])
async def test_a_viewer_who_chooses_another_text_than_the_rooms_is_told_and_keeps_it(
    tmp_path: Path, hub: RoomServer, ada: EditorInside, title: str
) -> None:
    await watched(hub, ada)
    async with EditorInside(differing(tmp_path, hub)) as bob:
        bob.choose = lambda params: {"title": title}
        bob.open("x.py")
        await told_not_in_step(bob)
        await told_to_the_hub(bob)
        assert bob.pair_server.pair.status().unacknowledged == 0
        status = await bob.command("pair.status")
        assert [waiting["path"] for waiting in status["waiting"]] == ["x.py"]
        assert bob.text("x.py") == OWN
        assert hub.text("x.py") == "of the room\n"
        assert sum("[not-allowed]" in message for message in bob.said()) == 1


async def test_the_choice_of_a_viewer_counts_once_they_may_edit(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    await watched(hub, ada)
    async with EditorInside(differing(tmp_path, hub)) as bob:
        bob.choose = lambda params: {"title": "Mine"}
        bob.open("x.py")
        await told_not_in_step(bob)
        hub.set_role(Role.EDITOR)
        await room_has(hub, "x.py", OWN)
        await bound(bob, "x.py")
        assert (await bob.command("pair.status"))["waiting"] == []


async def test_what_a_viewer_typed_before_the_room_answered_is_taken_back_and_kept(
    tmp_path: Path, hub: RoomServer, ada: EditorInside
) -> None:
    await watched(hub, ada)
    async with EditorInside(joined(tmp_path / "bob", hub.url)) as bob:
        await state_of(bob, "connected")
        hub.is_silent = True
        bob.open("x.py", "of the room\n")
        bob.append("x.py", "typed é😀\n")
        await bob.command("pair.status")  # it has been heard
        hub.speak()
        await bob.until_text("x.py", "of the room\n")
        kept = [path.read_text() for path in (bob.folder / ".pair-ls" / "backup").rglob("x.py")]
        assert kept == ["of the room\ntyped é😀\n"]
        assert hub.text("x.py") == "of the room\n"


@pytest.mark.parametrize("command", ["pair.undo", "pair.redo"])
async def test_a_viewer_undoes_nothing(hub: RoomServer, ada: EditorInside, bob: EditorInside, command: str) -> None:
    ada.open("x.py", "one\n")
    await bound(ada, "x.py")
    bob.open("x.py", "")
    await bob.until_text("x.py", "one\n")
    bob.append("x.py", "bob\n")
    if command == "pair.redo":
        await bob.command("pair.undo", bob.buffers["x.py"].uri)
    text = "one\nbob\n" if command == "pair.undo" else "one\n"
    await ada.until_text("x.py", text)
    hub.set_role(Role.VIEWER)
    await until(lambda: bob.pair_server.pair.status().role == "viewer", what="the new role")
    with pytest.raises(ResponseError, match="may watch this room but not change it"):
        await bob.command(command, bob.buffers["x.py"].uri)
    assert bob.text("x.py") == hub.text("x.py") == text
