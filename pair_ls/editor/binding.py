"""Keeps one open document of a stock LSP editor and the shared text in step. Pure; it never touches the CRDT.

What the editor reports is the truth about the editor. Always, after every call:

    shared text == queue(in flight(view))

    view       what the editor has reported it holds (see editor_text)
    in flight  at most one edit that was sent and has not been seen in the view
    queue      what else is needed to get from there to the shared text

An echo of the edit in flight is never sent to the room; a change of the user always is, exactly once. Which is which
is decided by comparing texts (see echo): answers lie, ranges differ, and they come in any order.

One class, although long: each call keeps the equation above, and so needs all three parts.
"""

from collections.abc import Sequence

from pair_ls.editor.change_order import ChangeOrder, DocumentChange
from pair_ls.editor.echo import find_echo, holds_text, missing_end
from pair_ls.editor.editor_text import EditorText
from pair_ls.editor.effects import ApplyEdit, Barrier, BindingEffect, DriftRepaired, EditShared, WakeAt
from pair_ls.editor.habits import EditorHabits
from pair_ls.editor.in_flight import FEW_PLACES, Echo, InFlight, Reach, Unconfirmed, is_checked, next_edit, requests_for
from pair_ls.editor.line_endings import check_text, from_editor, line_ending_of, to_editor
from pair_ls.editor.pacing import Pacing
from pair_ls.editor.save_check import SaveCheck
from pair_ls.text import (
    ContentChange,
    Delta,
    Edit,
    Position,
    PositionEncoding,
    Range,
    TextEdit,
    apply,
    compose,
    difference,
    map_offset,
    merge_three_way,
    normalize,
    transform,
)

SETTLE_SECONDS = 0.2  # longer than any editor known waits before it reports a change of an idle buffer
LIAR_SETTLE_SECONDS = 0.06
QUIET_SETTLE_SECONDS = 2.0
GIVE_UP_SECONDS = 10.0
SWAP_SECONDS = 0.05
MOST_COMPARED = 64  # characters; Emacs takes some microseconds for each pair of those that differ
_MOST_DOUBLES = 3


