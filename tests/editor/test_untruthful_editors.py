"""The binding with editors that lie, misplace, melt, reorder or force line ends. The facts are those of real ones."""

import pytest

from pair_ls.editor import EditorHabits, LineEnding, known_habits
from pair_ls.text import ContentChange, Edit, Position, PositionEncoding, Range, TextEdit
from tests.editor.dialogue import Dialogue

# ---- eglot: compares letter by letter ----


def test_emacs_is_told_a_large_edit_as_an_insertion_and_a_removal() -> None:
    old, new = "".join(f"line {n}\n" for n in range(99)), "".join(f"{n} Zeile\n" for n in range(99))
    d = Dialogue(old, version=5, habits=known_habits("Emacs"))
    d.others(0, new, delete=len(old))
    d.settles()
    assert any(request.is_apart for request in d.requests)
    others = Dialogue(old, version=5, habits=known_habits("Neovim"))
    others.others(0, new, delete=len(old))
    assert not others.request.is_apart


def test_an_edit_that_arrives_as_an_insertion_and_a_removal_is_found() -> None:
    old, new = "a" * 900 + "\n", "b" * 900 + "\n"
    d = Dialogue(old, version=5, habits=known_habits("Emacs"))
    d.others(0, new, delete=len(old))
    start, end = d.request.text_edit.range.start, d.request.text_edit.range.end
    assert d.request.is_apart
    removed = len(d.request.text_edit.new_text)
    assert (start, end) == (Position(0, 0), Position(0, removed))
    d.answers(d.request, applied=True)
    d.reports(d.types(0, "", delete=removed), d.types(0, d.request.text_edit.new_text))
    assert d.binding.is_settled
    assert d.shared == d.buffer == new


# ---- Neovim: answers "applied" to what it dropped, reports later ----


def test_an_edit_that_was_dropped_and_called_applied_goes_out_again() -> None:
    d = Dialogue("one\n", version=5)
    d.others(3, "!")
    typed = d.types(0, ">")  # not reported yet, so the edit is stale
    d.answers(d.request, applied=True)
    d.reports(typed)
    assert d.habits.drops_silently
    assert len(d.requests) == 2
    d.settles()
    assert d.buffer == ">one!\n"


LAST_LINE_GONE = ContentChange("", Range(Position(1, 0), Position(1, 1)))
"""What Neovim 0.12 reports after `dd` in the second of two lines, if the first is empty: one line end too few."""


def test_a_line_that_goes_and_leaves_an_empty_one_takes_its_line_end_along() -> None:
    d = Dialogue("\nx\n", version=5, habits=known_habits("Neovim", "0.12.4"))
    d.buffer = "\n"
    d.reports(LAST_LINE_GONE)
    assert d.shared == "\n"
    d.others(1, "y")
    d.settles()


def test_a_line_that_was_only_emptied_is_known_again_when_somebody_types_in_it() -> None:
    d = Dialogue("\nx\n", version=5, habits=known_habits("Neovim", "0.12.4"))
    d.reports(d.types(1, "", delete=1))
    d.reports(d.types(1, "y"))
    d.others(0, "z")
    d.reports(d.applies(d.request))
    assert d.binding.is_settled
    assert d.buffer.rstrip("\n") == d.shared == "z\ny"


def test_changes_that_follow_in_the_same_report_find_the_text_as_it_was_told() -> None:
    d = Dialogue("\nx\n", version=5, habits=known_habits("Neovim", "0.12.4"))
    d.reports(d.types(1, "", delete=1), d.types(1, "yz"), d.types(3, "\n!"))
    assert d.shared == d.buffer == "\nyz\n!\n"


def test_a_text_that_is_told_whole_is_what_it_is() -> None:
    d = Dialogue("\nx\n", version=5, habits=known_habits("Neovim", "0.12.4"))
    d.types(1, "", delete=1)
    d.reports(ContentChange("\n\n"))
    assert d.shared == d.buffer == "\n\n"


def test_what_others_leave_of_two_lines_is_left() -> None:
    d = Dialogue("\nx\n", version=5, habits=known_habits("Neovim", "0.12.4"))
    d.others(1, "", delete=1)
    d.settles()
    assert d.shared == "\n\n"


