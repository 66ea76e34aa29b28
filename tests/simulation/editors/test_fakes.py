"""Each fake does what was recorded of the real editor it stands for (docs/editors.md): one test per recorded fact."""

import random
from itertools import pairwise

import pytest

from pair_ls.text import ContentChange, Edit, Position, Range, TextEdit
from tests.simulation.clock import Clock
from tests.simulation.editors import profiles, shapes
from tests.simulation.editors.editor import FakeEditor, Ways
from tests.simulation.editors.messages import Answered, Changed, EditRequest, FromEditor, Opened, Saved
from tests.simulation.pipe import Pipe


class Desk:
    """A fake editor whose messages are kept."""

    def __init__(self, ways: Ways, text: str) -> None:
        self.clock = Clock()
        self.said: list[FromEditor] = []
        self.times: list[float] = []
        self.editor = FakeEditor(ways, text, self.clock, random.Random(1), self._hear)
        self.editor.open()

    def _hear(self, message: FromEditor) -> None:
        self.said.append(message)
        self.times.append(self.clock.now)

    def keys(self, text: str, seconds: float, at: int = 0) -> None:
        for number, key in enumerate(text):
            self.editor.edit(Edit(at + number, at + number, key))
            self.clock.run(until=self.clock.now + seconds)

    def edits(self, version: int | None, line: int, character: int, text: str) -> None:
        position = Position(line, character)
        self.editor.receive(EditRequest(1, version, TextEdit(Range(position, position), text)))

    def changes(self) -> list[Changed]:
        return [message for message in self.said if isinstance(message, Changed)]

    def answers(self) -> list[bool]:
        return [message.applied for message in self.said if isinstance(message, Answered)]


# ---- applyEdit ----


@pytest.mark.parametrize(
    ("ways", "answer"),
    [(profiles.VISUAL_STUDIO_CODE, False), (profiles.HELIX_25_07, False), (profiles.NEOVIM_QUICK, True)],
)
def test_a_stale_edit_is_dropped_and_only_neovim_says_that_it_was_applied(ways: Ways, answer: bool) -> None:
    desk = Desk(ways, "one\n")
    desk.keys("x", 0.0)
    stale = desk.editor.version - 1
    desk.edits(stale, 0, 0, "REMOTE")
    assert desk.editor.buffer == "xone\n"
    assert desk.answers() == [answer]


def test_neovim_does_not_check_version_0_and_goes_from_0_to_4() -> None:
    desk = Desk(profiles.NEOVIM, "one\ntwo\n")
    desk.keys("ab", 0.0)
    desk.edits(0, 1, 0, "REMOTE")
    assert desk.editor.buffer == "abone\nREMOTEtwo\n"
    desk.clock.run(until=1.0)
    assert [change.version for change in desk.changes()] == [6]  # 0 -> 4, 5, 6


def test_eglot_does_not_count_what_it_has_not_sent() -> None:
    desk = Desk(profiles.EGLOT, "line1\nline2\nline3\n")
    desk.editor.edit(Edit(5, 5, "\nabc"))
    desk.edits(0, 2, 0, "#RACE\n")
    assert desk.answers() == [True]
    assert desk.editor.buffer == "line1\nabc\n#RACE\nline2\nline3\n"  # one line too early
    desk.clock.run(until=1.0)
    (report,) = desk.changes()
    (change,) = report.changes  # one change holds the typing and our edit
    assert "abc\n#RACE" in change.text


def test_eglot_refuses_an_edit_that_is_older_than_what_it_sent() -> None:
    desk = Desk(profiles.EGLOT_QUICK, "one\n")
    desk.keys("x", 0.0)
    desk.edits(0, 0, 0, "REMOTE")
    assert desk.answers() == [False]


@pytest.mark.parametrize(
    ("ways", "order"),
    [(profiles.VISUAL_STUDIO_CODE, [Answered, Changed]), (profiles.HELIX_25_07, [Changed, Answered])],
)
def test_vs_code_answers_before_the_echo_and_helix_after_it(ways: Ways, order: list[type]) -> None:
    desk = Desk(ways, "one\n")
    desk.edits(desk.editor.version, 0, 0, "REMOTE")
    assert [type(message) for message in desk.said[1:]] == order


def test_a_position_past_the_end_is_clamped_and_neovim_adds_a_line_end() -> None:
    desk = Desk(profiles.NEOVIM_QUICK, "one\ntwo\n")
    desk.edits(desk.editor.version, 99, 0, "OOR")
    assert desk.editor.buffer == "one\ntwo\nOOR\n"


def test_a_waiting_editor_answers_when_its_user_does_something() -> None:
    ways = Ways("waits", blocks=1.0)
    desk = Desk(ways, "one\n")
    desk.edits(1, 0, 0, "REMOTE")
    assert not desk.answers()
    desk.editor.unblock()
    assert desk.answers() == [True]


# ---- didChange ----


def test_neovim_reports_a_cold_burst_once_after_a_pause() -> None:
    desk = Desk(profiles.NEOVIM, "one\n")
    desk.keys("x" * 100, 0.03)
    desk.clock.run(until=desk.clock.now + 1.0)
    assert [len(change.changes) for change in desk.changes()] == [100]


