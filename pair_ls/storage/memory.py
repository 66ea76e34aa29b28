"""A store that forgets when the process ends: for tests, for measuring the relay alone, for a hub of one afternoon."""

import dataclasses
from collections.abc import Sequence

from pair_ls.storage.store import (
    Checkpoint,
    HistoryEntry,
    InviteRecord,
    ParticipantRecord,
    RoomRecord,
    StoredDocument,
    StoredUpdate,
)

_Document = tuple[str, str]


class MemoryStore:
    """Dictionaries. Keeps every promise but surviving the process."""

    def __init__(self) -> None:
        self._rooms: dict[str, RoomRecord] = {}
        self._updates: dict[_Document, list[StoredUpdate]] = {}
        self._latest: dict[_Document, Checkpoint] = {}
        self._base: dict[_Document, Checkpoint] = {}
        self._invites: dict[str, dict[str, InviteRecord]] = {}
        self._participants: dict[str, dict[str, ParticipantRecord]] = {}

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        """See UpdateStore."""
        for update in updates:
            self._updates.setdefault((update.room_id, update.document_id), []).append(update)

    async def load(self, room_id: str, document_id: str) -> StoredDocument:
        """See UpdateStore."""
        document = (room_id, document_id)
        checkpoint = self._latest.get(document) or self._base.get(document)
        return self._since(document, checkpoint, None)

    async def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See UpdateStore."""
        self._latest[checkpoint.room_id, checkpoint.document_id] = checkpoint

    async def documents(self, room_id: str) -> tuple[str, ...]:
        """See UpdateStore."""
        known = [*self._updates, *self._latest, *self._base]
        return tuple(dict.fromkeys(document_id for room, document_id in known if room == room_id))

    async def history(self, room_id: str, document_id: str, *, before: int, limit: int) -> tuple[HistoryEntry, ...]:
        """See HistoryStore."""
        updates = [each for each in self._updates.get((room_id, document_id), ()) if each.sequence < before]
        newest = reversed(updates[-limit:])
        return tuple(HistoryEntry(each.sequence, each.author, each.at, len(each.update)) for each in newest)

    async def document_at(self, room_id: str, document_id: str, sequence: int) -> StoredDocument | None:
        """See HistoryStore."""
        document = (room_id, document_id)
        base = self._base.get(document)
        if base is not None and base.sequence > sequence:
            return None
        latest = self._latest.get(document)
        start = latest if latest is not None and latest.sequence <= sequence else base
        return self._since(document, start, sequence)

    async def forget(self, base: Checkpoint) -> None:
        """See HistoryStore."""
        document = (base.room_id, base.document_id)
        self._base[document] = base
        self._updates[document] = [each for each in self._updates.get(document, ()) if each.sequence > base.sequence]
        latest = self._latest.get(document)
        if latest is not None and latest.sequence <= base.sequence:
            del self._latest[document]

    async def drop(self, room_id: str, document_id: str) -> None:
        """See HistoryStore."""
        for table in (self._updates, self._latest, self._base):
            table.pop((room_id, document_id), None)

    async def documents_older_than(self, at: float, *, limit: int) -> tuple[tuple[str, str, int], ...]:
        """See HistoryStore."""
        found = []
        for (room_id, document_id), updates in self._updates.items():
            old = [each.sequence for each in updates if each.at < at]
            if old:
                found.append((room_id, document_id, max(old)))
        return tuple(found[:limit])

    async def create_room(self, room: RoomRecord) -> None:
        """See RoomStore."""
        assert room.room_id not in self._rooms
        self._rooms[room.room_id] = room

    async def room(self, room_id: str) -> RoomRecord | None:
        """See RoomStore."""
        room = self._rooms.get(room_id)
        if room is None:
            return None
        times = [updates[-1].at for (owner, _), updates in self._updates.items() if owner == room_id and updates]
        return dataclasses.replace(room, updated_at=max([room.updated_at, *times]))

    async def save_room(self, room: RoomRecord) -> None:
        """See RoomStore."""
        known = self._rooms.get(room.room_id)
        if known is not None:
            self._rooms[room.room_id] = dataclasses.replace(room, updated_at=known.updated_at)

    async def delete_room(self, room_id: str) -> None:
        """See RoomStore."""
        self._rooms.pop(room_id, None)
        self._invites.pop(room_id, None)
        self._participants.pop(room_id, None)
        for table in (self._updates, self._latest, self._base):
            for document in [each for each in table if each[0] == room_id]:
                table.pop(document)

    async def save_invite(self, invite: InviteRecord) -> None:
        """See RoomStore."""
        self._invites.setdefault(invite.room_id, {})[invite.invite_id] = invite

    async def invites(self, room_id: str) -> tuple[InviteRecord, ...]:
        """See RoomStore."""
        return tuple(sorted(self._invites.get(room_id, {}).values(), key=lambda each: each.issued_at))

    async def save_participant(self, participant: ParticipantRecord) -> None:
        """See RoomStore."""
        self._participants.setdefault(participant.room_id, {})[participant.participant_id] = participant

    async def participants(self, room_id: str) -> tuple[ParticipantRecord, ...]:
        """See RoomStore."""
        return tuple(sorted(self._participants.get(room_id, {}).values(), key=lambda each: each.joined_at))

    async def check(self) -> None:
        """See opening.Store."""

    async def close(self) -> None:
        """See opening.Store."""

    def _since(self, document: _Document, start: Checkpoint | None, last: int | None) -> StoredDocument:
        first = start.sequence if start else 0
        updates = self._updates.get(document, [])
        chosen = (each for each in updates if each.sequence > first and (last is None or each.sequence <= last))
        return StoredDocument(start, tuple(chosen))
