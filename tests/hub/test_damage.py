"""A document whose log in the store is damaged: never shown as an empty one, never written over, others undisturbed."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.hub.clients import Pair, Simple, Stock, until
from tests.hub.test_rest import problem
from tests.support.hub_process import HubProcess

Row = tuple[int, int, bytes]


def stored(file: Path) -> list[Row]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute("SELECT document_key, sequence, content FROM updates ORDER BY 1, 2").fetchall()


def damage(file: Path, room_id: str, content: bytes) -> None:
    """The first update of the room's main document."""
    with closing(sqlite3.connect(file)) as database:
        key = "SELECT document_key FROM documents WHERE room_id = ? AND document_id = 'main'"
        database.execute(
            f"UPDATE updates SET content = ? WHERE sequence = 1 AND document_key = ({key})", (content, room_id)
        )
        database.commit()


async def test_a_damaged_document_is_neither_shown_empty_nor_written_over(hub: HubProcess) -> None:
    file = hub.folder / "data" / "hub.sqlite3"
    room_id = hub.create_room(code="é😀 text\n", language="python")["roomId"]
    async with Pair(hub, room_id, name="Ada") as ada:
        await ada.open("main.py")
        await ada.type("more\n")
        await ada.is_safe()
        known = ada.text
        assert hub.stop() == 0
        (content,) = [content for key, sequence, content in stored(file) if b"text" in content]
        damage(file, room_id, content[: len(content) // 2])
        before = stored(file)
        await asyncio.to_thread(hub.start)
        await ada.type("while away\n")
        await ada.connect()
        await until(lambda: "document-unavailable" in ada.notices, "Ada is told")
        assert ada.text == known + "while away\n", "what she has stays with her"
        assert ada.replica.unacknowledged() > 0
        for newcomer in (Stock(hub, room_id), Simple(hub, room_id)):
            async with newcomer:
                await newcomer.is_closed_with(1013)
            assert not (newcomer.shared.text if isinstance(newcomer, Stock) else newcomer.code)
        path = f"/api/rooms/{room_id}"
        assert (await asyncio.to_thread(problem, hub, "GET", path))[0] == 503
        asked = await asyncio.to_thread(problem, hub, "POST", f"{path}/documents/main/restore", {"sequence": 2})
        assert asked == (503, "store-damaged")
        async with Pair(hub, room_id, name="Bob") as bob:
            await bob.open("other.py", text="fine 😀")
            await bob.is_safe()
        main = [row for row in stored(file) if row in before]
        assert main == before
        hub.stop()
        damage(file, room_id, content)
        await asyncio.to_thread(hub.start)
        await ada.connect()
        await ada.is_safe()
        async with Stock(hub, room_id) as cleo:
            await cleo.sees(known + "while away\n")
