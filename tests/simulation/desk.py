"""One participant's desk: a fake editor, the binding, and what a language server does between them, on virtual time."""

import random
from collections.abc import Callable, Sequence
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
from pair_ls.editor.restart_merge import merge_after_reset, merge_after_restart
from pair_ls.text import Delta, Edit, apply, difference
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
KEEP_SECONDS = 0.3


class Shared(Protocol):
    """The participant's end of the shared text."""

    def text(self) -> str: ...

    def edit(self, delta: Delta) -> None: ...

    def is_safe(self) -> bool:
        """Whether others have all of it too."""


class Desk:
    """`shared` is asked and edited as a replica would be; `remote_changed` brings what others did to it."""

    def __init__(self, ways: Ways, shared: Shared, clock: Clock, dice: random.Random, text: str) -> None:
        self.ways, self._shared, self._clock = ways, shared, clock
        self.binding: Binding | None = None
        is_known = ways.melts or not ways.counts_unsent or dice.random() < 0.5  # learnt too late
        self.habits = known_habits(ways.client) if is_known else EditorHabits()
        self.drifts = self.requests = self.updates = 0
        self._asked_in_pause: set[int] = set()
        self._refused_before = 0  # in pauses, by bindings that are gone
        self._reported_at = 0.0
        self.was_opened = False
        self._base: str | None = text
        self._early = EarlyChanges()
        self._timer = 0
        self._dice = dice
        self._connect()
        self.editor = FakeEditor(ways, text, clock, dice, lambda message: self._to_server.send(message))
        self._own: str | None = None  # stands in for the shared text while the room's is not here
        self._kept = text
        self._kept_at = float("-inf")
        self._is_restarted = False
        self.torn: set[str] = set()
        """Letters that buffer and room both got after what was kept: which is which is then a guess."""

    @property
    def refused_in_pauses(self) -> int:
        """Requests that were made in a pause of 250 ms, which the user ended just before they arrived."""
        return self._refused_before + len(self._asked_in_pause & self.editor.seen.refused)

    def open(self) -> None:
        self.was_opened = True
        self.editor.open()

    def _connect(self) -> None:
        self._to_server = Pipe(self._clock, self._dice, self.ways.latency, self._receive, swaps=self.ways.swaps)
        self._to_editor = Pipe(self._clock, self._dice, self.ways.latency, self._deliver)

    # ---- the language server dies ----

    def crash(self) -> None:
        """Nothing is left of the server but what it kept on the disk. The editor goes on, and nobody hears it."""
        self._to_server.is_open = self._to_editor.is_open = False
        self.binding, self._own = None, None
        self.was_opened, self._is_restarted = False, True
        self._early = EarlyChanges()
        self.editor.lose_server()
        self._connect()

    def keep(self) -> None:
        """Writes down what the editor shows, if the hub has all of it; not too often."""
        if self.binding is None or self._own is not None or self._clock.now < self._kept_at + KEEP_SECONDS:
            return
        if self._shared.is_safe():
            self._kept, self._kept_at = self.binding.text, self._clock.now

    # ---- the replica is thrown away ----

    def reset(self, text: str) -> None:
        """The hub has said that our replica is not what it has: until the room's text is here, ours goes on alone."""
        if self.binding is not None and self._own is None:  # a second time before the text was here: nothing to lose
            self._own = text

    @property
    def is_being_reset(self) -> bool:
        return self._own is not None

    def synced(self) -> None:
        """The room's text is here (again)."""
        if self._own is not None and self.binding is not None:
            own, self._own = self._own, None
            self._meet(self.binding, own, merge_after_reset)

    def _meet(self, binding: Binding, own: str, merge: Callable[[str, str, str], str]) -> None:
        room = self._shared.text()
        merged = merge(self._kept, own, room)
        self.torn |= (set(own) & set(room)) - set(self._kept)
        self.updates += merged != own
        if merged != room:
            self._shared.edit(difference(room, merged))
        self._carry_out(binding.remote_changed(difference(own, merged), self._clock.now))

    def remote_changed(self, edits: Sequence[Edit]) -> None:
        if self.binding is not None and self._own is None:
            self.updates += 1
            self._carry_out(self.binding.remote_changed(edits, self._clock.now))

    def is_settled(self) -> bool:
        return self.binding is not None and self.binding.is_settled

    def _deliver(self, message: EditRequest | BarrierRequest) -> None:
        self.editor.receive(message)

    def _receive(self, message: FromEditor) -> None:
        self._take(message)
        self.keep()
        self.check()

    def _take(self, message: FromEditor) -> None:
        now, binding = self._clock.now, self.binding
        match message:
            case Opened(text, version) if self._is_restarted:
                self._is_restarted = False
                own = "" if from_editor(text) == "\n" else from_editor(text)
                binding = self.binding = self._new_binding(text, version, own)
                self._carry_out(binding.opened(now))
                self._meet(binding, own, merge_after_restart)
                self._take_early(binding, version)
            case Opened(text, version):
                self.updates += from_editor(text) != self._shared.text()  # what happened before it was open
                binding = self.binding = self._new_binding(text, version, self._shared.text(), self._base)
                self._carry_out(binding.opened(now))
                self._take_early(binding, version)
            case Changed(changed_version, changes, buffer) if binding is None:
                self._early.hold(URI, changed_version, changes, now)
            case _ if binding is None:
                pass
            case Changed(changed_version, changes, buffer):
                self._reported_at = now
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

    def _new_binding(self, text: str, version: int, shared: str, base: str | None = None) -> Binding:
        self._refused_before = self.refused_in_pauses
        self._asked_in_pause, self.editor.seen.refused = set(), set()
        encoding, habits = self.ways.encoding, self.habits
        return Binding(text=text, version=version, shared=shared, encoding=encoding, habits=habits, base=base)

    def _take_early(self, binding: Binding, version: int) -> None:
        for change in self._early.take(URI, version):
            self._carry_out(binding.editor_changed(change.version, change.changes, self._clock.now))

    def _carry_out(self, effects: list[BindingEffect]) -> None:
        for effect in effects:
            match effect:
                case EditShared(edits) if self._own is not None:
                    self._own = apply(edits, self._own)
                case EditShared(edits):
                    self._shared.edit(edits)
                case ApplyEdit(request_id, version, text_edit):
                    self.requests += 1
                    if self._clock.now >= self._reported_at + 0.25:
                        self._asked_in_pause.add(request_id)
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
            shared = self._shared.text() if self._own is None else self._own
            assert self.binding.shared_text() == shared, f"{self.ways.name}: not the shared text"

    def _wake(self, time: float) -> None:
        self._timer += 1
        timer = self._timer

        def tick() -> None:
            if timer == self._timer and self.binding is not None:
                self._carry_out(self.binding.tick(self._clock.now))
                self.check()

        self._clock.at(time, tick)
