"""Real stock clients beside an editor's language server: npm's y-websocket with CodeMirror and with Monaco's model,
pycrdt's provider, and a page without Yjs. All type at random at once, see each other, and end with the same text."""

import asyncio
import contextlib
import json
import random
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest
from pycrdt import Awareness, Doc, Provider, Text
from websockets.asyncio.client import ClientConnection, connect

from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder
from tests.end_to_end.test_two_editors import shared
from tests.hub.clients import Simple, until
from tests.support.fake_editor import FakeEditor
from tests.support.hub_process import HubProcess
from tests.support.node import Node
from tests.support.processes import ChildProcess

PIECES = ["a", "é", "😀", "漢", "\n", "e\u0301", "if x:\n    ", "\u2028"]
EDITS = 60
FILE = "main.py"


class StockEditor:
    """tests/node/stock_editor.mjs: what it shows is the last line that it has printed."""

    def __init__(self, child: ChildProcess) -> None:
        self.child = child

    @property
    def shows(self) -> dict[str, Any]:
        """Its state, as the script describes it (hence Any)."""
        *whole, _ = self.child.stdout().split("\n")
        shown: dict[str, Any] = json.loads(whole[-1]) if whole else {}
        assert self.child.is_running, self.child.stderr()
        return shown


class PycrdtProvider:
    """What pycrdt-websocket leaves to its users: the provider of pycrdt, and its awareness, on a websocket."""

    def __init__(self, hub: HubProcess, room_id: str, name: str) -> None:
        self.path = f"{hub.websocket_url}/ws/{room_id}"
        self.document: Doc[Any] = Doc()  # pycrdt's own type of roots
        self.text = self.document.get("content", type=Text)
        self.awareness = Awareness(self.document)
        self.name = name
        self.socket: ClientConnection | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return await self.recv()

    async def send(self, message: bytes) -> None:
        assert self.socket is not None
        await self.socket.send(message)

    async def recv(self) -> bytes:
        """The next message that is the provider's; those of awareness are taken here."""
        assert self.socket is not None
        while True:
            message = await self.socket.recv()
            assert isinstance(message, bytes)
            if message[0] != 1:
                return message
            size, at = read_var_uint(message, 1)
            self.awareness.apply_awareness_update(message[at : at + size], "hub")

    async def tell(self) -> None:
        """Who it is."""
        self.awareness.set_local_state({"user": {"name": self.name}})
        state = self.awareness.encode_awareness_update([self.awareness.client_id])
        await self.send(b"\x01" + write_var_uint(len(state)) + state)

    async def type_at_random(self, dice: random.Random) -> None:
        for _ in range(EDITS):
            content = str(self.text)
            at = dice.randrange(len(content) + 1)
            end = min(len(content), at + dice.randrange(6)) if not dice.randrange(3) else at
            with self.document.transaction():
                start = len(content[:at].encode())  # pycrdt counts bytes
                del self.text[start : start + len(content[at:end].encode())]
                self.text.insert(start, dice.choice(PIECES))
            await asyncio.sleep(dice.random() * 0.012)

    @property
    def names(self) -> list[str]:
        return sorted(state["user"]["name"] for state in self.awareness.states.values())

    @contextlib.asynccontextmanager
    async def entered(self) -> AsyncIterator[Self]:
        async with connect(self.path, compression=None, proxy=None, max_size=None) as self.socket:
            async with Provider(self.document, self) as provider:
                await provider.synced.wait()
                await self.tell()
                yield self


def read_var_uint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def write_var_uint(value: int) -> bytes:
    rest = b""
    while value >= 128:
        rest += bytes((value & 127 | 128,))
        value >>= 7
    return rest + bytes((value,))


async def type_in_editor(editor: FakeEditor, dice: random.Random) -> None:
    for _ in range(EDITS):
        size = len(editor.text(FILE))
        at = dice.randrange(size + 1)
        editor.replace(
            FILE, at, min(size, at + dice.randrange(6)) if not dice.randrange(3) else at, dice.choice(PIECES)
        )
        await asyncio.sleep(dice.random() * 0.012)


async def type_simply(sue: Simple, dice: random.Random) -> None:
    for _ in range(EDITS // 4):
        assert sue.code is not None
        at = dice.randrange(len(sue.code) + 1)
        sue.code = sue.code[:at] + dice.choice(PIECES) + sue.code[at:]
        await sue.say("code_update", code=sue.code, version=sue.version, cursorPosition=0)
        await asyncio.sleep(dice.random() * 0.05)


def joined(folder: Path, hub: HubProcess, room_id: str) -> Path:
    folder.mkdir()
    JoinedFolder(folder.resolve(), HubAddress(hub.url, room_id, secrets.token_urlsafe(16), "Ada")).save()
    return folder


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [20261125, 20261126])
async def test_all_kinds_of_clients_type_at_once_and_end_alike(
    hub: HubProcess, node: Node, tmp_path: Path, seed: int
) -> None:
    room_id = hub.create_room(language="python", code="text\n")["roomId"]
    dice = random.Random(seed)

    def stock(kind: str, name: str) -> ChildProcess:
        url = f"{hub.websocket_url}/ws"
        own_seed = str(dice.randrange(1 << 20))
        return node.start(
            "stock_editor.mjs", kind, url, room_id, name, own_seed, str(EDITS), folder=tmp_path, name=kind
        )

    with stock("codemirror", "Cody") as cody_child, stock("monaco", "Mona") as mona_child:
        cody, mona = StockEditor(cody_child), StockEditor(mona_child)
        pia = PycrdtProvider(hub, room_id, "Pia")
        async with (
            FakeEditor(joined(tmp_path / "ada", hub, room_id)) as ada,
            Simple(hub, room_id, user="Sue") as sue,
            pia.entered(),
        ):
            ada.open(FILE, "text\n")
            await until(lambda: bool(cody.shows.get("synced") and mona.shows.get("synced")), "both are synced")
            await sue.sees("text\n")
            await shared(ada, FILE)
            assert str(pia.text) == cody.shows["editor"] == mona.shows["editor"] == "text\n"
            ada.replace(FILE, 0, 0, "go ")
            await until(lambda: cody.shows["typed"] > 0 and mona.shows["typed"] > 0, "the stock editors type")
            await asyncio.gather(type_in_editor(ada, dice), pia.type_at_random(dice), type_simply(sue, dice))
            await until(lambda: cody.shows["typed"] == mona.shows["typed"] == EDITS, "all is typed", 40)

            def texts() -> set[object]:
                stored = hub.request("GET", f"/api/rooms/{room_id}")["code"]
                shown = {each.shows[what] for each in (cody, mona) for what in ("editor", "shared")}
                return {stored, str(pia.text), sue.code, ada.text(FILE), *shown}

            await until(lambda: len(texts()) == 1, "all have the same text", 40)
            everybody = ["Ada", "Cody", "Mona", "Pia", "Sue"]
            await until(lambda: cody.shows["names"] == mona.shows["names"] == pia.names == everybody, "all see all")
            assert cody.shows["carets"] == mona.shows["carets"]
            assert {"Cody", "Mona", "Sue"} <= set(cody.shows["carets"])
            people = await ada.command("pair.who")
            assert sorted(each["name"] for each in people["participants"]) == everybody
    assert "Traceback" not in hub.stderr()
