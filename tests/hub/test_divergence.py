"""A replica that is not what it should be, in a real hub: noticed, put right, its text kept. A gap is asked about."""

import asyncio
import time
from pathlib import Path

from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder, new_participant
from pair_ls.room import effects as told
from pair_ls.room.ids import MAIN
from pair_ls.room.messages import SyncStep1, SyncStep2, Update, decode, encode
from pair_ls.text import Edit
from tests.hub.clients import Pair, Stock, until
from tests.language_server.inside import EditorInside, bound
from tests.support.hub_process import HubProcess

NOTICED_SECONDS = 5.0


async def test_a_replica_that_differs_is_noticed_and_reset_within_5_seconds(hub: HubProcess) -> None:
    room_id = hub.create_room(language="python", code="é 😀 text\n")["roomId"]
    async with Pair(hub, room_id) as ada, Stock(hub, room_id) as bob:
        await ada.open("main.py")
        await ada.type("!")
        await ada.is_safe()
        shared = ada.replica.shared_text(MAIN)
        assert shared is not None
        shared.edit([Edit(0, 2, "")])  # the hub is not told; state vectors do not count deletions
        assert ada.text == "😀 text\n!"
        started = time.monotonic()
        while ada.resets == 0:
            assert time.monotonic() - started < NOTICED_SECONDS
            await ada.do(ada.replica.tick(time.monotonic()))
            await asyncio.sleep(0.01)
        await ada.sees("é 😀 text\n!")
        await bob.sees("é 😀 text\n!")
        await ada.type("?")
        await ada.is_safe()
        await bob.sees("é 😀 text\n!?")


async def test_in_an_editor_nothing_is_deleted_by_a_wrong_replica_and_what_was_shown_is_kept(
    hub: HubProcess, tmp_path: Path
) -> None:
    room_id = hub.create_room(language="python", code="é 😀 text\n")["roomId"]

    def hub_text() -> object:
        return hub.request("GET", f"/api/rooms/{room_id}")["code"]

    folder = tmp_path / "ada"
    folder.mkdir()
    JoinedFolder(folder.resolve(), HubAddress(hub.url, room_id, new_participant(), "Ada")).save()
    async with EditorInside(folder) as ada:
        ada.open("main.py", "é 😀 text\n")
        await bound(ada, "main.py")
        ada.append("main.py", "!")
        pair = ada.pair_server.pair
        await until(lambda: hub_text() == "é 😀 text\n!" and not pair.status().unacknowledged, "it is safe")
        assert pair._link is not None
        shared = pair._link.replica.shared_text(MAIN)
        assert shared is not None
        shared.edit([Edit(0, 2, "")])
        pair.room_effect(told.TextChanged(MAIN, (Edit(0, 2, ""),)))
        await ada.until_text("main.py", "😀 text\n!")
        await ada.until_text("main.py", "é 😀 text\n!", seconds=NOTICED_SECONDS)
        kept = [each.read_text() for each in (folder / ".pair-ls" / "backup").rglob("main.py")]
        assert kept == ["😀 text\n!"]
    assert hub_text() == "é 😀 text\n!"


async def test_an_update_with_a_gap_is_answered_with_a_state_vector_and_not_integrated(hub: HubProcess) -> None:
    room_id = hub.create_room(language="python", code="text\n")["roomId"]

    class Forgetful(Stock):
        """Does not answer the hub's step 1 by itself."""

        asked: list[bytes]

        async def hear(self, message: bytes | str) -> None:
            assert isinstance(message, bytes)
            said = decode(message) if message[0] == 0 else None
            if isinstance(said, SyncStep1):
                self.asked = [*getattr(self, "asked", []), said.state_vector]
            else:
                await super().hear(message)

    ada = Forgetful(hub, room_id)
    async with ada, Stock(hub, room_id) as bob:
        await ada.sees("text\n")
        await bob.sees("text\n")
        asked = len(ada.asked)
        ada.shared.edit([Edit(0, 0, "lost on the way ")])
        second = ada.shared.edit([Edit(0, 0, "é😀 ")])
        await ada.send(encode(Update(second)))
        await until(lambda: len(ada.asked) > asked, "the hub asks for what it lacks")
        assert hub.request("GET", f"/api/rooms/{room_id}")["code"] == bob.shared.text == "text\n"
        await ada.send(encode(SyncStep2(ada.shared.document.update_since(ada.asked[-1]))))
        await bob.sees("é😀 lost on the way text\n")
    hub.kill9()
    hub.start()
    assert hub.request("GET", f"/api/rooms/{room_id}")["code"] == "é😀 lost on the way text\n"
