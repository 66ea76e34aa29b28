"""One participant's desk: a fake editor, the binding, and what a language server does between them, on virtual time."""

import random
from collections.abc import Sequence
from typing import Protocol

from pair_ls.editor import (
    ApplyEdit,
    Barrier,
    Binding,
    BindingEffect,
    DriftRepaired,
    EarlyChanges,
    EditorHabits,
    EditShared,
    WakeAt,
    from_editor,
    known_habits,
)
from pair_ls.text import Delta, Edit
from tests.simulation.clock import Clock
from tests.simulation.editors.editor import FakeEditor, Ways
from tests.simulation.editors.messages import (
    Answered,
    BarrierAnswered,
    BarrierRequest,
    Changed,
    Closed,
    EditRequest,
    FromEditor,
    Opened,
    Saved,
)
from tests.simulation.pipe import Pipe

URI = "file:///document"


class Shared(Protocol):
    """The participant's end of the shared text."""

    def text(self) -> str: ...

    def edit(self, delta: Delta) -> None: ...


class Desk:
    """`shared` is asked and edited as a replica would be; `remote_changed` brings what others did to it."""

    def __init__(self, ways: Ways, shared: Shared, clock: Clock, dice: random.Random, text: str) -> None:
        self.ways, self._shared, self._clock = ways, shared, clock
        self.binding: Binding | None = None
        is_known = ways.melts or not ways.counts_unsent or dice.random() < 0.5  # learnt too late
        self.habits = known_habits(ways.client) if is_known else EditorHabits()
        self.drifts = self.requests = self.updates = 0
        self.was_opened = False
        self._base: str | None = text
        self._early = EarlyChanges()
        self._timer = 0
        self._to_server = Pipe(clock, dice, ways.latency, self._receive, swaps=ways.swaps)
        self._to_editor = Pipe(clock, dice, ways.latency, self._deliver)
        self.editor = FakeEditor(ways, text, clock, dice, self._to_server.send)

    def open(self) -> None:
        self.was_opened = True
        self.editor.open()

    def remote_changed(self, edits: Sequence[Edit]) -> None:
        if self.binding is not None:
            self.updates += 1
            self._carry_out(self.binding.remote_changed(edits, self._clock.now))

    def is_settled(self) -> bool:
        return self.binding is not None and self.binding.is_settled

    def _deliver(self, message: EditRequest | BarrierRequest) -> None:
        self.editor.receive(message)

    def _receive(self, message: FromEditor) -> None:
        self._take(message)
        self.check()

    def _take(self, message: FromEditor) -> None:
        now, binding = self._clock.now, self.binding
        match message:
            case Opened(text, version):
                self.updates += from_editor(text) != self._shared.text()  # what happened before it was open
                binding = self.binding = Binding(
                    text=text,
                    version=version,
                    shared=self._shared.text(),
                    encoding=self.ways.encoding,
                    habits=self.habits,
                    base=self._base,
                )
                self._carry_out(binding.opened(now))
                for change in self._early.take(URI, version):
                    self._carry_out(binding.editor_changed(change.version, change.changes, now))
            case Changed(changed_version, changes, buffer) if binding is None:
                self._early.hold(URI, changed_version, changes, now)
            case _ if binding is None:
                pass
            case Changed(changed_version, changes, buffer):
                self._carry_out(binding.editor_changed(changed_version, changes, now))
                if binding.version == changed_version and not binding.is_holding:
                    assert binding.editor_text.lines.text() == buffer, f"{self.ways.name}: not what the buffer holds"
            case Answered(request_id, applied):
                self._carry_out(binding.edit_answered(request_id, applied, now))
            case BarrierAnswered(request_id):
                self._carry_out(binding.barrier_answered(request_id, now))
            case Saved(text):
                self._carry_out(binding.saved(text, now))
            case Closed():
                self._carry_out(binding.closed(now))
                self._base, self.binding = binding.text, None

    def _carry_out(self, effects: list[BindingEffect]) -> None:
        for effect in effects:
            match effect:
                case EditShared(edits):
                    self._shared.edit(edits)
                case ApplyEdit(request_id, version, text_edit):
                    self.requests += 1
                    self._to_editor.send(EditRequest(request_id, version, text_edit))
                case Barrier(request_id):
                    self._to_editor.send(BarrierRequest(request_id))
                case WakeAt(time):
                    self._wake(time)
                case DriftRepaired():
                    self.drifts += 1

    def check(self) -> None:
        """The binding's promise."""
        if self.binding is not None:
            assert self.binding.shared_text() == self._shared.text(), f"{self.ways.name}: not the shared text"

    def _wake(self, time: float) -> None:
        self._timer += 1
        timer = self._timer

        def tick() -> None:
            if timer == self._timer and self.binding is not None:
                self._carry_out(self.binding.tick(self._clock.now))
                self.check()

        self._clock.at(time, tick)
