"""A stage for rooms: a hub's shell that keeps everything in memory, and clients of all kinds. No clock, no sockets.

Frames and updates lie in queues until the test lets them go on, so that any order can be played; `settle` lets all go.
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from pair_ls.crdt.awareness import AwarenessEntry, check_awareness, encode_awareness
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.errors import MissingUpdates
from pair_ls.room import effects as told
from pair_ls.room.effects import (
    CloseConnection,
    HearAgain,
    LoadDocument,
    Persist,
    ReplicaEffect,
    RoomEffect,
    Send,
    SendText,
)
from pair_ls.room.ids import ANONYMOUS, INDEX, MAIN, ConnectionId, DocumentId, ParticipantId, RoomId
from pair_ls.room.limits import DEFAULT_LIMITS, RoomLimits
from pair_ls.room.member import Framing, Member
from pair_ls.room.messages import (
    Acknowledged,
    AwarenessUpdate,
    Message,
    PermissionDenied,
    SyncStep1,
    SyncStep2,
    Update,
    decode,
    encode,
)
from pair_ls.room.replica import Replica
from pair_ls.room.role import Role
from pair_ls.room.room import Room
from pair_ls.room.room_index import Writer
from pair_ls.text import Edit, apply_edits

ROOM = RoomId("room-of-tests-0123456789")
_numbers = itertools.count(1000)


def client_id() -> ClientId:
    """Fresh, and reproducible within one test."""
    return ClientId(next(_numbers) * 7919 % 2**32)


class Hub:
    """The shell: carries out what the room says, when it is told to."""

    def __init__(self, *, limits: RoomLimits = DEFAULT_LIMITS, early: bool = False) -> None:
        self.limits = limits
        self.early = early  # the negative control: relays and acknowledges before the store has it
        self.store: dict[DocumentId, list[tuple[bytes, str]]] = {}
        self.now = 0.0
        self.failing: set[DocumentId] = set()  # loads that fail
        self.frames: dict[ConnectionId, deque[bytes | str]] = {}
        self.closed: dict[ConnectionId, tuple[int, str]] = {}
        self.queue: deque[Persist] = deque()
        self.loads: deque[DocumentId] = deque()
        self.room = Room(ROOM, language="python", limits=limits)

    def restart(self) -> None:
        """Kill -9: only the store is left."""
        self.frames.clear()
        self.queue.clear()
        self.loads.clear()
        self.room = Room(ROOM, language="python", limits=self.limits)

    def do(self, effects: Iterable[RoomEffect]) -> None:
        for effect in effects:
            match effect:
                case Send(connections, payload):
                    for connection in connections:
                        if connection in self.frames:
                            self.frames[connection].append(payload)
                case SendText(connections, text):
                    for connection in connections:
                        if connection in self.frames:
                            self.frames[connection].append(text)
                case Persist():
                    self.queue.append(effect)
                    if self.early:
                        self.do(self.room.committed(effect.document_id, effect.sequence, self.now))
                case LoadDocument(document_id):
                    self.loads.append(document_id)
                case CloseConnection(connection, code, reason):
                    self.closed.setdefault(connection, (code, reason))
                    self.frames.pop(connection, None)
                    self.do(self.room.leave(connection, self.now))
                case HearAgain(connection, message):
                    self.hear(connection, message)

    def hear(self, connection: ConnectionId, message: bytes | str) -> None:
        """One message of a connection."""
        if isinstance(message, str):
            self.do(self.room.receive_text(connection, message, self.now))
        else:
            self.do(self.room.receive(connection, message, self.now))

    def commit(self, count: int | None = None) -> None:
        """The first `count` of the queue become durable, in one transaction."""
        batch = [self.queue.popleft() for _ in range(len(self.queue) if count is None else min(count, len(self.queue)))]
        for persist in batch:
            self.store.setdefault(persist.document_id, []).append((persist.update, persist.author))
        if not self.early:
            for document_id in dict.fromkeys(persist.document_id for persist in batch):
                highest = max(p.sequence for p in batch if p.document_id == document_id)
                self.do(self.room.committed(document_id, highest, self.now))

    def fail_commit(self) -> None:
        """Nothing of the queue will be durable."""
        lost = dict.fromkeys(persist.document_id for persist in self.queue)
        self.queue.clear()
        for document_id in lost:
            self.do(self.room.commit_failed(document_id, self.now))

    def load(self) -> None:
        """Answers one request to load."""
        document_id = self.loads.popleft()
        if document_id in self.failing:
            self.do(self.room.document_failed(document_id, self.now))
        else:
            updates = list(self.store.get(document_id, ()))
            self.do(self.room.document_loaded(document_id, updates, {}, self.now))

    def answer_from_store(self) -> None:
        """As the shell does when the store has taken nothing for a while."""
        for document_id, at in self.room.stuck().items():
            self.do(self.room.answer_from_store(document_id, at, list(self.store.get(document_id, ())), {}))

    def create_main(self, path: str = "main.py") -> None:
        """As when a room is made with code."""
        self.do(self.room.load(INDEX))
        self.load()
        writer = Writer(ParticipantId("p:maker"), client_id())
        self.do(self.room.create_main(path=path, language="python", writer=writer))
        self.commit()

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.do(self.room.tick(self.now))

    def stored_text(self, document_id: DocumentId = MAIN) -> str:
        """What a hub would find after a kill."""
        shared = SharedText(client_id())
        for update, _ in self.store.get(document_id, ()):
            shared.merge(update)
        return shared.text


class Client:
    """A connection to the hub, and what is on its way there."""

    framing = Framing.PAIR

    def __init__(self, hub: Hub, participant: str = ANONYMOUS, role: Role = Role.EDITOR, **member: Any) -> None:
        self.hub = hub
        self.role = role
        self.participant = ParticipantId(participant)
        self.member = member
        self.outbox: deque[bytes | str] = deque()
        self.connection = ConnectionId(0)
        self.is_connected = False

    def connect(self) -> None:
        self.connection = ConnectionId(next(_numbers))
        self.is_connected = True
        self.hub.frames[self.connection] = deque()
        member = Member(self.participant, self.role, self.framing, client_id(), **self.member)
        self.hub.do(self.hub.room.join(self.connection, member, self.hub.now))
        self.greet()

    def disconnect(self) -> None:
        """The connection breaks: what is on its way is lost."""
        self.is_connected = False
        self.outbox.clear()
        self.hub.frames.pop(self.connection, None)
        self.hub.do(self.hub.room.leave(self.connection, self.hub.now))
        self.forget()

    @property
    def inbox(self) -> deque[bytes | str]:
        return self.hub.frames.get(self.connection, deque())

    @property
    def closed(self) -> tuple[int, str] | None:
        return self.hub.closed.get(self.connection)

    def greet(self) -> None: ...

    def forget(self) -> None: ...

    def take(self, frame: bytes | str) -> None: ...

    def send(self, index: int = 0, *, keep: bool = False) -> None:
        """Lets one frame arrive at the hub."""
        frame = self.outbox[index]
        if not keep:
            del self.outbox[index]
        self.hub.hear(self.connection, frame)

    def read(self, index: int = 0, *, keep: bool = False) -> None:
        """Lets one frame arrive here."""
        inbox = self.inbox
        frame = inbox[index]
        if not keep:
            del inbox[index]
        self.take(frame)


class Editor(Client):
    """A language server's replica. `texts` are kept by applying what it tells, and must equal the shared text."""

    def __init__(self, hub: Hub, participant: str = "p:ann", role: Role = Role.EDITOR, **member: Any) -> None:
        super().__init__(hub, participant, role, **member)
        self.replica = Replica(new_client_id=client_id)
        self.texts: dict[DocumentId, str] = {}
        self.opened: dict[str, DocumentId] = {}
        self.told: list[ReplicaEffect] = []

    def greet(self) -> None:
        self.do(self.replica.connected(self.hub.now))

    def forget(self) -> None:
        self.do(self.replica.disconnected(self.hub.now))

    def take(self, frame: bytes | str) -> None:
        assert isinstance(frame, bytes)
        self.do(self.replica.receive(frame, self.hub.now))

    def tick(self) -> None:
        self.do(self.replica.tick(self.hub.now))

    def do(self, effects: Iterable[ReplicaEffect]) -> None:
        for effect in effects:
            self.told.append(effect)
            match effect:
                case told.SendFrame(data):
                    self.outbox.append(data)
                case told.TextChanged(document_id, edits):
                    self.texts[document_id] = apply_edits(self.texts.get(document_id, ""), edits)
                case told.DocumentOpened(document_id, _, asked):
                    self.opened[asked] = document_id
                case told.ResetDocument(document_id, _):
                    self.texts[document_id] = ""
                case told.Disconnect():
                    self.disconnect()
                case _:
                    pass

    def heard(self, kind: type[ReplicaEffect]) -> list[Any]:
        return [effect for effect in self.told if isinstance(effect, kind)]

    def open(self, path: str = "main.py", text: str = "") -> None:
        self.do(self.replica.open_path(path, "python", text, self.hub.now))

    def text(self, path: str = "main.py") -> str:
        return self.texts.get(self.opened[path], "")

    def type(self, offset: int, text: str, *, delete: int = 0, path: str = "main.py") -> None:
        document_id = self.opened[path]
        edit = Edit(offset, offset + delete, text)
        self.texts[document_id] = apply_edits(self.texts.get(document_id, ""), (edit,))
        self.do(self.replica.edit(document_id, (edit,), self.hub.now))


