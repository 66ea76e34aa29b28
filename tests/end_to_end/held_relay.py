"""A websocket relay between one language server and the hub that lets the hub's updates through only when told to.

So a test decides what an editor has seen when its user types: as slow a network as a recorded session had. It also
keeps the truth: a Yjs document of what the language server has, and one of all that has reached this relay.
"""

import asyncio
from types import TracebackType
from typing import Self

from pycrdt import Doc, Text, get_state
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from pair_ls.crdt.state_vector import check_state_vector
from pair_ls.room.messages import Acknowledged, SyncStep2, Update, decode_frame

PAIR = [Subprotocol("pair-ls.1")]


class YjsText:
    """A document of updates, with the root that every document of a room has."""

    def __init__(self) -> None:
        self._document: Doc[Text] = Doc()
        self._text = self._document.get("content", type=Text)

    def apply(self, update: bytes) -> None:
        self._document.apply_update(update)

    def __str__(self) -> str:
        return str(self._text)


class HeldRelay:
    """`async with HeldRelay(hub's port) as relay`; the language server connects to `relay.url`. For one document.

    Until `hold` all goes through. Then frames with others' updates wait for `let_through`; everything else goes on.
    """

    def __init__(self, hub_port: int) -> None:
        self.hub_port = hub_port
        self.seen = YjsText()  # what the language server has: its own, and what was let through
        self.all = YjsText()  # its own, and all that has come for it
        self.received = 0  # frames that were held, waiting or not
        self.let_through_count = 0
        self.unacknowledged = 0
        self.client_ids: set[int] = set()  # under which the language server writes
        self._port = 0
        self._is_holding = False
        self._held: list[tuple[bytes, bytes]] = []
        self._client: ServerConnection | None = None
        self._server: Server | None = None
        self._sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = await serve(self._serve, "127.0.0.1", 0, subprotocols=PAIR, compression=None, max_size=None)
        self._port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def hold(self) -> None:
        """From now on others' updates wait."""
        self._is_holding = True

    async def let_through(self, count: int) -> None:
        """Let the language server have others' updates up to the `count`th that was held."""
        assert self._client is not None
        frames = self._held[self.let_through_count : count]
        self.let_through_count += len(frames)
        for frame, update in frames:
            self.seen.apply(update)
            await self._client.send(frame)

    async def _serve(self, client: ServerConnection) -> None:
        assert client.request is not None
        authorization = client.request.headers.get("Authorization")
        async with connect(
            f"ws://127.0.0.1:{self.hub_port}{client.request.path}",
            subprotocols=PAIR,
            additional_headers={} if authorization is None else {"Authorization": authorization},
            compression=None,
            max_size=None,
            proxy=None,
        ) as hub:
            self._client = client
            upwards = asyncio.ensure_future(self._carry_up(client, hub))
            try:
                await self._carry_down(hub, client)
            finally:
                upwards.cancel()
                await asyncio.gather(upwards, return_exceptions=True)

    async def _carry_up(self, client: ServerConnection, hub: ClientConnection) -> None:
        async for frame in client:
            assert isinstance(frame, bytes)
            document_id, message = decode_frame(frame)
            if document_id and isinstance(message, Update | SyncStep2):
                self._sent += 1
                self.unacknowledged += 1
                self.seen.apply(message.update)
                self.all.apply(message.update)
                self.client_ids |= set(check_state_vector(get_state(message.update)))
            await hub.send(frame)
        await hub.close()

    async def _carry_down(self, hub: ClientConnection, client: ServerConnection) -> None:
        try:
            async for frame in hub:
                assert isinstance(frame, bytes)
                if not self._note(frame):
                    await client.send(frame)
        except ConnectionClosed:
            await client.close()

    def _note(self, frame: bytes) -> bool:
        """Whether the frame is held."""
        document_id, message = decode_frame(frame)
        if not document_id:
            return False
        match message:
            case Acknowledged(count):
                self.unacknowledged = self._sent - count
            case Update(update) | SyncStep2(update):
                self.all.apply(update)
                if self._is_holding and isinstance(message, Update):
                    self._held.append((frame, update))
                    self.received += 1
                    return True
                self.seen.apply(update)
        return False
