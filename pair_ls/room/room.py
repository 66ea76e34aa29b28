"""The hub's end of a room: who is here, which documents, and what every message of theirs brings about.

Pure: takes `now` (seconds on a steady clock) and ids, returns effects. Promises: a role is enforced on every message;
foreign bytes pass the guard; what anybody is sent is durable; one who misbehaves is closed with a code and disturbs
nobody else.
"""

from collections.abc import Iterable, Mapping

from pair_ls.crdt.shared_map import DocumentEntry
from pair_ls.errors import PairError, Poisoned, RefusedBytes
from pair_ls.room.attachment import Attachment
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import CloseConnection, HearAgain, RoomEffect
from pair_ls.room.ids import INDEX, ConnectionId, DocumentId, ParticipantId, RoomId
from pair_ls.room.limits import DEFAULT_LIMITS, RoomLimits
from pair_ls.room.member import Framing, Member, Participant
from pair_ls.room.messages import (
    AwarenessUpdate,
    ContentHash,
    Message,
    Notice,
    QueryAwareness,
    Request,
    Reset,
    SyncStep1,
    SyncStep2,
    Update,
    bears_update,
    decode,
    read_document_id,
    update_at,
)
from pair_ls.room.role import Role
from pair_ls.room.room_document import RoomDocument
from pair_ls.room.room_documents import DocumentState
from pair_ls.room.room_floor import RoomFloor
from pair_ls.room.room_index import Writer
from pair_ls.room.room_requests import RoomRequests
from pair_ls.room.seat import Seat
from pair_ls.room.simple_talk import SimpleTalk

_FORGIVEN_REFUSALS = 3
_CLOSE_CODES = {
    "update-author": CloseCode.NOT_ALLOWED,
    "awareness-author": CloseCode.NOT_ALLOWED,
    "document-full": CloseCode.DOCUMENT_FULL,
    "room-full": CloseCode.ROOM_FULL,
    "update-too-large": CloseCode.MESSAGE_TOO_LARGE,
}  # of errors; all others are BAD_MESSAGE


