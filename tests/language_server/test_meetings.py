"""What was typed together and then saved alone is there once when coming back."""

from pathlib import Path

import pytest

from pair_ls.language_server import shown_texts
from pair_ls.language_server.joined_folder import JoinedFolder
from tests.language_server.inside import EditorInside, bound, room_has, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until

ONLINE, OFFLINE = "typed online é😀\n", "typed offline\n"


def shown(folder: Path) -> list[str]:
    return [file.read_bytes().decode() for file in (folder / ".pair-ls" / "shown").rglob("*.*")]


def bases(folder: Path) -> list[str]:
    kept = [path for path in (folder / ".pair-ls" / "base").rglob("*") if path.is_file()]
    return [path.read_text().partition("\n")[2] for path in kept]


async def saved_and_typed_online(hub: RoomServer, ada: EditorInside) -> None:
    """The disk has one line, editor and room have two."""
    (ada.folder / "x.py").write_text("one\n")
    ada.open("x.py")
    await until(lambda: bases(ada.folder) == ["one\n"], what="a base")
    ada.append("x.py", ONLINE)
    await room_has(hub, "x.py", "one\n" + ONLINE)


async def come_back(ada: EditorInside) -> None:
    """On another day: another server, and the file as it was saved."""
    await ada.start()
    ada.open("x.py")
    await bound(ada, "x.py")


async def test_what_was_saved_without_the_hub_is_there_once_when_coming_back(
    hub: RoomServer, ada: EditorInside
) -> None:
    await saved_and_typed_online(hub, ada)
    await until(lambda: shown(ada.folder) == ["one\n" + ONLINE], what="the shown text is kept")
    await hub.stop()
    await state_of(ada, "offline")
    ada.append("x.py", OFFLINE)
    ada.save("x.py")
    await ada.stop()
    await hub.start()
    await come_back(ada)
    await room_has(hub, "x.py", "one\n" + ONLINE + OFFLINE)


async def test_what_was_saved_last_with_the_hub_is_the_base_of_what_is_saved_without(
    hub: RoomServer, ada: EditorInside
) -> None:
    await saved_and_typed_online(hub, ada)
    await until(lambda: shown(ada.folder) == ["one\n" + ONLINE], what="the shown text is kept")
    ada.append("x.py", "and more\n")
    ada.save("x.py")
    await until(lambda: bases(ada.folder) == ["one\n" + ONLINE + "and more\n"], what="the saved text is the base")
    await hub.stop()
    await state_of(ada, "offline")
    ada.append("x.py", OFFLINE)
    ada.save("x.py")
    await ada.stop()
    await hub.start()
    await come_back(ada)
    await room_has(hub, "x.py", "one\n" + ONLINE + "and more\n" + OFFLINE)


async def test_what_was_typed_just_before_the_hub_was_lost_is_there_once_when_coming_back(
    hub: RoomServer, ada: EditorInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_texts, "KEEP_SECONDS", 60.0)
    await saved_and_typed_online(hub, ada)
    await until(lambda: ada.pair_server.pair.status().unacknowledged == 0, what="all is safe")
    await hub.stop()
    await state_of(ada, "offline")
    ada.append("x.py", OFFLINE)
    ada.save("x.py")
    await ada.stop()
    await hub.start()
    await come_back(ada)
    await room_has(hub, "x.py", "one\n" + ONLINE + OFFLINE)


async def leave(ada: EditorInside) -> JoinedFolder:
    folder = JoinedFolder.load(ada.folder)
    assert folder is not None
    await ada.command("pair.leave")
    return folder


async def test_what_is_saved_after_leaving_is_there_once_when_coming_back(
    hub: RoomServer, ada: EditorInside, bob: EditorInside
) -> None:
    await saved_and_typed_online(hub, ada)
    bob.open("x.py", "")
    await bob.until_text("x.py", "one\n" + ONLINE)
    folder = await leave(ada)
    ada.append("x.py", OFFLINE)
    ada.save("x.py")
    bob.replace("x.py", 0, 0, "bob\n")
    await room_has(hub, "x.py", "bob\none\n" + ONLINE)
    await ada.command("pair.status")  # the save has been heard
    folder.save()
    await ada.pair_server.pair.enter_anew(folder)
    await ada.until_text("x.py", "bob\none\n" + ONLINE + OFFLINE)
    await room_has(hub, "x.py", "bob\none\n" + ONLINE + OFFLINE)


@pytest.mark.parametrize("saves", [True, False])
async def test_what_was_thrown_away_after_leaving_is_not_taken_from_the_room(
    hub: RoomServer, ada: EditorInside, saves: bool
) -> None:
    await saved_and_typed_online(hub, ada)
    folder = await leave(ada)
    ada.close("x.py")
    ada.open("x.py")
    if saves:
        ada.append("x.py", OFFLINE)
        ada.save("x.py")
    else:
        ada.append("x.py", "not saved")
    await ada.command("pair.status")
    folder.save()
    await ada.pair_server.pair.enter_anew(folder)
    await bound(ada, "x.py")
    assert ONLINE in hub.text("x.py")
