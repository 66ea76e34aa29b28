"""Rooms in a SQL database: SQLite, or PostgreSQL. One transaction for each call, durable when the call returns."""

import dataclasses
from collections.abc import Sequence

from sqlalchemy import Connection, select

from pair_ls.storage import log_statements as log
from pair_ls.storage import room_statements as registry
from pair_ls.storage import schema
from pair_ls.storage.database import Database
from pair_ls.storage.store import (
    Checkpoint,
    HistoryEntry,
    InviteRecord,
    ParticipantRecord,
    RoomRecord,
    StoredDocument,
    StoredUpdate,
)

_MOST_REMEMBERED_KEYS = 100_000
_APPEND_TIMEOUT_SECONDS = 2.0  # everyone who types waits for it: shorter than that of other statements
_MIGRATION_TIMEOUT_SECONDS = 600.0


class SqlStore:
    """See storage.store for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[log.DocumentName, int] = {}  # only what is committed: a rolled back key would name nothing

    async def migrate(self) -> None:
        """Bring the schema to this version; call it once before anything else."""
        await self._database.write(schema.upgrade, timeout_seconds=_MIGRATION_TIMEOUT_SECONDS)

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        """See UpdateStore."""
        if not await self._append_quickly(updates):
            await self._append(updates, again=False, timeout_seconds=_APPEND_TIMEOUT_SECONDS)

    async def append_again(self, updates: Sequence[StoredUpdate]) -> None:
        """Like `append`, for updates of which some may be stored already: a commit whose answer was lost.

        Raises StoreUnavailable with the code "store-differs" if something else is stored in their place.
        """
        await self._append(updates, again=True, timeout_seconds=None)

    async def _append_quickly(self, updates: Sequence[StoredUpdate]) -> bool:
        """Whether it was possible: where the database is SQLite, and all documents have been written before."""
        try:
            rows = log.rows(updates, self._keys)
        except KeyError:
            return False
        return await self._database.insert(log.SQLITE_INSERT, rows)

    async def _append(self, updates: Sequence[StoredUpdate], *, again: bool, timeout_seconds: float | None) -> None:
        if len(self._keys) > _MOST_REMEMBERED_KEYS:
            self._keys = {}
        known = self._keys
        found = await self._database.write(
            lambda connection: log.append(connection, updates, known, again=again),
            timeout_seconds=timeout_seconds,
        )
        if found:
            self._keys = {**self._keys, **found}

    async def load(self, room_id: str, document_id: str) -> StoredDocument:
        """See UpdateStore."""
        stored = await self._database.read(lambda connection: log.load(connection, (room_id, document_id)))
        assert stored is not None, "without a last sequence there is always an answer"
        return stored

    async def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See UpdateStore."""
        await self._database.write(lambda connection: log.save_checkpoint(connection, checkpoint, log.LATEST))

    async def documents(self, room_id: str) -> tuple[str, ...]:
        """See UpdateStore."""
        return await self._database.read(lambda connection: log.document_ids(connection, room_id))

    async def history(self, room_id: str, document_id: str, *, before: int, limit: int) -> tuple[HistoryEntry, ...]:
        """See HistoryStore."""
        name = (room_id, document_id)
        return await self._database.read(lambda connection: log.history(connection, name, before, limit))

    async def document_at(self, room_id: str, document_id: str, sequence: int) -> StoredDocument | None:
        """See HistoryStore."""
        return await self._database.read(lambda connection: log.load(connection, (room_id, document_id), sequence))

    async def forget(self, base: Checkpoint) -> None:
        """See HistoryStore."""
        await self._database.write(lambda connection: log.forget(connection, base))

    async def drop(self, room_id: str, document_id: str) -> None:
        """See HistoryStore."""
        await self._database.write(lambda connection: registry.drop_document(connection, room_id, document_id))
        self._keys = {name: key for name, key in self._keys.items() if name != (room_id, document_id)}

    async def documents_older_than(self, at: float, *, limit: int) -> tuple[tuple[str, str, int], ...]:
        """See HistoryStore."""
        return await self._database.read(lambda connection: log.documents_older_than(connection, at, limit))

    async def create_room(self, room: RoomRecord) -> None:
        """See RoomStore."""
        await self._database.write(lambda connection: registry.create_room(connection, room))

    async def room(self, room_id: str) -> RoomRecord | None:
        """See RoomStore."""
        return await self._database.read(lambda connection: _room(connection, room_id))

    async def save_room(self, room: RoomRecord) -> None:
        """See RoomStore."""
        await self._database.write(lambda connection: registry.save_room(connection, room))

    async def delete_room(self, room_id: str) -> None:
        """See RoomStore."""
        await self._database.write(lambda connection: _delete_room(connection, room_id))
        self._keys = {name: key for name, key in self._keys.items() if name[0] != room_id}

    async def save_invite(self, invite: InviteRecord) -> None:
        """See RoomStore."""
        await self._database.write(lambda connection: registry.save_invite(connection, invite))

    async def invites(self, room_id: str) -> tuple[InviteRecord, ...]:
        """See RoomStore."""
        return await self._database.read(lambda connection: registry.find_invites(connection, room_id))

    async def save_participant(self, participant: ParticipantRecord) -> None:
        """See RoomStore."""
        await self._database.write(lambda connection: registry.save_participant(connection, participant))

    async def participants(self, room_id: str) -> tuple[ParticipantRecord, ...]:
        """See RoomStore."""
        return await self._database.read(lambda connection: registry.find_participants(connection, room_id))

    async def check(self) -> None:
        """See opening.Store."""
        await self._database.read(lambda connection: connection.execute(select(1)).scalar_one())

    async def close(self) -> None:
        """See opening.Store."""
        await self._database.close()


def _room(connection: Connection, room_id: str) -> RoomRecord | None:
    room = registry.room(connection, room_id)
    if room is None:
        return None
    written = log.last_write(connection, room_id)
    return dataclasses.replace(room, updated_at=max(room.updated_at, written or 0.0))


def _delete_room(connection: Connection, room_id: str) -> None:
    log.delete_documents(connection, room_id)
    registry.delete_room(connection, room_id)
