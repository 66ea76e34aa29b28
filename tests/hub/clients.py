"""Participants of a real hub, as tests speak for them: `await ada.type("x")`, `await bob.sees("x")`."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.room import effects as told
from pair_ls.room.ids import MAIN, DocumentId
from pair_ls.room.messages import SyncStep1, SyncStep2, Update, decode, encode
from pair_ls.room.replica import Replica
from pair_ls.room.role import Role
from pair_ls.text import Edit
from tests.support.hub_process import HubProcess

SECONDS = 15.0


def client_id() -> ClientId:
    return ClientId(secrets.randbits(32))


async def until(holds: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Waits for what other tasks bring about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not seen within {seconds} s: {what}"
        await asyncio.sleep(0.005)


class Connected:
    """A websocket with a task that reads it."""

    subprotocols: tuple[Subprotocol, ...] = ()

    def __init__(
        self, hub: HubProcess, room_id: str, path: str = "", *, token: str | None = None, name: str = "", **more: str
    ) -> None:
        self.hub = hub
        self.room_id = room_id
        self.query = {key: value for key, value in {"token": token, "name": name, **more}.items() if value}
        self.path = path
        self.socket: ClientConnection | None = None
        self.reader: asyncio.Task[None] | None = None
        self.closed: tuple[int, str] | None = None

    @property
    def url(self) -> str:
        return f"{self.hub.websocket_url}/ws/{self.room_id}{self.path}?{urlencode(self.query)}"

    async def connect(self) -> Self:
        self.closed = None
        protocols = self.subprotocols or None
        self.socket = await connect(self.url, subprotocols=protocols, compression=None, proxy=None, max_size=None)
        self.reader = asyncio.create_task(self._read(self.socket))
        await self.greet()
        return self

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                await self.hear(message)
        self.closed = (socket.close_code or 0, socket.close_reason or "")
        self.lost()

    async def send(self, message: bytes | str) -> None:
        assert self.socket is not None
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(message)

    async def is_closed_with(self, code: int) -> None:
        await until(lambda: self.closed is not None, f"closed with {code}")
        assert self.closed is not None
        assert self.closed[0] == code, self.closed

    async def disconnect(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        if self.reader is not None:
            await self.reader

    async def greet(self) -> None:
        """What is sent first."""

    async def hear(self, message: bytes | str) -> None:
        """A message has come."""

    def lost(self) -> None:
        """The connection is gone."""

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.disconnect()


class Pair(Connected):
    """What a language server is: all documents on one connection, true acknowledgements."""

    subprotocols = (Subprotocol("pair-ls.1"),)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        named.setdefault("participant", secrets.token_urlsafe(16))
        super().__init__(*arguments, **named)
        self.replica = Replica(new_client_id=client_id)
        self.document_id: DocumentId | None = None
        self.role: Role | None = None
        self.notices: list[str] = []
        self.resets = 0

    async def greet(self) -> None:
        await self.do(self.replica.connected(time.monotonic()))

    async def hear(self, message: bytes | str) -> None:
        assert isinstance(message, bytes)
        await self.do(self.replica.receive(message, time.monotonic()))

    def lost(self) -> None:
        self.replica.disconnected(time.monotonic())

    async def do(self, effects: list[told.ReplicaEffect]) -> None:
        for effect in effects:
            match effect:
                case told.SendFrame(data):
                    await self.send(data)
                case told.DocumentOpened():
                    self.document_id = effect.document_id
                case told.RoleChanged(role):
                    self.role = role
                case told.NoticeReceived():
                    self.notices.append(effect.code)
                case told.ResetDocument():
                    self.resets += 1
                case _:
                    pass

    async def open(self, path: str = "main.py", text: str = "") -> Self:
        """Find or make the document, and wait for its text."""
        await self.do(self.replica.open_path(path, "python", text, time.monotonic()))
        await until(lambda: self.document_id is not None, f"{path} is opened")
        await until(lambda: self.document_id is not None and self.replica.is_synced(self.document_id), f"{path} synced")
        return self

    @property
    def text(self) -> str:
        assert self.document_id is not None
        shared = self.replica.shared_text(self.document_id)
        return "" if shared is None else shared.text

    async def type(self, new: str, at: int | None = None) -> Self:
        assert self.document_id is not None
        offset = len(self.text) if at is None else at
        await self.do(self.replica.edit(self.document_id, [Edit(offset, offset, new)], time.monotonic()))
        return self

    async def sees(self, text: str) -> None:
        await until(lambda: self.text == text, f"{text!r}, but {self.text!r}")

    async def is_safe(self) -> None:
        await until(lambda: self.replica.unacknowledged() == 0, "everything is acknowledged")


class Stock(Connected):
    """What the y-websocket provider is: one document, bare y-protocols messages."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.shared = SharedText(client_id())
        self.is_synced = False
        self.denied = False

    async def greet(self) -> None:
        await self.send(encode(SyncStep1(self.shared.document.state_vector())))

    async def hear(self, message: bytes | str) -> None:
        assert isinstance(message, bytes)
        if message[0] == 2:
            self.denied = True
        if message[0] != 0:
            return
        match decode(message):
            case SyncStep1(state_vector):
                await self.send(encode(SyncStep2(self.shared.document.update_since(state_vector))))
            case SyncStep2(update):
                self.is_synced = True
                self.shared.merge(update)
            case Update(update):
                self.shared.merge(update)
            case _:
                pass

    async def type(self, new: str, at: int | None = None) -> None:
        offset = len(self.shared.text) if at is None else at
        await self.send(encode(Update(self.shared.edit([Edit(offset, offset, new)]))))

    async def sees(self, text: str) -> None:
        await until(lambda: self.shared.text == text, f"{text!r}, but {self.shared.text!r}")


class Simple(Connected):
    """A page or script without Yjs: whole texts as JSON."""

    def __init__(self, *arguments: Any, user: str = "sue", **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.user = user
        self.code: str | None = None
        self.version = 0
        self.errors: list[str] = []

    async def greet(self) -> None:
        await self.say("join_room", name=self.user)

    async def hear(self, message: bytes | str) -> None:
        said = json.loads(message)
        match said["type"]:
            case "room_state" | "code_update":
                self.code, self.version = said["data"]["code"], said["data"]["version"]
            case "error":
                self.errors.append(said["data"]["code"])

    async def say(self, kind: str, **data: object) -> None:
        await self.send(json.dumps({"type": kind, "roomId": self.room_id, "userId": self.user, "data": data}))

    async def type(self, new: str) -> None:
        assert self.code is not None
        self.code += new
        await self.say("code_update", code=self.code, version=self.version)

    async def sees(self, text: str) -> None:
        await until(lambda: self.code == text, f"{text!r}, but {self.code!r}")


__all__ = ["MAIN", "Pair", "Simple", "Stock", "until"]
