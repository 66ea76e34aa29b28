"""A room in this process, and two editors in it, each with its language server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.language_server.inside import EditorInside, joined
from tests.language_server.room_server import RoomServer


@pytest_asyncio.fixture
async def hub() -> AsyncIterator[RoomServer]:
    async with RoomServer() as server:
        yield server


@pytest_asyncio.fixture
async def ada(tmp_path: Path, hub: RoomServer) -> AsyncIterator[EditorInside]:
    async with EditorInside(joined(tmp_path / "ada", hub.url)) as editor:
        yield editor


@pytest_asyncio.fixture
async def bob(tmp_path: Path, hub: RoomServer) -> AsyncIterator[EditorInside]:
    async with EditorInside(joined(tmp_path / "bob", hub.url)) as editor:
        yield editor
