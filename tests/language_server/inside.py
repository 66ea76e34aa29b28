"""The fake editor with its language server in the same process: the whole server, without the cost of starting one."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder
from pair_ls.language_server.server import PairServer
from pair_ls.language_server.transport import MessageFraming, framed
from pair_ls.settings import LanguageServerSettings
from tests.language_server.room_server import ROOM_ID, RoomServer
from tests.support.fake_editor import FakeEditor
from tests.support.json_rpc import LanguageServerProcess, ResponseError, until


class MemoryStreams:
    """Both directions as function calls in the next turn of the loop."""

    def __init__(self, to_editor: Callable[[dict[str, Any]], None]) -> None:
        self._to_editor = to_editor
        self._framing = MessageFraming()
        self._receive: Callable[[bytes], None]
        self._ended: Callable[[], None]
        self.is_closed = False
        self.is_congested = False

    async def open_writer(self, give_up: Callable[[], None]) -> Self:
        return self

    async def start_reading(self, receive: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._receive, self._ended = receive, ended

    def write(self, data: bytes) -> None:
        for body in self._framing.feed(data):
            asyncio.get_running_loop().call_soon(self._to_editor, json.loads(body))

    def close(self) -> None:
        self.is_closed = True

    def send(self, message: dict[str, Any]) -> None:
        """From the editor to the server."""
        framing = MessageFraming()
        for body in framing.feed(framed(json.dumps({"jsonrpc": "2.0", **message}).encode())):
            asyncio.get_running_loop().call_soon(self._receive, body)

    def end(self) -> None:
        self._ended()


class ServerInside(LanguageServerProcess):
    """Stands where `LanguageServerProcess` does."""

    def __init__(self, settings: LanguageServerSettings) -> None:
        self.on_request = lambda method, params: None
        self.on_notification = lambda method, params: None
        self.after_answer = []
        self.pair_server = PairServer(settings)
        self.streams = MemoryStreams(self._take)
        self._numbers = itertools.count(1)
        self._waiting = {}
        self.task = asyncio.ensure_future(self.pair_server.serve(self.streams))

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def stderr(self) -> str:
        return ""

    async def stop(self) -> int:
        with contextlib.suppress(TimeoutError, ResponseError):
            await self.request("shutdown", None, seconds=5)
            self.notify("exit", None)
        return await self.kill9()

    async def kill9(self) -> int:
        self.pair_server.end(9)
        async with asyncio.timeout(10):
            return await self.task

    def _write(self, message: dict[str, object]) -> None:
        self.streams.send(message)


class EditorInside(FakeEditor):
    """`settings` as the command line would have given them."""

    def __init__(self, folder: Path, settings: LanguageServerSettings | None = None, **options: Any) -> None:
        super().__init__(folder, **options)
        self.settings = settings or LanguageServerSettings(name=folder.name)

    async def start(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.server = ServerInside(self.settings)
        self.server.on_request = self._on_request
        self.server.on_notification = lambda method, params: self.notifications.append((method, params))
        await asyncio.sleep(0)
        answer = await self.server.request("initialize", self._initialize())
        self.encoding = answer["capabilities"].get("positionEncoding", "utf-16")
        self.server.notify("initialized", {})
        return self

    @property
    def pair_server(self) -> PairServer:
        assert isinstance(self.server, ServerInside)
        return self.server.pair_server

    def told(self, method: str) -> list[Any]:
        """The parameters of all notifications of this kind so far."""
        return [params for name, params in self.notifications if name == method]


def joined(folder: Path, hub_url: str, *, name: str | None = None, token: str | None = None) -> Path:
    """A folder that takes part in the room of the test."""
    folder.mkdir(parents=True, exist_ok=True)
    address = HubAddress(hub_url, ROOM_ID, f"secret of {folder.name}", name or folder.name, token=token)
    JoinedFolder(folder.resolve(), address).save()
    return folder


async def state_of(editor: EditorInside, state: str) -> None:
    await until(lambda: editor.pair_server.pair.status().state.value == state, what=f"the state {state}")


async def bound(editor: EditorInside, name: str) -> None:
    def is_bound() -> bool:
        document = editor.pair_server.pair.documents.get(editor.buffers[name].uri)
        return document is not None and document.is_bound

    await until(is_bound, what=f"{name} is shared")


async def room_has(hub: RoomServer, path: str, text: str) -> None:
    await until(lambda: path in hub.paths() and hub.text(path) == text, what=f"the room has the text of {path}")
