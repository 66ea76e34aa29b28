"""The HTTP side of a connection as uvicorn has it, and what it lacks: a request must come in time and be small, and one
address may have so many connections."""

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pair_ls.hub.problem import raw_problem

if TYPE_CHECKING:
    from pair_ls.hub.hub import Hub

REQUEST_SECONDS = 10.0
"""For the headers of a request."""
BODY_SECONDS = 60.0
"""For the rest of it: twenty megabytes over a slow line."""
MOST_HEADER_BYTES = 32 << 10


class HttpDoor(HttpToolsProtocol):
    """Until a request is complete, its sender has no right to anything but a little time and space."""

    # uvicorn's own arguments.
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hub: Hub = self.app_state["hub"]
        self._address: str | None = None
        self._header_bytes = 0
        self._is_reading_headers = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """The clock starts."""
        super().connection_made(transport)
        self._start_clock(REQUEST_SECONDS)
        self._address = self.client[0] if self.client else ""
        self._hub.http_addresses.enter(self._address)
        if self._hub.http_addresses.has_too_many(self._address):
            transport.write(
                raw_problem(429, "too-many-connections", "There are too many connections from your address.")
            )
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The clock stops."""
        self._leave()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """From here on it is the room's."""
        self._leave()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Count what belongs to headers."""
        if self.transport.is_closing():
            return
        if self._is_reading_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._is_reading_headers and self._header_bytes > MOST_HEADER_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """The first or the next request on the connection."""
        self._header_bytes = 0
        self._is_reading_headers = True
        self._start_clock(REQUEST_SECONDS)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The body may take longer. How large it may be is the border's business."""
        self._is_reading_headers = False
        self._start_clock(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """From here on it is our own time."""
        self._stop_clock()
        super().on_message_complete()

    def _leave(self) -> None:
        self._stop_clock()
        if self._address is not None:
            self._hub.http_addresses.leave(self._address)
            self._address = None

    def _start_clock(self, seconds: float) -> None:
        self._stop_clock()
        if not self.transport.is_closing():
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
