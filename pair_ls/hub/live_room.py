"""A room that is awake: carries out what its core says. Only here the core is called, and never with a wait inside."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Protocol, assert_never

import structlog

from pair_ls.errors import StoreUnavailable
from pair_ls.hub.commits import Commits
from pair_ls.hub.counters import Counters
from pair_ls.hub.document_log import DocumentLog
from pair_ls.hub.frames import binary_frame, text_frame
from pair_ls.hub.rights import Rights
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import CloseConnection, HearAgain, LoadDocument, Persist, RoomEffect, Send, SendText
from pair_ls.room.ids import ConnectionId, DocumentId, RoomId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.member import Member
from pair_ls.room.room import Room
from pair_ls.storage import Checkpoint, RoomRecord, StoredDocument, UpdateStore

log = structlog.get_logger(__name__)

UNUSED_SECONDS = 300.0
_NEVER = float("inf")
_LARGE_BYTES = 16 << 10
TIMED_SECONDS = 5.0
"""A room's timers; what is due later waits for a sweep of the hub, which comes more often than that."""


class Connection(Protocol):
    """A participant's wire."""

    def send(self, frame: bytes) -> None:
        """Queue a whole websocket frame; never waits."""

    def close(self, code: int, reason: str) -> None:
        """End it."""


class LiveRoom:
    """The shell of one `Room`. `spawn` runs a coroutine beside and keeps hold of it."""

    __slots__ = (
        "_commits",
        "_connections",
        "_counters",
        "_large",
        "_loading",
        "_logs",
        "_loop",
        "_spawn",
        "_timer",
        "_timer_at",
        "_unused_since",
        "_updates",
        "failures",
        "idle_since",
        "is_broken",
        "look_at",
        "record",
        "rights",
        "room",
        "room_id",
        "users",
    )

    def __init__(
        self,
        record: RoomRecord,
        rights: Rights,
        *,
        updates: UpdateStore,
        commits: Commits,
        counters: Counters,
        limits: RoomLimits,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self.record = record
        self.rights = rights
        self.room_id = record.room_id
        self.room = Room(RoomId(record.room_id), language=record.language, limits=limits)
        self.idle_since: float | None = None
        self.is_broken = False
        self.failures = 0
        """How often updates could not be stored."""
        self.look_at = 0.0
        """When it is to be asked again which documents are unused."""
        self.users = 0
        """Requests that work on the room at this moment."""
        self._updates = updates
        self._commits = commits
        self._counters = counters
        self._spawn = spawn
        self._loop = asyncio.get_running_loop()
        self._connections: dict[ConnectionId, Connection] = {}
        self._logs: dict[DocumentId, DocumentLog] = {}
        self._loading: dict[DocumentId, asyncio.Event] = {}
        self._unused_since: dict[DocumentId, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = _NEVER
        self._large: tuple[bytes, bytes] | None = None  # a payload and its frame, which all who join are sent

    @property
    def connections(self) -> int:
        """How many are here."""
        return len(self._connections)

    # ---- what connections bring ----

    def join(self, connection_id: ConnectionId, connection: Connection, member: Member) -> None:
        """A handshake succeeded."""
        self._connections[connection_id] = connection
        self.idle_since = None
        self.do(self.room.join(connection_id, member, time.monotonic()))

    def receive(self, connection_id: ConnectionId, message: bytes, now: float) -> None:
        """A binary message came."""
        try:
            effects = self.room.receive(connection_id, message, now)
            if len(effects) == 1 and type(effects[0]) is Persist:  # a keystroke; timers are looked at after its commit
                self._commits.add(self, effects[0])
            else:
                self.do(effects)
        except Exception:  # the edge of a connection
            self._give_up(connection_id)

    def receive_text(self, connection_id: ConnectionId, text: str) -> None:
        """A text message came."""
        try:
            self.do(self.room.receive_text(connection_id, text, time.monotonic()))
        except Exception:  # likewise
            self._give_up(connection_id)

    def _hear(self, connection_id: ConnectionId, message: bytes | str) -> None:
        if isinstance(message, str):
            self.receive_text(connection_id, message)
        else:
            self.receive(connection_id, message, time.monotonic())

    def _give_up(self, connection_id: ConnectionId) -> None:
        """A fault of ours in answering somebody: the others go on."""
        log.exception("a message could not be answered and its connection is closed", room=self.room_id)
        connection = self._connections.get(connection_id)
        if connection is not None:
            connection.close(CloseCode.TRY_AGAIN, "the hub has made a mistake; please come back")

    def leave(self, connection_id: ConnectionId) -> None:
        """The connection is over; may be told twice."""
        if self._connections.pop(connection_id, None) is not None:
            try:
                self.do(self.room.leave(connection_id, time.monotonic()))
            except Exception:  # likewise
                if not self.is_broken:
                    self.break_off()

    def pause(self, connection_id: ConnectionId) -> None:
        """Its reader is slow."""
        self._counters.slow_readers += 1
        self.room.pause(connection_id)

    def resume(self, connection_id: ConnectionId) -> None:
        """It has read everything."""
        self.do(self.room.resume(connection_id, time.monotonic()))

    def close(self, code: CloseCode, reason: str) -> None:
        """Everyone out."""
        self.do(self.room.close(code, reason))

    # ---- what the core says ----

    def do(self, effects: Iterable[RoomEffect]) -> None:
        """Carry out effects, in their order."""
        for effect in effects:
            match effect:
                case Persist():
                    self._commits.add(self, effect)
                case Send(connections, payload):
                    self._send(connections, self._frame(payload))
                case SendText():
                    self._send(effect.connections, text_frame(effect.text))
                case LoadDocument():
                    self._loading[effect.document_id] = asyncio.Event()
                    self._spawn(self._load(effect.document_id))
                case CloseConnection():
                    self._close(effect)
                case HearAgain(connection, message):
                    self._hear(connection, message)
                case _:
                    assert_never(effect)
        if self.room.wake_at < self._timer_at:
            self._arm()

    def _frame(self, payload: bytes) -> bytes:
        if len(payload) < _LARGE_BYTES:
            return binary_frame(payload)
        if self._large is None or self._large[0] is not payload:
            self._large = (payload, binary_frame(payload))
        return self._large[1]

    def _send(self, connections: tuple[ConnectionId, ...], frame: bytes) -> None:
        self._counters.messages_out += len(connections)
        self._counters.bytes_out += len(frame) * len(connections)
        for connection_id in connections:
            connection = self._connections.get(connection_id)
            if connection is not None:
                connection.send(frame)

    def _close(self, effect: CloseConnection) -> None:
        connection = self._connections.get(effect.connection)
        if connection is not None:
            connection.close(effect.code, effect.reason)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_at = self.room.wake_at
        seconds = max(0.0, self._timer_at - time.monotonic())
        if seconds < TIMED_SECONDS:
            self._timer = self._loop.call_later(seconds, self._tick)

    def sweep(self, now: float) -> None:
        """Called regularly: does what is due and has no timer, and keeps nothing that only a rush of joins needs."""
        self._large = None
        if self._timer is None and self._timer_at <= now:
            self._tick()

    def _tick(self) -> None:
        # The loop's clock is coarser than ours and may call a little early.
        now = max(time.monotonic(), self._timer_at)
        self._timer, self._timer_at = None, _NEVER
        try:
            self.do(self.room.tick(now))
        except Exception:  # the edge of a room: its fault must not stop the others
            self.break_off()

    # ---- the store ----

    def next_sequence(self, document_id: DocumentId, size_bytes: int) -> int:
        """See commits.Committed."""
        return self._logs[document_id].next_sequence(size_bytes)

    def committed(self, document_id: DocumentId, sequence: int) -> None:
        """See commits.Committed."""
        try:
            self.do(self.room.committed(document_id, sequence, time.monotonic()))
            document_log = self._logs[document_id]
            if document_log.wants_checkpoint:
                self._save_checkpoint(document_id, document_log)
        except Exception:  # likewise
            self.break_off()

    def commit_failed(self, document_id: DocumentId) -> None:
        """See commits.Committed."""
        self.failures += 1
        try:
            self.do(self.room.commit_failed(document_id, time.monotonic()))
        except Exception:  # likewise
            self.break_off()

    def break_off(self) -> None:
        """A fault of ours in this room: the other rooms go on, and this one starts anew from the store."""
        log.exception("a room failed and is closed", room=self.room_id)
        self.is_broken = True
        for connection in list(self._connections.values()):
            connection.close(CloseCode.TRY_AGAIN, "the hub has made a mistake; please come back")

    async def load(self, document_id: DocumentId) -> None:
        """Wait until the document is there, for REST. Raises StoreUnavailable."""
        self.do(self.room.load(document_id))
        waiting = self._loading.get(document_id)
        if waiting is not None:
            await waiting.wait()
        if not self.room.is_loaded(document_id):
            raise StoreUnavailable("The document could not be loaded; try again.")

    async def _load(self, document_id: DocumentId) -> None:
        try:
            stored = await self._updates.load(self.room_id, document_id)
        except StoreUnavailable as error:
            self._counters.failed_loads += 1
            log.error("a document could not be loaded", room=self.room_id, document=document_id, why=error.message)
            self._loading.pop(document_id).set()
            self.do(self.room.document_failed(document_id, time.monotonic()))
            return
        except Exception:  # a fault of ours: who waits for the document must hear of it
            self._loading.pop(document_id).set()
            self.break_off()
            return
        self._logs[document_id] = DocumentLog(stored)
        self._weigh()
        self._loading.pop(document_id).set()
        try:
            self.do(self.room.document_loaded(document_id, *_content(stored), time.monotonic()))
        except Exception:  # likewise
            self.break_off()

    async def answer_from_store(self) -> None:
        """While the store takes nothing: who comes is shown what is in it. Raises StoreUnavailable."""
        for document_id, at in self.room.stuck().items():
            stored = await self._updates.load(self.room_id, document_id)
            self.do(self.room.answer_from_store(document_id, at, *_content(stored)))

    def _weigh(self) -> None:
        self.room.stored_bytes = sum(each.size_bytes for each in self._logs.values())

    def _save_checkpoint(self, document_id: DocumentId, document_log: DocumentLog) -> bool:
        """Whether one is being stored now."""
        state = self.room.document_state(document_id)
        if state is None:
            return False
        if state.update is None:
            log.warning("a document can only be read from its whole log", room=self.room_id, document=document_id)
            document_log.checkpoint_refused()
            return False
        checkpoint = Checkpoint(
            self.room_id, document_id, document_log.sequence, time.time(), state.update, dict(state.owners)
        )
        document_log.is_saving = True
        self._spawn(self._store_checkpoint(checkpoint, document_log))
        return True

    async def _store_checkpoint(self, checkpoint: Checkpoint, document_log: DocumentLog) -> None:
        try:
            await self._updates.save_checkpoint(checkpoint)
        except StoreUnavailable as error:
            log.warning("a checkpoint could not be stored", room=self.room_id, why=error.message)
            document_log.checkpoint_failed()
        else:
            self._counters.checkpoints += 1
            document_log.checkpoint_saved(checkpoint.sequence, len(checkpoint.state))
            self._weigh()
        finally:
            document_log.is_saving = False

    # ---- falling asleep ----

    def unload_unused(self, now: float) -> None:
        """Called now and then: documents that nobody has had open for a while leave the memory."""
        since = self._unused_since
        unused = self.room.unused() if not self.users else []
        self._unused_since = {document_id: since.get(document_id, now) for document_id in unused}
        for document_id, at in list(self._unused_since.items()):
            document_log = self._logs.get(document_id)
            if document_log is None or now - at < UNUSED_SECONDS or document_log.is_saving:
                continue
            if document_log.is_worth_a_checkpoint and self._save_checkpoint(document_id, document_log):
                self._unused_since[document_id] = now  # once that is stored
            elif self.room.unload(document_id):
                del self._logs[document_id]
                self._weigh()

    @property
    def is_busy(self) -> bool:
        """Whether a request or a store still needs it."""
        return self.users > 0 or any(each.is_saving for each in self._logs.values())

    def fall_asleep(self) -> None:
        """Shorten what the next load has to read. The room must be idle and stay so."""
        if self._timer is not None:
            self._timer.cancel()
        for document_id, document_log in self._logs.items():
            if document_log.is_worth_a_checkpoint:
                self._save_checkpoint(document_id, document_log)


def _content(stored: StoredDocument) -> tuple[list[tuple[bytes, str]], Mapping[int, str]]:
    """The updates to load, each with its author ("" for a checkpoint), and who owns which Yjs client id."""
    pairs = [(each.update, each.author) for each in stored.updates]
    if stored.checkpoint is None:
        return pairs, {}
    return [(stored.checkpoint.state, ""), *pairs], stored.checkpoint.owners
