"""Open the store that an address names: take its lock, bring its schema up to date, and only then hand it out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pair_ls.storage.database import Database
from pair_ls.storage.hub_lock import AdvisoryLock, FileLock, HubLock
from pair_ls.storage.memory import MemoryStore
from pair_ls.storage.spool import Spool
from pair_ls.storage.spooling import SpoolingStore
from pair_ls.storage.sql import SqlStore
from pair_ls.storage.store import HistoryStore, RoomStore, UpdateStore

MEMORY_URL = "memory:"


@dataclass(frozen=True, slots=True)
class Store:
    """What an open store offers, by who needs it."""

    updates: UpdateStore
    history: HistoryStore
    rooms: RoomStore
    check: Callable[[], Awaitable[None]]
    """Raises StoreUnavailable unless a small query works now."""
    spooled: Callable[[], int]
    """How many updates are safe on this machine but not in the main database."""
    close: Callable[[], Awaitable[None]]


async def open_store(url: str, *, spool_file: Path, log_sql: bool = False) -> Store:
    """Raises SettingsError for an address that is none, StoreUnavailable if the database is away, in use or too new."""
    if url == MEMORY_URL:
        return memory_store()
    database = Database(url, log_sql=log_sql)
    if database.is_sqlite:
        return await _open_sqlite(database)
    return await _open_postgresql(database, spool_file)


def memory_store() -> Store:
    """A store that forgets with the process."""
    memory = MemoryStore()
    return Store(memory, memory, memory, memory.check, lambda: 0, memory.close)


async def _open_sqlite(database: Database) -> Store:
    file = Path(database.url.database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    await _locked(database, lock)
    sql = await _migrated(database, lock)

    async def close() -> None:
        await sql.close()
        lock.release()

    return Store(sql, sql, sql, sql.check, lambda: 0, close)


async def _open_postgresql(database: Database, spool_file: Path) -> Store:
    lock = AdvisoryLock(database)
    await _locked(database, lock)
    sql = await _migrated(database, lock)
    spool = Spool(Database(f"sqlite:///{spool_file}"))
    await spool.open()
    spooling = SpoolingStore(sql, spool, lock)

    async def close() -> None:
        await asyncio.to_thread(lock.release)
        await spooling.close()

    try:
        await spooling.start()
    except BaseException:  # likewise
        await close()
        raise

    return Store(spooling, sql, sql, spooling.check, lambda: spooling.spooled, close)


async def _locked(database: Database, lock: HubLock) -> None:
    try:
        await asyncio.to_thread(lock.acquire)
    except BaseException:  # cleans up, and lets it go on up
        await database.close()
        raise


async def _migrated(database: Database, lock: HubLock) -> SqlStore:
    sql = SqlStore(database)
    try:
        await sql.migrate()
    except BaseException:  # likewise
        await sql.close()
        lock.release()
        raise
    return sql
