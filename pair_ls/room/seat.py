"""One connection in a room, as the hub keeps it: who it is now, and which documents it has open."""

from typing import Any

from pair_ls.room.attachment import Attachment
from pair_ls.room.ids import ConnectionId, DocumentId, ParticipantId
from pair_ls.room.looks import clean_color, clean_name
from pair_ls.room.member import Framing, Member
from pair_ls.room.messages import frame_head
from pair_ls.room.role import Role
from pair_ls.room.room_document import RoomDocument

_UNNAMED = "Guest"


class Seat:
    """Changed by `Room` only."""

    __slots__ = (
        "color",
        "connection",
        "echo_at",
        "framing",
        "is_announced",
        "is_joined",
        "is_paused",
        "joined_at",
        "member",
        "name",
        "open",
        "participant_id",
        "refusals",
        "role",
    )

    def __init__(self, connection: ConnectionId, member: Member, participant_id: ParticipantId, now: float) -> None:
        self.connection = connection
        self.member = member
        self.participant_id = participant_id
        self.role: Role = member.role
        self.framing: Framing = member.framing
        self.name = clean_name(member.name) or _UNNAMED
        self.color = clean_color(member.color, otherwise_of=participant_id)
        self.joined_at = now
        self.is_announced = False  # simple clients were told that it is here
        self.is_joined = False  # a simple client that has sent join_room
        self.is_paused = False
        self.refusals = 0
        self.echo_at = 0.0  # its own awareness is sent back from then on
        self.open: dict[bytes, tuple[RoomDocument, Attachment]] = {}  # by what a frame for the document starts with

    def head(self, document_id: DocumentId) -> bytes:
        """What a frame of this connection starts with if it is about this document."""
        return frame_head(document_id) if self.framing is Framing.PAIR else b""

    def attachment(self, document: RoomDocument) -> Attachment | None:
        """How this connection has the document open, if it has."""
        return document.attachments.get(self.connection)

    def stamp(self, state: dict[str, Any]) -> dict[str, Any]:
        """An awareness state with the hub's word on who speaks. What the handshake left open, the client may say."""
        said = state.get("user")
        said = said if isinstance(said, dict) else {}
        if not self.member.name:
            self.name = clean_name(said.get("name")) or self.name
        if not self.member.color:
            self.color = clean_color(said.get("color"), otherwise_of=self.participant_id)
        return {**state, "user": self.user()}

    def user(self) -> dict[str, str]:
        """The shape that stock editor bindings expect under `user`, with ours beside it."""
        return {
            "name": self.name,
            "color": self.color,
            "colorLight": self.color + "33",
            "role": self.role.value,
            "participantId": self.participant_id,
        }
