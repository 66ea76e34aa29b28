"""A whole database in one file, written beside a running hub, and back: the same file for SQLite and PostgreSQL.

Gzip of JSON lines: a head, then [table, row] in an order that foreign keys allow, then the number of rows. Bytes are
base64. What is written is one snapshot: all that was committed before it began, of every transaction all or nothing.
Calls wait for disk and database.
"""

import base64
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, Table, func, insert, select, text

from pair_ls.errors import PairError, StoreUnavailable
from pair_ls.storage import schema
from pair_ls.storage.database import Database
from pair_ls.storage.tables import documents, metadata

_HEAD = {"format": "pair-ls backup", "version": 1}
_ROWS_AT_ONCE = 500


def back_up(url: str, file: Path) -> int:
    """Write the database into `file`, complete or not at all; gives the number of rows.

    Raises SettingsError or StoreUnavailable, also for a database that there is not or that another version has made.
    """
    database = existing(url)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with snapshot(database) as connection, _new(unfinished) as lines:
            count = _write(connection, lines)
        os.replace(unfinished, file)
    except OSError as error:
        raise PairError(f"{file} cannot be written: {error.strerror}.", code="cannot-write") from error
    finally:
        unfinished.unlink(missing_ok=True)
        database.engine.dispose()
    return count


def bring_back(url: str, file: Path) -> int:
    """Fill an empty database from `file`, all or nothing; gives the number of rows.

    Raises PairError: the file is none of ours or not whole (code "bad-backup"), or the database is not empty (code
    "store-not-empty").
    """
    database = Database(url)
    if database.is_sqlite:
        Path(database.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            database.our_errors(),
            database.engine.begin() as connection,
            gzip.open(file, "rt", encoding="utf-8") as lines,
        ):
            schema.upgrade(connection)
            if any(connection.execute(select(table).limit(1)).first() for table in metadata.sorted_tables):
                sentence = f"The database {database.address} is not empty: a backup is brought back into an empty one."
                raise PairError(sentence, code="store-not-empty")
            count = _read(connection, lines)
            if not database.is_sqlite:
                _continue_numbers(connection)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise PairError(f"{file} is no whole backup of pair-ls: {error}", code="bad-backup") from error
    finally:
        database.engine.dispose()
    return count


def existing(url: str) -> Database:
    """The database that a hub has made. Raises SettingsError or StoreUnavailable."""
    database = Database(url)
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        raise StoreUnavailable(f"There is no database {database.address}.")
    return database


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """One state of the whole, beside a running hub: SQLite's readers see one from their first look on (WAL).

    Raises StoreUnavailable, also for a database of another version.
    """
    with database.our_errors(), database.engine.connect() as connection:
        if not database.is_sqlite:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            if not schema.is_current(connection):
                raise StoreUnavailable("The database was made by another version of pair-ls.", code="store-too-new")
            yield connection


@contextmanager
def _new(file: Path) -> Iterator[IO[str]]:
    """Readable by its owner only, and on the disk when it is left."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as raw:
        with gzip.open(raw, "wt", encoding="utf-8") as lines:
            yield lines
        raw.flush()
        os.fsync(raw.fileno())


def _write(connection: Connection, lines: IO[str]) -> int:
    count = 0
    lines.write(json.dumps(_HEAD) + "\n")
    for table in metadata.sorted_tables:
        rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
        for row in rows:
            packed = {name: _packed(value) for name, value in row._mapping.items()}
            lines.write(json.dumps([table.name, packed], ensure_ascii=False) + "\n")
            count += 1
    lines.write(json.dumps({"rows": count}) + "\n")
    return count


def _packed(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _read(connection: Connection, lines: IO[str]) -> int:
    if json.loads(lines.readline()) != _HEAD:
        raise ValueError("it begins otherwise")
    waiting: list[dict[str, Any]] = []
    table: Table | None = None
    for count, line in enumerate(lines):
        said = json.loads(line)
        if isinstance(said, dict):
            _insert(connection, table, waiting)
            if said["rows"] != count:
                raise ValueError("rows are missing")
            return count
        name, packed = said
        if table is None or name != table.name or len(waiting) >= _ROWS_AT_ONCE:
            _insert(connection, table, waiting)
            table, waiting = metadata.tables[name], []
        waiting.append(_unpacked(table, packed))
    raise ValueError("its end is missing")


def _unpacked(table: Table, packed: dict[str, Any]) -> dict[str, Any]:
    binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
    return {name: base64.b64decode(value) if name in binary else value for name, value in packed.items()}


def _insert(connection: Connection, table: Table | None, rows: list[dict[str, Any]]) -> None:
    if table is not None and rows:
        connection.execute(insert(table), rows)


def _continue_numbers(connection: Connection) -> None:
    """PostgreSQL counts document keys apart from the table: go on after the last."""
    last = connection.execute(select(func.max(documents.c.document_key))).scalar()
    if last is not None:
        connection.execute(text("select setval(pg_get_serial_sequence('documents', 'document_key'), :n)"), {"n": last})
