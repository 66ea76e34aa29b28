"""One document of a room at the hub: takes updates, waits for their commit, then acknowledges and relays them. Pure.

The promise: what anybody is sent is durable. Relays wait for the commit, and so does an answer that contains more.

One class, although long: taking, committing, relaying and answering read and change the same few lists in each step.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument, merge_updates
from pair_ls.crdt.state_vector import EMPTY_STATE_VECTOR, check_state_vector, encode_state_vector
from pair_ls.crdt.update_guard import EMPTY_UPDATE, CheckedUpdate
from pair_ls.errors import MissingUpdates, NotAllowed, PairError, Poisoned
from pair_ls.room.attachment import Attachment, Missed
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.document_awareness import DocumentAwareness
from pair_ls.room.effects import CloseConnection, LoadDocument, Persist, RoomEffect, Send
from pair_ls.room.ids import INDEX, ConnectionId, DocumentId, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.messages import (
    AwarenessUpdate,
    ContentHash,
    Message,
    PermissionDenied,
    Reset,
    SyncStep1,
    SyncStep2,
    Update,
    encode,
    encode_update,
)
from pair_ls.room.simple_members import SimpleMembers

_READER = ClientId(1)  # the hub never writes with the id of its own replica
_AT_ONCE = 8  # rooms of so many are relayed to without pacing
_PACE_PER_MEMBER = 12 * 5e-6  # relays wait twelve times what the last one cost, at some 5 µs for each send
_LONGEST_PACE = 0.008
_MERGED_AT_MOST = 200  # merging is quadratic
_CHECKED_EVERY_BYTES = 4096
_MOST_HELD_BYTES = 32 << 20  # of answers that wait for a commit, each perhaps a copy of the document
_NEVER = float("inf")


_Uncommitted = tuple[int, Attachment | None, int, bytes | None]
"""A message that is applied and not durable: its sequence, who sent it (None: the hub), as its message of what number.

