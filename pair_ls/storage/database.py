"""One SQL database behind threads: writes go to one thread, reads to a few others; SQLAlchemy's errors become ours.

Why threads and not SQLAlchemy's asyncio engine: docs/decisions/101-storage-threads.md.
"""

import asyncio
import contextlib
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from pair_ls.errors import SettingsError, StoreUnavailable
from pair_ls.storage.writer import Writer

_Result = TypeVar("_Result")

READER_THREADS = 4
CONNECT_TIMEOUT_SECONDS = 2
# Longer than the SQLite busy timeout, so that a lock is reported as one; a frozen PostgreSQL is given up after it.
STATEMENT_TIMEOUT_SECONDS = 5.0
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=4000", "wal_autocheckpoint=4000", "foreign_keys=ON")
_FULL_DISK = ("disk is full", "no space left", "diskfull", "could not extend file", "disk i/o error")


class Database:
    """An engine with its threads."""

    def __init__(self, url: str, *, log_sql: bool = False) -> None:
        self.url = _parse(url)
        self.engine = _engine(self.url, log_sql=log_sql)
        self._writer = Writer()
        self._appender: PoolProxiedConnection | None = None  # the writer keeps it for `insert`
        self._readers = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="store-read")
        self._open: set[Any] = set()  # DBAPI connections of the pool, to be cut off when their server hangs
        event.listen(self.engine, "connect", lambda connection, *_: self._open.add(connection))
        event.listen(self.engine, "close", lambda connection, *_: self._open.discard(connection))

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def address(self) -> str:
        """Where it is, for a person: no password."""
        return self.url.render_as_string(hide_password=True)

    async def write(self, work: Callable[[Connection], _Result], *, timeout_seconds: float | None = None) -> _Result:
        """Run `work` in one transaction, after all earlier writes. Returns when the commit is durable."""
        running = self._writer.run(lambda: self._transaction(work))
        return await self._patiently(running, timeout_seconds or STATEMENT_TIMEOUT_SECONDS)

    async def read(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run `work` in one read transaction, beside others."""
        running = asyncio.get_running_loop().run_in_executor(self._readers, self._transaction, work)
        return await self._patiently(running, STATEMENT_TIMEOUT_SECONDS)

    async def insert(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> bool:
        """As `write`, for the one transaction that stands in everybody's way: without SQLAlchemy, on SQLite only.

        False: nothing was done, and `write` will say why.
        """
        if not self.is_sqlite or self.engine.echo:
            return False
        return await self._writer.run(lambda: self._insert(statement, rows))

    async def close(self) -> None:
        """Wait for what runs, then drop the connections."""
        await self._writer.run(self._drop_appender)
        await asyncio.to_thread(self._writer.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self.engine.dispose)

    async def _patiently(self, running: asyncio.Future[_Result], timeout_seconds: float) -> _Result:
        if self.is_sqlite:
            return await running
        done, _ = await asyncio.wait([running], timeout=timeout_seconds)
        if not done:
            self._cut_off()
        return await running

    def _insert(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> bool:
        try:
            if self._appender is None:
                self._appender = self.engine.raw_connection()
                self._appender.detach()
            cursor = self._appender.cursor()
            cursor.execute("BEGIN")
            cursor.executemany(statement, rows)
            cursor.execute("COMMIT")
        except (SQLAlchemyError, sqlite3.Error):
            self._drop_appender()
            return False
        return True

    def _drop_appender(self) -> None:
        """What it has begun is rolled back."""
        appender, self._appender = self._appender, None
        if appender is not None:
            appender.close()

    def _transaction(self, work: Callable[[Connection], _Result]) -> _Result:
        with self.our_errors(), self.engine.begin() as connection:
            return work(connection)

    @contextlib.contextmanager
    def our_errors(self) -> Iterator[None]:
        """Turns what SQLAlchemy raises into StoreUnavailable."""
        try:
            yield
        except SQLAlchemyError as error:
            raise _translated(error, self.address) from error

    def connect_alone(self) -> Connection:
        """A connection outside the pool and outside transactions, for as long as the caller wants. Blocks."""
        with self.our_errors():
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._open.discard(connection.connection.dbapi_connection)
            connection.detach()
        return connection

    def _cut_off(self) -> None:
        """A frozen server neither answers nor hangs up: close our end, and the waiting threads get their error."""
        for connection in tuple(self._open):
            if connection.closed:
                continue
            with contextlib.suppress(OSError):
                with socket.socket(fileno=os.dup(connection.fileno())) as wire:
                    wire.shutdown(socket.SHUT_RDWR)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(
            "database_url is not a database address; expected sqlite:///FILE or postgresql+psycopg://..."
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed.set(drivername="sqlite+pysqlite")
    raise SettingsError(
        "database_url must name a SQLite file (sqlite:///FILE) or a PostgreSQL database (postgresql+psycopg://...)"
    )


def _engine(url: URL, *, log_sql: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, echo=log_sql, hide_parameters=True, pool_size=READER_THREADS + 1, max_overflow=0)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(
            url,
            echo=log_sql,
            hide_parameters=True,
            pool_size=READER_THREADS + 1,
            max_overflow=0,
            pool_timeout=CONNECT_TIMEOUT_SECONDS,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "options": "-c synchronous_commit=on"},
        )
    except (ImportError, NoSuchModuleError):
        raise SettingsError("PostgreSQL needs the extra: pip install 'pair-ls[hub,postgres]'") from None
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = (
        None  # the driver's own transactions leave DDL outside; ours are begun by _begin_sqlite
    )
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _translated(error: SQLAlchemyError, address: str) -> StoreUnavailable:
    if isinstance(error, IntegrityError):
        return StoreUnavailable("The database refused a row that contradicts another.", code="store-conflict")
    told = str(error).lower()
    if any(words in told for words in _FULL_DISK):
        return StoreUnavailable(
            "The disk of the database is full; nothing is acknowledged until there is space again.", code="store-full"
        )
    return StoreUnavailable(f"The database at {address} does not answer.")
