"""PostgreSQL goes away and comes back: nothing that was stored meanwhile is lost, doubled or out of order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from pair_ls.errors import StoreUnavailable
from pair_ls.storage import Store, open_store
from tests.storage.records import filled, update
from tests.support.postgres import PostgresServer


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest_asyncio.fixture
async def store(server: PostgresServer, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(server.url(), spool_file=tmp_path / "spool.sqlite3")
    yield await filled(opened)
    await opened.close()


async def is_back(store: Store) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await store.check()
                return
            except StoreUnavailable:
                await asyncio.sleep(0.05)


def everything(server: PostgresServer) -> list[psutil.Process]:
    assert server.child is not None
    main = psutil.Process(server.child.process.pid)
    return [main, *main.children(recursive=True)]


async def test_a_killed_database_gets_what_it_missed(server: PostgresServer, store: Store) -> None:
    await asyncio.to_thread(server.kill9)
    for number in range(6, 30):
        await store.updates.append([update(number), update(number - 5, document="notes")])
    assert store.spooled() == 48
    with pytest.raises(StoreUnavailable):
        await store.updates.load("room", "main")
    await asyncio.to_thread(server.restart)
    await is_back(store)
    await store.updates.append([update(30)])
    assert store.spooled() == 0
    assert (await store.updates.load("room", "main")).updates == tuple(update(number) for number in range(1, 31))


async def test_the_database_comes_back_although_nobody_stops_typing(server: PostgresServer, store: Store) -> None:
    await asyncio.to_thread(server.kill9)
    number = 5

    async def type_on() -> None:
        nonlocal number
        while True:
            number += 1
            await store.updates.append([update(number)])

    typing = asyncio.create_task(type_on())
    async with asyncio.timeout(20):
        while store.spooled() < 500:  # more than one batch: appends come in between
            await asyncio.sleep(0.01)
        await asyncio.to_thread(server.restart)
        await is_back(store)
        arrived = number
        while number < arrived + 5:
            await asyncio.sleep(0.01)
    assert store.spooled() == 0
    typing.cancel()
    await asyncio.gather(typing, return_exceptions=True)
    stored = (await store.updates.load("room", "main")).updates
    assert len(stored) >= number - 1
    assert stored == tuple(update(each) for each in range(1, len(stored) + 1))


async def test_a_frozen_database_is_given_up_and_gets_what_it_missed(server: PostgresServer, store: Store) -> None:
    stopped = everything(server)
    for process in stopped:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        await store.updates.append([update(6)])
        await store.updates.append([update(7)])
        assert store.spooled() == 2
    finally:
        for process in stopped:
            if process.is_running():
                os.kill(process.pid, signal.SIGCONT)
    await is_back(store)
    assert (await store.updates.load("room", "main")).updates == tuple(update(number) for number in range(1, 8))


async def test_the_next_hub_finds_what_the_last_one_spooled(server: PostgresServer, tmp_path: Path) -> None:
    spool_file = tmp_path / "spool.sqlite3"
    first = await filled(await open_store(server.url(), spool_file=spool_file))
    await asyncio.to_thread(server.kill9)
    await first.updates.append([update(6)])
    await first.close()
    await asyncio.to_thread(server.restart)
    second = await open_store(server.url(), spool_file=spool_file)
    assert (await second.updates.load("room", "main")).sequence == 6
    await second.close()


async def test_what_waits_for_a_deleted_room_is_dropped(server: PostgresServer, store: Store) -> None:
    await store.rooms.delete_room("room")
    await asyncio.to_thread(server.kill9)
    await store.updates.append([update(1)])
    await asyncio.to_thread(server.restart)
    await is_back(store)
    assert store.spooled() == 0
    assert await store.updates.documents("room") == ()