class Binding:
    """One open document. The shell calls it synchronously and carries the effects out in order."""

    def __init__(
        self,
        *,
        text: str,
        version: int | None,
        shared: str,
        encoding: PositionEncoding,
        habits: EditorHabits,
        base: str | None = None,
    ) -> None:
        """`text` and `version` as in didOpen (TextRefused if it cannot be shared), `shared` as the room has it now.

        Where they differ both sides' changes since `base`, their last common text, are kept. Without a base the
        room's text is taken over into the editor: ask and back up before.
        """
        check_text(text)
        self.version = version
        self.line_ending = line_ending_of(text)
        mine = from_editor(text)
        self._text = EditorText(mine, encoding, has_forced_end=mine == "\n" and not shared)
        view = self._text.view()
        merged = shared if base is None or view == shared else merge_three_way(base, view, shared)
        self._first_edit = difference(shared, merged)
        self._queue = difference(view, merged)
        self._in_flight: InFlight | None = None
        self._habits = habits
        self._order = ChangeOrder(version, habits)
        self._pacing = Pacing()
        self._save_check: SaveCheck | None = None
        self._unconfirmed: Unconfirmed | None = None
        self._reported_at = float("-inf")
        self._doubles = 0  # edits in a row that seemed to be typed by the user, and were called applied but not found
        self._caret: int | None = None  # as far as it is known; an offset in the lines
        self._requests = 0
        self._wake_at: float | None = None

    # ---- what happened ----

    def opened(self, now: float) -> list[BindingEffect]:
        """To be called once, before all others."""
        effects: list[BindingEffect] = []
        if self._first_edit:
            effects.append(EditShared(self._first_edit))
        if self._queue:
            self._pacing.shared_changed()
        return self._finish(effects, now)

    def editor_changed(self, version: int | None, changes: Sequence[ContentChange], now: float) -> list[BindingEffect]:
        """A didChange, as it came."""
        effects: list[BindingEffect] = []
        for change in self._order.receive(version, changes, now):
            self._take(change, effects, now)
        return self._finish(effects, now)

    def remote_changed(self, edits: Sequence[Edit], now: float) -> list[BindingEffect]:
        """Others changed the shared text: simultaneous edits on it, in code points."""
        delta = normalize(edits)
        if delta:
            self._queue = compose(self._queue, delta) if self._queue else delta
            self._pacing.shared_changed()
        return self._finish([], now)

    def edit_answered(self, request_id: int, applied: bool, now: float) -> list[BindingEffect]:
        """The answer to ApplyEdit; an error is `applied=False`."""
        edit = self._in_flight
        if edit is None or edit.request_id != request_id:
            return self._answered_after_echo(request_id, applied, now)
        is_lie = edit.is_checked and edit.is_overtaken and self._habits.refuses_stale
        if is_lie or not applied:
            self._take_back(edit, now)
        else:
            edit.applied_at = now
            edit.reports_before_answer = self._order.received
        return self._finish([], now)

    def barrier_answered(self, request_id: int, now: float) -> list[BindingEffect]:
        """The answer to Barrier: all that the editor reported before it has been seen, and the edit was not in it."""
        edit = self._in_flight
        if edit is None or edit.barrier_id != request_id:
            return []
        echo = find_echo(self._text, edit, [()], misplaces=False, may_melt=False)
        if echo is not None:
            self._land(echo, ())  # only a final line end was to go, and this editor does not let it
        else:
            self._take_back(edit, now)
        return self._finish([], now)

    def saved(self, text: str, now: float) -> list[BindingEffect]:
        """A didSave with the text that the buffer holds."""
        check = SaveCheck(from_editor(text), now)
        check.is_hidden = now < self._reported_at + SWAP_SECONDS  # Helix 25.01: a newer report may have come first
        self._save_check = None if check.is_explained_by(self._text.lines) else check
        return self._finish([], now)

    def caret_moved(self, offset: int) -> None:
        """The user's caret is at this offset of the editor's text. Typing moves it by itself."""
        self._caret = offset

    def closed(self, now: float) -> list[BindingEffect]:
        """A didClose: what was reported and not taken yet is, and then the binding is over. Keep its `text`."""
        effects: list[BindingEffect] = []
        for change in self._order.release_all():
            self._take(change, effects, now)
        return effects

    def tick(self, now: float) -> list[BindingEffect]:
        """It is the time that was last asked for by WakeAt."""
        self._wake_at = None
        effects: list[BindingEffect] = []
        for change in self._order.release(now):
            self._take(change, effects, now)
        self._decide_save(effects, now)
        self._ask_barrier(effects, now)
        self._give_up(now)
        return self._finish(effects, now)

    # ---- what is known ----

    @property
    def text(self) -> str:
        """What the editor shows, as far as it has reported it; all of it is in the shared text.

        So it is also the last common text: keep it as the `base` for the next time the document is opened.
        """
        return self._text.view()

    @property
    def editor_text(self) -> EditorText:
        """To read positions and lines; never to change."""
        return self._text

    @property
    def is_settled(self) -> bool:
        """Whether the editor shows the shared text."""
        return self._in_flight is None and not self._queue

    @property
    def is_holding(self) -> bool:
        """Whether a reported change waits for one that seems to be missing before it."""
        return self._order.is_holding

    @property
    def has_unanswered_edit(self) -> bool:
        """Whether the editor still owes an answer, perhaps because it waits for its user."""
        return self._in_flight is not None and self._in_flight.applied_at is None

    @property
    def pacing(self) -> Pacing:
        """The counts of what was asked and sent."""
        return self._pacing

    def shared_text(self) -> str:
        """What the shared text must be: to check, and for tests."""
        return apply(self._queue, apply(self._delta_in_flight(), self._text.view()))

    def shared_offset(self, offset: int) -> int:
        """Where a place in the editor's text is in the shared text."""
        offset = map_offset(min(offset, len(self._text)), self._delta_in_flight(), stick_right=False)
        return map_offset(offset, self._queue, stick_right=False)

    def editor_offset(self, shared_offset: int) -> int:
        """Where a place in the shared text is, or will be, in the editor's text."""
        return _map_back(_map_back(shared_offset, self._queue), self._delta_in_flight())

    # ---- the editor's changes ----

    def _take(self, change: DocumentChange, effects: list[BindingEffect], now: float) -> None:
        self.version = None if change.version is None else max(change.version, self.version or 0)
        contents = [self._inside(content) for content in change.changes]
        if self._in_flight is None:
            typed: Delta = ()
            for content in contents:
                change_alone = self._text.change(content)
                if len(contents) == 1 and content.range is not None:
                    change_alone = self._as_meant(change_alone)
                typed = self._type(change_alone, typed)
        else:
            is_whole = any(content.range is None for content in contents)
            is_newer = self._in_flight.is_older_than(change.version)
            typed = self._take_beside_edit(self._deltas(contents), is_whole=is_whole, is_newer=is_newer)
            self._judge(change, contents, now)
        if typed:
            effects.append(EditShared(typed))
        if contents:
            self._observe_save()  # it may lead back to what was there before the save
            self._reported_at = now
            self._pacing.editor_changed(now)

    def _inside(self, content: ContentChange) -> ContentChange:
        """The change with our line ends; one that replaces the whole text may bring another kind of them."""
        if "\n" in content.text and (content.range is None or self._is_everything(content.range)):
            self.line_ending = line_ending_of(content.text)
        return ContentChange(from_editor(content.text), content.range)

    def _is_everything(self, covered: Range) -> bool:
        return covered.start == Position(0, 0) and covered.end.line >= self._text.lines.line_count - 1 > 0

    def _type(self, change: Delta, typed: Delta) -> Delta:
        """The user changed the lines: takes that over; what it does to the shared text is added to `typed`."""
        if not change:
            return typed
        self._caret = change[-1].start + sum(edit.growth for edit in change[:-1]) + len(change[-1].new_text)
        delta = self._text.take(change)
        self._observe_save()
        if self._unconfirmed is not None:
            self._unconfirmed = self._unconfirmed.after(delta)
        edit = self._in_flight
        if edit is not None:
            delta, edit.delta = (
                transform(delta, edit.delta, before=True),
                transform(edit.delta, delta, before=False),
            )
        if self._queue:
            delta, self._queue = (
                transform(delta, self._queue, before=True),
                transform(self._queue, delta, before=False),
            )
        return compose(typed, delta) if typed else delta

    def _as_meant(self, change: Delta) -> Delta:
        """A change that is the only one of its report, as the editor means it."""
        return self._text.with_its_line_end(change) if self._habits.hides_last_line else change

    def _deltas(self, contents: list[ContentChange]) -> list[Delta]:
        """What each change does to the result of the one before; the lines stay as they are."""
        if len(contents) == 1:
            return [self._text.change(contents[0])]
        deltas, inverses = [], []
        for content in contents:
            delta = self._text.change(content)
            deltas.append(delta)
            inverses.append(self._text.inverse(delta))
            self._text.apply(delta)
        for inverse in reversed(inverses):
            self._text.apply(inverse)
        return deltas or [()]

    # ---- the edit in flight ----

    def _take_beside_edit(self, deltas: list[Delta], *, is_whole: bool, is_newer: bool) -> Delta:
        """Changes among which our edit may be: it is taken out, the rest is the user's."""
        typed: Delta = ()
        at = 0
        is_alone = len(deltas) == 1  # in a list of changes each is an event of its own, and so is our edit
        missing = missing_end(self._text, self._in_flight, deltas[0]) if self._in_flight is not None and deltas else ()
        if missing:
            typed = self._type(missing, typed)
        while at < len(deltas):
            echo = self._find_echo(deltas[at:], may_melt=is_alone and self._may_melt(is_whole=is_whole))
            if echo is None and missing and at == 0:
                echo = self._appended()
            if echo is None:
                if self._in_flight is not None and holds_text(self._in_flight, deltas[at]):
                    self._in_flight.is_doubled = True
                self._overtake(deltas[at], is_newer=is_newer)
                typed = self._type(self._as_meant(deltas[at]) if is_alone and not is_whole else deltas[at], typed)
                at += 1
            else:
                typed = self._type(echo.typed_before, typed)
                reported: Delta = ()
                for delta in deltas[at : at + echo.count]:
                    reported = compose(reported, delta)
                is_melted = bool(echo.typed_before or echo.typed_after)
                self._land(echo, echo.landed if is_melted else reported)
                typed = self._type(echo.typed_after, typed)
                at += echo.count
        return typed

    def _overtake(self, delta: Delta, *, is_newer: bool) -> None:
        """The user was quicker than our edit: an editor that compares versions can only refuse it from here on."""
        if self._in_flight is not None and delta and is_newer:
            self._in_flight.is_stale = True

    def _find_echo(self, deltas: list[Delta], *, may_melt: bool) -> Echo | None:
        edit = self._in_flight
        if edit is None or (edit.is_stale and edit.is_checked and self._habits.refuses_stale):
            return None  # whatever looks like it is the user's: a letter typed, deleted and typed again
        echo = find_echo(self._text, edit, deltas, misplaces=self._habits.misplaces, may_melt=may_melt)
        if echo is None and self._doubles >= _MOST_DOUBLES and holds_text(edit, deltas[0]):
            return Echo(1, deltas[0], is_misplaced=True)  # nobody types so often what others do: text must not multiply
        return echo

    def _appended(self) -> Echo:
        """Our edit, which ends a line, was appended as lines of their own, with an empty one that goes at once."""
        ours = self._delta_in_flight()
        length = len(self._text.lines) + sum(edit.growth for edit in ours)
        return Echo(1, ours, typed_after=(Edit(length, length, "\n"),))

    def _may_melt(self, *, is_whole: bool) -> bool:
        """Whole texts hold all that happened. Otherwise only who says "applied" and means it may hold our edit back."""
        edit = self._in_flight
        if is_whole or edit is None:
            return is_whole
        return edit.applied_at is not None and not (edit.is_checked and self._habits.drops_silently)

    def _land(self, echo: Echo, reported: Delta) -> None:
        """Our edit is in the editor's text, as it was reported. If it went astray, the queue puts it right."""
        edit, self._in_flight = self._in_flight, None
        assert edit is not None
        if edit.text_edit.new_text and not echo.is_misplaced:
            self._doubles = 0
        if edit.applied_at is not None:
            self._arrived_late(is_stale=edit.is_stale and edit.is_checked)
        if self._caret is not None:
            self._caret = map_offset(self._caret, echo.landed, stick_right=False)
        if echo.is_misplaced:
            back = self._text.inverse_in_view(echo.landed)
            self._text.take(echo.landed)
            self._queue = compose(compose(back, edit.delta), self._queue)
            # Only from one that came by itself: in a whole text a coincidence looks like it, and then every edit that
            # this editor drops would be believed to be there.
            is_own_doing = edit.is_checked and not edit.is_stale
            if is_own_doing and not echo.typed_before and not self._habits.drops_silently:
                self._habits.misplaces = True
        elif echo.forces_end:
            self._text.force_end(edit.delta)
        else:
            self._text.apply(echo.landed)
        if not echo.forces_end:
            self._unconfirmed = Unconfirmed.of(edit, reported, is_misplaced=echo.is_misplaced)
        self._observe_save()
        if echo.is_misplaced:
            self._pacing.went_astray()
        else:
            self._pacing.arrived()

    def _arrived_late(self, *, is_stale: bool) -> None:
        """The text and the answer say that an edit arrived. If the editor had a newer version, it compares none."""
        if is_stale:
            self._habits.ignores_versions, self._habits.drops_silently = True, False

    def _answered_after_echo(self, request_id: int, applied: bool, now: float) -> list[BindingEffect]:
        """The text said that the edit arrived, the answer says it did not: the user did the very same, at once.

        So what both inserted must be there twice, and of two equal letters, of which each deleted another, none.
        """
        landed, self._unconfirmed = self._unconfirmed, None
        if landed is None or landed.request_id != request_id:
            return []
        if applied:
            self._arrived_late(is_stale=landed.is_stale)
            return []
        again = transform(landed.again, self._delta_in_flight(), before=True)
        again = transform(again, self._queue, before=True)
        if not again:
            return []
        self._queue = compose(self._queue, again)
        return self._finish([EditShared(again)], now)

    def _judge(self, change: DocumentChange, contents: list[ContentChange], now: float) -> None:
        """A report that does not contain the edit. If it was sent after the answer "applied", that was not true."""
        edit = self._in_flight
        if edit is None or not contents:
            return
        edit.is_overtaken = True
        if edit.applied_at is None or change.number <= edit.reports_before_answer:
            return
        if edit.is_checked and not self._habits.misplaces:
            self._habits.drops_silently = True
        self._take_back(edit, now)

    def _take_back(self, edit: InFlight, now: float) -> None:
        """The edit did not arrive: it goes back to where it came from, rebased over what was typed."""
        self._queue = compose(edit.delta, self._queue)
        self._in_flight = None
        self._doubles = self._doubles + 1 if edit.is_doubled else 0
        self._pacing.refused(now, is_overtaken=edit.is_overtaken)

    def _delta_in_flight(self) -> Delta:
        return self._in_flight.delta if self._in_flight else ()

    def _send(self, effects: list[BindingEffect], now: float) -> None:
        caret = self._caret if self._pacing.left > 2 else None  # one for each side of it, and one that is refused
        group, self._queue = next_edit(self._queue, self._reach(now), caret)
        lines = self._text.lines
        start, end = group[0].start, group[-1].end
        removed = lines.slice(start, end)
        inserted = apply(tuple(edit.moved(-start) for edit in group), removed)
        if inserted == removed:  # two places that make up for each other: a space less here, one more behind it
            if self._queue:
                self._send(effects, now)
            return
        text_edit = lines.text_edit(Edit(start, end, inserted), self._text.encoding)
        self._requests += 1
        self._in_flight = InFlight(
            self._requests, self.version, self._is_checked(), text_edit, removed, group, sent_at=now
        )
        self._pacing.sent(now)
        told = TextEdit(text_edit.range, to_editor(inserted, self.line_ending))
        is_apart = self._habits.compares_letters and bool(removed and inserted)
        is_apart = is_apart and len(removed) + len(inserted) > MOST_COMPARED
        effects.append(ApplyEdit(self._requests, self.version, told, is_apart))

    def _reach(self, now: float) -> Reach:
        # Letters that an edit covers by chance come back if they were reported before it. An editor that misplaces has
        # nothing unreported only at the moment in which it reports. But places one by one are as many requests.
        reach = self._usual_reach(now)
        is_dear = len(self._queue) > 1 and requests_for(self._queue, reach) >= self._pacing.left
        return Reach.EVERYWHERE if is_dear else reach  # one may be refused

    def _usual_reach(self, now: float) -> Reach:
        if self._habits.misplaces:
            return Reach.NEAR if self._reported_at == now else Reach.NOWHERE
        return Reach.FAR if self._is_checked() or len(self._queue) > FEW_PLACES else Reach.NOWHERE

    def _is_checked(self) -> bool:
        return is_checked(self.version) and not self._habits.ignores_versions

    # ---- time ----

    def _finish(self, effects: list[BindingEffect], now: float) -> list[BindingEffect]:
        """Sends what may be sent, and says when to look again."""
        times = [self._order.release_at, self._barrier_at(), self._give_up_at()]
        if self._save_check is not None:
            times.append(self._save_check.decide_at)
        if self._in_flight is None and self._queue and not self._order.is_holding:
            # Never send what changes nothing: some editors report nothing then, and it would be in flight for ever.
            self._queue = self._text.fit_end(self._text.smallest(self._queue))
            send_at = self._pacing.send_at(now)
            if not self._queue:
                self._pacing.arrived()
            elif send_at > now:
                times.append(send_at)
            else:
                self._send(effects, now)
        wake_at = min((time for time in times if time is not None), default=None)
        if wake_at is not None and wake_at != self._wake_at:
            self._wake_at = wake_at
            effects.append(WakeAt(wake_at))
        return effects

    def _barrier_at(self) -> float | None:
        """When to ask for certainty about an edit that is said to be applied, but does not show.

        Usually there is nothing to ask: an editor that dropped it has newer changes to report, one that applied it
        has the edit. Except that the newer change came before the answer, or the edit came to nothing, or the editor
        counts changes that are none.
        """
        edit = self._in_flight
        if edit is None or edit.applied_at is None or edit.barrier_id is not None:
            return None
        if edit.is_overtaken and edit.is_checked and self._habits.drops_silently:
            return edit.applied_at + LIAR_SETTLE_SECONDS  # most likely it was dropped: its echo would be here
        if edit.is_overtaken or self._text.may_come_to_nothing(edit.delta):
            return edit.applied_at + SETTLE_SECONDS
        is_liar = edit.is_checked and self._habits.drops_silently and not self._habits.misplaces
        return edit.applied_at + QUIET_SETTLE_SECONDS if is_liar else None

    def _give_up_at(self) -> float | None:
        """An answer that never comes: if the editor has a newer version by now, it can only refuse the edit."""
        edit = self._in_flight
        if edit is None or edit.applied_at is not None or not edit.is_overtaken:
            return None
        return edit.sent_at + GIVE_UP_SECONDS if edit.is_checked and not self._habits.misplaces else None

    def _give_up(self, now: float) -> None:
        give_up_at = self._give_up_at()
        if self._in_flight is not None and give_up_at is not None and give_up_at <= now:
            self._take_back(self._in_flight, now)

    def _ask_barrier(self, effects: list[BindingEffect], now: float) -> None:
        barrier_at = self._barrier_at()
        if self._in_flight is not None and barrier_at is not None and barrier_at <= now:
            self._requests += 1
            self._in_flight.barrier_id = self._requests
            effects.append(Barrier(self._requests))

    def _observe_save(self) -> None:
        """Compares a saved text that differed with what has been reported since."""
        if self._save_check is None:
            return
        if self._save_check.is_explained_by(self._text.lines):
            self._save_check = None
        else:
            self._save_check.is_hidden = True

    def _decide_save(self, effects: list[BindingEffect], now: float) -> None:
        """Nothing reported explains the saved text: what the user sees wins."""
        check = self._save_check
        if check is None or now < check.decide_at:
            return
        self._save_check = None
        # Before its first report of a buffer Neovim may hold back any amount; and nothing can have gone wrong yet.
        if check.is_hidden or self._reported_at == float("-inf"):
            return
        drift = difference(self._text.lines.text(), check.text)
        if self._in_flight is None:
            typed = self._type(drift, ())
        else:
            typed = self._take_beside_edit([drift], is_whole=True, is_newer=False)
        if typed:
            effects.append(EditShared(typed))
        characters = sum(len(edit.new_text) + edit.end - edit.start for edit in drift)
        if drift != (Edit(len(self._text.lines) - 1, len(self._text.lines) - 1, "\n"),):
            effects.append(DriftRepaired(characters))


def _map_back(offset: int, delta: Delta) -> int:
    """Where an offset after a delta was before it; inside a new text: at its start."""
    shift = 0
    for edit in delta:
        if offset < edit.start + shift:
            break
        if offset <= edit.start + shift + len(edit.new_text):
            return edit.start if offset < edit.start + shift + len(edit.new_text) else edit.end
        shift += edit.growth
    return offset - shift