def neovim_without_its_last_line() -> Dialogue:
    """It has a line less than we know of."""
    habits = EditorHabits(drops_silently=True, refuses_stale=True, skips_versions=True)
    d = Dialogue("\nx\n", version=5, habits=habits)
    d.buffer = "\n"
    d.reports(LAST_LINE_GONE)
    assert d.shared == "\n\n"
    return d


def neovim_does(d: Dialogue) -> None:
    """The last request, as vim.lsp.util.apply_text_edits does it; a line that is not there is appended."""
    request = d.request
    lines = d.buffer.removesuffix("\n").split("\n")
    if request.text_edit.range.start.line < len(lines):
        d.reports(d.applies(request))
    else:
        end, text = Position(len(lines) - 1, len(lines[-1])), request.text_edit.new_text
        d.buffer += text + "\n"
        d.reports(ContentChange(f"\n{text}\n", Range(end, Position(len(lines), 0))))
        if text.endswith("\n"):
            d.buffer = d.buffer[:-1]
            last = d.buffer.count("\n")
            d.reports(ContentChange("", Range(Position(last, 0), Position(last + 1, 0))))
    d.answers(request, applied=True)


@pytest.mark.parametrize(
    ("at", "text"), [(2, "y"), (2, "yes"), (2, "\ny"), (1, "y"), (1, "y\n"), (2, "y\n"), (2, "\n")]
)
def test_an_edit_behind_a_line_that_is_not_there_any_more_comes_once(at: int, text: str) -> None:
    d = neovim_without_its_last_line()
    d.others(at, text)
    for _ in range(6):
        if d.binding.is_settled:
            break
        neovim_does(d)
        d.passes(0.3)
    assert d.binding.is_settled
    assert d.shared.count("y") == text.count("y")
    shown = d.buffer[:-1] if d.binding.editor_text.has_forced_end else d.buffer
    assert shown == d.shared


def test_typing_where_others_type_after_a_line_went_unreported_is_not_multiplied() -> None:
    d = neovim_without_its_last_line()
    for letter in "one two three":
        d.others(len(d.shared), letter)
        neovim_does(d)
    d.passes(3.0)
    while not d.binding.is_settled:
        neovim_does(d)
        d.passes(3.0)
    assert d.shared.strip("\n") == "one two three"


def test_text_that_the_editor_puts_where_nobody_told_it_does_not_multiply() -> None:
    """Whatever is wrong between us and an editor: what seems to be typed again and again is not given to others."""
    d = Dialogue("a\nb\n", version=5, habits=known_habits("Neovim"))
    d.others(4, "remote")
    for _ in range(20):
        if d.binding.is_settled:
            break
        request = d.request
        is_new = request.text_edit.new_text == "remote"
        d.reports(d.change(Edit(0, 0, "remote")) if is_new else d.applies(request))
        d.answers(request, applied=True)
        d.passes(600.0)
    assert d.binding.is_settled
    assert d.shared.count("remote") <= 4


def test_an_echo_may_come_any_time_after_the_answer() -> None:
    d = Dialogue("one\n", version=5)
    d.others(3, "!")
    said = d.applies(d.request)
    d.answers(d.request, applied=True)
    d.passes(30.0)
    assert len(d.requests) == 1
    d.reports(said)
    assert d.binding.is_settled


def test_an_echo_among_typing_in_one_report_is_found() -> None:
    d = Dialogue("one\ntwo\n", version=5)
    d.others(4, "REMOTE\n")
    echo = d.applies(d.request)
    d.answers(d.request, applied=True)
    d.reports(echo, d.types(0, "k"), d.types(1, "l"))
    assert d.binding.is_settled
    assert d.shared == d.buffer == "klone\nREMOTE\ntwo\n"


def test_an_echo_with_other_ranges_is_found() -> None:
    d = Dialogue("one\ntwo\n", version=5)
    d.others(6, "yy\nzz")
    d.applies(d.request)
    d.reports(ContentChange("yy\nzzo", Range(Position(1, 2), Position(1, 3))))
    assert d.binding.is_settled
    assert d.shared == d.buffer == "one\ntwyy\nzzo\n"


def test_an_echo_in_several_changes_is_found() -> None:
    d = Dialogue("one two three\n", version=5)
    d.others(0, "ONE two THREE", delete=13)
    d.reports(d.change(Edit(8, 13, "THREE")), d.change(Edit(0, 3, "ONE")))
    d.answers(d.request, applied=True)
    assert d.binding.is_settled
    assert d.shared == d.buffer == "ONE two THREE\n"


