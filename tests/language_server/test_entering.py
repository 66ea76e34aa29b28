"""Rooms are entered and left one after the other, whatever is opened meanwhile."""

import asyncio
import dataclasses

from tests.language_server.inside import EditorInside, bound, room_has, state_of
from tests.language_server.room_server import RoomServer
from tests.support.json_rpc import until


async def open_many(editor: EditorInside) -> None:
    """One in each of the next turns of the loop."""
    for number in range(20):
        editor.open(f"{number}.py", "opened meanwhile\n")
        await asyncio.sleep(0)


async def test_a_file_that_is_opened_while_the_room_is_left_does_not_bring_the_user_back(
    hub: RoomServer, ada: EditorInside
) -> None:
    ada.open("x.py", "x\n")
    await bound(ada, "x.py")
    leaving = asyncio.ensure_future(ada.command("pair.leave"))
    await open_many(ada)
    assert "has left its room" in (await leaving)["summary"]
    ada.open("later.py", "opened later\n")
    assert (await ada.command("pair.status"))["state"] == "none"
    assert not (ada.folder / ".pair-ls" / "room.json").exists()
    assert ada.pair_server.pair.folder is None
    assert "later.py" not in hub.paths()


async def test_a_file_that_is_opened_while_a_room_is_entered_opens_no_second_connection(
    hub: RoomServer, ada: EditorInside
) -> None:
    ada.open("x.py", "x\n")
    await bound(ada, "x.py")
    pair = ada.pair_server.pair
    assert pair.folder is not None
    other = dataclasses.replace(
        pair.folder, address=dataclasses.replace(pair.folder.address, participant="somebody else")
    )
    entering = asyncio.ensure_future(pair.enter_anew(other))
    await open_many(ada)
    await entering
    await state_of(ada, "connected")
    await room_has(hub, "19.py", "opened meanwhile\n")
    assert [person.participant_id for person in hub.room.participants()] == ["p:somebody else"]
    assert hub.handshakes == 2


async def test_of_two_rooms_that_are_entered_at_once_one_is_left(hub: RoomServer, ada: EditorInside) -> None:
    await state_of(ada, "connected")
    pair = ada.pair_server.pair
    assert pair.folder is not None
    address = pair.folder.address
    folders = [
        dataclasses.replace(pair.folder, address=dataclasses.replace(address, participant=name))
        for name in ("first", "second")
    ]
    await asyncio.gather(*map(pair.enter_anew, folders))
    await state_of(ada, "connected")
    await until(lambda: len(hub.room.participants()) == 1, what="one connection")
    assert [person.participant_id for person in hub.room.participants()] == ["p:second"]


async def test_leaving_waits_for_an_entering_that_is_under_way(hub: RoomServer, ada: EditorInside) -> None:
    await state_of(ada, "connected")
    pair = ada.pair_server.pair
    assert pair.folder is not None
    other = dataclasses.replace(pair.folder, address=dataclasses.replace(pair.folder.address, participant="other"))
    entering = asyncio.ensure_future(pair.enter_anew(other))
    await asyncio.sleep(0)
    assert "has left its room" in (await ada.command("pair.leave"))["summary"]
    await entering
    assert (await ada.command("pair.status"))["state"] == "none"
    await until(lambda: not hub.room.participants(), what="nobody")