class Stock(Client):
    """What the y-websocket provider does, in the words of its source: sync, awareness, and the echo of awareness."""

    framing = Framing.PLAIN

    def __init__(self, hub: Hub, participant: str = ANONYMOUS, role: Role = Role.EDITOR, **member: Any) -> None:
        super().__init__(hub, participant, role, **member)
        self.shared = SharedText(client_id())
        self.pending: list[bytes] = []  # stock clients keep what they cannot integrate yet
        self.states: dict[int, tuple[int, dict[str, Any] | None]] = {}
        self.denials: list[str] = []
        self.acknowledged = 0
        self.is_synced = False
        self.is_listening = False  # it only keeps what it hears
        self.listened: list[bytes] = []

    def greet(self) -> None:
        self.say(SyncStep1(self.shared.document.state_vector()))
        own = self.states.get(self.shared.client_id)
        if own is not None:
            self._tell_awareness([self.shared.client_id])

    def forget(self) -> None:
        self.is_synced = False
        own = self.shared.client_id  # y-protocols drops the others' states, but keeps their clocks
        self.states = {i: known if i == own else (known[0], None) for i, known in self.states.items()}

    def say(self, message: Message) -> None:
        self.outbox.append(encode(message))

    def take(self, frame: bytes | str) -> None:
        assert isinstance(frame, bytes)
        if self.is_listening:
            self.listened.append(frame)
            return
        match decode(frame):
            case SyncStep1(state_vector):
                self.say(SyncStep2(self.shared.document.update_since(state_vector)))
            case SyncStep2(update):
                self.is_synced = True
                self._merge(update)
            case Update(update):
                self._merge(update)
            case AwarenessUpdate(data):
                self._hear(data)
            case PermissionDenied(reason):
                self.denials.append(reason)
            case Acknowledged(count):
                self.acknowledged = count
            case message:
                raise AssertionError(f"a stock client does not know {message}")

    def _merge(self, update: bytes) -> None:
        self.pending.append(update)
        progress = True
        while progress:
            progress = False
            for waiting in list(self.pending):
                try:
                    self.shared.merge(waiting)
                except MissingUpdates:
                    continue
                self.pending.remove(waiting)
                progress = True

    @property
    def text(self) -> str:
        return self.shared.text

    def type(self, offset: int, text: str, *, delete: int = 0) -> None:
        update = self.shared.edit((Edit(offset, offset + delete, text),))
        if update and self.is_connected:
            self.say(Update(update))

    def set_awareness(self, state: dict[str, Any] | None) -> None:
        clock = self.states.get(self.shared.client_id, (0, None))[0] + 1
        self.states[self.shared.client_id] = (clock, state)
        if self.is_connected:
            self._tell_awareness([self.shared.client_id])

    def _hear(self, data: bytes) -> None:
        changed = []
        for entry in check_awareness(data):
            clock, state = self.states.get(entry.client_id, (0, None))
            if entry.clock > clock or (entry.clock == clock and entry.state is None and state is not None):
                assert entry.client_id != self.shared.client_id, "the hub sent a client its own awareness"
                self.states[entry.client_id] = (entry.clock, entry.state)
                changed.append(entry.client_id)
        if changed:
            self._tell_awareness(changed)  # y-websocket sends on what it hears, whoever it is about

    def _tell_awareness(self, client_ids: list[int]) -> None:
        entries = (AwarenessEntry(i, *self.states[i]) for i in client_ids)
        self.say(AwarenessUpdate(encode_awareness(entries)))

    def names(self) -> set[str]:
        """Whom it sees besides itself."""
        return {state["user"]["name"] for i, (_, state) in self.states.items() if state and i != self.shared.client_id}