def test_a_newer_report_before_the_answer_is_certain_only_after_a_barrier() -> None:
    d = Dialogue("one\n", version=5)
    d.others(3, "!")
    d.reports(d.types(0, ">"))
    d.answers(d.request, applied=True)
    assert len(d.requests) == 1
    d.passes(0.25)
    assert len(d.barriers) == 1
    d.answers_barrier()
    assert len(d.requests) == 2
    d.settles()


def test_a_known_liar_needs_no_barrier() -> None:
    d = Dialogue("one\n", version=5, habits=known_habits("Neovim"))
    d.others(3, "!")
    d.reports(d.types(0, ">"))
    d.answers(d.request, applied=True)
    assert len(d.requests) == 2


def test_an_edit_applied_unchecked_at_version_0_is_put_right() -> None:
    d = Dialogue("one\ntwo\n", version=0)
    d.others(4, "REMOTE\n")
    typed = [d.types(0, "a\n"), d.types(2, "b\n")]  # not reported
    astray = d.applies(d.request)
    d.answers(d.request, applied=True)
    d.reports(*typed, astray, step=4)
    d.passes(0.2)
    assert d.shared == "a\nb\none\nREMOTE\ntwo\n"
    d.settles()


def test_an_unchecked_edit_covers_nothing_that_it_does_not_change() -> None:
    d = Dialogue("one two three\n", version=0)
    d.binding.remote_changed((Edit(0, 0, "1"), Edit(4, 4, "2")), d.now)
    d.shared = "1one 2two three\n"
    d.passes(0.0)
    assert not d.requests  # the effects of the call above were not carried out: only its text counts here
    assert d.binding.shared_text() == d.shared


def test_an_undo_beside_a_refused_deletion_is_the_users() -> None:
    d = Dialogue("abcdef\n", version=5)
    d.others(2, "", delete=1)
    d.reports(d.types(0, "XX"))
    d.reports(d.change(Edit(2, 3, "")))  # by chance just what the stale edit would have deleted
    d.answers(d.requests[0], applied=False)
    assert d.shared == "XXbdef\n"
    d.settles()


def test_a_report_that_was_held_does_not_count_as_newer_than_the_answer() -> None:
    d = Dialogue("one\n", version=0)
    d.others(0, "R")
    d.reports(d.types(3, "!"), step=4)  # held: 1, 2 and 3 may be missing
    d.applies(d.request)
    d.answers(d.request, applied=True)
    d.passes(0.12)
    assert len(d.requests) == 1
    d.reports(ContentChange("R", Range(Position(0, 0), Position(0, 0))))
    assert d.binding.is_settled
    assert d.shared == d.buffer == "Rone!\n"


def test_what_is_held_is_taken_when_the_document_is_closed() -> None:
    d = Dialogue("one\n", version=0)
    d.reports(d.types(3, "!"), step=4)
    assert d.shared == "one\n"
    d._do(d.binding.closed(d.now))
    assert d.shared == "one!\n"


# ---- the last line end ----


def test_an_empty_file_that_is_opened_as_one_line_end_stays_empty() -> None:
    d = Dialogue("\n", shared="", version=3)
    d.passes(1.0)
    assert d.shared == ""
    assert not d.requests
    assert d.binding.is_settled


def test_the_first_line_in_an_empty_file_gets_its_line_end() -> None:
    d = Dialogue("\n", shared="", version=3)
    d.reports(d.types(0, "hello"))
    assert d.shared == "hello\n"


def test_a_line_end_that_the_editor_adds_is_not_sent_to_the_room() -> None:
    d = Dialogue("one\n", version=3)
    d.others(4, "X")  # behind the last line end
    d.applies(d.request)
    d.answers(d.request, applied=True)
    d.buffer += "\n"
    d.reports(ContentChange("X\n", Range(Position(1, 0), Position(1, 0))))
    assert d.shared == "one\nX"
    assert d.binding.is_settled


def test_a_last_line_end_that_cannot_be_deleted_is_let_be() -> None:
    d = Dialogue("one\n", version=3)
    d.others(3, "", delete=1)
    d.answers(d.request, applied=True)  # nothing happens in the buffer, nothing is reported
    d.passes(0.3)
    d.answers_barrier()
    assert d.binding.is_settled
    d.passes(10.0)
    assert len(d.requests) == 1
    assert d.shared == "one"
    d.reports(d.types(3, "!"))
    assert d.shared == "one!"


