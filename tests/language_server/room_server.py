"""A room of `pair_ls.room` behind a websocket, in the test's own loop: quick, and it refuses or hangs up when asked.

What the real hub adds (handshake rights, a store) is tested with the real hub, in tests/end_to_end.
"""

import asyncio
import itertools
import secrets
from collections.abc import Coroutine, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from pair_ls.crdt.schema import ClientId
from pair_ls.room.effects import CloseConnection, HearAgain, LoadDocument, Persist, RoomEffect, Send, SendText
from pair_ls.room.ids import ConnectionId, DocumentId, ParticipantId, RoomId
from pair_ls.room.member import Framing, Member
from pair_ls.room.role import Role
from pair_ls.room.room import Room

ROOM_ID = "room-of-the-test"


class RoomServer:
    """`async with RoomServer() as hub`; everything is durable at once, in memory that outlives `stop` and `start`."""

    def __init__(self) -> None:
        self.role = Role.EDITOR
        self.refuse_with: HTTPStatus | None = None
        self.handshakes = 0
        self.is_silent = False
        self.port = 0
        self.room = Room(RoomId(ROOM_ID))
        self._updates: dict[DocumentId, list[tuple[bytes, str]]] = {}
        self._sockets: dict[ConnectionId, ServerConnection] = {}
        self._numbers = itertools.count(1)
        self._unsaid: list[tuple[Sequence[ConnectionId], bytes | str]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            subprotocols=[Subprotocol("pair-ls.1")],
            compression=None,
            process_request=self._check,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def stop(self) -> None:
        """Everybody is cut off; the room forgets everything that it had not stored."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self.room = Room(RoomId(ROOM_ID))

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def text(self, path: str) -> str:
        """What the room has at this path."""
        ids = [document_id for document_id, entry in self.room.documents().items() if entry.path == path]
        return self.room.text(ids[0]) if self.room.is_loaded(ids[0]) else ""

    def paths(self) -> list[str]:
        return sorted(entry.path for entry in self.room.documents().values())

    def set_role(self, role: Role) -> None:
        """Of everybody who is here, and who comes."""
        self.role = role
        for person in self.room.participants():
            self._carry_out(self.room.set_role(person.participant_id, role, self._now()))

    def speak(self) -> None:
        """Say what was not said while `is_silent`."""
        self.is_silent = False
        unsaid, self._unsaid = self._unsaid, []
        for connections, data in unsaid:
            self._send(connections, data)

    def kick_all(self) -> None:
        for person in self.room.participants():
            self._carry_out(self.room.kick(person.participant_id, "The owner has removed you.", self._now()))

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.handshakes += 1
        if self.refuse_with is None:
            return None
        return connection.respond(self.refuse_with, "no\n")

    async def _serve(self, socket: ServerConnection) -> None:
        connection = ConnectionId(next(self._numbers))
        self._sockets[connection] = socket
        query = parse_qs(urlsplit(socket.request.path if socket.request else "").query)
        member = Member(
            participant_id=ParticipantId(f"p:{query['participant'][0]}"),
            role=self.role,
            framing=Framing.PAIR,
            client_id=ClientId(secrets.randbits(32)),
            name=query["name"][0],
        )
        self._carry_out(self.room.join(connection, member, self._now()))
        try:
            async for frame in socket:
                assert isinstance(frame, bytes)
                self._carry_out(self.room.receive(connection, frame, self._now()))
        except ConnectionClosed:
            pass
        finally:
            del self._sockets[connection]
            self._carry_out(self.room.leave(connection, self._now()))

    def _carry_out(self, effects: Sequence[RoomEffect]) -> None:
        for effect in effects:
            match effect:
                case LoadDocument(document_id):
                    updates = self._updates.get(document_id, [])
                    self._carry_out(self.room.document_loaded(document_id, updates, {}, self._now()))
                case Persist(document_id, update, author, sequence):
                    self._updates.setdefault(document_id, []).append((update, author))
                    self._carry_out(self.room.committed(document_id, sequence, self._now()))
                case Send(connections, payload):
                    self._send(connections, payload)
                case SendText(connections, text):
                    self._send(connections, text)
                case CloseConnection(connection, code, reason):
                    if connection in self._sockets:
                        self._in_background(self._sockets[connection].close(code, reason))
                case HearAgain(connection, message):
                    assert isinstance(message, bytes)
                    self._carry_out(self.room.receive(connection, message, self._now()))
        self._arm()

    def _send(self, connections: Sequence[ConnectionId], data: bytes | str) -> None:
        if self.is_silent:
            self._unsaid.append((connections, data))
            return
        for connection in connections:
            if connection in self._sockets:
                self._in_background(self._sockets[connection].send(data))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            assert isinstance(task.exception(), ConnectionClosed | None)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.room.wake_at < float("inf"):
            self._timer = asyncio.get_running_loop().call_at(self.room.wake_at, self._tick)

    def _tick(self) -> None:
        self._carry_out(self.room.tick(self._now()))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
