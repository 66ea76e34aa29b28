"""One document as a participant's replica keeps it: the shared text, and what of it the hub has made durable. Pure."""

from collections import deque

from pair_ls.crdt.awareness import FROM_HUB, Awareness, State
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.room.ids import DocumentId

_CHECK_AFTER_SECONDS = 2.0
_NEVER = float("inf")


class ReplicaDocument:
    """Changed by `Replica` only. `edits` counts our own; `durable` of them the hub has stored."""

    def __init__(self, document_id: DocumentId, client_id: ClientId) -> None:
        self.document_id = document_id
        self.shared = SharedText(client_id)
        self.awareness = Awareness(client_id, FROM_HUB)
        self.awareness_id: int = client_id  # stays the same when the replica is replaced
        self.seed: str | None = None  # first content to offer, until the hub has said what became of it
        self.was_synced = False  # ever: it may be shown and edited
        self.is_synced = False  # on this connection
        self.is_refused = False  # the hub does not have it (any more)
        self.is_checked = False  # our content hash was sent, and nothing has changed since
        self.edits = 0
        self.durable = 0
        self.check_at = _NEVER  # when to compare content hashes
        self.retry_at = _NEVER  # when to ask again for what the hub could not load or store
        self.sent = 0  # sync step 2 and update messages on this connection
        self._under_way: deque[tuple[int, int]] = deque()  # (number of the message, edits up to it)

    @property
    def unacknowledged(self) -> int:
        """Own edits that are not known to be durable."""
        return self.edits - self.durable

    def disconnected(self) -> None:
        """What was not acknowledged is sent again with the next step 2."""
        self.is_synced = False
        self.check_at = self.retry_at = _NEVER
        self.sent = 0
        self._under_way.clear()

    def count_message(self) -> None:
        """A step 2 or an update goes out, and with it all edits so far."""
        self.sent += 1
        self._under_way.append((self.sent, self.edits))

    def acknowledged(self, count: int) -> None:
        """The first `count` messages of this connection are durable."""
        while self._under_way and self._under_way[0][0] <= count:
            self.durable = max(self.durable, self._under_way.popleft()[1])

    def touched(self, now: float) -> None:
        """The text has changed, or is durable now; when it has been quiet for a while it is compared with the hub's."""
        self.is_checked = False
        self.check_at = now + _CHECK_AFTER_SECONDS

    def start_anew(self, client_id: ClientId) -> str:
        """Forgets everything, under a fresh client id; gives the text that was here."""
        text = self.shared.text
        self.shared = SharedText(client_id)
        self.durable = self.edits
        self.was_synced = self.is_synced = self.is_checked = False
        self.check_at = _NEVER
        self._under_way.clear()
        return text

    def others(self) -> dict[int, State]:
        """The others' awareness states in this document, by Yjs client id."""
        return {i: state for i, state in self.awareness.states.items() if i != self.awareness_id}
