"""A request must come in time, and one address may have so many connections."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from uvicorn import Config
from uvicorn.server import ServerState

from pair_ls.hub import http_door
from pair_ls.hub.addresses import Addresses
from pair_ls.hub.http_door import HttpDoor
from tests.hub.clients import until

HEAD = b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 3\r\n\r\n"


async def app(_scope: Any, receive: Any, send: Any) -> None:
    """Answers when it has read everything."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest_asyncio.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Of a server with little patience."""
    monkeypatch.setattr(http_door, "REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(http_door, "BODY_SECONDS", 0.2)
    config = Config(app, lifespan="off", log_config=None)
    config.load()
    state = {"hub": SimpleNamespace(http_addresses=Addresses(most=2))}
    loop = asyncio.get_running_loop()
    served = ServerState()
    server = await loop.create_server(lambda: HttpDoor(config, served, state, loop), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    await until(lambda: not served.connections, "every connection is over")


async def close(writer: asyncio.StreamWriter) -> None:
    """Whoever is at the other end may have been quicker."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@pytest.mark.parametrize(
    "pieces",
    [[HEAD[:9]], [HEAD + b"a"], [HEAD + b"abc", HEAD[:1]], [HEAD + b"abc", HEAD + b"a"]],
    ids=["headers", "body", "headers of the next", "body of the next"],
)
async def test_a_request_that_does_not_end_is_cut_off(port: int, pieces: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    *whole, part = pieces
    for piece in whole:
        writer.write(piece)
        assert b"204" in await reader.readuntil(b"\r\n\r\n")
    writer.write(part)
    async with asyncio.timeout(5):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    await close(writer)


async def test_too_many_connections_of_one_address_are_refused(port: int) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    for reader, writer in held:
        writer.write(HEAD + b"abc")
        assert b"204" in await reader.readuntil(b"\r\n\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head, body = (await reader.read()).split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 429 ")
    assert json.loads(body)["code"] == "too-many-connections"
    for _, each in [*held, (reader, writer)]:
        await close(each)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"abc")
    assert b"204" in await reader.readuntil(b"\r\n\r\n")
    await close(writer)
