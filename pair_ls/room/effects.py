"""What the two ends of a room ask their shells to do, in this order, nothing else."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pair_ls.crdt.shared_map import DocumentEntry
from pair_ls.room.ids import ConnectionId, DocumentId
from pair_ls.room.role import Role
from pair_ls.text import Edit

# ---- of the hub's room ---- (tuples where they are made for every keystroke: a third of the time of a dataclass)


class LoadDocument(NamedTuple):
    """Read the document from the store, then call `Room.document_loaded` or `Room.document_failed`."""

    document_id: DocumentId


class Persist(NamedTuple):
    """Make `update` durable, then call `Room.committed` with the highest sequence that is; sequences only grow."""

    document_id: DocumentId
    update: bytes
    author: str
    sequence: int


class Send(NamedTuple):
    """One binary websocket message, the same bytes to each of `connections`. The shell adds the frame header, once."""

    connections: tuple[ConnectionId, ...]
    payload: bytes


class SendText(NamedTuple):
    """One text websocket message (JSON) to each of `connections`."""

    connections: tuple[ConnectionId, ...]
    text: str


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close with this code and reason; then call `Room.leave`, as after any other end of a connection."""

    connection: ConnectionId
    code: int
    reason: str


class HearAgain(NamedTuple):
    """Give this message, which has waited for a load, to `Room.receive` or `receive_text` as if it came now.

    Each for itself, so that one that fails takes nothing from the others.
    """

    connection: ConnectionId
    message: bytes | str


RoomEffect = LoadDocument | Persist | Send | SendText | CloseConnection | HearAgain


# ---- of a participant's replica ----


@dataclass(frozen=True, slots=True)
class SendFrame:
    """One binary websocket message to the hub."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DocumentOpened:
    """The hub has told which document has this path. Its text follows with `DocumentSynced`."""

    document_id: DocumentId
    path: str  # as the index spells it
    asked_path: str  # as it was asked for: it may differ in case or in Unicode form


@dataclass(frozen=True, slots=True)
class DocumentSynced:
    """Once per connection: the replica has everything the hub had, and `SharedText` may be shown and bound."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class DocumentTouched:
    """The hub has news for a document at rest: `Replica.open` brings them here."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class TextChanged:
    """Others changed the shared text: simultaneous edits on the text before, in code points."""

    document_id: DocumentId
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class IndexChanged:
    """Documents were created, renamed or deleted; `entries` is the whole index now."""

    entries: dict[DocumentId, DocumentEntry]


@dataclass(frozen=True, slots=True)
class AwarenessChanged:
    """Somebody came, moved or left in this document; ask `Replica.awareness_states`."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class NoticeReceived:
    """The hub says something to the person, perhaps about one document. `code` is stable."""

    code: str
    message: str
    document_id: DocumentId | None = None


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """What the hub lets this connection do; told after every connect and on every change."""

    role: Role


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """All but `unacknowledged` of our edits are durable at the hub."""

    unacknowledged: int


@dataclass(frozen=True, slots=True)
class ResetDocument:
    """Our replica differed from the hub's or was refused: it is thrown away. `text` is what it held; back it up."""

    document_id: DocumentId
    text: str


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """The answer to `Replica.request`: `result`, or an error as (`code`, `message`)."""

    request_id: int
    result: Any = None  # JSON
    error: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The hub's bytes cannot be trusted or understood: close the connection, connect anew."""

    reason: str = field(default="")


ReplicaEffect = (
    SendFrame
    | DocumentOpened
    | DocumentSynced
    | DocumentTouched
    | TextChanged
    | IndexChanged
    | AwarenessChanged
    | NoticeReceived
    | RoleChanged
    | Acknowledged
    | ResetDocument
    | RequestAnswered
    | Disconnect
)
