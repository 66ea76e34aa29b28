"""Who is behind a connection, as the shell found out in the handshake."""

import enum
from dataclasses import dataclass

from pair_ls.crdt.schema import ClientId
from pair_ls.room.ids import MAIN, DocumentId, ParticipantId
from pair_ls.room.role import Role


class Framing(enum.Enum):
    """How a connection's messages look on the wire (docs/protocol.md)."""

    PAIR = "pair-ls.1"  # the subprotocol: document id + message
    PLAIN = "y-protocols"  # stock Yjs: bare messages of one document; its first text frame makes the connection JSON
    JSON = "json"  # simple clients: text frames


@dataclass(frozen=True, slots=True)
class Member:
    """One connection's rights and looks.

    `participant_id` is the principal: all its connections are the same person, and Yjs client ids belong to it.
    `client_id` is a fresh random Yjs client id, with which the hub writes what this connection asks for in other ways
    than updates (simple clients' texts, seeds, the index). An empty `name` or `color` lets the client choose.
    """

    participant_id: ParticipantId
    role: Role
    framing: Framing
    client_id: ClientId
    name: str = ""
    color: str = ""
    document_id: DocumentId = MAIN  # of PLAIN and JSON connections
    acknowledges: bool = False  # a PLAIN client that knows our extension: it counts, and says in the index where it is


@dataclass(frozen=True, slots=True)
class Participant:
    """One connection as others see it. `participant_id` is unique in the room: the principal, or "principal (2)"."""

    participant_id: ParticipantId
    name: str
    color: str
    role: Role
    joined_at: float  # on the clock of the `now` that `join` was given
    document_id: DocumentId | None
    line: int | None  # from 0