def test_neovim_reports_warm_typing_at_once_and_then_each_150_ms() -> None:
    desk = Desk(profiles.NEOVIM, "one\n")
    desk.keys("x", 1.0)
    before = len(desk.said)
    desk.keys("y" * 20, 0.03)
    desk.clock.run(until=desk.clock.now + 1.0)
    times = desk.times[before:]
    assert times[0] == pytest.approx(1.0)
    assert all(later - earlier == pytest.approx(0.15, abs=0.005) for earlier, later in pairwise(times))


def test_eglot_reports_only_after_half_a_second_without_a_key() -> None:
    desk = Desk(profiles.EGLOT, "one\n")
    desk.keys("x" * 60, 0.04)
    assert not desk.changes()
    desk.clock.run(until=desk.clock.now + 1.0)
    assert len(desk.changes()) == 1


@pytest.mark.parametrize("ways", [profiles.VISUAL_STUDIO_CODE, profiles.HELIX_25_07, profiles.NEOVIM_QUICK])
def test_others_report_each_key(ways: Ways) -> None:
    desk = Desk(ways, "one\n")
    desk.keys("x" * 10, 0.03)
    assert len(desk.changes()) == 10


def test_several_cursors_are_one_report_last_first() -> None:
    desk = Desk(profiles.VISUAL_STUDIO_CODE, "a\nb\n")
    desk.editor.edit(Edit(0, 0, "1"), Edit(2, 2, "2"))
    (report,) = desk.changes()
    assert [change.text for change in report.changes] == ["2", "1"]


def test_neovims_ranges_are_those_of_lines() -> None:
    (change,) = shapes.by_lines("line0\nline1\nline2\n", Edit(14, 14, "yy\nzz"), profiles.NEOVIM.encoding)
    assert change == ContentChange("yy\nzzne2", Range(Position(2, 2), Position(2, 5)))


def test_a_replacement_comes_in_parts_last_first_from_vs_code_and_first_first_from_helix() -> None:
    edit = Edit(0, 11, "ALPHA beta GAMMA!")
    code = shapes.minimised("alpha beta gamma", edit, profiles.VISUAL_STUDIO_CODE.encoding)
    helix = shapes.minimised_ascending("alpha beta gamma", edit, profiles.HELIX_25_07.encoding)
    assert len(code) == len(helix) == 2
    assert code[0].range is not None
    assert code[1].range is not None
    assert code[0].range.start.character > code[1].range.start.character
    assert helix[0].range is not None
    assert helix[1].range is not None
    assert helix[0].range.start.character < helix[1].range.start.character


def test_helix_25_01_may_send_a_later_version_first() -> None:
    clock = Clock()
    arrived: list[int] = []
    pipe = Pipe(clock, random.Random(3), profiles.HELIX_25_01.latency, arrived.append, swaps=True)
    for version in range(50):
        pipe.send(version)
    clock.run()
    assert sorted(arrived) == list(range(50))
    assert arrived != list(range(50))


# ---- text ----


def test_neovim_opens_an_empty_file_as_one_line_end() -> None:
    assert Desk(profiles.NEOVIM, "").said == [Opened("\n", 0)]


def test_neovim_puts_a_deleted_last_line_end_back_and_reports_that_nothing_changed() -> None:
    desk = Desk(profiles.NEOVIM_QUICK, "one\n")
    desk.editor.receive(EditRequest(1, desk.editor.version, TextEdit(Range(Position(0, 3), Position(1, 0)), "")))
    assert desk.editor.buffer == "one\n"
    (report,) = desk.changes()
    assert [change.text for change in report.changes] == [""]
    assert desk.answers() == [True]


def test_crlf_is_said_by_all_but_eglot() -> None:
    def opened(ways: Ways) -> FromEditor:
        return Desk(ways, "one\ntwo\n").said[0]

    assert opened(profiles.NEOVIM_DOS) == Opened("one\r\ntwo\r\n", 0)
    assert opened(profiles.CODE_CRLF) == Opened("one\r\ntwo\r\n", 1)
    assert opened(profiles.EGLOT) == Opened("one\ntwo\n", 0)


def test_full_synchronisation_sends_the_whole_text() -> None:
    desk = Desk(profiles.FULL_SYNC, "one\n")
    desk.keys("x", 0.0)
    assert desk.changes()[0].changes == (ContentChange("xone\n"),)


def test_neovim_saves_before_it_reports_and_others_report_first() -> None:
    def order(ways: Ways) -> list[type]:
        desk = Desk(ways, "one\n")
        desk.keys("x", 0.0)
        desk.editor.save()
        return [type(message) for message in desk.said[1:]]

    assert order(profiles.NEOVIM) == [Saved]
    assert order(profiles.EGLOT) == [Changed, Saved]


# ---- undo ----


@pytest.mark.parametrize("ways", [profiles.VISUAL_STUDIO_CODE, profiles.NEOVIM_QUICK, profiles.HELIX_25_07])
def test_undo_takes_back_a_remote_edit_as_it_would_an_own_one(ways: Ways) -> None:
    desk = Desk(ways, "one\n")
    desk.keys("ab", 0.0)
    desk.edits(desk.editor.version, 0, 2, "REMOTE")
    desk.editor.undo()
    assert desk.editor.buffer == "abone\n"
    desk.editor.undo()
    assert desk.editor.buffer == "aone\n"