def test_typing_below_a_forced_line_end_begins_a_new_line() -> None:
    d = Dialogue("one\n", version=3)
    d.others(3, "", delete=1)
    d.answers(d.request, applied=True)
    d.passes(0.3)
    d.answers_barrier()
    d.reports(d.types(4, "two\n"))
    assert d.shared == "one\ntwo"
    d.others(7, "\n")  # now the room has it too
    assert d.binding.is_settled
    assert len(d.requests) == 1


# ---- eglot: versions do not count what is not sent ----


def test_an_edit_and_typing_melted_into_one_change_are_told_apart() -> None:
    d = Dialogue("line1\nline2\nline3\n", version=2, habits=known_habits("Emacs"))
    d.others(12, "REMOTE\n")
    d.types(5, "\nabc")  # not reported, and not counted
    d.applies(d.request)  # one line too early
    d.answers(d.request, applied=True)
    d.reports(ContentChange("\nabc\nREMOTE\nline2\n", Range(Position(0, 5), Position(2, 0))))
    assert d.shared == "line1\nabc\nline2\nREMOTE\nline3\n"
    d.settles()


def test_an_edit_in_its_place_melted_with_typing_is_found_without_any_habit() -> None:
    d = Dialogue("one two three\n", version=2)
    d.others(4, "REMOTE ")
    d.applies(d.request)
    d.answers(d.request, applied=True)
    d.types(0, "k")
    d.types(len(d.buffer) - 1, "!")
    d.reports(ContentChange("kone REMOTE two three!", Range(Position(0, 0), Position(0, 13))))
    assert d.binding.is_settled
    assert d.shared == d.buffer == "kone REMOTE two three!\n"


def test_full_text_synchronisation_is_told_apart_too() -> None:
    d = Dialogue("one\ntwo\n", version=2)
    d.others(4, "REMOTE\n")
    d.applies(d.request)
    d.types(0, "k")
    d.reports(ContentChange(d.buffer))
    d.answers(d.request, applied=True)
    assert d.binding.is_settled
    assert d.shared == d.buffer == "kone\nREMOTE\ntwo\n"


def test_a_line_end_that_is_put_back_is_found_among_typing_in_a_whole_text() -> None:
    d = Dialogue("one\ntwo\n", version=2, habits=known_habits("Neovim"))
    d.others(6, "LAST", delete=2)  # with the final line end, which this editor does not let go
    d.buffer = "kone\ntwLAST\n"
    d.answers(d.request, applied=True)
    d.reports(ContentChange(d.buffer))
    assert d.binding.is_settled
    assert d.shared == "kone\ntwLAST"


def test_a_letter_that_was_there_anyway_does_not_prove_that_an_edit_arrived() -> None:
    d = Dialogue("é1234\nzwei\n", version=3, habits=known_habits("Neovim"))
    d.others(0, "AAA é BBB", delete=4)
    d.answers(d.request, applied=True)  # a lie: the user had deleted nearly everything
    d.types(1, "", delete=9)
    d.reports(ContentChange(d.buffer))
    d.settles()
    assert "AAA" in d.shared
    assert "BBB" in d.shared


# ---- Helix: reports out of order ----


def test_reports_are_taken_in_the_order_of_their_versions() -> None:
    d = Dialogue("\n", version=26)
    first, second = d.types(0, "a"), d.types(1, "b")
    d.hears(28, second)
    assert d.shared == "\n"
    d.hears(27, first)
    assert d.shared == d.buffer == "ab\n"


def test_a_gap_in_the_versions_is_waited_for_only_once() -> None:
    d = Dialogue("\n", version=0)
    d.hears(4, d.types(0, "a"))
    assert d.shared == "\n"
    d.passes(0.11)
    assert d.shared == "a\n"
    d.hears(9, d.types(1, "b"))
    assert d.shared == "ab\n"


def test_nothing_is_sent_while_a_newer_version_is_known_to_exist() -> None:
    d = Dialogue("\n", version=26)
    first, second = d.types(0, "a"), d.types(1, "b")
    d.hears(28, second)
    d.others(0, "R")
    assert not d.requests
    d.hears(27, first)
    assert d.request.version == 28


# ---- versions that are none ----