class Room:
    """One room. `wake_at` is when `tick` wants to be called next (infinity: not at all); read it after every call.

    After a CloseConnection the shell calls `leave` when the connection is closed, as after any other end of one.
    """

    __slots__ = (
        "_documents",
        "_floor",
        "_index",
        "_requests",
        "_seats",
        "_simple",
        "room_id",
    )

    def __init__(
        self, room_id: RoomId, *, language: str = "", limits: RoomLimits = DEFAULT_LIMITS, stored_bytes: int = 0
    ) -> None:
        self.room_id = room_id
        self._floor = floor = RoomFloor(room_id, language, limits, stored_bytes)
        self._seats = floor.seats
        self._documents = floor.documents
        self._index = floor.index
        self._requests = RoomRequests(floor)
        self._simple = SimpleTalk(floor)

    @property
    def wake_at(self) -> float:
        """When `tick` wants to be called next."""
        return self._floor.wake_at

    # ---- members ----

    def join(self, connection: ConnectionId, member: Member, now: float) -> list[RoomEffect]:
        """A connection, whose token and handshake the shell has found good."""
        if len(self._seats) >= self._floor.limits.participants:
            reason = f"this room has {self._floor.limits.participants} participants, as many as it may"
            return [CloseConnection(connection, CloseCode.TOO_MANY_PARTICIPANTS, reason)]
        seat = self._seats.take(connection, member, now)
        effects = self._index.document.request_load()
        if seat.framing is Framing.PAIR:
            effects += self._floor.notice(seat, INDEX, self._role_notice(seat, "welcome"))
            effects += self._floor.announce(seat)
        return effects

    def leave(self, connection: ConnectionId, now: float) -> list[RoomEffect]:
        """The connection is closed, for whatever reason."""
        return self._floor.leave(connection, now)

    def set_role(self, participant_id: ParticipantId, role: Role, now: float) -> list[RoomEffect]:
        """From now on this participant (all its connections) may do what `role` says."""
        effects: list[RoomEffect] = []
        for seat in self._seats.of_participant(participant_id):
            seat.role = role
            for document in self._documents:
                document.awareness.restamp(seat.connection, seat.stamp)
                attachment = seat.attachment(document)
                if attachment is not None and document is not self._index.document:
                    attachment.may_write = role.may_edit
                    attachment.is_denied = False
                    if role.may_edit and document.is_loaded:
                        if attachment.simple is not None:
                            document.shared.claim(seat.member.client_id, attachment.author)
                        effects += document.ask(attachment)
            if seat.framing is Framing.PAIR:
                effects += self._floor.notice(seat, INDEX, self._role_notice(seat, "role-changed"))
        return effects + self._floor.spread(now)

    def kick(self, participant_id: ParticipantId, reason: str, now: float) -> list[RoomEffect]:
        """Closes all connections of a participant."""
        effects: list[RoomEffect] = []
        for seat in self._seats.of_participant(participant_id):
            effects += self._floor.close(seat, CloseCode.REMOVED, reason, now)
        return effects

    def close(self, code: CloseCode, reason: str) -> list[RoomEffect]:
        """Closes every connection."""
        connections = [seat.connection for seat in self._seats]
        for connection in connections:
            self._seats.remove(connection)
            for document in self._documents:
                document.detach(connection)
                document.awareness.leave(connection)
        return [CloseConnection(connection, code, reason) for connection in connections]

    def participants(self) -> tuple[Participant, ...]:
        """Everybody who is here, in the order of joining."""
        return self._floor.participants()

    def principal_of(self, participant_id: str) -> ParticipantId | None:
        """Who somebody is who is here, from the id that others see: a simple client chooses its own."""
        return self._seats.principal_of(participant_id)

    def pause(self, connection: ConnectionId) -> None:
        """This reader is slow: relays and awareness are not sent to it until `resume`."""
        seat = self._seats.find(connection)
        if seat is not None and not seat.is_paused:
            seat.is_paused = True
            for document, attachment in seat.open.values():
                document.pause(attachment)

    def resume(self, connection: ConnectionId, now: float) -> list[RoomEffect]:
        """It has read all it was sent: what it missed, exactly."""
        seat = self._seats.find(connection)
        if seat is None or not seat.is_paused:
            return []
        seat.is_paused = False
        effects: list[RoomEffect] = []
        for document, attachment in seat.open.values():
            effects += document.resume(attachment)
            effects += self._floor.awareness_for(document, attachment)
        return effects

    @property
    def stored_bytes(self) -> int:
        """Bytes of the room's updates in the store: counted here, corrected by the shell after a checkpoint."""
        return self._documents.stored_bytes

    @stored_bytes.setter
    def stored_bytes(self, size: int) -> None:
        self._documents.stored_bytes = size

    @property
    def is_idle(self) -> bool:
        """Nobody is here and nothing waits for a commit or a load: the room may be put to sleep."""
        return not len(self._seats) and all(document.is_settled for document in self._documents)

    def unused(self) -> list[DocumentId]:
        """Loaded documents that nobody has open."""
        return [d.document_id for d in self._documents if d.is_unused and d is not self._index.document]

    def unload(self, document_id: DocumentId) -> bool:
        """Lets go of a document that is unused, until somebody asks for it; whether it was."""
        document = self._documents.find(document_id)
        if document is None or document_id == INDEX or not document.is_unused:
            return False
        self._documents.forget(document_id)
        return True

    # ---- messages ----

    def receive(self, connection: ConnectionId, data: bytes, now: float) -> list[RoomEffect]:
        """One binary websocket message."""
        seat = self._seats.find(connection)
        if seat is None or not data:
            return []
        # An ordinary keystroke takes the next few lines only.
        start = data[0] + 1 if seat.framing is Framing.PAIR else 0
        opened = seat.open.get(data[:start])
        if opened is not None:
            document, attachment = opened
            if attachment.may_write and document.quick_bytes > 0:
                update = update_at(data, start)
                if update is not None:
                    try:
                        return document.receive_update(attachment, update)
                    except PairError as error:
                        return self._refuse(seat, document, error, now)
        return self._receive(seat, data, now)

    def receive_text(self, connection: ConnectionId, text: str, now: float) -> list[RoomEffect]:
        """One text websocket message: JSON of a simple client."""
        return self._simple.receive(connection, text, now)

    def _receive(self, seat: Seat, data: bytes, now: float) -> list[RoomEffect]:
        document = self._index.document
        try:
            if seat.framing is Framing.JSON:
                raise RefusedBytes("simple clients send text frames only", code="unexpected-message")
            document_id, start = seat.member.document_id, 0
            if seat.framing is Framing.PAIR:
                document_id, start = read_document_id(data)
            message = decode(data, start)
            effects, found = self._floor.enter(seat, document_id, data, now)
            if found is None:
                return effects
            document = found
            attachment = seat.attachment(document) or self._floor.attach(seat, document)
            return effects + self._carry_out(seat, document, attachment, message, now)
        except PairError as error:
            return self._refuse(seat, document, error, now)

    def _carry_out(
        self, seat: Seat, document: RoomDocument, attachment: Attachment, message: Message, now: float
    ) -> list[RoomEffect]:
        match message:
            case SyncStep1(state_vector):
                return self._synchronize(seat, document, attachment, state_vector, now)
            case Update() | SyncStep2() if not attachment.may_write:
                return document.receive_from_reader(attachment, message)
            case Update(update):
                self._check_space(document, attachment, update)
                return document.receive_update(attachment, update)
            case SyncStep2(update):
                self._check_space(document, attachment, update)
                return document.receive_difference(attachment, update)
            case AwarenessUpdate(data):
                return self._floor.receive_awareness(seat, document, data, now)
            case QueryAwareness():
                return self._floor.awareness_for(document, attachment)
            case ContentHash() if seat.framing is Framing.PAIR:
                return document.compare(attachment, message)
            case Request() if document is self._index.document and seat.framing is Framing.PAIR:
                return self._requests.answer(seat, message, now)
            case _:
                raise RefusedBytes("a client does not send this kind of message here", code="unexpected-message")

    def _check_space(self, document: RoomDocument, attachment: Attachment, update: bytes) -> None:
        try:
            self._documents.check_space(document, update)
        except PairError:
            attachment.received += 1  # refused messages count too, or the count would lag behind its sender's for ever
            raise

    def _synchronize(
        self, seat: Seat, document: RoomDocument, attachment: Attachment, state_vector: bytes, now: float
    ) -> list[RoomEffect]:
        """The exchange: what they lack, what we lack, who is there. So one joins, comes back and catches up."""
        effects: list[RoomEffect] = []
        attachment.is_denied = False
        if attachment.may_write and not attachment.is_asked:
            effects += document.ask(attachment)
        is_first = not attachment.is_live
        effects += document.answer(attachment, state_vector)
        if is_first:
            effects += self._floor.announce(seat)
            effects += self._floor.awareness_for(document, attachment)
            effects += self._floor.appear(seat, now)
        return effects

    def _refuse(self, seat: Seat, document: RoomDocument, error: PairError, now: float) -> list[RoomEffect]:
        """What a refused message brings about: its sender is closed, or its replica put back to ours."""
        if isinstance(error, Poisoned):
            effects = self._floor.close(seat, CloseCode.BAD_MESSAGE, "the document could not take this update", now)
            return effects + document.drop()
        code = _CLOSE_CODES.get(error.code, CloseCode.BAD_MESSAGE)
        seat.refusals += 1
        attachment = seat.attachment(document)
        is_about_text = error.code.startswith("update-") or code in (CloseCode.DOCUMENT_FULL, CloseCode.ROOM_FULL)
        if (
            seat.framing is not Framing.PAIR
            or not is_about_text
            or not attachment
            or seat.refusals > _FORGIVEN_REFUSALS
        ):
            return self._floor.close(seat, code, error.message, now)
        attachment.awaits_difference = True
        attachment.is_asked = False  # the new replica's step 1 is answered with ours: then acknowledging goes on
        notice = self._floor.notice(seat, document.document_id, Notice(error.code, error.message))
        return notice + document.deliver(attachment, Reset())

    # ---- the store ----

    def document_loaded(
        self, document_id: DocumentId, updates: Iterable[tuple[bytes, str]], owners: Mapping[int, str], now: float
    ) -> list[RoomEffect]:
        """What LoadDocument asked for: updates in the store's order, each with its author ("" for a checkpoint)."""
        document = self._documents.find(document_id)
        if document is None or document.is_loaded:
            return []
        try:
            effects = document.load(updates, owners)
        except PairError:
            return self.document_failed(document_id, now)
        if document is self._index.document:
            self._index.refresh()
        waiting, document.waiting_bytes = list(document.waiting), 0
        document.waiting.clear()
        return [*effects, *(HearAgain(connection, data) for connection, data in waiting)]

    def document_failed(self, document_id: DocumentId, now: float) -> list[RoomEffect]:
        """The document could not be loaded, or what was loaded is damaged. Nobody is shown an empty one instead."""
        document = self._documents.find(document_id)
        if document is None or document.is_loaded:
            return []
        document.load_failed()
        dropped = list(document.waiting)
        concerned = {connection for connection, _ in dropped} | set(document.attachments)
        document.waiting.clear()
        document.waiting_bytes = 0
        effects: list[RoomEffect] = []
        for seat in self._seats.some(concerned):
            if seat.framing is not Framing.PAIR or document is self._index.document:
                effects += self._floor.close(seat, CloseCode.TRY_AGAIN, "the document could not be loaded", now)
                continue
            attachment = seat.attachment(document) or self._floor.attach(seat, document)
            document.interrupt(attachment)
            attachment.received += sum(
                isinstance(data, bytes) and bears_update(data, read_document_id(data)[1])
                for connection, data in dropped
                if connection == seat.connection
            )
            notice = Notice("document-unavailable", "The hub could not load this document; it is asked for again.")
            effects += self._floor.notice(seat, document_id, notice)
        return effects

    def committed(self, document_id: DocumentId, sequence: int, now: float) -> list[RoomEffect]:
        """Everything of the document up to `sequence` is durable: acknowledges and relays it."""
        document = self._documents.find(document_id)
        if document is None:
            return []
        effects = document.committed(sequence, now)
        if document.wake_at < self._floor.wake_at:
            self._floor.wake_at = document.wake_at
        if document.simple.attachments:
            effects += self._floor.spread(now)
        return effects

    def commit_failed(self, document_id: DocumentId, now: float) -> list[RoomEffect]:
        """Nothing of the document that is not committed will be; the shell has dropped all its queued Persist."""
        document = self._documents.find(document_id)
        return [] if document is None else document.commit_failed()

    def stuck(self) -> dict[DocumentId, int]:
        """Documents for which somebody waits, because the store does not take what is in the answer; and since when."""
        return {d.document_id: at for d in self._documents if (at := d.stuck_at) is not None}

    def answer_from_store(
        self, document_id: DocumentId, at: int, updates: Iterable[tuple[bytes, str]], owners: Mapping[int, str]
    ) -> list[RoomEffect]:
        """They need not wait: what the store has, if nothing was committed since `stuck` said `at`."""
        document = self._documents.find(document_id)
        if document is None or document.stuck_at != at:
            return []
        try:
            return document.answer_from_store(updates, owners)
        except PairError:  # what is stored is damaged: the next load says so
            return []

    def document_state(self, document_id: DocumentId) -> DocumentState | None:
        """For a checkpoint; None while the document is not loaded or anything of it is uncommitted."""
        return self._documents.state(document_id)

    def tick(self, now: float) -> list[RoomEffect]:
        """What is due: paced relays, awareness, simple clients' texts, expiry."""
        return self._floor.tick(now)

    # ---- for REST ----

    def load(self, document_id: DocumentId) -> list[RoomEffect]:
        """Asks for a document without being a member; `is_loaded` tells when it is there."""
        if document_id != INDEX and document_id not in self._index.entries:
            return []
        return self._documents.obtain(document_id).request_load()

    def is_loaded(self, document_id: DocumentId) -> bool:
        """Whether the document can be read and written."""
        return self._documents.loaded(document_id) is not None

    def documents(self) -> dict[DocumentId, DocumentEntry]:
        """The index, once it is loaded."""
        return dict(self._index.entries)

    def text(self, document_id: DocumentId) -> str:
        """Of a loaded document, with what is not committed yet."""
        return self._loaded(document_id).shared.text()

    def write_text(self, document_id: DocumentId, text: str, *, writer: Writer) -> list[RoomEffect]:
        """Turns a loaded document's text into `text` by an ordinary edit (a room made with code, a restore)."""
        return self._documents.write_text(self._loaded(document_id), text, writer)

    def _loaded(self, document_id: DocumentId) -> RoomDocument:
        document = self._documents.loaded(document_id)
        if document is None:
            raise RefusedBytes("This document is not loaded.", code="unknown-document")
        return document

    def create_main(self, *, path: str | None, language: str, writer: Writer) -> list[RoomEffect]:
        """Puts the main document into the loaded index, unless it is there."""
        return self._index.create_main(path, language, writer)

    def open_document(
        self, path: str, language: str, role: Role, *, writer: Writer
    ) -> tuple[DocumentId, list[RoomEffect]]:
        """As the request openDocument. `path` has passed `clean_path`. Raises NotAllowed."""
        return self._requests.open(path, language, writer, role, as_main=False)

    def rename_document(self, document_id: DocumentId, path: str, *, writer: Writer) -> tuple[str, list[RoomEffect]]:
        """As the request renameDocument; gives the path that it has now. Raises RefusedBytes."""
        return self._index.rename(document_id, path, writer)

    def delete_document(self, document_id: DocumentId, now: float, *, writer: Writer) -> list[RoomEffect]:
        """As the request deleteDocument. Raises RefusedBytes."""
        return self._index.delete(document_id, writer) + self._requests.forget(document_id, now)

    # ---- seats ----

    def _role_notice(self, seat: Seat, code: str) -> Notice:
        return Notice(
            code, f"You are {seat.name}, {seat.role.value} of this room.", seat.role.value, seat.participant_id
        )
