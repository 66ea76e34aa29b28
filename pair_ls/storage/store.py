"""What the hub remembers, and the interface to every place that can remember it. Records only: no SQL, no I/O.

Promise of every store: when `append` returns, its updates survive the death of this process and of the machine; when it
raises, the caller must treat them as not stored. Times are seconds since 1970, authors are participant ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A room as it was made; `updated_at` is the time of its last stored update.

    `closed_at`: nobody may be in it since then. `invite_only_at`: since then newcomers need an invite, also on a hub
    that lets in whoever knows the room's id.
    """

    room_id: str
    name: str
    language: str
    created_at: float
    updated_at: float
    closed_at: float | None = None
    invite_only_at: float | None = None


class StoredUpdate(NamedTuple):
    """One Yjs update of a document. `sequence` counts 1, 2, 3, ... within the document and is unique there."""

    room_id: str
    document_id: str
    sequence: int
    author: str
    at: float
    update: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The whole state of a document after its update `sequence`, and which participant owns which Yjs client id."""

    room_id: str
    document_id: str
    sequence: int
    at: float
    state: bytes
    owners: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What a document is rebuilt from: a checkpoint, if there is one, and the updates after it in order."""

    checkpoint: Checkpoint | None = None
    updates: tuple[StoredUpdate, ...] = ()

    @property
    def sequence(self) -> int:
        """Number of the last stored update, 0 for none."""
        if self.updates:
            return self.updates[-1].sequence
        return self.checkpoint.sequence if self.checkpoint else 0


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Who wrote when; the text itself is rebuilt from `document_at`."""

    sequence: int
    author: str
    at: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InviteRecord:
    """A signed link that was given out. Revoked: nobody enters by it. Closed: only those who entered by it before."""

    invite_id: str
    room_id: str
    role: str
    issued_by: str
    issued_at: float
    expires_at: float | None
    revoked_at: float | None = None
    closed_at: float | None = None


@dataclass(frozen=True, slots=True)
class ParticipantRecord:
    """Someone who entered a room. `role` is set once an owner changed it; `removed_at` once they were put out."""

    room_id: str
    participant_id: str
    name: str
    joined_at: float
    invite_id: str | None = None
    role: str | None = None
    removed_at: float | None = None


class UpdateStore(Protocol):
    """What a live document needs."""

    async def append(self, updates: Sequence[StoredUpdate]) -> None:
        """Store all or nothing, in one durable transaction."""

    async def load(self, room_id: str, document_id: str) -> StoredDocument:
        """Newest checkpoint and the updates after it; empty for a document that was never written."""

    async def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Remember a state to load from. Updates before it stay: they are the history."""

    async def documents(self, room_id: str) -> tuple[str, ...]:
        """Ids of all documents that were ever written in the room."""


class HistoryStore(Protocol):
    """Looking back, and forgetting."""

    async def history(self, room_id: str, document_id: str, *, before: int, limit: int) -> tuple[HistoryEntry, ...]:
        """Entries with a sequence below `before`, newest first."""

    async def document_at(self, room_id: str, document_id: str, sequence: int) -> StoredDocument | None:
        """The document as it was after update `sequence`; None when that is older than what is kept."""

    async def forget(self, base: Checkpoint) -> None:
        """Drop the updates up to `base.sequence`; history begins at `base` from then on."""

    async def drop(self, room_id: str, document_id: str) -> None:
        """Remove all that is stored of a document. It must have left the room, and nobody may write it any more."""

    async def documents_older_than(self, at: float, *, limit: int) -> tuple[tuple[str, str, int], ...]:
        """(room, document, last sequence before `at`) of documents with updates that are older."""


class RoomStore(Protocol):
    """Rooms and who may enter them."""

    async def create_room(self, room: RoomRecord) -> None:
        """Add a room; its id must be new."""

    async def room(self, room_id: str) -> RoomRecord | None:
        """The room, or None."""

    async def save_room(self, room: RoomRecord) -> None:
        """Replace what is known of a room that is there, but for the time of its last update."""

    async def delete_room(self, room_id: str) -> None:
        """Remove the room with everything in it."""

    async def save_invite(self, invite: InviteRecord) -> None:
        """Add or replace."""

    async def invites(self, room_id: str) -> tuple[InviteRecord, ...]:
        """All invites of the room, oldest first."""

    async def save_participant(self, participant: ParticipantRecord) -> None:
        """Add or replace."""

    async def participants(self, room_id: str) -> tuple[ParticipantRecord, ...]:
        """Everyone who ever entered the room, oldest first."""
