"""A fake editor: a buffer, an undo stack and an LSP client, put together from ways that real editors have."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pair_ls.editor import to_editor
from pair_ls.editor.line_endings import LineEnding
from pair_ls.text import ContentChange, Edit, LineIndex, PositionEncoding, TextEdit, apply_edits, map_offset
from tests.simulation.clock import Clock
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
    ToEditor,
)
from tests.simulation.editors.reporters import AtOnce, RateLimited, Reporter, Silent, Trailing
from tests.simulation.editors.shapes import Shape, exact


@dataclass(frozen=True, slots=True)
class Ways:
    """How an editor behaves towards its language server; see tests/simulation/editors/profiles.py."""

    name: str
    client: str = ""  # as in clientInfo, if it is known for its habits
    encoding: PositionEncoding = PositionEncoding.UTF16
    reporter: type[AtOnce] | type[RateLimited] | type[Trailing] = AtOnce
    shape: Shape = exact
    first_version: int = 1
    first_step: int = 1  # Neovim's first change leads from version 0 to 4
    counts_unsent: bool = True  # False: only didChange raises the version that an edit is checked against
    checks: bool = True  # False: it counts versions, but never compares them
    checks_zero: bool = True
    allows_future: bool = False
    lies: bool = False  # answers "applied" to edits that it dropped
    echo: str = "after"  # "before" the answer, "after" it, "either"
    answer_delay: tuple[float, float] = (0.0, 0.0)
    loses_answers: float = 0.0  # this share of the answers never comes
    blocks: float = 0.0  # this share of the requests waits until the user does something (getchar, a preview)
    swaps: bool = False  # sends didChange out of order
    latency: tuple[float, float] = (0.0005, 0.003)
    forces_end: bool = False  # cannot show a text without a final line end
    appends_line_end: bool = False  # and makes two of one inserted behind the last
    ending: LineEnding = LineEnding.LF
    hides_ending: bool = False  # says \n of a file with \r\n, and takes what it gets verbatim
    keeps_ending: bool = False  # takes what it gets verbatim
    null_versions: bool = False
    flushes_on_save: bool = True
    melts: bool = False
    """Tells what the user did and what a server's edit did as one change: see `Seen.torn`."""


@dataclass(slots=True)
class Seen:
    """What a test wants to know of an editor."""

    refused: set[int] = field(default_factory=set)  # requests that came too late
    applied: int = 0
    wrong_ending: int = 0
    destroyed: set[str] = field(default_factory=set)  # what edits deleted that nobody checked to be in their place
    torn: set[str] = field(default_factory=set)
    """The letters of a server's edit that cannot be told from the user's: it was put among typing that was not reported
    yet; or the user edited within it before it was, or typed a piece again that is beside it; or typed anything, where
    the answer is no proof. Only an editor that melts both into one change has any."""


_NEAR = 60
_RUN = 4


@dataclass(slots=True)
class _Landed:
    """An edit of the server that was not reported yet: where it is, its letters, what was there and beside it."""

    start: int
    end: int
    letters: set[str]
    beside: str

    def torn_by(self, edit: Edit) -> set[str]:
        """The letters that the user's edit makes hard to tell from typed ones."""
        runs = (edit.new_text[at : at + _RUN] for at in range(len(edit.new_text) - _RUN + 1))
        if any(run in self.beside for run in runs):
            return self.letters | set(self.beside)
        return self.letters if edit.start <= self.end and edit.end >= self.start else set()

    def move(self, edit: Edit) -> None:
        self.start = map_offset(self.start, (edit,), stick_right=False)
        self.end = map_offset(self.end, (edit,), stick_right=True)


class Unreported:
    """What happened to the buffer since the last report: whether the user typed, and where edits of the server are."""

    def __init__(self, ways: Ways) -> None:
        self._lies = ways.lies  # then nothing but the text tells whether an edit is in it
        self._has_typing = False
        self._landed: list[_Landed] = []

    def typed(self, edit: Edit) -> set[str]:
        """The user's edit; gives the letters of the server's edits that it touches."""
        self._has_typing = True
        torn = [landed.letters if self._lies else landed.torn_by(edit) for landed in self._landed]
        self._move(edit)
        return set().union(*torn)

    def landed(self, edit: Edit, buffer: str, *, is_checked: bool) -> set[str]:
        """An edit of the server; gives its letters if it was put blindly among typing that was not reported."""
        letters = set(edit.new_text + buffer[edit.start : edit.end])
        beside = buffer[max(0, edit.start - _NEAR) : edit.end + _NEAR]
        self._move(edit)
        end = edit.start + len(edit.new_text) + (buffer[edit.end :] == "\n")  # nobody sees a final line end between
        self._landed.append(_Landed(edit.start, end, letters, beside))
        return letters if self._has_typing and not is_checked else set()

    def end_forced(self) -> None:
        """The editor put a final line end behind an edit of the server that left none."""
        self._landed[-1].end += 1

    def _move(self, edit: Edit) -> None:
        for landed in self._landed:
            landed.move(edit)


