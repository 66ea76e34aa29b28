"""Where every connection to the hub begins: whole websocket handshakes go straight to a room, the rest to uvicorn.

uvicorn would read a handshake, write it anew and have it read once more: half the CPU of a handshake, which counts when
a whole class opens a room at once.
"""

import asyncio
from typing import Any, cast

from uvicorn import Config
from uvicorn.server import ServerState

from pair_ls.hub.http_door import MOST_HEADER_BYTES, REQUEST_SECONDS, HttpDoor
from pair_ls.hub.socket import RoomSocket

_END = b"\r\n\r\n"
_UPGRADE = b"\r\nupgrade: websocket\r\n"


class FrontDoor(asyncio.Protocol):
    """uvicorn makes one for each connection; it is gone with the first bytes."""

    __slots__ = ("_app_state", "_config", "_deadline", "_loop", "_server_state", "_transport")

    # uvicorn's own arguments; app_state is what the lifespan of the app yielded, hence Any.
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._deadline: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Who says nothing does not stay."""
        self._transport = cast(asyncio.Transport, transport)
        self._server_state.connections.add(cast(Any, self))  # uvicorn closes all of these when it stops
        self._deadline = self._loop.call_later(REQUEST_SECONDS, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Over before it began."""
        self._step_aside()

    def data_received(self, data: bytes) -> None:
        """Show the way."""
        self._step_aside()
        way: RoomSocket | HttpDoor
        if is_websocket_handshake(data):
            way = RoomSocket(self._config, self._server_state, self._app_state)
        else:
            way = HttpDoor(self._config, self._server_state, self._app_state, self._loop)
        way.connection_made(self._transport)
        self._transport.set_protocol(way)
        way.data_received(data)

    def shutdown(self) -> None:
        """uvicorn stops."""
        self._transport.close()

    def _step_aside(self) -> None:
        self._deadline.cancel()
        self._server_state.connections.discard(cast(Any, self))


def is_websocket_handshake(data: bytes) -> bool:
    """Whether this is a whole request for a room's websocket, and nothing else. What is unusual goes to uvicorn."""
    return (
        data.startswith(b"GET /ws/")
        and len(data) <= MOST_HEADER_BYTES
        and data.find(_END) == len(data) - len(_END)
        and _UPGRADE in data.lower()
    )
