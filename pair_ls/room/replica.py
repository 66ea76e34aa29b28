"""A participant's end of a room: all its documents over one connection that comes and goes.

Pure: takes `now` (seconds on a steady clock), returns effects. Joining, coming back and catching up are one exchange,
in which offline edits travel too. The hub's bytes pass the guard like anybody's; a replica that differs is replaced,
its text kept. One class, although long: every message may concern the connection, the index and a document at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pair_ls.crdt.awareness import FROM_HUB, Awareness
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_map import DocumentEntry, SharedIndex
from pair_ls.crdt.shared_text import SharedText
from pair_ls.crdt.update_guard import EMPTY_UPDATE
from pair_ls.errors import MissingUpdates, Poisoned, RefusedBytes
from pair_ls.room import effects as told
from pair_ls.room import messages
from pair_ls.room.effects import ReplicaEffect, SendFrame
from pair_ls.room.ids import INDEX, DocumentId, is_document_id
from pair_ls.room.messages import Message, decode_frame, encode_frame, encode_update, frame_head
from pair_ls.room.replica_document import ReplicaDocument
from pair_ls.room.role import Role
from pair_ls.text import Edit

_NEVER = float("inf")
_AWARENESS_INTERVAL = 0.1
_RETRY_SECONDS = 5.0
_ROLES = {role.value: role for role in Role}


@dataclass(slots=True)
class _Opening:
    """A path whose document is asked for; `text` is what to seed it with."""

    path: str
    language: str
    text: str
    request_id: int | None = None
    retry_at: float = _NEVER


class Replica:
    """One room. `wake_at` is when `tick` wants to be called next (infinity: not at all); read it after every call.

    `role` and `participant_id` are None until the hub has told them. Without a connection everything still works; what
    was changed meanwhile is exchanged at the next `connected`.
    """

    def __init__(self, *, new_client_id: Callable[[], ClientId]) -> None:
        """`new_client_id` gives a fresh random Yjs client id for every new replica of a document."""
        self.wake_at = _NEVER
        self.role: Role | None = None
        self.participant_id: str | None = None
        self._new_client_id = new_client_id
        self._is_connected = False
        self._index = SharedIndex(new_client_id())
        self._awareness = Awareness(self._index.client_id, FROM_HUB)
        self._documents: dict[DocumentId, ReplicaDocument] = {}
        self._resting: dict[DocumentId, bytes] = {}  # document -> its state vector; all of ours is durable
        self._sent: dict[DocumentId, int] = {}  # messages on this connection, of documents that are not open now
        self._openings: dict[str, _Opening] = {}
        self._seeds: dict[int, DocumentId] = {}  # requests under way
        self._requests: dict[int, str] = {}
        self._last_request = 0
        self._unsent_awareness: dict[DocumentId, dict[str, Any] | None] = {}
        self._awareness_at = 0.0

    # ---- the connection ----

    def connected(self, now: float) -> list[ReplicaEffect]:
        """A connection to the room stands: asks for everything that is open."""
        self._is_connected = True
        effects: list[ReplicaEffect] = [self._send(INDEX, messages.SyncStep1(self._index.document.state_vector()))]
        effects += self._renew_awareness(INDEX, self._awareness, now)
        for document in self._documents.values():
            effects += self._synchronize(document)
            effects += self._renew_awareness(document.document_id, document.awareness, now)
        effects += [self._send(i, messages.SyncStep1(state)) for i, state in self._resting.items()]
        for opening in self._openings.values():
            effects += self._ask_for(opening)
        return effects

    def disconnected(self, now: float) -> list[ReplicaEffect]:
        """The connection is gone. Requests are answered as failed; the others are not here any more."""
        self._is_connected = False
        self._seeds.clear()
        self._sent.clear()
        for document in self._documents.values():
            document.disconnected()
        for opening in self._openings.values():
            opening.request_id = None
        lost, self._requests = list(self._requests), {}
        error = ("disconnected", "The connection to the hub was lost before it answered.")
        effects: list[ReplicaEffect] = [told.RequestAnswered(request_id, error=error) for request_id in lost]
        for document_id, awareness in self._awarenesses():
            own = self._own_id(document_id)
            gone = [client_id for client_id in awareness.states if client_id != own]
            if awareness.remove(gone, now) is not None:
                effects.append(told.AwarenessChanged(document_id))
        return effects

    def receive(self, data: bytes, now: float) -> list[ReplicaEffect]:
        """One binary websocket message of the hub."""
        try:
            document_id, message = decode_frame(data)
            if document_id == INDEX:
                return self._receive_for_room(message, now)
            document = self._documents.get(document_id)
            if document is None:
                return self._receive_at_rest(document_id, message)
            return self._receive_for_document(document, message, now)
        except (RefusedBytes, Poisoned) as error:
            return [told.Disconnect(error.message)]

    def tick(self, now: float) -> list[ReplicaEffect]:
        """What is due: awareness, comparing hashes, asking again."""
        effects: list[ReplicaEffect] = []
        self.wake_at = _NEVER
        if not self._is_connected:
            return effects
        for document in self._documents.values():
            if document.check_at <= now:
                document.check_at = _NEVER
                effects += self._compare(document)
            if document.retry_at <= now:
                document.retry_at = _NEVER
                effects += self._synchronize(document)
            self._wake(min(document.check_at, document.retry_at))
        for opening in self._openings.values():
            if opening.retry_at <= now:
                effects += self._ask_for(opening)
            self._wake(opening.retry_at)
        effects += self._send_awareness(now)
        for document_id, awareness in self._awarenesses():
            renewal = awareness.renew(now)
            if renewal is not None:
                effects.append(self._send(document_id, messages.AwarenessUpdate(renewal)))
            if awareness.expire(now):
                effects.append(told.AwarenessChanged(document_id))
            if awareness.states:
                self._wake(now + _RETRY_SECONDS)
        return effects

    # ---- documents ----

    def open_path(self, path: str, language: str, text: str, now: float) -> list[ReplicaEffect]:
        """Finds or creates the document; `text` seeds it if it never had any. DocumentOpened, DocumentSynced follow.

        Without a connection they follow after the next `connected`. Call again with the newer text until it is opened.
        """
        opening = self._openings.get(path)
        if opening is not None:
            opening.language, opening.text = language, text
            return []
        opening = self._openings[path] = _Opening(path, language, text)
        return self._ask_for(opening) if self._is_connected else []

    def open(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        """Opens a document that is in the index. DocumentSynced follows, also if it was open before."""
        document = self._documents.get(document_id)
        if document is None:
            document = self._documents[document_id] = self._new_document(document_id)
        elif document.is_synced:
            return [told.DocumentSynced(document_id)]
        document.is_refused = False
        return self._synchronize(document) if self._is_connected else []

    def close(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        """Takes back our awareness there; forgets the replica, unless it holds edits that the hub has not stored."""
        effects = self.set_awareness(document_id, None, now) if document_id in self._documents else []
        document = self._documents.get(document_id)
        if document is not None and not document.unacknowledged:
            effects += self._send_awareness(now, at_once=True)
            self._sent[document_id] = document.sent
            del self._documents[document_id]
        return effects

    def rest(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        """As `close`, but DocumentTouched tells when the hub has something new. `open` ends the rest."""
        document = self._documents.get(document_id)
        effects = self.close(document_id, now)
        if document is not None and document.was_synced and document_id not in self._documents:
            self._resting[document_id] = document.shared.document.state_vector()
        return effects

    def forget(self, document_id: DocumentId) -> None:
        """It was deleted from the room: what the hub has not stored of it has nowhere to go."""
        document = self._documents.pop(document_id, None)
        if document is not None:
            self._sent[document_id] = document.sent
        self._resting.pop(document_id, None)
        self._unsent_awareness.pop(document_id, None)

    def shared_text(self, document_id: DocumentId) -> SharedText | None:
        """The replica of an open document: to read (text, lines, anchors), never to edit."""
        document = self._documents.get(document_id)
        return None if document is None else document.shared

    def is_synced(self, document_id: DocumentId) -> bool:
        """Whether DocumentSynced was said for this replica: only then it may be shown and edited."""
        document = self._documents.get(document_id)
        return document is not None and document.was_synced

    def entries(self) -> dict[DocumentId, DocumentEntry]:
        """The room's index, as far as it is known."""
        return {DocumentId(document_id): entry for document_id, entry in self._index.entries().items()}

    def edit(self, document_id: DocumentId, edits: Sequence[Edit], now: float) -> list[ReplicaEffect]:
        """Our own change: simultaneous edits on the shared text. Also without a connection, once it was synced."""
        document = self._documents[document_id]
        update = document.shared.edit(edits, now=now)
        return self._own_change(document, update, now) if update else []

    def undo(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        """Takes back our own last step; nothing if there is none."""
        document = self._documents[document_id]
        return self._own_step(document, document.shared.undo(), now)

    def redo(self, document_id: DocumentId, now: float) -> list[ReplicaEffect]:
        """Does the last undone step again; nothing if there is none."""
        document = self._documents[document_id]
        return self._own_step(document, document.shared.redo(), now)

    def unacknowledged(self, document_id: DocumentId | None = None) -> int:
        """How many of our edits (in one document, or in all) are not known to be durable."""
        if document_id is not None:
            document = self._documents.get(document_id)
            return 0 if document is None else document.unacknowledged
        return sum(document.unacknowledged for document in self._documents.values())

    def _own_step(
        self, document: ReplicaDocument, step: tuple[bytes, tuple[Edit, ...]] | None, now: float
    ) -> list[ReplicaEffect]:
        if step is None:
            return []
        update, edits = step
        return [told.TextChanged(document.document_id, edits), *self._own_change(document, update, now)]

    def _own_change(self, document: ReplicaDocument, update: bytes, now: float) -> list[ReplicaEffect]:
        document.edits += 1
        if not self._is_connected or document.is_refused:
            return []
        self._touched(document, now)
        document.count_message()
        return [SendFrame(frame_head(document.document_id) + encode_update(update))]

    # ---- awareness ----

    def set_awareness(self, document_id: DocumentId, state: dict[str, Any] | None, now: float) -> list[ReplicaEffect]:
        """Our state (None: none) in an open document, or in the room (INDEX); for both see docs/protocol.md."""
        self._unsent_awareness[document_id] = state
        return self._send_awareness(now)

    def awareness_states(self, document_id: DocumentId) -> Mapping[int, dict[str, Any]]:
        """The others' states there, by Yjs client id; `state["user"]` is what the hub says about them."""
        if document_id == INDEX:
            own = self._index.client_id
            return {client_id: state for client_id, state in self._awareness.states.items() if client_id != own}
        document = self._documents.get(document_id)
        return {} if document is None else document.others()

    def _send_awareness(self, now: float, *, at_once: bool = False) -> list[ReplicaEffect]:
        """The latest states, a few times a second at most."""
        if not self._unsent_awareness:
            return []
        if now < self._awareness_at and not at_once:
            self._wake(self._awareness_at)
            return []
        self._awareness_at = now + _AWARENESS_INTERVAL
        effects: list[ReplicaEffect] = []
        unsent, self._unsent_awareness = self._unsent_awareness, {}
        awarenesses = dict(self._awarenesses())
        for document_id, state in unsent.items():
            awareness = awarenesses.get(document_id)
            if awareness is None or (state is None and self._own_id(document_id) not in awareness.states):
                continue
            data = awareness.set_local(state, now)
            if self._is_connected:
                effects.append(self._send(document_id, messages.AwarenessUpdate(data)))
        self._wake(now + _RETRY_SECONDS)
        return effects

    def _renew_awareness(self, document_id: DocumentId, awareness: Awareness, now: float) -> list[ReplicaEffect]:
        own = awareness.states.get(self._own_id(document_id))
        if own is None:
            return []
        return [self._send(document_id, messages.AwarenessUpdate(awareness.set_local(own, now)))]

    def _awarenesses(self) -> list[tuple[DocumentId, Awareness]]:
        return [(INDEX, self._awareness), *((i, document.awareness) for i, document in self._documents.items())]

    def _own_id(self, document_id: DocumentId) -> int:
        return self._index.client_id if document_id == INDEX else self._documents[document_id].awareness_id

    def _merge_awareness(
        self, document_id: DocumentId, awareness: Awareness, data: bytes, now: float
    ) -> list[ReplicaEffect]:
        changes = awareness.merge(data, now)
        self._wake(now + _RETRY_SECONDS)
        is_news = changes.added or changes.updated or changes.removed
        return [told.AwarenessChanged(document_id)] if is_news else []

    # ---- requests ----

    def request(self, method: str, params: dict[str, Any], now: float) -> tuple[int, list[ReplicaEffect]]:
        """Asks the hub (docs/protocol.md). RequestAnswered with this id follows, also if the connection is lost."""
        request_id = self._next_request()
        if not self._is_connected:
            error = ("disconnected", "There is no connection to the hub.")
            return request_id, [told.RequestAnswered(request_id, error=error)]
        self._requests[request_id] = method
        return request_id, [self._send(INDEX, messages.Request(request_id, method, params))]

    def _next_request(self) -> int:
        self._last_request += 1
        return self._last_request

    def _ask_for(self, opening: _Opening) -> list[ReplicaEffect]:
        opening.request_id = self._next_request()
        opening.retry_at = _NEVER
        params = {"path": opening.path, "language": opening.language}
        return [self._send(INDEX, messages.Request(opening.request_id, "openDocument", params))]

    def _answered(self, response: messages.Response, now: float) -> list[ReplicaEffect]:
        if self._requests.pop(response.request_id, None) is not None:
            return [told.RequestAnswered(response.request_id, response.result, response.error)]
        if response.request_id in self._seeds:
            return self._seed_answered(self._seeds.pop(response.request_id), response, now)
        for opening in self._openings.values():
            if opening.request_id == response.request_id:
                return self._opening_answered(opening, response, now)
        return []

    def _opening_answered(self, opening: _Opening, response: messages.Response, now: float) -> list[ReplicaEffect]:
        match response:
            case messages.Response(error=("not-saved", _)):
                opening.retry_at = now + _RETRY_SECONDS
                self._wake(opening.retry_at)
                return []
            case messages.Response(error=(code, message)):
                del self._openings[opening.path]
                return [told.NoticeReceived(code, message)]
            case messages.Response(result={"documentId": str(document_id), "path": str(path), "seed": bool(seed)}) if (
                is_document_id(document_id)
            ):
                del self._openings[opening.path]
                opened = DocumentId(document_id)
                document = self._documents.get(opened)
                if document is None:
                    document = self._documents[opened] = self._new_document(opened)
                    document.seed = opening.text if seed and opening.text else None
                return [told.DocumentOpened(opened, path, opening.path), *self.open(opened, now)]
        raise RefusedBytes("the hub's answer to openDocument is not as docs/protocol.md says")

    def _seed_answered(self, document_id: DocumentId, response: messages.Response, now: float) -> list[ReplicaEffect]:
        document = self._documents.get(document_id)
        if document is None:
            return []
        match response.error:
            case ("not-saved", _):
                document.retry_at = now + _RETRY_SECONDS
                self._wake(document.retry_at)
                return []
            case (code, message):
                document.seed = None
                return [told.NoticeReceived(code, message, document_id)]
        document.seed = None
        return []

    # ---- messages ----

    def _receive_for_room(self, message: Message, now: float) -> list[ReplicaEffect]:
        match message:
            case messages.SyncStep2(update) | messages.Update(update):
                return self._merge_index(update)
            case messages.AwarenessUpdate(data):
                return self._merge_awareness(INDEX, self._awareness, data, now)
            case messages.Response():
                return self._answered(message, now)
            case messages.Notice():
                return self._noticed(message)
            case _:
                return []

    def _merge_index(self, update: bytes) -> list[ReplicaEffect]:
        try:
            changed = self._index.merge(update)
        except MissingUpdates:
            return [self._send(INDEX, messages.SyncStep1(self._index.document.state_vector()))]
        return [told.IndexChanged(self.entries())] if changed else []

    def _noticed(self, notice: messages.Notice) -> list[ReplicaEffect]:
        if notice.participant_id is not None:
            self.participant_id = notice.participant_id
        effects: list[ReplicaEffect] = []
        if notice.role in _ROLES:
            self.role = _ROLES[notice.role]
            effects.append(told.RoleChanged(self.role))
        return effects if notice.code == "welcome" else [*effects, told.NoticeReceived(notice.code, notice.message)]

    def _receive_for_document(self, document: ReplicaDocument, message: Message, now: float) -> list[ReplicaEffect]:
        document_id = document.document_id
        match message:
            case messages.Update(update):
                return self._merge(document, update, now)
            case messages.SyncStep1(state_vector):
                document.count_message()
                return [
                    self._send(document_id, messages.SyncStep2(document.shared.document.update_since(state_vector)))
                ]
            case messages.SyncStep2(update):
                return self._merge_difference(document, update, now)
            case messages.Acknowledged(count):
                return self._acknowledged(document, count, now)
            case messages.AwarenessUpdate(data):
                return self._merge_awareness(document_id, document.awareness, data, now)
            case messages.Notice(code, text):
                return self._noticed_about(document, code, text, now)
            case messages.PermissionDenied(reason):
                return [told.NoticeReceived("not-allowed", reason, document_id)]
            case messages.Reset():
                return self._start_anew(document)
            case _:
                return []

    def _receive_at_rest(self, document_id: DocumentId, message: Message) -> list[ReplicaEffect]:
        """Whether there is news. Nothing of ours is unsent, so the hub's own question is answered: nothing."""
        if document_id not in self._resting:
            return []
        match message:
            case messages.SyncStep1():
                self._sent[document_id] = self._sent.get(document_id, 0) + 1
                return [self._send(document_id, messages.SyncStep2(EMPTY_UPDATE))]
            case messages.SyncStep2(update) if update == EMPTY_UPDATE:
                return []
            case messages.SyncStep2() | messages.Update() | messages.Reset():
                return [told.DocumentTouched(document_id)]
            case messages.Notice("unknown-document" | "document-deleted"):
                del self._resting[document_id]
        return []

    def _new_document(self, document_id: DocumentId) -> ReplicaDocument:
        """The hub counts our messages of a document as long as the connection lasts, whatever we forget meanwhile."""
        self._resting.pop(document_id, None)
        document = ReplicaDocument(document_id, self._new_client_id())
        document.sent = self._sent.pop(document_id, 0)
        return document

    def _merge(self, document: ReplicaDocument, update: bytes, now: float) -> list[ReplicaEffect]:
        try:
            edits = document.shared.merge(update)
        except MissingUpdates:
            # Before the answer to our step 1 has come, it will contain this; after it, something was lost.
            return self._synchronize(document) if document.is_synced else []
        except (RefusedBytes, Poisoned) as error:
            if error.code == "update-author" or isinstance(error, Poisoned):
                return self._start_anew(document)
            raise
        if not edits:
            return []
        self._touched(document, now)
        return [told.TextChanged(document.document_id, edits)]

    def _merge_difference(self, document: ReplicaDocument, update: bytes, now: float) -> list[ReplicaEffect]:
        was_synced, document.is_synced, document.was_synced = document.is_synced, True, True
        effects = self._merge(document, update, now)
        if not was_synced:
            self._touched(document, now)
            return [*effects, told.DocumentSynced(document.document_id)] if document.is_synced else effects
        return [*effects, *self._compare(document)] if document.is_checked else effects

    def _acknowledged(self, document: ReplicaDocument, count: int, now: float) -> list[ReplicaEffect]:
        before = document.unacknowledged
        document.acknowledged(count)
        if document.unacknowledged == before:
            return []
        if not document.unacknowledged:
            self._touched(document, now)
        return [told.Acknowledged(self.unacknowledged())]

    def _noticed_about(self, document: ReplicaDocument, code: str, text: str, now: float) -> list[ReplicaEffect]:
        if code == "document-unavailable":
            document.is_synced = False
            document.retry_at = now + _RETRY_SECONDS
            self._wake(document.retry_at)
        elif code in ("unknown-document", "document-deleted"):
            document.is_synced = False
            document.is_refused = True
        return [told.NoticeReceived(code, text, document.document_id)]

    def _synchronize(self, document: ReplicaDocument) -> list[ReplicaEffect]:
        """Step 1; before it the first content, if there is some to offer, so that the answer is the outcome."""
        effects: list[ReplicaEffect] = []
        if document.seed is not None:
            request_id = self._next_request()
            self._seeds[request_id] = document.document_id
            params = {"documentId": document.document_id, "text": document.seed}
            effects.append(self._send(INDEX, messages.Request(request_id, "seedDocument", params)))
        state_vector = document.shared.document.state_vector()
        return [*effects, self._send(document.document_id, messages.SyncStep1(state_vector))]

    def _start_anew(self, document: ReplicaDocument) -> list[ReplicaEffect]:
        """Ours is not what the hub has: the hub's copy takes its place."""
        text = document.start_anew(self._new_client_id())
        return [told.ResetDocument(document.document_id, text), *self._synchronize(document)]

    def _compare(self, document: ReplicaDocument) -> list[ReplicaEffect]:
        """Sends our content hash, when nothing of ours is under way."""
        if not document.is_synced or document.unacknowledged:
            return []
        document.is_checked = True
        shared = document.shared.document
        return [self._send(document.document_id, messages.ContentHash(shared.state_vector(), shared.content_hash()))]

    def _touched(self, document: ReplicaDocument, now: float) -> None:
        document.touched(now)
        self._wake(document.check_at)

    def _send(self, document_id: DocumentId, message: Message) -> SendFrame:
        return SendFrame(encode_frame(document_id, message))

    def _wake(self, at: float) -> None:
        self.wake_at = min(self.wake_at, at)