class FakeEditor:
    """`send` takes what the editor says; its buffer has \\n only, line endings are put on at the border."""

    def __init__(
        self, ways: Ways, text: str, clock: Clock, dice: random.Random, send: Callable[[FromEditor], None]
    ) -> None:
        self.ways, self._clock, self._dice, self._send = ways, clock, dice, send
        self.seen = Seen()
        self.buffer = self._forced(text)
        self.version = ways.first_version
        self._sent_version = self.version
        self._undo: list[list[Edit]] = []
        self._blocked: list[EditRequest] = []
        self._reporter = self._new_reporter()
        self._unreported = Unreported(ways)
        self._may_melt = ways.melts
        self._tells_ending = True  # a text without any line end does not
        self.is_open = False

    def open(self) -> None:
        self.is_open = True
        self._tells_ending = "\n" in self.buffer
        self._reporter = self._new_reporter()
        self._sent_version = self.version
        self._send(Opened(self._said(self.buffer), self.version))

    def close(self) -> None:
        self._reporter.flush()
        self._blocked.clear()
        self._undo.clear()
        self.is_open = False
        self._send(Closed())

    def lose_server(self) -> None:
        """The server is gone; `open` when there is a new one. The buffer goes on, and so does its version."""
        self.is_open = False
        self._blocked.clear()
        self._reporter.forget()
        self._reporter = Silent()
        self._unreported = Unreported(self.ways)
        if not self.ways.counts_unsent:
            self.version = self.ways.first_version  # eglot counts anew for each server

    def save(self) -> None:
        if not self.is_open:
            return
        if self.ways.flushes_on_save:
            self._reporter.flush()
        self._send(Saved(self._said(self.buffer)))

    # ---- the user ----

    def edit(self, *edits: Edit) -> None:
        """The user's edits of one event: simultaneous, ascending, disjoint. Several are several cursors."""
        self._change([edit for edit in reversed(edits) if self.buffer[edit.start : edit.end] != edit.new_text])

    def undo(self) -> tuple[str, str]:
        """Takes back the last change, whoever made it; returns what that deletes, and what it inserts."""
        if not self._undo:
            return "", ""
        inverse = self._undo.pop()
        deleted = ""
        before = self.buffer
        for edit in inverse:
            deleted += before[edit.start : edit.end]
            before = apply_edits(before, (edit,))
        self._change(inverse, is_undo=True)
        return deleted, "".join(edit.new_text for edit in inverse)

    # ---- the server ----

    def receive(self, message: ToEditor) -> None:
        match message:
            case BarrierRequest(request_id):
                self._send(BarrierAnswered(request_id))
            case EditRequest() if not self.is_open:
                self._answer(message, applied=False)
            case EditRequest():
                if self._blocked or self._dice.random() < self.ways.blocks:
                    self._blocked.append(message)
                    self._clock.after(self._dice.uniform(0.2, 1.5), self.unblock)
                else:
                    self._apply_edit(message)

    def unblock(self) -> None:
        """The user does what the editor waited for before it would do anything else."""
        blocked, self._blocked = self._blocked, []
        for request in blocked:
            self._apply_edit(request)

    def _apply_edit(self, request: EditRequest) -> None:
        if self._is_stale(request.version):
            self.seen.refused.add(request.request_id)
            self._answer(request, applied=self.ways.lies)
            return
        self.seen.applied += 1
        order = self._dice.choice(("before", "after")) if self.ways.echo == "either" else self.ways.echo
        if order == "after":
            self._answer(request, applied=True)
        is_checked = self.ways.counts_unsent and self._compares(request.version)
        self._apply(request.text_edit, is_checked=is_checked, is_first=request.version == 0)
        if order == "before":
            self._answer(request, applied=True)

    def _is_stale(self, version: int | None) -> bool:
        if version is None or not self._compares(version):
            return False
        held = self.version if self.ways.counts_unsent else self._sent_version
        return version < held if self.ways.allows_future else version != held

    def _compares(self, version: int | None) -> bool:
        return self.ways.checks and version is not None and (version > 0 or self.ways.checks_zero)

    def _answer(self, request: EditRequest, *, applied: bool) -> None:
        if self._dice.random() < self.ways.loses_answers:
            return
        answer = Answered(request.request_id, applied)
        delay = self._dice.uniform(*self.ways.answer_delay)
        if delay:
            self._clock.after(delay, lambda: self._send(answer))
        else:
            self._send(answer)

    def _apply(self, text_edit: TextEdit, *, is_checked: bool, is_first: bool) -> None:
        text = text_edit.new_text
        wanted = LineEnding.LF if self.ways.hides_ending else self.ways.ending
        if self.ways.hides_ending or self.ways.keeps_ending:
            is_wrong = to_editor(text.replace("\r\n", "\n"), wanted) != text
            self.seen.wrong_ending += is_wrong and self._tells_ending
        text = text.replace("\r\n", "\n")
        edit = LineIndex(self.buffer).edit_of(TextEdit(text_edit.range, text), self.ways.encoding)
        if self.ways.appends_line_end and edit.start == len(self.buffer) and text.endswith("\n"):
            edit = Edit(edit.start, edit.end, text + "\n")
        if not is_checked:
            self.seen.destroyed |= set(self.buffer[edit.start : edit.end])
        torn = self._unreported.landed(edit, self.buffer, is_checked=is_checked)
        self._may_melt = (
            self.ways.melts or is_first
        )  # nobody compares version 0, and the first report waits for a pause
        self.seen.torn |= torn if self._may_melt else set()
        self._change([edit], is_users=False)

    # ---- the buffer ----

    def _change(self, edits: list[Edit], *, is_undo: bool = False, is_users: bool = True) -> None:
        """Sequential edits of one event."""
        before = self.buffer
        done: list[Edit] = []
        inverses: list[Edit] = []
        for edit in edits:
            if self.buffer[edit.start : edit.end] == edit.new_text:
                continue
            done.append(edit)
            torn = self._unreported.typed(edit) if is_users else set()
            self.seen.torn |= torn if self._may_melt else set()
            inverses.append(Edit(edit.start, edit.start + len(edit.new_text), self.buffer[edit.start : edit.end]))
            self.buffer = apply_edits(self.buffer, (edit,))
        forced = self._forced(self.buffer)
        if forced != self.buffer:
            length = len(self.buffer)
            done.append(Edit(length, length, "\n"))
            inverses.append(Edit(length, length + 1, ""))
            self.buffer = forced
            if not is_users:
                self._unreported.end_forced()
        if self.buffer == before:
            if done:  # Neovim: it came to nothing, but it happened
                self.version += 1
                self._reporter.changed(before, [Edit(done[-1].start, done[-1].start, "")])
            return
        if not is_undo:
            self._undo.append(inverses[::-1])
        step = self.ways.first_step if self.version == self.ways.first_version else 1
        self.version += step if self.ways.counts_unsent else 0
        self._reporter.changed(before, self._as_one(before, done))

    def _as_one(self, before: str, done: list[Edit]) -> list[Edit]:
        """An editor that puts the final line end back shows one change, not two."""
        if not self.ways.forces_end or len(done) == 1:
            return done
        start = min(edit.start for edit in done)
        return [Edit(start, len(before), self.buffer[start:])]

    def _report(self, changes: tuple[ContentChange, ...]) -> None:
        if not self.ways.counts_unsent:
            self.version += 1
        self._sent_version = self.version
        self._unreported = Unreported(self.ways)
        self._may_melt = self.ways.melts
        said = tuple(ContentChange(self._said(change.text), change.range) for change in changes)
        self._send(Changed(None if self.ways.null_versions else self.version, said, self.buffer))

    def _new_reporter(self) -> Reporter:
        kind = self.ways.reporter
        if kind is AtOnce:
            return AtOnce(self._report, self.ways.shape, self.ways.encoding)
        return kind(self._report, self.ways.shape, self.ways.encoding, self._clock)  # type: ignore[call-arg]  # each kind takes these

    def _forced(self, text: str) -> str:
        return text + "\n" if self.ways.forces_end and not text.endswith("\n") else text

    def _said(self, text: str) -> str:
        return text if self.ways.hides_ending else to_editor(text, self.ways.ending)
