"""An OpenAI-compatible endpoint on loopback that does what a test tells it to: models, completions, chat/completions.

It counts posts, open answers and connections that were closed before their answer was complete, and keeps all bodies.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Stub", "Call"], Awaitable[None]]


@dataclass
class Call:
    """One request of a client."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    at: float

    @property
    def is_chat(self) -> bool:
        return "chat" in self.path

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def start_events(self) -> None:
        self.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")

    def event(self, text: str, **choice: Any) -> None:
        """One chunk with `text`, in the shape of the endpoint that was asked."""
        self.raw_event(json.dumps(self.chunk(text, **choice)))

    def chunk(self, text: str, **choice: Any) -> dict[str, Any]:
        one: dict[str, Any] = {"index": 0, "finish_reason": None, **choice}
        one |= {"delta": {"content": text}} if self.is_chat else {"text": text}
        return {"id": "c", "object": "chunk", "created": 1, "model": "stub", "choices": [one]}

    def raw_event(self, data: str) -> None:
        self.write(b"data: " + data.encode() + b"\n\n")

    def done(self) -> None:
        self.write(b"data: [DONE]\n\n")

    def json(self, status: int, body: Any, headers: Sequence[tuple[str, str]] = ()) -> None:
        data = json.dumps(body).encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in headers)
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n{more}\r\n"
        self.write(head.encode() + data)

    async def is_gone(self, seconds: float) -> bool:
        """Waits, and tells whether the client closed the connection meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self.reader.read(1)
                return True
        except TimeoutError:
            return False


@dataclass
class Stub:
    """`answer` decides what happens to a post; change it at any time."""

    answer: Answer
    calls: list[Call] = field(default_factory=list)
    models: Sequence[str] | None = ("stub-model",)
    open: int = 0
    most_open: int = 0
    aborted: list[float] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def posts(self) -> int:
        return len(self.calls)

    def sent_text(self) -> str:
        """Everything that was ever sent to us."""
        return json.dumps([call.body for call in self.calls], ensure_ascii=False)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readline()
        if not first:
            return False
        headers: dict[str, str] = {}
        while (line := (await reader.readline()).decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        size = int(headers.get("content-length", 0))
        body = json.loads(await reader.readexactly(size)) if size else {}
        call = Call(first.decode().split(" ")[1], headers, body, reader, writer, time.monotonic())
        if call.path.endswith("/models"):
            if self.models is None:
                call.json(404, {"error": {"message": "no such place"}})
            else:
                call.json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
            await writer.drain()
            return True
        self.calls.append(call)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self.answer(self, call)
            await writer.drain()
        finally:
            self.open -= 1
        return False


@asynccontextmanager
async def serving(answer: Answer, *, models: Sequence[str] | None = ("stub-model",)) -> AsyncIterator[Stub]:
    stub = Stub(answer, models=models)
    server = await asyncio.start_server(stub.handle, "127.0.0.1", 0)
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()


def says(
    text: str, *, chunk: int = 4, gap_seconds: float = 0.0, first_seconds: float = 0.0, end: bool = True
) -> Answer:
    """Streams `text` in pieces; notices a client that leaves."""

    async def answer(stub: Stub, call: Call) -> None:
        if first_seconds and await call.is_gone(first_seconds):
            stub.aborted.append(time.monotonic())
            return
        call.start_events()
        for at in range(0, len(text), chunk):
            call.event(text[at : at + chunk])
            await call.writer.drain()
            if gap_seconds and await call.is_gone(gap_seconds):
                stub.aborted.append(time.monotonic())
                return
        if end:
            call.done()

    return answer


def fails(status: int, body: Any = None, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    async def answer(stub: Stub, call: Call) -> None:
        call.json(status, body if body is not None else {"error": {"message": "no"}}, headers)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """The first post gets the first answer, and so on; the last one stays."""

    async def answer(stub: Stub, call: Call) -> None:
        await answers[min(stub.posts, len(answers)) - 1](stub, call)

    return answer


def events(*lines: bytes, close: bool = True) -> Answer:
    """Raw bytes of an event stream, each written by itself."""

    async def answer(stub: Stub, call: Call) -> None:
        call.start_events()
        for line in lines:
            call.write(line)
            await call.writer.drain()
            await asyncio.sleep(0.005)  # so that each arrives by itself
        if not close:
            await call.is_gone(30)

    return answer


async def never(stub: Stub, call: Call) -> None:
    """Accepts the post and stays silent until the client leaves."""
    await call.is_gone(30)
    stub.aborted.append(time.monotonic())
