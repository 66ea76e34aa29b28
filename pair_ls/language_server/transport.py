"""JSON-RPC over stdin and stdout, without a thread hop per line. Framing and bytes only; `dispatch` reads them.

pygls reads each header line and each body through its thread pool (322 us per message, and six busy handlers stop all
input). Here an `asyncio.Protocol` on the pipe cuts bodies out of whatever arrived (17 us). Where the loop cannot watch
stdin (a regular file, Windows) one reader thread does the same.
"""

import asyncio
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import IO, Protocol

log = logging.getLogger(__name__)

HEADER_END = b"\r\n\r\n"
READ_SIZE = 1 << 16
CONGESTED_BYTES = 1 << 20
"""More than this unwritten: the editor is not reading (a stopped process); what is only nice to have is not sent."""
MAX_UNWRITTEN_BYTES = 256 << 20
"""More than this unwritten: the editor will not come back for it; the server ends instead of eating the machine."""


class MessageFraming:
    """Cuts message bodies out of a byte stream (LSP base protocol). Pure; header names may be in any case."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._body_length: int | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Every body that is complete now, in order."""
        self._buffer += data
        bodies = []
        while (body := self._next_body()) is not None:
            bodies.append(body)
        return bodies

    def _next_body(self) -> bytes | None:
        buffer = self._buffer
        while self._body_length is None:
            end = buffer.find(HEADER_END)
            if end < 0:
                return None
            self._body_length = content_length(bytes(buffer[:end]))
            del buffer[: end + len(HEADER_END)]
        if len(buffer) < self._body_length:
            return None
        body = bytes(buffer[: self._body_length])
        del buffer[: self._body_length]
        self._body_length = None
        return body


def content_length(headers: bytes) -> int | None:
    """The length in a block of header lines, None if it names none (the block is then skipped)."""
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    log.warning("skipped %d header bytes without a content length", len(headers))
    return None


def framed(body: bytes) -> bytes:
    """A message as it goes over the wire."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Writer(Protocol):
    """Where complete messages go. Never blocks."""

    def write(self, data: bytes) -> None:
        """Send, or keep until it can be sent."""
        ...

    def close(self) -> None:
        """Send what is kept, then end."""
        ...

    @property
    def is_congested(self) -> bool:
        """True while the editor does not read: leave out what is merely nice to have."""
        ...


class PipeWriter:
    """stdout as a pipe transport: the loop goes on while the editor is slow."""

    def __init__(self, transport: asyncio.WriteTransport, give_up: Callable[[], None]) -> None:
        self._transport = transport
        self._give_up = give_up

    def write(self, data: bytes) -> None:
        """Send, or keep until the editor reads on."""
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNWRITTEN_BYTES:
            log.error("the editor does not read: %d bytes wait for it", self._transport.get_write_buffer_size())
            self._transport.abort()
            self._give_up()

    def close(self) -> None:
        """Send what is kept, then end."""
        self._transport.close()

    @property
    def is_congested(self) -> bool:
        """True while the editor does not read."""
        return self._transport.get_write_buffer_size() > CONGESTED_BYTES


class ThreadWriter:
    """stdout where the loop cannot watch it: one writing thread and a bounded count of what waits for it."""

    def __init__(self, output: IO[bytes], give_up: Callable[[], None]) -> None:
        self._output = output
        self._give_up = give_up
        self._messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        # Two counters, each with one writing thread, so that no lock is needed.
        self._accepted_bytes = 0
        self._written_bytes = 0
        self._thread = threading.Thread(target=self._write_all, name="stdout", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Keep `data` for the writing thread."""
        self._accepted_bytes += len(data)
        self._messages.put(data)
        if self._unwritten_bytes > MAX_UNWRITTEN_BYTES:
            self._give_up()

    def close(self) -> None:
        """Write what is kept, for two seconds at most."""
        self._messages.put(None)
        self._thread.join(timeout=2)

    @property
    def is_congested(self) -> bool:
        """True while the editor does not read."""
        return self._unwritten_bytes > CONGESTED_BYTES

    @property
    def _unwritten_bytes(self) -> int:
        return self._accepted_bytes - self._written_bytes

    def _write_all(self) -> None:
        while (data := self._messages.get()) is not None:
            try:
                write_fully(self._output.fileno(), data)
            except OSError:
                return  # the reading side notices the same and ends the server
            self._written_bytes += len(data)


def write_fully(descriptor: int, data: bytes) -> None:
    """`os.write` until all is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class Streams(Protocol):
    """Where an editor is talked to."""

    async def open_writer(self, give_up: Callable[[], None]) -> Writer:
        """A writer to the editor. `give_up` is called when it is gone or has stopped reading for good."""
        ...

    async def start_reading(self, receive: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Call `receive` with each message body in the event loop, in order, then `ended` once at end of input."""
        ...


class StandardStreams:
    """This process's stdin and stdout, taken away from everyone else.

    Whatever prints from now on (a library, native code) lands on stderr: one stray byte on stdout ends the session.
    """

    def __init__(self) -> None:
        self._input = os.fdopen(os.dup(0), "rb", buffering=0)
        self._output = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    async def open_writer(self, give_up: Callable[[], None]) -> Writer:
        """A writer on the real stdout. `give_up` is called when the editor is gone or has stopped reading for good."""
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.connect_write_pipe(lambda: _PipeEnd(give_up), self._output)
        except (ValueError, OSError, NotImplementedError):
            return ThreadWriter(self._output, give_up)
        return PipeWriter(transport, give_up)

    async def start_reading(self, receive: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Call `receive` with each message body in the event loop, in order, then `ended` once at end of input."""
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_read_pipe(lambda: _PipeReader(receive, ended), self._input)
        except (ValueError, OSError, NotImplementedError):
            threading.Thread(
                target=_read_in_thread, args=(self._input, loop, receive, ended), name="stdin", daemon=True
            ).start()


class _PipeReader(asyncio.Protocol):
    def __init__(self, receive: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._framing = MessageFraming()
        self._receive = receive
        self._ended = ended

    def data_received(self, data: bytes) -> None:
        for body in self._framing.feed(data):
            self._receive(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended()


class _PipeEnd(asyncio.BaseProtocol):
    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost()


def _read_in_thread(
    source: IO[bytes], loop: asyncio.AbstractEventLoop, receive: Callable[[bytes], None], ended: Callable[[], None]
) -> None:
    framing = MessageFraming()
    while data := _read_some(source):
        for body in framing.feed(data):
            loop.call_soon_threadsafe(receive, body)
    loop.call_soon_threadsafe(ended)


def _read_some(source: IO[bytes]) -> bytes:
    try:
        return os.read(source.fileno(), READ_SIZE)
    except OSError:
        return b""
