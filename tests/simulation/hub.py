"""The hub's shell on virtual time: a real Room, a store that commits a little later, connections that break."""

import random
from collections.abc import Callable, Iterable
from functools import partial

from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.room.effects import CloseConnection, HearAgain, LoadDocument, Persist, RoomEffect, Send, SendText
from pair_ls.room.ids import ConnectionId, DocumentId, ParticipantId, RoomId
from pair_ls.room.member import Framing, Member
from pair_ls.room.role import Role
from pair_ls.room.room import Room
from tests.simulation.clock import Clock
from tests.simulation.wire import Wire


class Hub:
    """Only `store` outlives `kill`."""

    def __init__(self, clock: Clock, dice: random.Random) -> None:
        self._clock, self._dice = clock, dice
        self.store: dict[DocumentId, list[tuple[bytes, str]]] = {}
        self.kills = 0
        self._connections = 0
        self._start()

    def _start(self) -> None:
        self.room = Room(RoomId("room-of-the-simulation-01"), language="python")
        self._wires: dict[ConnectionId, Wire] = {}
        self._queue: list[Persist] = []
        self._is_committing = False
        self._tick_at = float("inf")

    def kill(self) -> None:
        """Kill -9: every connection breaks, what was not committed is gone."""
        self.kills += 1
        wires = list(self._wires.values())
        self._start()
        for wire in wires:
            wire.cut()

    def accept(self, participant: str, client_id: ClientId, wire: Wire) -> Callable[[bytes], None]:
        """A new connection; what it returns takes the frames that arrive on it."""
        self._connections += 1
        connection = ConnectionId(self._connections)
        room, now = self.room, self._clock.now
        self._wires[connection] = wire

        def left() -> None:
            if self._wires.pop(connection, None) is not None and self.room is room:
                self._do(room.leave(connection, self._clock.now))

        wire.when_cut.append(left)
        member = Member(ParticipantId(participant), Role.EDITOR, Framing.PAIR, client_id)
        self._do(room.join(connection, member, now))

        def receive(data: bytes) -> None:
            if self.room is room and connection in self._wires:
                self._do(room.receive(connection, data, self._clock.now))

        return receive

    def stored_text(self, document_id: DocumentId) -> str:
        """What a hub would find after a kill."""
        shared = SharedText(ClientId(1))
        for update, _ in self.store.get(document_id, ()):
            shared.merge(update)
        return shared.text

    def _do(self, effects: Iterable[RoomEffect]) -> None:
        for effect in effects:
            match effect:
                case Send(connections, payload):
                    for connection in connections:
                        if connection in self._wires:
                            self._wires[connection].to_client(payload)
                case Persist():
                    self._queue.append(effect)
                    self._commit_soon()
                case LoadDocument(document_id):
                    self._later(0.002, partial(self._load, document_id))
                case HearAgain(connection, message):
                    assert isinstance(message, bytes)
                    self._do(self.room.receive(connection, message, self._clock.now))
                case CloseConnection(connection, code, reason):
                    raise AssertionError(f"the hub closed a connection: {code} {reason}")
                case SendText():
                    raise AssertionError("there is no simple client here")
        if self.room.wake_at < self._tick_at:
            self._tick_at = self.room.wake_at
            self._clock.at(self._tick_at, self._same_room(self._tick))

    def _tick(self) -> None:
        self._tick_at = float("inf")
        self._do(self.room.tick(self._clock.now))

    def _load(self, document_id: DocumentId) -> None:
        updates = list(self.store.get(document_id, ()))
        self._do(self.room.document_loaded(document_id, updates, {}, self._clock.now))

    def _commit_soon(self) -> None:
        """The next commit starts when the last is done, and takes all that came meanwhile."""
        if not self._is_committing and self._queue:
            self._is_committing = True
            batch, self._queue = self._queue, []
            self._later(self._dice.choice((0.0005, 0.001, 0.005, 0.05)), lambda: self._committed(batch))

    def _committed(self, batch: list[Persist]) -> None:
        self._is_committing = False
        for persist in batch:
            self.store.setdefault(persist.document_id, []).append((persist.update, persist.author))
        for document_id in dict.fromkeys(persist.document_id for persist in batch):
            highest = max(persist.sequence for persist in batch if persist.document_id == document_id)
            self._do(self.room.committed(document_id, highest, self._clock.now))
        self._commit_soon()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._clock.after(seconds, self._same_room(action))

    def _same_room(self, action: Callable[[], None]) -> Callable[[], None]:
        room = self.room
        return lambda: action() if self.room is room else None
