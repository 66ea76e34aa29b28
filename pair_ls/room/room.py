"""The hub's end of a room: who is here, which documents, and what every message of theirs brings about.

Pure: takes `now` (seconds on a steady clock) and ids, returns effects. Promises: a role is enforced on every message;
foreign bytes pass the guard; what anybody is sent is durable; one who misbehaves is closed with a code and disturbs
nobody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, assert_never

from pair_ls.crdt.shared_map import DocumentEntry
from pair_ls.crdt.state_vector import EMPTY_STATE_VECTOR
from pair_ls.errors import MissingUpdates, NotAllowed, PairError, PathRefused, Poisoned, RefusedBytes
from pair_ls.room.attachment import Attachment
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.document_path import path_key
from pair_ls.room.effects import CloseConnection, RoomEffect, Send, SendText
from pair_ls.room.ids import INDEX, MAIN, ConnectionId, DocumentId, ParticipantId, RoomId
from pair_ls.room.limits import DEFAULT_LIMITS, RoomLimits
from pair_ls.room.looks import clean_name
from pair_ls.room.member import Framing, Member, Participant
from pair_ls.room.messages import (
    AwarenessUpdate,
    ContentHash,
    Message,
    Notice,
    QueryAwareness,
    Request,
    Reset,
    Response,
    SyncStep1,
    SyncStep2,
    Update,
    bears_update,
    decode,
    encode_frame,
    read_document_id,
    update_at,
)
from pair_ls.room.requests import (
    DeleteDocument,
    ListParticipants,
    OpenDocument,
    OpenDocuments,
    RenameDocument,
    SeedDocument,
    parse_request,
)
from pair_ls.room.role import Role
from pair_ls.room.room_document import RoomDocument
from pair_ls.room.room_documents import DocumentState, RoomDocuments
from pair_ls.room.room_index import Writer
from pair_ls.room.seat import Seat
from pair_ls.room.seats import Seats, participant_json, participant_of
from pair_ls.room.simple_client import SimpleClient
from pair_ls.room.simple_messages import CodeUpdate, CursorUpdate, JoinRoom, LeaveRoom, parse_simple, simple_text

_NEVER = float("inf")
_FORGIVEN_REFUSALS = 3
_FORGIVEN_SIMPLE_REFUSALS = 20  # whoever writes a client by hand learns from the errors
_EXPIRY_CHECK_SECONDS = 15.0
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

    def __init__(
        self, room_id: RoomId, *, language: str = "", limits: RoomLimits = DEFAULT_LIMITS, stored_bytes: int = 0
    ) -> None:
        self.room_id = room_id
        self.wake_at = _NEVER
        self._language = language
        self._limits = limits
        self._seats = Seats()
        self._documents = RoomDocuments(limits, stored_bytes)
        self._index = self._documents.index
        self._spread_at = 0.0
        self._expire_at = _NEVER

    # ---- members ----

    def join(self, connection: ConnectionId, member: Member, now: float) -> list[RoomEffect]:
        """A connection, whose token and handshake the shell has found good."""
        if len(self._seats) >= self._limits.participants:
            reason = f"this room has {self._limits.participants} participants, as many as it may"
            return [CloseConnection(connection, CloseCode.TOO_MANY_PARTICIPANTS, reason)]
        seat = self._seats.take(connection, member, now)
        effects = self._index.document.request_load()
        if seat.framing is Framing.PAIR:
            effects += self._notice(seat, INDEX, self._role_notice(seat, "welcome"))
            effects += self._announce(seat)
        return effects

    def leave(self, connection: ConnectionId, now: float) -> list[RoomEffect]:
        """The connection is closed, for whatever reason."""
        seat = self._seats.remove(connection)
        if seat is None:
            return []
        for document in self._documents:
            document.detach(connection)
            document.awareness.leave(connection)
        gone = self._tell_simple("user_left", seat) if seat.is_announced else []
        return gone + self._spread(now)

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
                        effects += document.ask(attachment)
            if seat.framing is Framing.PAIR:
                effects += self._notice(seat, INDEX, self._role_notice(seat, "role-changed"))
        return effects + self._spread(now)

    def kick(self, participant_id: ParticipantId, reason: str, now: float) -> list[RoomEffect]:
        """Closes all connections of a participant."""
        effects: list[RoomEffect] = []
        for seat in self._seats.of_participant(participant_id):
            effects += self._close(seat, CloseCode.REMOVED, reason, now)
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
        said = self._index.document.awareness.state_of
        return tuple(participant_of(seat, said(seat.connection) or {}) for seat in self._seats)

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
            effects += self._awareness_for(document, attachment)
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

    def _receive(self, seat: Seat, data: bytes, now: float) -> list[RoomEffect]:
        document = self._index.document
        try:
            if seat.framing is Framing.JSON:
                raise RefusedBytes("simple clients send text frames only", code="unexpected-message")
            document_id, start = seat.member.document_id, 0
            if seat.framing is Framing.PAIR:
                document_id, start = read_document_id(data)
            message = decode(data, start)
            effects, found = self._enter(seat, document_id, data, now)
            if found is None:
                return effects
            document = found
            attachment = seat.attachment(document) or self._attach(seat, document)
            return effects + self._carry_out(seat, document, attachment, message, now)
        except PairError as error:
            return self._refuse(seat, document, error, now)

    def _enter(
        self, seat: Seat, document_id: DocumentId, data: bytes | str, now: float
    ) -> tuple[list[RoomEffect], RoomDocument | None]:
        """The loaded document; or None, and the message waits or is answered by the effects. Raises RefusedBytes."""
        index = self._index.document
        if not index.is_loaded:
            return self._wait(seat, index, data, now), None
        effects: list[RoomEffect] = []
        if document_id == MAIN and MAIN not in self._index.entries and seat.framing is not Framing.PAIR:
            effects = self._index.create_main(None, self._language, _writer(seat.member))
        if document_id != INDEX and document_id not in self._index.entries:
            return self._unknown(seat, document_id, now), None
        document = self._documents.obtain(document_id)
        if not document.is_loaded:
            return effects + self._wait(seat, document, data, now), None
        return effects, document

    def _wait(self, seat: Seat, document: RoomDocument, data: bytes | str, now: float) -> list[RoomEffect]:
        document.waiting_bytes += len(data)
        if (
            len(document.waiting) >= self._limits.waiting_messages
            or document.waiting_bytes > self._limits.waiting_bytes
        ):
            document.waiting_bytes -= len(data)
            return self._close(seat, CloseCode.TRY_AGAIN, "too much was sent before the document was loaded", now)
        document.waiting.append((seat.connection, data))
        return document.request_load()

    def _unknown(self, seat: Seat, document_id: DocumentId, now: float) -> list[RoomEffect]:
        if seat.framing is Framing.PAIR:
            return self._notice(
                seat, document_id, Notice("unknown-document", "There is no such document in this room.")
            )
        return self._close(seat, CloseCode.UNKNOWN, "there is no such document", now)

    def _attach(self, seat: Seat, document: RoomDocument) -> Attachment:
        attachment = Attachment(
            seat.connection,
            author=seat.member.participant_id,
            participant_id=seat.participant_id,
            head=seat.head(document.document_id),
            may_write=seat.role.may_edit and document is not self._index.document,
            acknowledges=seat.framing is Framing.PAIR or seat.member.acknowledges,
        )
        document.attach(attachment)
        seat.open[attachment.head] = (document, attachment)
        if seat.is_paused:
            document.pause(attachment)
        return attachment

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
                return self._receive_awareness(seat, document, data, now)
            case QueryAwareness():
                return self._awareness_for(document, attachment)
            case ContentHash() if seat.framing is Framing.PAIR:
                return document.compare(attachment, message)
            case Request() if document is self._index.document and seat.framing is Framing.PAIR:
                return self._answer_request(seat, message, now)
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
            effects += self._announce(seat)
            effects += self._awareness_for(document, attachment)
            effects += self._appear(seat, now)
        return effects

    def _refuse(self, seat: Seat, document: RoomDocument, error: PairError, now: float) -> list[RoomEffect]:
        """What a refused message brings about: its sender is closed, or its replica put back to ours."""
        if isinstance(error, Poisoned):
            effects = self._close(seat, CloseCode.BAD_MESSAGE, "the document could not take this update", now)
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
            return self._close(seat, code, error.message, now)
        attachment.awaits_difference = True
        attachment.is_asked = False  # the new replica's step 1 is answered with ours: then acknowledging goes on
        notice = self._notice(seat, document.document_id, Notice(error.code, error.message))
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
        for connection, data in waiting:
            if isinstance(data, str):
                effects += self.receive_text(connection, data, now)
            else:
                effects += self.receive(connection, data, now)
        return effects

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
                effects += self._close(seat, CloseCode.TRY_AGAIN, "the document could not be loaded", now)
                continue
            attachment = seat.attachment(document) or self._attach(seat, document)
            document.interrupt(attachment)
            attachment.received += sum(
                isinstance(data, bytes) and bears_update(data, read_document_id(data)[1])
                for connection, data in dropped
                if connection == seat.connection
            )
            notice = Notice("document-unavailable", "The hub could not load this document; it is asked for again.")
            effects += self._notice(seat, document_id, notice)
        return effects

    def committed(self, document_id: DocumentId, sequence: int, now: float) -> list[RoomEffect]:
        """Everything of the document up to `sequence` is durable: acknowledges and relays it."""
        document = self._documents.find(document_id)
        if document is None:
            return []
        effects = document.committed(sequence, now)
        if document.wake_at < self.wake_at:
            self.wake_at = document.wake_at
        if document.simple.attachments:
            effects += self._spread(now)
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
        effects: list[RoomEffect] = []
        self.wake_at = _NEVER
        for document in self._documents:
            if document.wake_at <= now:
                effects += document.relay(now)
            self.wake_at = min(self.wake_at, document.wake_at)
        if self._expire_at <= now:
            for document in self._documents:
                document.awareness.expire(now)
            self._expire_at = min((d.awareness.wake_at for d in self._documents), default=_NEVER)
        effects += self._spread(now)
        self.wake_at = min(self.wake_at, self._expire_at)
        return effects

    # ---- awareness ----

    def _receive_awareness(self, seat: Seat, document: RoomDocument, data: bytes, now: float) -> list[RoomEffect]:
        author = seat.member.participant_id
        name = seat.name
        document.awareness.receive(
            seat.connection,
            data,
            limits=self._limits.awareness,
            participant_id=seat.participant_id,
            may_use=lambda client_id: document.shared.claim(client_id, author),
            stamp=seat.stamp,
            now=now,
        )
        self._expire_at = min(self._expire_at, now + _EXPIRY_CHECK_SECONDS)
        return (self._appear(seat, now) if seat.name != name else []) + self._spread(now)

    def _appear(self, seat: Seat, now: float) -> list[RoomEffect]:
        """Clients that know only one document do not say in the index where they are; the hub does it for them."""
        if seat.framing is Framing.PAIR or seat.member.acknowledges or seat.member.document_id == INDEX:
            return []
        state = {"user": seat.user(), "document": seat.member.document_id, "line": None}
        self._index.document.awareness.put(seat.connection, seat.member.client_id, state, now)
        self._expire_at = min(self._expire_at, now + _EXPIRY_CHECK_SECONDS)
        return self._spread(now)

    def _awareness_for(self, document: RoomDocument, attachment: Attachment) -> list[RoomEffect]:
        data = document.awareness.encode_all(attachment.connection)
        return [] if data is None else document.deliver(attachment, AwarenessUpdate(data))

    def _spread(self, now: float) -> list[RoomEffect]:
        """Tells awareness, and simple clients their text, at most every `awareness_interval`."""
        due = [d for d in self._documents if d.awareness.is_changed or d.simple.has_unshown]
        if not due:
            return []
        if now < self._spread_at:
            self.wake_at = min(self.wake_at, self._spread_at)
            return []
        self._spread_at = now + self._limits.awareness_interval
        effects: list[RoomEffect] = []
        for document in due:
            effects += document.simple.show(self.room_id, self._room_state)
            effects += document.spread_awareness(self.room_id)
        return effects

    # ---- requests ----

    def _answer_request(self, seat: Seat, request: Request, now: float) -> list[RoomEffect]:
        try:
            return self._do_request(seat, request, now)
        except (NotAllowed, PathRefused, RefusedBytes) as error:
            return self._respond(seat, Response(request.request_id, error=(error.code, error.message)))

    def _do_request(self, seat: Seat, request: Request, now: float) -> list[RoomEffect]:
        writer = _writer(seat.member)
        asked = parse_request(request.method, request.params)
        match asked:
            case OpenDocument(path, language):
                as_main = not self._index.entries and seat.role.may_manage
                document_id, effects = self._open(path, language, writer, seat.role, as_main=as_main)
                return effects + self._respond_when_durable(seat, request, self._opened_json(seat, document_id))
            case OpenDocuments(documents):
                effects = self._create_missing(documents, writer, seat.role)
                found = [self._index.find(document.path) for document in documents]
                opened = [self._opened_json(seat, document_id) for document_id in found if document_id is not None]
                return effects + self._respond_when_durable(seat, request, {"documents": opened})
            case SeedDocument(document_id, text):
                _require(seat.role.may_edit, "seed a document")
                self._index.entry(document_id)
                return self._seed(seat, request, document_id, text, now)
            case RenameDocument(document_id, path):
                _require(seat.role.may_edit, "rename a document")
                free, effects = self._index.rename(document_id, path, writer)
                return effects + self._respond_when_durable(seat, request, {"path": free})
            case DeleteDocument(document_id):
                _require(seat.role.may_edit, "delete a document")
                effects = self._index.delete(document_id, writer)
                return effects + self._forget(document_id, now) + self._respond_when_durable(seat, request, {})
            case ListParticipants():
                people = [participant_json(participant) for participant in self.participants()]
                return self._respond(seat, Response(request.request_id, {"participants": people}))
            case _:
                assert_never(asked)

    def _open(
        self, path: str, language: str, writer: Writer, role: Role, *, as_main: bool
    ) -> tuple[DocumentId, list[RoomEffect]]:
        """The one place where documents come into being, so that the same path has the same document for all."""
        found = self._index.find(path)
        if found is not None:
            return found, []
        _require(role.may_edit, "create a document")
        return self._index.create(path, language, writer, as_main=as_main)

    def _create_missing(self, documents: Sequence[OpenDocument], writer: Writer, role: Role) -> list[RoomEffect]:
        """The same for many; where two paths of them are one for some file system, the first makes the document."""
        missing = {
            path_key(document.path): DocumentEntry(document.path, document.language)
            for document in reversed(documents)
            if self._index.find(document.path) is None
        }
        if missing:
            _require(role.may_edit, "create documents")
        return self._index.create_many(list(reversed(missing.values())), writer)

    def _opened_json(self, seat: Seat, document_id: DocumentId) -> dict[str, Any]:
        return {
            "documentId": document_id,
            "path": self._index.entries[document_id].path,
            "seed": seat.role.may_edit and self._documents.is_unwritten(document_id),
        }

    def _seed(self, seat: Seat, request: Request, document_id: DocumentId, text: str, now: float) -> list[RoomEffect]:
        """The first content of a document, once however many offer theirs: the hub writes it, or says: too late."""
        document = self._documents.obtain(document_id)
        if not document.is_loaded:
            return self._wait(seat, document, encode_frame(INDEX, request), now)
        if not document.shared.is_empty:
            return self._respond(seat, Response(request.request_id, {"seeded": False}))
        effects = self._documents.write_text(document, text, _writer(seat.member))
        held = Response(request.request_id, {"seeded": True})
        return effects + document.hold(
            tuple(self._respond(seat, held)), tuple(self._respond(seat, _not_saved(request)))
        )

    def _forget(self, document_id: DocumentId, now: float) -> list[RoomEffect]:
        """A deleted document: nobody has it open any more. What is on its way to the store goes there."""
        document = self._documents.forget(document_id)
        if document is None:
            return []
        effects: list[RoomEffect] = []
        for seat in self._seats.some(document.attachments):
            if seat.framing is Framing.PAIR:
                self._detach(seat, document)
                notice = Notice(
                    "document-deleted", "This document was deleted from the room. Your text stays with you."
                )
                effects += self._notice(seat, document_id, notice)
            else:
                effects += self._close(seat, CloseCode.UNKNOWN, "the document was deleted", now)
        return effects

    def _respond(self, seat: Seat, response: Response) -> list[RoomEffect]:
        return [Send((seat.connection,), encode_frame(INDEX, response))]

    def _respond_when_durable(self, seat: Seat, request: Request, result: dict[str, Any]) -> list[RoomEffect]:
        return self._index.document.hold(
            tuple(self._respond(seat, Response(request.request_id, result))),
            tuple(self._respond(seat, _not_saved(request))),
        )

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
        return self._open(path, language, writer, role, as_main=False)

    def rename_document(self, document_id: DocumentId, path: str, *, writer: Writer) -> tuple[str, list[RoomEffect]]:
        """As the request renameDocument; gives the path that it has now. Raises RefusedBytes."""
        return self._index.rename(document_id, path, writer)

    def delete_document(self, document_id: DocumentId, now: float, *, writer: Writer) -> list[RoomEffect]:
        """As the request deleteDocument. Raises RefusedBytes."""
        return self._index.delete(document_id, writer) + self._forget(document_id, now)

    # ---- simple clients ----

    def receive_text(self, connection: ConnectionId, text: str, now: float) -> list[RoomEffect]:
        """One text websocket message: JSON of a simple client."""
        seat = self._seats.find(connection)
        if seat is None:
            return []
        if seat.framing is Framing.PAIR or (seat.framing is Framing.PLAIN and seat.open):
            return self._close(seat, CloseCode.BAD_MESSAGE, "this client speaks in binary frames", now)
        seat.framing = Framing.JSON
        try:
            message = parse_simple(text)
            if isinstance(message, LeaveRoom):
                return self._close(seat, CloseCode.NORMAL, "left", now)
            effects, document = self._enter(seat, seat.member.document_id, text, now)
            if document is None:
                return effects
            if isinstance(message, JoinRoom):
                return effects + self._join_simple(seat, document, message, now)
            return effects + self._hear_simple(seat, document, message, now)
        except (RefusedBytes, NotAllowed, MissingUpdates) as error:
            return self._refuse_simple(seat, error, now)

    def _join_simple(self, seat: Seat, document: RoomDocument, message: JoinRoom, now: float) -> list[RoomEffect]:
        if seat.is_joined:
            raise RefusedBytes("This connection has joined already.", code="already-joined")
        if document is self._index.document:
            raise RefusedBytes("A simple client joins a text document.", code="unknown-document")
        seat.is_joined = True
        if message.user_id:
            self._seats.rename(seat, message.user_id)
            if not seat.member.name:
                seat.name = clean_name(message.name) or clean_name(message.user_id) or seat.name
        attachment = self._attach(seat, document)
        attachment.simple = SimpleClient(seat.member.client_id)
        attachment.participant_id = seat.participant_id
        effects = document.answer(attachment, EMPTY_STATE_VECTOR)
        if message.code and attachment.may_write and document.shared.is_empty:
            self._documents.check_size(message.code)
            effects += document.receive_update(attachment, attachment.simple.begin_with(message.code))
        return effects + self._announce(seat) + self._appear(seat, now) + self._spread(now)

    def _hear_simple(
        self, seat: Seat, document: RoomDocument, message: CodeUpdate | CursorUpdate, now: float
    ) -> list[RoomEffect]:
        attachment = seat.attachment(document)
        if attachment is None or attachment.simple is None or not attachment.simple.version:
            raise RefusedBytes("Send join_room first and wait for room_state.", code="join-first")
        effects: list[RoomEffect] = []
        if isinstance(message, CodeUpdate):
            if not attachment.may_write:
                attachment.simple.forget_views()
                denied = self._simple_error(seat, "not-allowed", "You may read this document, not change it.")
                return denied + self._spread(now)
            self._documents.check_size(message.code)
            update = attachment.simple.replace(message.code, message.version)
            if update:
                self._documents.check_space(document, update)
                effects += document.receive_update(attachment, update)
        if message.cursor_position is not None:
            attachment.simple.move_cursor(message.cursor_position, own=isinstance(message, CodeUpdate))
            state = {"user": seat.user(), "cursor": attachment.simple.cursor_anchors()}
            document.awareness.put(seat.connection, seat.member.client_id, state, now)
        return effects + self._spread(now)

    def _refuse_simple(self, seat: Seat, error: PairError, now: float) -> list[RoomEffect]:
        seat.refusals += 1
        if seat.refusals > _FORGIVEN_SIMPLE_REFUSALS or error.code.startswith("update-"):
            return self._close(seat, CloseCode.BAD_MESSAGE, error.message, now)
        return self._simple_error(seat, error.code, error.message)

    def _simple_error(self, seat: Seat, code: str, message: str) -> list[RoomEffect]:
        text = simple_text("error", self.room_id, seat.participant_id, {"code": code, "message": message})
        return [SendText((seat.connection,), text)]

    def _announce(self, seat: Seat) -> list[RoomEffect]:
        if seat.is_announced:
            return []
        seat.is_announced = True
        return self._tell_simple("user_joined", seat)

    def _tell_simple(self, kind: str, about: Seat) -> list[RoomEffect]:
        """Tells the simple clients that somebody came or left."""
        listeners = tuple(s.connection for s in self._seats if s.is_joined and s is not about)
        if not listeners:
            return []
        data = {"name": about.name, "role": about.role.value}
        return [SendText(listeners, simple_text(kind, self.room_id, about.participant_id, data))]

    def _room_state(self, attachment: Attachment, code: str, version: int) -> str:
        """What a simple client is sent first."""
        (seat,) = self._seats.some((attachment.connection,))
        document_id = seat.member.document_id
        data = {
            "code": code,
            "language": self._index.entries[document_id].language,
            "version": version,
            "documentId": document_id,
            "role": seat.role.value,
            "participants": [participant_json(participant) for participant in self.participants()],
        }
        return simple_text("room_state", self.room_id, seat.participant_id, data)

    # ---- seats ----

    def _role_notice(self, seat: Seat, code: str) -> Notice:
        return Notice(
            code, f"You are {seat.name}, {seat.role.value} of this room.", seat.role.value, seat.participant_id
        )

    def _notice(self, seat: Seat, document_id: DocumentId, notice: Notice) -> list[RoomEffect]:
        return [Send((seat.connection,), encode_frame(document_id, notice))]

    def _detach(self, seat: Seat, document: RoomDocument) -> None:
        document.detach(seat.connection)
        document.awareness.leave(seat.connection)
        seat.open.pop(seat.head(document.document_id), None)

    def _close(self, seat: Seat, code: CloseCode, reason: str, now: float) -> list[RoomEffect]:
        """Lets go of a connection at once; the others see it leave."""
        return [CloseConnection(seat.connection, code, reason), *self.leave(seat.connection, now)]


def _writer(member: Member) -> Writer:
    return Writer(member.participant_id, member.client_id)


def _require(is_allowed: bool, what: str) -> None:
    if not is_allowed:
        raise NotAllowed(f"A viewer may not {what}.")


def _not_saved(request: Request) -> Response:
    return Response(request.request_id, error=("not-saved", "The hub could not store this. Ask again."))
