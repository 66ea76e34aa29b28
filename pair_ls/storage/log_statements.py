"""The SQL of documents: the log of updates, checkpoints, history. Plain functions on an open transaction."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from pair_ls.errors import StoreUnavailable
from pair_ls.storage.store import Checkpoint, HistoryEntry, StoredDocument, StoredUpdate
from pair_ls.storage.tables import checkpoints, documents, updates

LATEST = "latest"
BASE = "base"
_DIFFERS = (
    "Another hub wrote to the database while it was away for this one. What this hub has acknowledged meanwhile "
    "differs, and stays in spool.sqlite3 in its data folder; move that file away to go on without it."
)

DocumentName = tuple[str, str]  # room id, document id
Row = tuple[int, int, str, float, bytes]


def append(
    connection: Connection, new: Sequence[StoredUpdate], known: Mapping[DocumentName, int], *, again: bool = False
) -> dict[DocumentName, int]:
    """Insert the updates; returns the keys that `known` lacked. `again`: rows that are there already stay."""
    missing = {(each.room_id, each.document_id) for each in new} - known.keys()
    found = {name: document_key(connection, *name) for name in missing}
    statement = _INSERT[connection.dialect.name, again]
    wanted = rows(new, {**known, **found} if found else known)
    if again:
        _compare(connection, wanted)
    connection.exec_driver_sql(statement, wanted)
    return found


def rows(new: Sequence[StoredUpdate], keys: Mapping[DocumentName, int]) -> list[Row]:
    """What is inserted for the updates. Raises KeyError for a document without a key."""
    return [(keys[each.room_id, each.document_id], each.sequence, each.author, each.at, each.update) for each in new]


def _compare(connection: Connection, wanted: list[Row]) -> None:
    """Raises StoreUnavailable if a row that is there already is another one."""
    for key, group in itertools.groupby(sorted(wanted), key=lambda row: row[0]):
        contents = {row[1]: row[4] for row in group}
        match = and_(updates.c.document_key == key, updates.c.sequence.in_(contents))
        for sequence, content in connection.execute(select(updates.c.sequence, updates.c.content).where(match)):
            if content != contents[sequence]:
                raise StoreUnavailable(_DIFFERS, code="store-differs")


def document_key(connection: Connection, room_id: str, document_id: str) -> int:
    """The key of the document, which is made if it is new."""
    key = find_key(connection, room_id, document_id)
    if key is not None:
        return key
    row = insert(documents).values(room_id=room_id, document_id=document_id).returning(documents.c.document_key)
    made: int = connection.execute(row).scalar_one()
    return made


def find_key(connection: Connection, room_id: str, document_id: str) -> int | None:
    """The key of the document, or None if it was never written."""
    match = and_(documents.c.room_id == room_id, documents.c.document_id == document_id)
    return connection.execute(select(documents.c.document_key).where(match)).scalar_one_or_none()


def load(connection: Connection, name: DocumentName, last: int | None = None) -> StoredDocument | None:
    """The document as it was after update `last`, or as it is; None when that is older than what is kept."""
    key = find_key(connection, *name)
    if key is None:
        return StoredDocument()
    kept = _checkpoints(connection, key, name)
    base = kept.get(BASE)
    if last is not None and base is not None and base.sequence > last:
        return None
    latest = kept.get(LATEST)
    start = latest if latest is not None and (last is None or latest.sequence <= last) else base
    after = updates.c.sequence > (start.sequence if start else 0)
    until = updates.c.sequence <= last if last is not None else None
    return StoredDocument(start, _updates(connection, key, name, after, until))


def save_checkpoint(connection: Connection, checkpoint: Checkpoint, kind: str) -> None:
    """Replace the document's checkpoint of that kind."""
    key = document_key(connection, checkpoint.room_id, checkpoint.document_id)
    connection.execute(delete(checkpoints).where(checkpoints.c.document_key == key, checkpoints.c.kind == kind))
    owners = json.dumps({str(client): author for client, author in checkpoint.owners.items()})
    row = {"sequence": checkpoint.sequence, "at": checkpoint.at, "state": checkpoint.state, "owners": owners}
    connection.execute(insert(checkpoints).values(document_key=key, kind=kind, **row))