def test_an_editor_without_versions_gets_none_back() -> None:
    d = Dialogue("one\n", version=None)
    d.hears(None, d.types(0, ">"))
    d.others(0, "R")
    assert d.request.version is None


def test_an_editor_that_stops_counting_gets_none_back() -> None:
    d = Dialogue("one\n", version=3)
    d.hears(None, d.types(0, ">"))
    d.others(0, "R")
    assert d.request.version is None


# ---- line endings ----


def test_a_document_keeps_its_line_ending_and_the_room_has_its_own() -> None:
    d = Dialogue("one\r\ntwo\r\n")
    assert d.shared == "one\ntwo\n"
    d.reports(ContentChange("\r\nX", Range(Position(0, 3), Position(0, 3))))
    assert d.shared == "one\nX\ntwo\n"
    d.others(0, "A\nB")
    assert d.request.text_edit.new_text == "A\r\nB"


def test_another_line_ending_for_the_whole_text_changes_nothing_in_the_room() -> None:
    d = Dialogue("one\ntwo\n")
    d.reports(ContentChange("one\r\ntwo\r\n", Range(Position(0, 0), Position(2, 0))))
    assert d.shared == "one\ntwo\n"
    assert d.binding.line_ending is LineEnding.CRLF


def test_a_carriage_return_of_its_own_becomes_a_substitute_and_moves_nothing() -> None:
    d = Dialogue("one\ntwo\n")
    d.reports(ContentChange("\r", Range(Position(0, 1), Position(0, 1))))
    d.reports(ContentChange("!", Range(Position(0, 4), Position(0, 4))))
    assert d.shared == "o\x1ane!\ntwo\n"


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    d = Dialogue("one\n")
    d.reports(ContentChange("\ud83d", Range(Position(0, 1), Position(0, 1))))
    d.reports(ContentChange("!", Range(Position(0, 2), Position(0, 2))))
    assert d.shared == "o\ufffd!ne\n"


@pytest.mark.parametrize("encoding", list(PositionEncoding))
def test_positions_count_what_the_editor_counts(encoding: PositionEncoding) -> None:
    d = Dialogue("é😀a\u0301x\n", encoding=encoding)
    d.others(4, "Ö")
    width = {PositionEncoding.UTF8: 9, PositionEncoding.UTF16: 5, PositionEncoding.UTF32: 4}[encoding]
    assert d.request.text_edit == TextEdit(Range(Position(0, width), Position(0, width)), "Ö")
    d.settles()


# ---- the self-check ----


def test_a_corrupted_report_is_repaired_at_the_next_save_and_nothing_typed_is_lost() -> None:
    d = Dialogue("one\ntwo\n")
    d.types(0, "LOST ")  # never reported
    d.reports(d.types(len(d.buffer), "three\n"))
    d.passes(0.2)
    d.saves()
    d.passes(0.5)
    assert d.drifts == 1
    assert d.shared == d.buffer == "LOST one\ntwo\nthree\n"
    d.saves()
    d.passes(0.5)
    assert d.drifts == 1


def test_typing_that_is_saved_before_it_is_reported_is_no_drift() -> None:
    d = Dialogue("one\n", version=5)
    d.reports(d.types(0, "a"))
    d.passes(0.2)
    late = d.types(1, "b")
    d.saves()
    d.passes(0.15)
    d.reports(late)
    d.passes(1.0)
    assert d.drifts == 0
    assert d.shared == d.buffer == "abone\n"


def test_a_save_before_the_first_report_is_believed_later() -> None:
    d = Dialogue("one\n", version=0)
    late = d.types(0, "k")
    d.saves()
    d.passes(5.0)
    assert d.drifts == 0
    d.reports(late, step=4)
    d.passes(1.0)
    assert d.shared == d.buffer == "kone\n"


def test_a_save_that_was_overtaken_by_a_report_is_no_drift() -> None:
    d = Dialogue("one\n", version=5)
    saved = d.buffer
    d.reports(d.types(0, "k"))
    d.saves(saved)
    d.passes(1.0)
    assert d.drifts == 0
    assert d.shared == "kone\n"


def test_a_save_of_what_was_undone_before_it_was_reported_is_no_drift() -> None:
    d = Dialogue("one\n", version=5)
    d.reports(d.types(0, "a"))
    d.passes(0.2)
    d.types(1, "b")
    d.saves()
    d.types(1, "", delete=1)
    d.passes(0.02)
    d.reports(ContentChange(d.buffer))  # full text: nothing new
    d.passes(1.0)
    assert d.drifts == 0
    assert d.shared == d.buffer == "aone\n"


