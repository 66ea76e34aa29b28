"""One hub for one database: two would each hold half of a live room. A lock that the system drops with the process."""

import os
import sys
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from pair_ls.errors import StoreUnavailable
from pair_ls.storage.database import Database

# Any number, the same in every version: the name of the advisory lock in PostgreSQL.
_ADVISORY_KEY = 0x70616972_6C73


class HubLock(Protocol):
    """Held from `acquire` to `release`."""

    def acquire(self) -> None:
        """Take the lock, or raise StoreUnavailable(code="store-in-use")."""

    def release(self) -> None:
        """Let go."""


class FileLock:
    """An exclusive lock on `FILE.lock` beside the SQLite file."""

    def __init__(self, database_file: Path) -> None:
        self._path = database_file.with_name(database_file.name + ".lock")
        self._file: IO[bytes] | None = None

    def acquire(self) -> None:
        """See HubLock."""
        file = open(self._path, "ab")  # noqa: SIM115 - held open as long as the lock
        try:
            _lock_file(file)
        except OSError as error:
            file.close()
            raise _in_use(str(self._path.with_suffix(""))) from error
        self._file = file

    def release(self) -> None:
        """See HubLock. The file stays: removing it would let two hubs lock two files of one name."""
        if self._file is not None:
            self._file.close()
            self._file = None


class AdvisoryLock:
    """A session lock in PostgreSQL, on a connection of its own. Lost with the connection: `acquire` takes it anew."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    def acquire(self) -> None:
        """See HubLock. Does nothing while the lock is held."""
        if self._connection is not None and self._holds(self._connection):
            return
        self.release()
        connection = self._database.connect_alone()
        with self._database.our_errors():
            taken = connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}).scalar_one()
        if not taken:
            connection.close()
            raise _in_use(self._database.address)
        self._connection = connection

    def release(self) -> None:
        """See HubLock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @staticmethod
    def _holds(connection: Connection) -> bool:
        try:
            connection.execute(text("select 1"))
        except SQLAlchemyError:
            return False
        return True


def _lock_file(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.set_inheritable(file.fileno(), False)


def _in_use(address: str) -> StoreUnavailable:
    sentence = f"Another hub already uses the database {address}; stop it, or give this hub a database of its own."
    return StoreUnavailable(sentence, code="store-in-use")