def forget(connection: Connection, base: Checkpoint) -> None:
    """Begin the document's history at `base`."""
    save_checkpoint(connection, base, BASE)
    key = document_key(connection, base.room_id, base.document_id)
    connection.execute(delete(updates).where(updates.c.document_key == key, updates.c.sequence <= base.sequence))
    superseded = and_(checkpoints.c.kind == LATEST, checkpoints.c.sequence <= base.sequence)
    connection.execute(delete(checkpoints).where(checkpoints.c.document_key == key, superseded))


def history(connection: Connection, name: DocumentName, before: int, limit: int) -> tuple[HistoryEntry, ...]:
    """Newest first."""
    key = find_key(connection, *name)
    if key is None:
        return ()
    columns = (updates.c.sequence, updates.c.author, updates.c.at, func.length(updates.c.content))
    match = and_(updates.c.document_key == key, updates.c.sequence < before)
    found = connection.execute(select(*columns).where(match).order_by(updates.c.sequence.desc()).limit(limit))
    return tuple(HistoryEntry(*row) for row in found)


def document_ids(connection: Connection, room_id: str) -> tuple[str, ...]:
    """In the order in which they were first written."""
    found = select(documents.c.document_id).where(documents.c.room_id == room_id).order_by(documents.c.document_key)
    return tuple(connection.execute(found).scalars())


def documents_older_than(connection: Connection, at: float, limit: int) -> tuple[tuple[str, str, int], ...]:
    """(room, document, last sequence before `at`)."""
    last = func.max(updates.c.sequence)
    joined = select(documents.c.room_id, documents.c.document_id, last).join_from(documents, updates)
    found = joined.where(updates.c.at < at).group_by(documents.c.document_key).limit(limit)
    return tuple((row[0], row[1], row[2]) for row in connection.execute(found))


def last_write(connection: Connection, room_id: str) -> float | None:
    """Time of the newest update in the room: one look at the end of each document's log."""
    newest = updates.alias()
    end = select(newest.c.at).where(newest.c.document_key == documents.c.document_key)
    last = end.order_by(newest.c.sequence.desc()).limit(1).correlate(documents).scalar_subquery()
    times = select(last.label("at")).where(documents.c.room_id == room_id).subquery()
    return connection.execute(select(func.max(times.c.at))).scalar()


def delete_documents(connection: Connection, room_id: str) -> None:
    """Everything of every document of the room."""
    keys = select(documents.c.document_key).where(documents.c.room_id == room_id)
    connection.execute(delete(updates).where(updates.c.document_key.in_(keys)))
    connection.execute(delete(checkpoints).where(checkpoints.c.document_key.in_(keys)))
    connection.execute(delete(documents).where(documents.c.room_id == room_id))


def _checkpoints(connection: Connection, key: int, name: DocumentName) -> dict[str, Checkpoint]:
    found = connection.execute(select(checkpoints).where(checkpoints.c.document_key == key))
    return {row.kind: Checkpoint(*name, row.sequence, row.at, row.state, _owners(row.owners)) for row in found}


def _owners(text: str) -> dict[int, str]:
    return {int(client): author for client, author in json.loads(text).items()}


def _updates(
    connection: Connection, key: int, name: DocumentName, after: ColumnElement[bool], until: ColumnElement[bool] | None
) -> tuple[StoredUpdate, ...]:
    columns = (updates.c.sequence, updates.c.author, updates.c.at, updates.c.content)
    chosen = select(*columns).where(updates.c.document_key == key, after).order_by(updates.c.sequence)
    found = connection.execute(chosen if until is None else chosen.where(until))
    return tuple(StoredUpdate(*name, *row) for row in found)


def _insert_statements() -> dict[tuple[str, bool], str]:
    """Compiled once: SQLAlchemy's insert() costs more than the rows themselves when a batch is small."""
    columns = updates.c.keys()
    dialects: dict[str, Any] = {"sqlite": (sqlite, "qmark"), "postgresql": (postgresql, "format")}
    statements = {}
    for name, (module, style) in dialects.items():
        plain = module.insert(updates).values(dict.fromkeys(columns))
        for again, statement in ((False, plain), (True, plain.on_conflict_do_nothing())):
            statements[name, again] = str(statement.compile(dialect=module.dialect(paramstyle=style)))
    return statements


_INSERT = _insert_statements()
SQLITE_INSERT = _INSERT["sqlite", False]
"""Inserts one row of `rows`."""
