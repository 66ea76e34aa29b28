"""The hub's end of a room. (Signatures first; the state machine follows.) Pure: takes `now` and ids, returns effects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pair_ls.crdt import ClientId, DocumentEntry
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import RoomEffect
from pair_ls.room.ids import ConnectionId, DocumentId, ParticipantId, RoomId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.member import Member, Participant
from pair_ls.room.role import Role


@dataclass(frozen=True, slots=True)
class DocumentState:
    """All that is durable of a document, for a checkpoint up to and including `sequence`."""

    update: bytes
    owners: dict[int, str]
    sequence: int


class Room:
    """One room: its members, its documents, its index.

    `wake_at` is when `tick` wants to be called next (infinity: not at all); read it after every call.
    """

    wake_at: float

    def __init__(
        self, room_id: RoomId, *, language: str = "", limits: RoomLimits = RoomLimits(), stored_bytes: int = 0
    ) -> None:
        raise NotImplementedError

    # members
    def join(self, connection: ConnectionId, member: Member, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    def receive(self, connection: ConnectionId, data: bytes, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    def receive_text(self, connection: ConnectionId, text: str, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    def leave(self, connection: ConnectionId, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    def tick(self, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    # a slow reader: the shell stops passing things on, and later brings it up to date
    def pause(self, connection: ConnectionId) -> None:
        raise NotImplementedError

    def resume(self, connection: ConnectionId, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    # the store
    def document_loaded(
        self, document_id: DocumentId, updates: Iterable[bytes], owners: Mapping[int, str], now: float
    ) -> list[RoomEffect]:
        raise NotImplementedError

    def document_failed(self, document_id: DocumentId, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    def committed(self, document_id: DocumentId, sequence: int, now: float) -> list[RoomEffect]:
        """Everything of the document up to `sequence` is durable: acknowledge it and relay it."""
        raise NotImplementedError

    def commit_failed(self, document_id: DocumentId, now: float) -> list[RoomEffect]:
        """Nothing of the document that is not committed will be; the shell has dropped all its queued `Persist`."""
        raise NotImplementedError

    def document_state(self, document_id: DocumentId) -> DocumentState | None:
        """For a checkpoint; None while the document is not loaded or has anything uncommitted."""
        raise NotImplementedError

    # owners, REST
    def set_role(self, participant_id: ParticipantId, role: Role, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    def kick(self, participant_id: ParticipantId, reason: str, now: float) -> list[RoomEffect]:
        raise NotImplementedError

    def close(self, code: CloseCode, reason: str) -> list[RoomEffect]:
        raise NotImplementedError

    def participants(self) -> tuple[Participant, ...]:
        raise NotImplementedError

    def load(self, document_id: DocumentId) -> list[RoomEffect]:
        """Ask for a document without being a member (REST); `is_loaded` tells when."""
        raise NotImplementedError

    def is_loaded(self, document_id: DocumentId) -> bool:
        raise NotImplementedError

    def documents(self) -> dict[DocumentId, DocumentEntry]:
        """The index, once it is loaded."""
        raise NotImplementedError

    def text(self, document_id: DocumentId) -> str:
        """Of a loaded document, with what is not committed yet."""
        raise NotImplementedError

    def write_text(
        self, document_id: DocumentId, text: str, *, author: ParticipantId, client_id: ClientId, now: float
    ) -> list[RoomEffect]:
        """Turn a loaded document's text into `text` by an ordinary edit (a room made with code, a restore)."""
        raise NotImplementedError

    def create_main(
        self, *, path: str | None, language: str, author: ParticipantId, client_id: ClientId, now: float
    ) -> list[RoomEffect]:
        """Put the main document into the index (which must be loaded) if it is not there."""
        raise NotImplementedError

    @property
    def is_idle(self) -> bool:
        """Nobody is here and nothing waits for a commit or a load: the room may be put to sleep."""
        raise NotImplementedError