Without update (None) it brought nothing, but waits its turn. A plain tuple: one is made for every keystroke.
"""


class Held(NamedTuple):
    """What waits for the commit of `sequence`: the answer to a step 1, or other effects."""

    sequence: int
    attachment: Attachment | None
    state_vector: bytes
    answer: bytes | None  # None: to be made when the document is loaded again, or when others have had theirs
    effects: tuple[RoomEffect, ...]
    if_failed: tuple[RoomEffect, ...]


class RoomDocument:
    """Waiting, loaded, or dropped (its replica failed, or its updates were not stored) and waiting again."""

    __slots__ = (
        "_full",
        "_full_messages",
        "_hash",
        "_head",
        "_held",
        "_is_loading",
        "_kind",
        "_limits",
        "_pair",
        "_plain",
        "_relay_at",
        "_shared",
        "_uncommitted",
        "_unsent",
        "attachments",
        "awareness",
        "document_id",
        "persisted_bytes",
        "quick_bytes",
        "sequence",
        "simple",
        "waiting",
        "waiting_bytes",
        "wake_at",
    )

    def __init__(self, document_id: DocumentId, limits: RoomLimits) -> None:
        self.document_id = document_id
        self.attachments: dict[ConnectionId, Attachment] = {}
        self.awareness = DocumentAwareness()
        self.sequence = 0
        self.waiting: list[tuple[ConnectionId, bytes | str]] = []
        self.waiting_bytes = 0
        self.wake_at = _NEVER  # when `relay` is to be called, for it has left something unsent
        self.quick_bytes = 0  # of updates that may still be taken before the space is checked again
        self.persisted_bytes = 0
        self.simple = SimpleMembers()
        self._limits = limits
        self._kind = DocumentKind.INDEX if document_id == INDEX else DocumentKind.TEXT
        self._relay_at = 0.0  # not before
        self._shared: SharedDocument | None = None
        self._is_loading = False
        self._uncommitted: list[_Uncommitted] = []
        self._unsent: list[tuple[Attachment | None, bytes]] = []
        self._held: list[Held] = []
        self._full: bytes | None = None  # the whole state, until the next update
        self._full_messages: dict[bytes, bytes] = {}  # head -> the whole state as it is sent
        self._hash: tuple[int, bytes] = (-1, b"")
        self._pair: tuple[ConnectionId, ...] = ()
        self._plain: tuple[ConnectionId, ...] = ()
        self._head = b""

    # ---- loading ----

    @property
    def is_loaded(self) -> bool:
        """Whether there is a replica to work with."""
        return self._shared is not None

    @property
    def shared(self) -> SharedDocument:
        """The replica; only of a loaded document."""
        assert self._shared is not None
        return self._shared

    @property
    def has_uncommitted(self) -> bool:
        """Whether anything is on its way to the store."""
        return bool(self._uncommitted)

    @property
    def is_settled(self) -> bool:
        """Nothing waits: for the store, for a relay, for a load."""
        return not (self._uncommitted or self._unsent or self._is_loading or self.waiting)

    @property
    def is_unused(self) -> bool:
        """Nobody has it open and nothing waits: the store has all of it."""
        return not (self.attachments or self._held) and self.is_settled

    def request_load(self) -> list[RoomEffect]:
        """Asks for the document, once, and not before all that is on its way to the store has arrived there."""
        if self._shared is not None or self._is_loading or self._uncommitted:
            return []
        self._is_loading = True
        return [LoadDocument(self.document_id)]

    def load(self, updates: Iterable[tuple[bytes, str | None]], owners: Mapping[int, str]) -> list[RoomEffect]:
        """The store's content. Raises RefusedBytes, MissingUpdates or Poisoned if it is damaged."""
        self._is_loading = False
        shared = SharedDocument(client_id=_READER, kind=self._kind, limits=self._limits.guard)
        shared.load(((update, author or None) for update, author in updates), owners)
        self._shared = shared
        effects: list[RoomEffect] = []
        for attachment in self.attachments.values():
            if attachment.may_write:
                effects += self.ask(attachment)
        held, self._held = self._held, []
        for item in held:
            if item.attachment is None:
                self._held.append(item)
            else:
                effects += self.answer(item.attachment, item.state_vector)
        return effects

    def load_failed(self) -> None:
        """The store could not give the document; the next message for it asks again."""
        self._is_loading = False

    def drop(self) -> list[RoomEffect]:
        """Throws the replica away; what it has on its way to the store goes on. Loads again when that has arrived."""
        self._shared = None
        self._forget_full()
        self.quick_bytes = 0
        for attachment in self.attachments.values():
            attachment.awaits_difference = True
            if attachment.missed is not None and attachment.missed.is_owed:
                attachment.missed = Missed()
        return self.request_load()

    def commit_failed(self) -> list[RoomEffect]:
        """Nothing that is uncommitted will be stored: back to what the store has."""
        self._uncommitted.clear()
        effects: list[RoomEffect] = []
        for item in self._held:
            effects += item.if_failed
        self._held = [item for item in self._held if item.attachment is not None]
        return effects + self.drop()

    # ---- updates ----

    def receive_update(self, attachment: Attachment, update: bytes) -> list[RoomEffect]:
        """A change by one who may write here. Raises RefusedBytes or Poisoned."""
        attachment.received = number = attachment.received + 1
        author = attachment.author
        shared = self._shared
        assert shared is not None, "asked by the room"
        if shared.apply_keystroke(update, author):
            return self._persist(update, author, attachment, number)
        try:
            checked = shared.apply(update, author=author)
        except MissingUpdates:
            return self._ask_for_difference(attachment)
        if not checked.is_new:
            return self._acknowledge_known(attachment)
        if checked.repeats:
            update = self._new_part(checked)
        return self._persist(update, author, attachment, number)

    def _persist(
        self, update: bytes, author: ParticipantId, origin: Attachment | None, number: int
    ) -> list[RoomEffect]:
        if self._full is not None:
            self._forget_full()
        size = len(update)
        self.quick_bytes -= size
        self.persisted_bytes += size
        self.sequence = sequence = self.sequence + 1
        self._uncommitted.append((sequence, origin, number, update))
        return [Persist(self.document_id, update, author, sequence)]

    def _forget_full(self) -> None:
        self._full = None
        self._full_messages.clear()

    def _new_part(self, checked: CheckedUpdate) -> bytes:
        """What an update has brought, without what was known before: updates with overlaps do not merge without holes.

        Stock clients (Yjs 13) drop what follows a hole.
        """
        before = dict(self.shared.state())
        before.update((client, start) for client, start, _ in checked.ranges)
        return self.shared.update_since(encode_state_vector(before))

    def check_space(self, update: bytes) -> None:
        """Raises NotAllowed if the update does not fit and does not make the document smaller (or RefusedBytes)."""
        if update == EMPTY_UPDATE:
            return
        left = self._limits.document_bytes - self.shared.size
        self.quick_bytes = _CHECKED_EVERY_BYTES if left > _CHECKED_EVERY_BYTES else 0
        if len(update) <= left:
            return
        try:
            checked = self.shared.check(update)
        except MissingUpdates:
            return
        added = sum(end - start for _, start, end in checked.ranges)
        removed = sum(end - start for _, start, end in checked.deletions)
        if added > removed and added - removed > left:
            raise NotAllowed(f"A document holds at most {self._limits.document_bytes} bytes.", code="document-full")

    def receive_difference(self, attachment: Attachment, update: bytes) -> list[RoomEffect]:
        """A step 2 of one who may write here. Raises RefusedBytes or Poisoned."""
        attachment.awaits_difference = False
        effects: list[RoomEffect] = []
        if attachment.has_more_gaps:  # what else had a gap may have been sent after this answer was made
            attachment.has_more_gaps = False
            effects += self.ask(attachment)
        if update == EMPTY_UPDATE:
            attachment.received += 1
            return effects + self._acknowledge_known(attachment)
        return effects + self.receive_update(attachment, update)

    def receive_from_reader(self, attachment: Attachment, message: SyncStep2 | Update) -> list[RoomEffect]:
        """From one who may not write: never applied. What brings nothing new is fine, the rest is refused."""
        attachment.received += 1
        update = message.update
        if update == EMPTY_UPDATE or self._is_known(update):
            return self._acknowledge_known(attachment)
        attachment.awaits_difference = True
        if attachment.is_denied:
            return []
        attachment.is_denied = True
        effects = self.deliver(attachment, PermissionDenied("You may read this document, not change it."))
        if attachment.head:
            effects += self.deliver(attachment, Reset())
        return effects

    def write(self, update: bytes, author: ParticipantId) -> list[RoomEffect]:
        """A change that the hub itself makes for somebody; everyone is sent it."""
        owner = None if self._kind is DocumentKind.INDEX else author  # the index is the hub's, whoever asks for it
        if not update or not self.shared.apply(update, author=owner).is_new:
            return []
        return self._persist(update, author, None, 0)

    def _is_known(self, update: bytes) -> bool:
        try:
            return not self.shared.check(update).is_new
        except MissingUpdates:
            return False

    def _ask_for_difference(self, attachment: Attachment) -> list[RoomEffect]:
        if attachment.awaits_difference:
            attachment.has_more_gaps = True
            return []
        attachment.awaits_difference = True
        return self.ask(attachment)

    def _acknowledge_known(self, attachment: Attachment) -> list[RoomEffect]:
        if not attachment.acknowledges or attachment.awaits_difference:
            return []
        if self._uncommitted:
            self._uncommitted.append((self.sequence, attachment, attachment.received, None))
            return []
        return [Send((attachment.connection,), attachment.encode_acknowledgement(attachment.received))]

    # ---- commits ----

    def committed(self, sequence: int, now: float) -> list[RoomEffect]:
        """Up to `sequence` all is durable: acknowledges, answers who waited, relays if it is time (else `wake_at`)."""
        uncommitted = self._uncommitted
        if (
            len(uncommitted) == 1
            and uncommitted[0][0] <= sequence
            and not (self._unsent or self._held)
            and len(self.attachments) <= _AT_ONCE
            and self._shared is not None
        ):
            return self._settle_one()  # a keystroke in a small room where nothing else waits: without more ado
        effects = self._settle(sequence)
        if self._held:
            effects += self._release(sequence)
        if self._unsent:
            if len(self.attachments) <= _AT_ONCE or now >= self._relay_at:
                effects += self.relay(now)
            else:
                self.wake_at = self._relay_at
        if self._shared is None:
            effects += self.request_load()
        return effects

    def _settle_one(self) -> list[RoomEffect]:
        ((_, origin, number, update),) = self._uncommitted
        self._uncommitted.clear()
        if origin is not None and origin.acknowledges:
            effects = self._acknowledge(origin, number)
            return effects if update is None else effects + self._relay_one(origin, update)
        return [] if update is None else self._relay_one(origin, update)

    def _settle(self, sequence: int) -> list[RoomEffect]:
        """Acknowledges what is durable, once to each sender, and puts it where it waits for the relay."""
        counts: dict[Attachment, int] = {}
        settled = 0
        for each, origin, number, update in self._uncommitted:
            if each > sequence:
                break
            settled += 1
            if origin is not None and origin.acknowledges:
                counts[origin] = number
            if update is not None:
                self._unsent.append((origin, update))
        del self._uncommitted[:settled]
        effects: list[RoomEffect] = []
        for origin, count in counts.items():
            effects += self._acknowledge(origin, count)
        return effects

    def _acknowledge(self, origin: Attachment, count: int) -> list[RoomEffect]:
        if origin.awaits_difference or origin.connection not in self.attachments:
            return []
        return [Send((origin.connection,), origin.encode_acknowledgement(count))]

    def relay(self, now: float) -> list[RoomEffect]:
        """Sends what is durable and unsent: one message per framing, to all but its only origin."""
        unsent, self._unsent = self._unsent, []
        self.wake_at = _NEVER
        pace = _PACE_PER_MEMBER * len(self.attachments)
        self._relay_at = now + (pace if pace < _LONGEST_PACE else _LONGEST_PACE)
        if len(unsent) == 1:
            return self._relay_one(*unsent[0])
        if len(unsent) == 2 and len(self.attachments) == 2 and unsent[0][0] is not unsent[1][0]:
            return self._relay_one(*unsent[0]) + self._relay_one(*unsent[1])  # to each what the other has written
        effects: list[RoomEffect] = []
        for start in range(0, len(unsent), _MERGED_AT_MOST):
            effects += self._relay_merged(unsent[start : start + _MERGED_AT_MOST])
        return effects

    def _relay_merged(self, batch: Sequence[tuple[Attachment | None, bytes]]) -> list[RoomEffect]:
        first = batch[0][0]
        origin = first if all(other is first for other, _ in batch) else None
        try:
            return self._relay_one(origin, merge_updates([update for _, update in batch]))
        except Poisoned:  # native code cannot merge them, though it has taken each: then each for itself
            return [effect for origin, update in batch for effect in self._relay_one(origin, update)]

    def _relay_one(self, origin: Attachment | None, update: bytes) -> list[RoomEffect]:
        message = encode_update(update)
        effects: list[RoomEffect] = []
        skipped = -1 if origin is None else origin.connection
        if self._pair and (pair := without(self._pair, skipped)):
            effects.append(Send(pair, self._head + message))
        if self._plain and (plain := without(self._plain, skipped)):
            effects.append(Send(plain, message))
        if self.simple.attachments:
            self.simple.changed_by(origin)
            for attachment in self.simple.attachments:
                if attachment is not origin:
                    effects += self.deliver(attachment, Update(update))
        return effects

    def hold(self, effects: tuple[RoomEffect, ...], if_failed: tuple[RoomEffect, ...]) -> list[RoomEffect]:
        """The effects, now if all is durable, else when it is; or the others if it never will be."""
        if not self._uncommitted:
            return list(effects)
        self._held.append(Held(self.sequence, None, b"", None, effects, if_failed))
        return []

    def _release(self, sequence: int) -> list[RoomEffect]:
        held, self._held = self._held, []
        effects: list[RoomEffect] = []
        for item in held:
            if item.sequence > sequence or (item.answer is None and self._shared is None and item.attachment):
                self._held.append(item)
                continue
            effects += item.effects
            if item.attachment is not None and item.answer is not None:
                effects += self._go_live(item.attachment, item.answer)
            elif item.attachment is not None:
                effects += self.answer(item.attachment, item.state_vector)
        return effects

    # ---- synchronization ----

    def attach(self, attachment: Attachment) -> None:
        """A connection opens this document; it becomes live with the answer to its step 1."""
        self.attachments[attachment.connection] = attachment

    def detach(self, connection: ConnectionId) -> None:
        """The connection is gone from this document."""
        attachment = self.attachments.pop(connection, None)
        if attachment is not None:
            self._withdraw_answer(attachment)
            self.arrange()

    def interrupt(self, attachment: Attachment) -> None:
        """What it sends is not taken for now: it begins again with a step 1; nothing is durable until its step 2."""
        attachment.awaits_difference = True
        attachment.is_asked = attachment.is_live = False
        self.arrange()

    def ask(self, attachment: Attachment) -> list[RoomEffect]:
        """Our step 1: send me what I lack."""
        attachment.is_asked = True
        return self.deliver(attachment, SyncStep1(self.shared.state_vector()))

    def answer(self, attachment: Attachment, state_vector: bytes, missed: tuple[bytes, ...] = ()) -> list[RoomEffect]:
        """Step 2 for a step 1, when all in it is durable; from then on the connection is live. Raises RefusedBytes.

        Who asks again before that is answered once, by what it has said last.
        """
        self._withdraw_answer(attachment)
        check_state_vector(state_vector)
        update = None
        if not self._uncommitted or self._has_space_for_answers():
            update = self._difference(state_vector)
            update = merge_updates([*missed, update]) if missed else update
            if not self._uncommitted:
                return self._go_live(attachment, update)
        if missed:
            state_vector = EMPTY_STATE_VECTOR  # if it has to be answered anew: what was missed may be gone by then
        self._held.append(Held(self.sequence, attachment, state_vector, update, (), ()))
        return []

    def _withdraw_answer(self, attachment: Attachment) -> None:
        if self._held:
            self._held = [item for item in self._held if item.attachment is not attachment]

    def _has_space_for_answers(self) -> bool:
        held = {id(item.answer): len(item.answer) for item in self._held if item.answer is not None}
        return sum(held.values()) < _MOST_HELD_BYTES

    @property
    def stuck_at(self) -> int | None:
        """The first sequence that is not durable, if somebody waits for an answer because of it."""
        waits = any(item.attachment is not None for item in self._held)
        return self._uncommitted[0][0] if waits and self._uncommitted else None

    def answer_from_store(
        self, updates: Iterable[tuple[bytes, str | None]], owners: Mapping[int, str]
    ) -> list[RoomEffect]:
        """Who waits gets what the store has; all that is uncommitted follows by its relay. Raises as `load` does."""
        stored = SharedDocument(client_id=_READER, kind=self._kind, limits=self._limits.guard)
        stored.load(((update, author or None) for update, author in updates), owners)
        held, self._held = self._held, []
        effects: list[RoomEffect] = []
        for item in held:
            if item.attachment is None:
                self._held.append(item)
            else:
                effects += self._go_live(item.attachment, stored.update_since(item.state_vector))
        return effects

    def _difference(self, state_vector: bytes) -> bytes:
        if state_vector != EMPTY_STATE_VECTOR:
            check_state_vector(state_vector)
            return self.shared.update_since(state_vector)
        if self._full is None:
            self._full = self.shared.update_since()
        return self._full

    def _go_live(self, attachment: Attachment, update: bytes) -> list[RoomEffect]:
        if attachment.connection not in self.attachments:
            return []
        if attachment.missed is not None:
            attachment.missed = Missed()  # it stopped reading while it waited: all of it when it reads again
            return []
        if not attachment.is_live:
            attachment.is_live = True
            self.arrange()
        if update is self._full and attachment.simple is None:
            return [Send((attachment.connection,), self._full_message(attachment.head))]
        return self.deliver(attachment, SyncStep2(update))

    def _full_message(self, head: bytes) -> bytes:
        """The same bytes for all who join until the next update: a whole class may open the room at once."""
        message = self._full_messages.get(head)
        if message is None:
            message = self._full_messages[head] = head + encode(SyncStep2(self._difference(EMPTY_STATE_VECTOR)))
        return message

    def compare(self, attachment: Attachment, message: ContentHash) -> list[RoomEffect]:
        """Notices a replica that differs although it has seen the same: first it is sent the difference, then reset.

        A state vector does not count deletions, so equal ones with different texts may only mean that something is
        under way. Hence the second look: the client sends its hash again after the difference, and nothing has changed
        meanwhile.
        """
        if self._uncommitted or self._unsent:
            return []
        theirs = check_state_vector(message.state_vector)
        ours = check_state_vector(self.shared.state_vector())
        if theirs == ours and message.sha256 == self._content_hash():
            attachment.suspected_at = -1
            return []
        if theirs == ours and attachment.suspected_at == self.sequence:
            attachment.suspected_at = -1
            return self.deliver(attachment, Reset())
        attachment.suspected_at = self.sequence
        effects = self.answer(attachment, message.state_vector)
        if any(clock > ours.get(client, 0) for client, clock in theirs.items()):
            effects += self.ask(attachment) if attachment.may_write else self.deliver(attachment, Reset())
        return effects

    def _content_hash(self) -> bytes:
        if self._hash[0] != self.sequence:
            self._hash = (self.sequence, self.shared.content_hash())
        return self._hash[1]

    # ---- readers ----

    def pause(self, attachment: Attachment) -> None:
        """Its reader is slow: it gets no relays until `resume`."""
        if not attachment.is_live:
            attachment.missed = Missed(is_owed=False)
        elif self._shared is None:
            attachment.missed = Missed()
        else:
            under_way = tuple(update for _, _, _, update in self._uncommitted if update is not None)
            unsent = tuple(update for _, update in self._unsent)
            attachment.missed = Missed(self._shared.state_vector(), unsent + under_way)
        self.arrange()

    def resume(self, attachment: Attachment) -> list[RoomEffect]:
        """It reads again: exactly what it missed, then relays as before."""
        missed, attachment.missed = attachment.missed, None
        self.arrange()
        if missed is None or not missed.is_owed or any(item.attachment is attachment for item in self._held):
            return []  # what it waits for already has all of it
        if self._shared is None:
            self._held.append(Held(self.sequence, attachment, EMPTY_STATE_VECTOR, None, (), ()))
            return []
        return self.answer(attachment, missed.state_vector, missed.updates)

    def arrange(self) -> None:
        """Who gets relays, ready to be sent to."""
        live = [a for a in self.attachments.values() if a.is_live and a.missed is None]
        self.simple.attachments = tuple(a for a in live if a.simple is not None)
        self._pair = tuple(a.connection for a in live if a.head)
        self._plain = tuple(a.connection for a in live if not a.head and a.simple is None)
        self._head = next((a.head for a in live if a.head), b"")

    def deliver(self, attachment: Attachment, message: Message) -> list[RoomEffect]:
        """The message to one connection; to a simple client's replica, if it is one."""
        if attachment.simple is None:
            return [Send((attachment.connection,), attachment.encode(message))]
        try:
            match message:
                case SyncStep2(update) | Update(update):
                    attachment.simple.merge(update)
                case SyncStep1(state_vector):
                    lacking = attachment.simple.shared.document.update_since(state_vector)
                    return self.receive_difference(attachment, lacking)
                case _:
                    pass
        except PairError:  # its replica in the hub is of no use any more; the next one will be sound
            return [CloseConnection(attachment.connection, CloseCode.TRY_AGAIN, "please join again")]
        return []

    def spread_awareness(self, room_id: str) -> list[RoomEffect]:
        """Tells the document's live connections what is new in awareness."""
        if not (self._pair or self._plain or self.simple.attachments):
            self.awareness.drop_news()
            return []
        effects: list[RoomEffect] = []
        for news in self.awareness.take_news():
            skipped = -1 if news.but is None else news.but
            message = encode(AwarenessUpdate(news.data))
            if pair := without(self._pair, skipped):
                effects.append(Send(pair, self._head + message))
            if plain := without(self._plain, skipped):
                effects.append(Send(plain, message))
            effects += self.simple.show_carets(news, room_id)
        return effects


def without(connections: tuple[ConnectionId, ...], skipped: int) -> tuple[ConnectionId, ...]:
    """All but one."""
    if skipped not in connections:
        return connections
    index = connections.index(ConnectionId(skipped))
    return connections[:index] + connections[index + 1 :]
