"""What messages of every kind need of a room: its seats and documents, who comes and goes, awareness. Pure."""

from pair_ls.room.attachment import Attachment
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import CloseConnection, RoomEffect, Send, SendText
from pair_ls.room.ids import INDEX, MAIN, ConnectionId, DocumentId, RoomId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.member import Framing, Participant
from pair_ls.room.messages import AwarenessUpdate, Notice, encode, encode_frame
from pair_ls.room.room_document import RoomDocument
from pair_ls.room.room_documents import RoomDocuments
from pair_ls.room.room_index import writer_of
from pair_ls.room.seat import Seat
from pair_ls.room.seats import Seats, participant_json, participant_of
from pair_ls.room.simple_messages import simple_text

_NEVER = float("inf")
_EXPIRY_CHECK_SECONDS = 15.0
_ECHO_SECONDS = 10.0
"""y-websocket connects anew when it has heard nothing for 30 s, though it is alone; its awareness comes every 15 s."""


class RoomFloor:
    """Shared by `Room`, its requests and its simple clients, who alone use it. `wake_at` is as in `Room`."""

    __slots__ = (
        "_expire_at",
        "_language",
        "_spread_at",
        "documents",
        "index",
        "limits",
        "room_id",
        "seats",
        "wake_at",
    )

    def __init__(self, room_id: RoomId, language: str, limits: RoomLimits, stored_bytes: int) -> None:
        self.room_id = room_id
        self.limits = limits
        self.seats = Seats()
        self.documents = RoomDocuments(limits, stored_bytes)
        self.index = self.documents.index
        self.wake_at = _NEVER
        self._language = language
        self._spread_at = 0.0
        self._expire_at = _NEVER

    def enter(
        self, seat: Seat, document_id: DocumentId, data: bytes | str, now: float
    ) -> tuple[list[RoomEffect], RoomDocument | None]:
        """The loaded document; or None, and the message waits or is answered by the effects. Raises RefusedBytes."""
        index = self.index.document
        if not index.is_loaded:
            return self.wait(seat, index, data, now), None
        effects: list[RoomEffect] = []
        if document_id == MAIN and MAIN not in self.index.entries and seat.framing is not Framing.PAIR:
            effects = self.index.create_main(None, self._language, writer_of(seat.member))
        if document_id != INDEX and document_id not in self.index.entries:
            return self._unknown(seat, document_id, now), None
        document = self.documents.obtain(document_id)
        if not document.is_loaded:
            return effects + self.wait(seat, document, data, now), None
        return effects, document

    def wait(self, seat: Seat, document: RoomDocument, data: bytes | str, now: float) -> list[RoomEffect]:
        """Keeps a message until the document is loaded."""
        document.waiting_bytes += len(data)
        if len(document.waiting) >= self.limits.waiting_messages or document.waiting_bytes > self.limits.waiting_bytes:
            document.waiting_bytes -= len(data)
            return self.close(seat, CloseCode.TRY_AGAIN, "too much was sent before the document was loaded", now)
        document.waiting.append((seat.connection, data))
        return document.request_load()

    def _unknown(self, seat: Seat, document_id: DocumentId, now: float) -> list[RoomEffect]:
        if seat.framing is Framing.PAIR:
            return self.notice(seat, document_id, Notice("unknown-document", "There is no such document in this room."))
        return self.close(seat, CloseCode.UNKNOWN, "there is no such document", now)

    def attach(self, seat: Seat, document: RoomDocument) -> Attachment:
        """A connection opens a document; it gets what is relayed once it has had an answer to its step 1."""
        attachment = Attachment(
            seat.connection,
            author=seat.member.participant_id,
            participant_id=seat.participant_id,
            head=seat.head(document.document_id),
            may_write=seat.role.may_edit and document is not self.index.document,
            acknowledges=seat.framing is Framing.PAIR or seat.member.acknowledges,
        )
        document.attach(attachment)
        seat.open[attachment.head] = (document, attachment)
        if seat.is_paused:
            document.pause(attachment)
        return attachment

    def detach(self, seat: Seat, document: RoomDocument) -> None:
        """It has the document open no more."""
        document.detach(seat.connection)
        document.awareness.leave(seat.connection)
        seat.open.pop(seat.head(document.document_id), None)

    def close(self, seat: Seat, code: CloseCode, reason: str, now: float) -> list[RoomEffect]:
        """Lets go of a connection at once; the others see it leave."""
        return [CloseConnection(seat.connection, code, reason), *self.leave(seat.connection, now)]

    def leave(self, connection: ConnectionId, now: float) -> list[RoomEffect]:
        """The connection is closed, for whatever reason."""
        seat = self.seats.remove(connection)
        if seat is None:
            return []
        for document in self.documents:
            document.detach(connection)
            document.awareness.leave(connection)
        gone = self._tell_simple("user_left", seat) if seat.is_announced else []
        return gone + self.spread(now)

    def notice(self, seat: Seat, document_id: DocumentId, notice: Notice) -> list[RoomEffect]:
        """A sentence to one who speaks our frames."""
        return [Send((seat.connection,), encode_frame(document_id, notice))]

    def announce(self, seat: Seat) -> list[RoomEffect]:
        """Tells the simple clients, once, that somebody is here."""
        if seat.is_announced:
            return []
        seat.is_announced = True
        return self._tell_simple("user_joined", seat)

    def _tell_simple(self, kind: str, about: Seat) -> list[RoomEffect]:
        """Tells the simple clients that somebody came or left."""
        listeners = tuple(s.connection for s in self.seats if s.is_joined and s is not about)
        if not listeners:
            return []
        data = {"name": about.name, "role": about.role.value}
        return [SendText(listeners, simple_text(kind, self.room_id, about.participant_id, data))]

    def receive_awareness(self, seat: Seat, document: RoomDocument, data: bytes, now: float) -> list[RoomEffect]:
        """What a client says of itself, with the hub's word on who speaks. Raises RefusedBytes."""
        name = seat.name
        document.awareness.receive(
            seat.connection,
            data,
            limits=self.limits.awareness,
            participant_id=seat.participant_id,
            may_use=lambda client_id: self._may_use(seat, document, client_id),
            stamp=seat.stamp,
            now=now,
        )
        self._expire_at = min(self._expire_at, now + _EXPIRY_CHECK_SECONDS)
        effects = self.appear(seat, now) if seat.name != name else []
        if seat.framing is Framing.PLAIN and now >= seat.echo_at:
            seat.echo_at = now + _ECHO_SECONDS
            effects.append(Send((seat.connection,), encode(AwarenessUpdate(data))))
        return effects + self.spread(now)

    def _may_use(self, seat: Seat, document: RoomDocument, client_id: int) -> bool:
        """A Yjs client id for awareness. It becomes the author's own, unless that may not write."""
        author = seat.member.participant_id
        if seat.role.may_edit:
            return document.shared.claim(client_id, author)
        return document.shared.owners.get(client_id, author) == author

    def appear(self, seat: Seat, now: float) -> list[RoomEffect]:
        """Clients that know only one document do not say in the index where they are; the hub does it for them."""
        if seat.framing is Framing.PAIR or seat.member.acknowledges or seat.member.document_id == INDEX:
            return []
        state = {"user": seat.user(), "document": seat.member.document_id, "line": None}
        self.index.document.awareness.put(seat.connection, seat.member.client_id, state, now)
        self._expire_at = min(self._expire_at, now + _EXPIRY_CHECK_SECONDS)
        return self.spread(now)

    def awareness_for(self, document: RoomDocument, attachment: Attachment) -> list[RoomEffect]:
        """All states of the others, to one."""
        messages = map(AwarenessUpdate, document.awareness.encode_all(attachment.connection))
        return [effect for message in messages for effect in document.deliver(attachment, message)]

    def spread(self, now: float) -> list[RoomEffect]:
        """Tells awareness, and simple clients their text, at most every `awareness_interval`."""
        due = [d for d in self.documents if d.awareness.is_changed or d.simple.has_unshown]
        if not due:
            return []
        if now < self._spread_at:
            self.wake_at = min(self.wake_at, self._spread_at)
            return []
        self._spread_at = now + self.limits.awareness_interval
        effects: list[RoomEffect] = []
        for document in due:
            effects += document.simple.show(self.room_id, self._room_state)
            effects += document.spread_awareness(self.room_id)
        return effects

    def _room_state(self, attachment: Attachment, code: str, version: int) -> str:
        """What a simple client is sent first."""
        (seat,) = self.seats.some((attachment.connection,))
        document_id = seat.member.document_id
        data = {
            "code": code,
            "language": self.index.entries[document_id].language,
            "version": version,
            "documentId": document_id,
            "role": seat.role.value,
            "participants": [participant_json(participant) for participant in self.participants()],
        }
        return simple_text("room_state", self.room_id, seat.participant_id, data)

    def tick(self, now: float) -> list[RoomEffect]:
        """What is due: paced relays, awareness, simple clients' texts, expiry."""
        effects: list[RoomEffect] = []
        self.wake_at = _NEVER
        for document in self.documents:
            if document.wake_at <= now:
                effects += document.relay(now)
            self.wake_at = min(self.wake_at, document.wake_at)
        if self._expire_at <= now:
            for document in self.documents:
                document.awareness.expire(now)
            self._expire_at = min((d.awareness.wake_at for d in self.documents), default=_NEVER)
        effects += self.spread(now)
        self.wake_at = min(self.wake_at, self._expire_at)
        return effects

    def participants(self) -> tuple[Participant, ...]:
        """Everybody who is here, in the order of joining."""
        said = self.index.document.awareness.state_of
        return tuple(participant_of(seat, said(seat.connection) or {}) for seat in self.seats)
