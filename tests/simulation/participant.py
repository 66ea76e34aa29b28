"""One participant: a desk, the replica of the room that its language server keeps, and a connection that comes back."""

import random
from collections.abc import Iterable
from functools import partial

from pair_ls.crdt.schema import ClientId
from pair_ls.room import effects as told
from pair_ls.room.effects import ReplicaEffect
from pair_ls.room.ids import DocumentId
from pair_ls.room.messages import Reset, encode_frame
from pair_ls.room.replica import Replica
from pair_ls.text import Delta
from tests.simulation.clock import Clock
from tests.simulation.desk import Desk
from tests.simulation.editors.editor import Ways
from tests.simulation.hub import Hub
from tests.simulation.person import Ledger, Person
from tests.simulation.wire import Wire

PATH = "src/é😀.py"


class Participant:
    """Opens its editor when the room's text is there, and stays whatever happens to the hub."""

    def __init__(
        self,
        name: str,
        ways: Ways,
        hub: Hub,
        clock: Clock,
        dice: random.Random,
        ledger: Ledger,
        *,
        text: str,
        is_wire_bad: bool,
    ) -> None:
        self.name, self.ways = name, ways
        self._hub, self._clock, self._dice, self._is_wire_bad = hub, clock, dice, is_wire_bad
        self._wire: Wire | None = None
        self._tick_at = float("inf")
        self._life = 0  # of language servers
        self._connected_at = 0.0
        self._text = text
        self.document_id: DocumentId | None = None
        self.replica = Replica(new_client_id=self._client_id)
        self.desk = Desk(ways, self, clock, dice, text)
        self.person = Person(self.desk.editor, ledger, dice)
        self._do(self.replica.open_path(PATH, "python", text, clock.now))
        self._clock.after(dice.uniform(0.0, 0.05), self._connect)

    # ---- Shared, for the desk ----

    def text(self) -> str:
        assert self.document_id is not None
        shared = self.replica.shared_text(self.document_id)
        assert shared is not None
        return shared.text

    def edit(self, delta: Delta) -> None:
        assert self.document_id is not None
        self._do(self.replica.edit(self.document_id, delta, self._clock.now))

    def is_safe(self) -> bool:
        return not self.replica.unacknowledged()

    # ---- what happens to it ----

    @property
    def is_open(self) -> bool:
        return self.desk.binding is not None

    def lose_connection(self) -> None:
        if self._wire is not None:
            self._wire.cut()

    def go_deaf(self, seconds: float) -> None:
        """A partition: nothing arrives any more in either direction, and only then both sides notice."""
        wire = self._wire
        if wire is not None:
            wire.is_deaf = True
            self._clock.after(seconds, wire.cut)

    def reopen(self) -> None:
        """Closes the document in the editor, and opens it again with the text it had.

        Not while an edit is on its way: it would be applied to the newly opened document, and nobody could tell. Nor
        between a reset and the room's text: what they typed then is on no disk here, as it is with a real editor.
        """
        binding = self.desk.binding
        is_quiet = binding is not None and not binding.has_unanswered_edit and not self.desk.is_being_reset
        if is_quiet and self.desk.editor.is_open:
            self.desk.editor.close()
            self._clock.after(self._dice.uniform(0.1, 0.6), self.desk.editor.open)

    def crash(self) -> None:
        """The language server dies with all it has not sent. Its editor starts another one, and keeps its buffer.

        Not where updates come twice: the hub counts them as acknowledged, and what was kept would not be in the room.
        """
        if not self.is_open or not self.desk.editor.is_open or self._is_wire_bad:
            return
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.when_cut.remove(self._disconnected)
            wire.cut()
        self._life += 1
        self.desk.crash()
        self._clock.after(self._dice.uniform(0.05, 0.8), self._restart)

    def _restart(self) -> None:
        self.replica = Replica(new_client_id=self._client_id)
        self._tick_at = float("inf")
        self._do(self.replica.open_path(PATH, "python", self.desk.editor.buffer, self._clock.now))
        self._connect()

    def be_reset(self) -> None:
        """The hub says that this replica is not what it has: as it does, when nothing it was asked for is under way."""
        is_quiet = self._clock.now > self._connected_at + 0.5
        if self._wire is not None and is_quiet and self.document_id is not None and self.is_open:
            self._wire.to_client(encode_frame(self.document_id, Reset()))

    def _connect_again(self, life: int) -> None:
        if life == self._life:
            self._connect()

    def _connect(self) -> None:
        self._connected_at = self._clock.now
        wire = self._wire = Wire(self._clock, self._dice, is_bad=self._is_wire_bad)
        wire.when_cut.append(self._disconnected)
        wire.at_client = partial(self._receive, self._life)
        wire.at_hub = self._hub.accept(f"p:{self.name}", self._client_id(), wire)
        self._do(self.replica.connected(self._clock.now))

    def _disconnected(self) -> None:
        self._wire = None
        self._do(self.replica.disconnected(self._clock.now))
        self._clock.after(self._dice.uniform(0.05, 0.8), partial(self._connect_again, self._life))

    def _receive(self, life: int, data: bytes) -> None:
        if life != self._life:
            return
        self._do(self.replica.receive(data, self._clock.now))
        self.desk.check()

    def _do(self, effects: Iterable[ReplicaEffect]) -> None:
        for effect in effects:
            match effect:
                case told.SendFrame(data):
                    if self._wire is not None:
                        self._wire.to_hub(data)
                case told.DocumentOpened(document_id, _, _):
                    self.document_id = document_id
                case told.DocumentSynced():
                    if not self.desk.was_opened:
                        self.desk.open()
                    self.desk.synced()
                case told.ResetDocument(_, text):
                    self.desk.reset(text)
                case told.TextChanged(_, edits) if self.desk.was_opened:
                    self.desk.remote_changed(edits)
                case told.Disconnect() | told.NoticeReceived():
                    if not isinstance(effect, told.NoticeReceived):
                        raise AssertionError(f"{self.name}: {effect}")
                case _:
                    pass
        self.desk.keep()
        if self.replica.wake_at < self._tick_at:
            self._tick_at = self.replica.wake_at
            self._clock.at(self._tick_at, partial(self._tick, self._life))

    def _tick(self, life: int) -> None:
        if life != self._life:
            return
        self._tick_at = float("inf")
        self._do(self.replica.tick(self._clock.now))

    def _client_id(self) -> ClientId:
        return ClientId(self._dice.randrange(1, 2**32))
