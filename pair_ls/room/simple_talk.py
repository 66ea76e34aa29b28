"""A room's talk with simple clients: JSON in text frames (docs/simple-clients.md). Pure."""

from pair_ls.crdt.state_vector import EMPTY_STATE_VECTOR
from pair_ls.errors import MissingUpdates, NotAllowed, PairError, RefusedBytes
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import RoomEffect, SendText
from pair_ls.room.ids import ConnectionId
from pair_ls.room.looks import clean_name
from pair_ls.room.member import Framing
from pair_ls.room.room_document import RoomDocument
from pair_ls.room.room_floor import RoomFloor
from pair_ls.room.seat import Seat
from pair_ls.room.simple_client import SimpleClient
from pair_ls.room.simple_messages import CodeUpdate, CursorUpdate, JoinRoom, LeaveRoom, parse_simple, simple_text

_FORGIVEN_REFUSALS = 20  # whoever writes a client by hand learns from the errors


class SimpleTalk:
    """The hub keeps the replica of each of them; they know whole texts only."""

    __slots__ = ("_documents", "_floor", "_index", "_seats")

    def __init__(self, floor: RoomFloor) -> None:
        self._floor = floor
        self._seats = floor.seats
        self._documents = floor.documents
        self._index = floor.index

    def receive(self, connection: ConnectionId, text: str, now: float) -> list[RoomEffect]:
        """One text websocket message: JSON of a simple client."""
        seat = self._seats.find(connection)
        if seat is None:
            return []
        if seat.framing is Framing.PAIR or (seat.framing is Framing.PLAIN and seat.open):
            return self._floor.close(seat, CloseCode.BAD_MESSAGE, "this client speaks in binary frames", now)
        seat.framing = Framing.JSON
        try:
            message = parse_simple(text)
            if isinstance(message, LeaveRoom):
                return self._floor.close(seat, CloseCode.NORMAL, "left", now)
            effects, document = self._floor.enter(seat, seat.member.document_id, text, now)
            if document is None:
                return effects
            if isinstance(message, JoinRoom):
                return effects + self._join(seat, document, message, now)
            return effects + self._hear(seat, document, message, now)
        except (RefusedBytes, NotAllowed, MissingUpdates) as error:
            return self._refuse(seat, error, now)

    def _join(self, seat: Seat, document: RoomDocument, message: JoinRoom, now: float) -> list[RoomEffect]:
        if seat.is_joined:
            raise RefusedBytes("This connection has joined already.", code="already-joined")
        if document is self._index.document:
            raise RefusedBytes("A simple client joins a text document.", code="unknown-document")
        seat.is_joined = True
        if message.user_id:
            self._seats.rename(seat, message.user_id)
            if not seat.member.name:
                seat.name = clean_name(message.name) or clean_name(message.user_id) or seat.name
        attachment = self._floor.attach(seat, document)
        attachment.simple = SimpleClient(seat.member.client_id)
        attachment.participant_id = seat.participant_id
        if attachment.may_write:  # before anybody sees the id and uses it for a caret
            document.shared.claim(seat.member.client_id, attachment.author)
        effects = document.answer(attachment, EMPTY_STATE_VECTOR)
        if message.code and attachment.may_write and document.shared.is_empty:
            self._documents.check_size(message.code)
            effects += document.receive_update(attachment, attachment.simple.begin_with(message.code))
        return effects + self._floor.announce(seat) + self._floor.appear(seat, now) + self._floor.spread(now)

    def _hear(
        self, seat: Seat, document: RoomDocument, message: CodeUpdate | CursorUpdate, now: float
    ) -> list[RoomEffect]:
        attachment = seat.attachment(document)
        if attachment is None or attachment.simple is None or not attachment.simple.version:
            raise RefusedBytes("Send join_room first and wait for room_state.", code="join-first")
        effects: list[RoomEffect] = []
        if isinstance(message, CodeUpdate):
            if not attachment.may_write:
                attachment.simple.refuse()
                denied = self._error(seat, "not-allowed", "You may read this document, not change it.")
                return denied + self._floor.spread(now)
            self._documents.check_size(message.code)
            update = attachment.simple.replace(message.code, message.version)
            if update:
                self._documents.check_space(document, update)
                effects += document.receive_update(attachment, update)
        if message.cursor_position is not None:
            attachment.simple.move_cursor(message.cursor_position, own=isinstance(message, CodeUpdate))
            state = {"user": seat.user(), "cursor": attachment.simple.cursor_anchors()}
            document.awareness.put(seat.connection, seat.member.client_id, state, now)
        return effects + self._floor.spread(now)

    def _refuse(self, seat: Seat, error: PairError, now: float) -> list[RoomEffect]:
        seat.refusals += 1
        if seat.refusals > _FORGIVEN_REFUSALS or error.code.startswith("update-"):
            return self._floor.close(seat, CloseCode.BAD_MESSAGE, error.message, now)
        return self._error(seat, error.code, error.message)

    def _error(self, seat: Seat, code: str, message: str) -> list[RoomEffect]:
        text = simple_text("error", self._floor.room_id, seat.participant_id, {"code": code, "message": message})
        return [SendText((seat.connection,), text)]
