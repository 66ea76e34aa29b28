"""The HTTP side of a connection as uvicorn has it, and what it lacks: a request must come in time and be small."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS = 10.0
MOST_HEADER_BYTES = 32 << 10


class HttpDoor(HttpToolsProtocol):
    """Until the headers of a request are complete, its sender has no right to anything but a little time and space."""

    # uvicorn's own arguments.
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._header_bytes = 0
        self._is_reading_headers = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """The clock starts."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """The clock stops."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to headers."""
        if self._is_reading_headers:
            self._header_bytes += len(data)
            if self._deadline is None and not self.transport.is_closing():
                self._deadline = self.loop.call_later(REQUEST_SECONDS, self._too_late)
        super().data_received(data)
        if self._is_reading_headers and self._header_bytes > MOST_HEADER_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """From here on uvicorn's own limits, and ours in `border`, hold."""
        self._stop_clock()
        self._is_reading_headers = False
        super().on_headers_complete()

    def on_message_begin(self) -> None:
        """The next request on the connection."""
        self._header_bytes = 0
        self._is_reading_headers = True
        super().on_message_begin()

    def _too_late(self) -> None:
        self.transport.abort()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