def test_a_final_line_end_that_the_editor_adds_on_saving_is_taken_without_a_word() -> None:
    d = Dialogue("one", version=5)
    d.reports(d.types(3, "!"))
    d.passes(0.2)
    d.buffer += "\n"
    d.saves()
    d.passes(0.5)
    assert d.shared == "one!\n"
    assert d.drifts == 0


def test_habits_are_learnt_for_all_documents_of_an_editor() -> None:
    habits = EditorHabits()
    d = Dialogue("one\n", version=5, habits=habits)
    d.others(3, "!")
    typed = d.types(0, ">")
    d.answers(d.request, applied=True)
    d.reports(typed)
    other = Dialogue("two\n", version=5, habits=habits)
    other.others(3, "!")
    other.reports(other.types(0, ">"))
    other.answers(other.request, applied=True)
    other.passes(0.07)  # instead of 0.2 seconds
    other.answers_barrier()
    assert len(other.requests) == 2


# ---- what looks like the echo, and is the user ----


def _ada_types_and_deletes_a_letter_while_bob_deletes_an_equal_one(habits: EditorHabits, *, applied: bool) -> Dialogue:
    d = Dialogue("ab\n", version=5, habits=habits)
    d.others(1, "", delete=1)
    d.reports(d.types(1, "b"))
    d.reports(d.types(1, "", delete=1))
    d.answers(d.requests[0], applied=applied)
    d.settles()
    return d


def test_two_who_delete_one_of_two_equal_letters_each_delete_both() -> None:
    d = _ada_types_and_deletes_a_letter_while_bob_deletes_an_equal_one(EditorHabits(), applied=False)
    assert d.shared == d.buffer == "a\n"


def test_a_deletion_is_not_the_echo_of_an_edit_that_neovim_can_only_have_dropped() -> None:
    d = _ada_types_and_deletes_a_letter_while_bob_deletes_an_equal_one(known_habits("Neovim"), applied=True)
    assert d.shared == d.buffer == "a\n"


def test_nor_if_typing_and_deletion_come_in_one_report() -> None:
    d = Dialogue("ab\n", version=5, habits=known_habits("Neovim"))
    d.others(1, "", delete=1)
    d.reports(d.types(1, "b"), d.types(1, "", delete=1))
    d.answers(d.requests[0], applied=True)
    d.settles()
    assert d.shared == d.buffer == "a\n"


def test_a_letter_typed_again_is_not_the_echo_of_one_that_neovim_can_only_have_dropped() -> None:
    d = Dialogue("ab\n", version=5, habits=known_habits("Neovim"))
    d.others(2, "c")
    d.reports(d.types(2, "x"))
    d.reports(d.types(2, "", delete=1))
    d.reports(d.types(2, "c"))
    d.answers(d.requests[0], applied=True)
    d.settles()
    assert d.shared == d.buffer == "abcc\n"


def test_typing_where_a_refused_edit_was_to_go_stays() -> None:
    d = Dialogue("one\n", version=5)
    d.others(3, "!")
    d.reports(d.types(0, ">"))
    d.reports(d.types(3, "!"))  # by chance the same letter at the old place
    d.answers(d.requests[0], applied=False)
    d.settles()
    assert d.shared == d.buffer == ">on!e!\n"


# ---- an editor that counts versions and compares none ----


def test_an_edit_that_arrives_late_shows_that_versions_are_not_compared() -> None:
    d = Dialogue("one\n", version=5)
    d.others(3, "!")
    d.reports(d.types(0, ">"))
    echo = d.applies(d.request)  # at the old place
    d.reports(echo)
    d.answers(d.requests[0], applied=True)
    assert d.habits.ignores_versions
    d.settles()
    assert d.buffer == ">one!\n"


def test_an_answer_before_the_echo_is_not_taken_for_a_lie_at_once() -> None:
    d = Dialogue("one\n", version=5, habits=EditorHabits(drops_silently=True))
    d.others(3, "!")
    d.reports(d.types(0, ">"))
    echo = d.applies(d.request)
    d.answers(d.request, applied=True)
    d.reports(echo)
    d.settles()
    assert d.buffer == ">one!\n"
    assert d.habits == EditorHabits(ignores_versions=True)
