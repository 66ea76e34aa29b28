"""PostgreSQL goes away and comes back: nothing that was stored meanwhile is lost, doubled or out of order."""

import asyncio
import contextlib
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from pair_ls.errors import StoreUnavailable
from pair_ls.storage import Store, StoredUpdate, open_store
from pair_ls.storage.database import Database
from pair_ls.storage.spool import Spool
from pair_ls.storage.spooling import SpoolingStore
from pair_ls.storage.sql import SqlStore
from tests.storage.records import filled, room, update
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


async def test_what_waits_for_an_unknown_room_is_set_aside(
    server: PostgresServer, store: Store, tmp_path: Path
) -> None:
    await store.rooms.delete_room("room")
    await asyncio.to_thread(server.kill9)
    await store.updates.append([update(1)])
    await asyncio.to_thread(server.restart)
    await is_back(store)
    assert store.spooled() == 0
    assert await store.updates.documents("room") == ()
    with contextlib.closing(sqlite3.connect(tmp_path / "spool.sqlite3")) as spool:
        assert spool.execute('select room_id, document_id, sequence, "update" from set_aside').fetchall() == [
            ("room", "main", 1, update(1).update)
        ]


class AwayStore(SqlStore):
    """A database that is away until somebody says otherwise."""

    is_away = False

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        self._answer()
        await super().append(updates)

    async def check(self) -> None:
        self._answer()
        await super().check()

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("away")


class Lock:
    """Ours, unless another hub has taken it."""

    is_taken = False

    def acquire(self) -> None:
        if self.is_taken:
            raise StoreUnavailable("Another hub already uses the database.", code="store-in-use")

    def release(self) -> None: ...


@dataclass
class TwoHubs:
    """One hub's store, and the database as another hub sees it."""

    store: SpoolingStore
    database: AwayStore
    lock: Lock
    spool: Spool

    async def ends_with(self, code: str) -> None:
        async with asyncio.timeout(10):
            while True:
                try:
                    await self.store.check()
                except StoreUnavailable as error:
                    if error.code == code:
                        return
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture
async def two(tmp_path: Path) -> AsyncIterator[TwoHubs]:
    database = AwayStore(Database(f"sqlite:///{tmp_path / 'main.sqlite3'}"))
    await database.migrate()
    await database.create_room(room())
    spool, lock = Spool(Database(f"sqlite:///{tmp_path / 'spool.sqlite3'}")), Lock()
    await spool.open()
    store = SpoolingStore(database, spool, lock)
    yield TwoHubs(store, database, lock, spool)
    await store.close()


async def test_another_hub_has_the_database_when_it_comes_back(two: TwoHubs) -> None:
    two.database.is_away = True
    await two.store.append([update(1)])
    two.lock.is_taken, two.database.is_away = True, False
    await two.ends_with("store-in-use")
    with pytest.raises(StoreUnavailable) as refused:
        await two.store.append([update(2)])
    assert (refused.value.code, two.spool.count) == ("store-in-use", 1)


async def test_another_hub_wrote_while_the_database_was_away(two: TwoHubs) -> None:
    await two.store.append([update(1)])
    two.database.is_away = True
    await two.store.append([update(2), update(3)])
    theirs = update(2)._replace(update=b"another")
    await two.database.append_again([theirs])
    two.database.is_away = False
    await two.ends_with("store-differs")
    assert two.spool.count == 2
    assert (await two.database.load("room", "main")).updates == (update(1), theirs)


async def test_what_arrived_already_is_not_stored_twice(two: TwoHubs) -> None:
    two.database.is_away = True
    await two.store.append([update(1), update(2)])
    await two.database.append_again([update(1)])
    two.database.is_away = False
    await two.store.start()
    assert two.spool.count == 0
    assert (await two.database.load("room", "main")).updates == (update(1), update(2))
