"""One participant: a desk, the replica of the room that its language server keeps, and a connection that comes back."""

import random
from collections.abc import Iterable

from pair_ls.crdt.schema import ClientId
from pair_ls.room import effects as told
from pair_ls.room.effects import ReplicaEffect
from pair_ls.room.ids import DocumentId
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
        """Closes the document in the editor, and opens it again with the text it had."""
        if self.is_open and self.desk.editor.is_open:
            self.desk.editor.close()
            self._clock.after(self._dice.uniform(0.1, 0.6), self.desk.editor.open)

    def _connect(self) -> None:
        wire = self._wire = Wire(self._clock, self._dice, is_bad=self._is_wire_bad)
        wire.when_cut.append(self._disconnected)
        wire.at_client = self._receive
        wire.at_hub = self._hub.accept(f"p:{self.name}", self._client_id(), wire)
        self._do(self.replica.connected(self._clock.now))

    def _disconnected(self) -> None:
        self._wire = None
        self._do(self.replica.disconnected(self._clock.now))
        self._clock.after(self._dice.uniform(0.05, 0.8), self._connect)

    def _receive(self, data: bytes) -> None:
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
                case told.DocumentSynced() if not self.desk.was_opened:
                    self.desk.open()
                case told.TextChanged(_, edits) if self.desk.was_opened:
                    self.desk.remote_changed(edits)
                case told.ResetDocument() | told.Disconnect() | told.NoticeReceived():
                    if not isinstance(effect, told.NoticeReceived):
                        raise AssertionError(f"{self.name}: {effect}")
                case _:
                    pass
        if self.replica.wake_at < self._tick_at:
            self._tick_at = self.replica.wake_at
            self._clock.at(self._tick_at, self._tick)

    def _tick(self) -> None:
        self._tick_at = float("inf")
        self._do(self.replica.tick(self._clock.now))

    def _client_id(self) -> ClientId:
        return ClientId(self._dice.randrange(1, 2**32))
