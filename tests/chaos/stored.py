"""What a store holds, read with nothing of the project's own: SQL, and pycrdt on every update since the beginning.

Live clients would send again what a hub has lost, and so hide the loss. Therefore nobody is asked but the files.
"""

import contextlib
import sqlite3
from pathlib import Path

import psycopg
from pycrdt import Doc, Text
from sqlalchemy.engine import make_url

_LOG = (
    "SELECT sequence, content FROM updates JOIN documents USING (document_key)"
    " WHERE room_id = {0} AND document_id = {0} ORDER BY sequence"
)
_CHECKPOINT = (
    "SELECT sequence, state FROM checkpoints JOIN documents USING (document_key)"
    " WHERE room_id = {0} AND document_id = {0} AND kind = 'latest'"
)
_SPOOL = 'SELECT sequence, "update" FROM spooled WHERE room_id = ? AND document_id = ? ORDER BY place'

Rows = dict[int, bytes]


class StoreDamaged(AssertionError):
    """The store contradicts itself."""


def read_text(database_url: str | None, data: Path, room_id: str, document_id: str) -> str:
    """The text of the document as the store has it. `database_url` None: SQLite in the folder `data`."""
    spooled: Rows = {}
    if database_url is None:
        log, checkpoints = _read_sqlite(data / "hub.sqlite3", room_id, document_id)
    else:
        spooled = _read_spool(data / "spool.sqlite3", room_id, document_id)  # first: rows move from there to the other
        log, checkpoints = _read_postgresql(database_url, room_id, document_id)
    for sequence, update in spooled.items():
        if log.setdefault(sequence, update) != update:
            raise StoreDamaged(f"update {sequence} of {document_id} differs between spool and database")
    if sorted(log) != list(range(1, len(log) + 1)):
        raise StoreDamaged(f"the log of {document_id} has holes")
    text = _text_of([log[sequence] for sequence in sorted(log)])
    for last, state in checkpoints.items():
        tail = [log[sequence] for sequence in sorted(log) if sequence > last]
        if _text_of([state, *tail]) != text:
            raise StoreDamaged(f"the checkpoint of {document_id} at {last} reads differently from its log")
    return text


def _text_of(updates: list[bytes]) -> str:
    document: Doc[Text] = Doc()
    text = document.get("content", type=Text)
    for update in updates:
        document.apply_update(update)
    return str(text)


def _read_sqlite(file: Path, room_id: str, document_id: str) -> tuple[Rows, Rows]:
    name = (room_id, document_id)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        log: Rows = dict(connection.execute(_LOG.format("?"), name).fetchall())
        return log, dict(connection.execute(_CHECKPOINT.format("?"), name).fetchall())


def _read_postgresql(database_url: str, room_id: str, document_id: str) -> tuple[Rows, Rows]:
    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    name = (room_id, document_id)
    with contextlib.closing(psycopg.connect(address)) as connection:
        log: Rows = dict(connection.execute(_LOG.format("%s").encode(), name).fetchall())
        return log, dict(connection.execute(_CHECKPOINT.format("%s").encode(), name).fetchall())


def _read_spool(file: Path, room_id: str, document_id: str) -> Rows:
    if not file.exists():
        return {}
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute(_SPOOL, (room_id, document_id)).fetchall())
