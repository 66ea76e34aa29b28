"""A participant's end of a room, all its documents over one connection. (Signatures first.) Pure: returns effects."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pair_ls.crdt import ClientId, DocumentEntry, SharedText
from pair_ls.room.effects import ReplicaEffect
from pair_ls.room.ids import DocumentId
from pair_ls.room.role import Role
from pair_ls.text import Edit


class Replica:
    """`wake_at` is when `tick` wants to be called next (infinity: not at all); read it after every call."""

    wake_at: float
    role: Role | None  # None until the hub has said it
    participant_id: str | None  # how the hub calls this connection in awareness and participants

    def __init__(self, *, new_client_id: Callable[[], ClientId]) -> None:
        """`new_client_id` gives a fresh random Yjs client id for every new replica of a document."""
        raise NotImplementedError

    # the connection
    def connected(self, now: float) -> list[ReplicaEffect]:
        raise NotImplementedError

    def disconnected(self, now: float) -> list[ReplicaEffect]:
        raise NotImplementedError

    def receive(self, data: bytes, now: float) -> list[ReplicaEffect]:
        raise NotImplementedError

    def tick(self, now: float) -> list[ReplicaEffect]:
        raise NotImplementedError

    # documents
    def open_path(self, path: str, language: str, text: str, now: float) -> list[ReplicaEffect]:
        """Find or create the document; `text` seeds it if it never had content. DocumentOpened, then DocumentSynced follow.

        If offline they follow after the next `connected`. Call again with the newer text as long as it is not opened.
        """
        raise NotImplementedError

    def open(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        """A document that is in the index. DocumentSynced follows."""
        raise NotImplementedError

    def close(self, document_id: DocumentId) -> list[ReplicaEffect]:
        """Forget the replica of this document. Only with nothing unacknowledged in it, else it stays."""
        raise NotImplementedError

    def shared_text(self, document_id: DocumentId) -> SharedText | None:
        """The replica of an open document: to read (text, lines, anchors), never to edit."""
        raise NotImplementedError

    def is_synced(self, document_id: DocumentId) -> bool:
        """DocumentSynced was said for it at least once."""
        raise NotImplementedError

    def entries(self) -> dict[DocumentId, DocumentEntry]:
        raise NotImplementedError

    def edit(self, document_id: DocumentId, edits: Sequence[Edit], now: float) -> list[ReplicaEffect]:
        """Our own change: simultaneous edits on the shared text. Also offline, once the document was synced."""
        raise NotImplementedError

    def undo(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        """Takes back our own last change: SendFrame and TextChanged, or nothing."""
        raise NotImplementedError

    def redo(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        raise NotImplementedError

    def unacknowledged(self) -> int:
        """How many of our edits are not known to be durable."""
        raise NotImplementedError

    # awareness: {participant or Yjs client id: state}; a state is JSON, see docs/protocol.md
    def set_awareness(
        self, document_id: DocumentId, state: dict[str, Any] | None, now: float
    ) -> list[ReplicaEffect]:
        """Where we are: our state in this document (INDEX: in the room, in no document) and in no other."""
        raise NotImplementedError

    def awareness_states(self, document_id: DocumentId) -> Mapping[int, dict[str, Any]]:
        """The others' states in this document, by Yjs client id; `state["user"]` is what the hub says about them."""
        raise NotImplementedError

    # requests (docs/protocol.md): RequestAnswered with the returned id follows, also if the connection is lost
    def request(self, method: str, params: dict[str, Any], now: float) -> tuple[int, list[ReplicaEffect]]:
        raise NotImplementedError
