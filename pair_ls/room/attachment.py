"""One connection in one document of a room, as the hub keeps it: what was exchanged so far and what it may do."""

from typing import NamedTuple

from pair_ls.crdt.state_vector import EMPTY_STATE_VECTOR
from pair_ls.room.ids import ConnectionId, ParticipantId
from pair_ls.room.messages import Acknowledged, Message, encode
from pair_ls.room.simple_client import SimpleClient


class Missed(NamedTuple):
    """What a paused reader will lack: all after `state_vector`, and these updates before it. By default everything."""

    state_vector: bytes = EMPTY_STATE_VECTOR
    updates: tuple[bytes, ...] = ()
    is_owed: bool = True  # it was or would have been answered; one that has never asked is owed nothing


class Attachment:
    """Changed by `RoomDocument` and `Room` only. Slots, because a room may have thousands."""

    __slots__ = (
        "acknowledges",
        "author",
        "awaits_difference",
        "connection",
        "has_more_gaps",
        "head",
        "is_asked",
        "is_denied",
        "is_live",
        "may_write",
        "missed",
        "participant_id",
        "received",
        "simple",
        "suspected_at",
    )

    def __init__(
        self,
        connection: ConnectionId,
        *,
        author: ParticipantId,
        participant_id: ParticipantId,
        head: bytes,
        may_write: bool,
        acknowledges: bool,
        simple: SimpleClient | None = None,
    ) -> None:
        self.connection = connection
        self.author = author
        self.participant_id = participant_id  # as others see it
        self.head = head  # stands before every message: the document id in PAIR framing, else nothing
        self.may_write = may_write
        self.acknowledges = acknowledges
        self.simple = simple
        self.received = 0  # sync step 2 and update messages
        self.is_live = False  # was given the document's state; gets what is relayed
        self.is_asked = False  # was sent our step 1
        self.awaits_difference = False  # an update had a gap: until its step 2 nothing may be acknowledged
        self.has_more_gaps = False  # and others had one since
        self.is_denied = False  # was told that it may not write
        self.suspected_at = -1  # the document's sequence when its content hash last differed
        self.missed: Missed | None = None  # set while the reader is paused

    def encode(self, message: Message) -> bytes:
        """The message as this connection reads it."""
        return self.head + encode(message)

    def encode_acknowledgement(self, count: int) -> bytes:
        """The commonest message that we send, therefore quick."""
        if count < 128:
            return self.head + bytes((100, count))
        return self.encode(Acknowledged(count))