class Simple(Client):
    """A JSON client that shows what it is sent and sends its whole text."""

    framing = Framing.PLAIN

    def __init__(self, hub: Hub, user_id: str, role: Role = Role.EDITOR, *, names_versions: bool = False) -> None:
        super().__init__(hub, ANONYMOUS, role)
        self.user_id = user_id
        self.names_versions = names_versions
        self.code: str | None = None
        self.version = 0
        self.heard: list[dict[str, Any]] = []

    def say(self, kind: str, **data: Any) -> None:
        self.outbox.append(json.dumps({"type": kind, "roomId": ROOM, "userId": self.user_id, "data": data}))

    def greet(self) -> None:
        self.say("join_room")

    def forget(self) -> None:
        self.code = None

    def take(self, frame: bytes | str) -> None:
        assert isinstance(frame, str)
        message = json.loads(frame)
        self.heard.append(message)
        if message["type"] in ("room_state", "code_update"):
            self.code, self.version = message["data"]["code"], message["data"]["version"]

    def types(self) -> list[str]:
        return [message["type"] for message in self.heard]

    def type(self, offset: int, text: str, *, delete: int = 0, cursor: int | None = None) -> None:
        assert self.code is not None
        self.code = apply_edits(self.code, (Edit(offset, offset + delete, text),))
        data: dict[str, Any] = {"code": self.code}
        if self.names_versions:
            data["version"] = self.version
        if cursor is not None:
            data["cursorPosition"] = cursor
        self.say("code_update", **data)


def settle(hub: Hub, *clients: Client, seconds: float = 0.1, until: Callable[[], bool] | None = None) -> None:
    """Lets everything go on until nothing is under way, and time pass a little, so that paced things are sent too."""
    for _ in range(10_000):
        moved = False
        while hub.loads:
            hub.load()
            moved = True
        for client in clients:
            while client.is_connected and client.outbox:
                client.send()
                moved = True
        if hub.queue:
            hub.commit()
            moved = True
        for client in clients:
            while client.is_connected and client.inbox:
                client.read()
                moved = True
        if not moved:
            if seconds <= 0:
                return
            hub.tick(seconds)
            for client in clients:
                if isinstance(client, Editor) and client.is_connected:
                    client.tick()
            seconds = 0 if not any(client.outbox or client.inbox for client in clients) and not hub.queue else seconds
    raise AssertionError("the room does not come to rest")
