"""The binding with an editor that checks versions and tells the truth."""

import pytest

from pair_ls.editor import Binding, EditorHabits
from pair_ls.errors import TextRefused
from pair_ls.text import ContentChange, Edit, Position, PositionEncoding, Range, TextEdit
from tests.editor.dialogue import Dialogue

AWKWARD = "é😀 a\u0301\n\x0cline two\u2028still\n\n"


def test_typing_reaches_the_room() -> None:
    d = Dialogue(AWKWARD)
    d.reports(d.types(2, "X"))
    assert d.shared == "é😀X a\u0301\n\x0cline two\u2028still\n\n"
    assert not d.requests


def test_several_changes_of_one_report_are_one_edit_of_the_room() -> None:
    d = Dialogue("one\ntwo\n")
    effects = d.binding.editor_changed(
        2,
        (
            ContentChange("B", Range(Position(1, 0), Position(1, 0))),
            ContentChange("A", Range(Position(0, 0), Position(0, 0))),
        ),
        d.now,
    )
    assert [effect.edits for effect in effects] == [(Edit(0, 0, "A"), Edit(4, 4, "B"))]  # type: ignore[union-attr]  # it is this effect


def test_anothers_edit_is_sent_once_with_the_version_and_smallest() -> None:
    d = Dialogue(AWKWARD, version=7)
    d.others(3, "Ö")
    assert [(r.version, r.text_edit) for r in d.requests] == [(7, TextEdit(Range(Position(0, 4), Position(0, 4)), "Ö"))]


@pytest.mark.parametrize("answer_first", [True, False])
def test_the_echo_ends_at_the_binding(answer_first: bool) -> None:
    d = Dialogue("one\n")
    d.others(0, "zero\n")
    said = d.applies(d.request)
    if answer_first:
        d.answers(d.request, applied=True)
    d.reports(said)
    if not answer_first:
        d.answers(d.request, applied=True)
    assert d.binding.is_settled
    assert d.shared == "zero\none\n" == d.buffer


def test_only_one_edit_is_under_way_and_the_rest_follows_as_one() -> None:
    d = Dialogue("one\n")
    d.others(0, "a")
    d.others(1, "b")
    d.others(2, "c")
    assert len(d.requests) == 1
    d.settles()
    assert len(d.requests) == 2


def test_a_refused_edit_goes_out_again_after_the_typing_that_overtook_it() -> None:
    d = Dialogue("one\n")
    d.others(3, "!")
    typed = d.types(0, ">")
    d.answers(d.request, applied=False)
    assert len(d.requests) == 1
    d.reports(typed)
    assert len(d.requests) == 2
    assert d.request.text_edit.range.start == Position(0, 4)
    d.settles()
    assert d.buffer == ">one!\n"


def test_a_refused_edit_goes_out_again_even_if_nothing_is_reported() -> None:
    d = Dialogue("one\n")
    d.others(3, "!")
    d.answers(d.request, applied=False)
    d.passes(0.05)
    assert len(d.requests) == 2


def test_an_unanswered_edit_is_not_sent_again_while_it_may_still_be_applied() -> None:
    d = Dialogue("one\n")
    d.others(3, "!")
    d.passes(60.0)
    assert len(d.requests) == 1
    assert d.binding.has_unanswered_edit
    d.reports(d.applies(d.request))
    assert d.binding.is_settled


def test_an_answer_that_never_comes_is_not_waited_for_when_the_edit_can_only_be_refused() -> None:
    d = Dialogue("one\n")
    d.others(3, "!")
    d.reports(d.types(0, ">"))
    d.passes(9.0)
    assert len(d.requests) == 1
    d.passes(2.0)
    assert len(d.requests) == 2
    d.settles()


def test_two_who_type_the_same_at_the_same_place_keep_both_letters() -> None:
    d = Dialogue("ab\n")
    d.others(1, "\n")
    typed = d.types(1, "\n")
    d.reports(typed)  # looks exactly like the echo
    d.answers(d.requests[0], applied=False)  # but it was not
    assert d.shared == "a\n\nb\n"
    d.settles()


def test_typing_beside_a_pending_edit_stays_left_of_it() -> None:
    d = Dialogue("ab\n")
    d.others(1, "R")
    typed = d.types(1, "L")
    d.answers(d.request, applied=False)
    d.reports(typed)
    assert d.shared == "aLRb\n"
    d.settles()


def test_letters_that_an_editor_reports_as_replaced_are_not_taken_from_others() -> None:
    d = Dialogue("alpha\nbeta\ngamma\n")
    d.others(7, "E")
    whole = ContentChange("alpha\nbeta\ngamma!\n", Range(Position(0, 0), Position(3, 0)))
    d.buffer = "alpha\nbeta\ngamma!\n"
    d.answers(d.request, applied=False)
    d.reports(whole)
    assert d.shared == "alpha\nbEeta\ngamma!\n"
    d.settles()


def test_an_edit_that_would_change_nothing_is_never_sent() -> None:
    d = Dialogue("one\n")
    d.others(0, "x")
    d.answers(d.request, applied=False)
    d.others(0, "", delete=1)
    d.passes(1.0)
    assert len(d.requests) == 1
    assert d.binding.is_settled


def test_two_places_that_make_up_for_each_other_are_not_sent() -> None:
    d = Dialogue("a    b\n")
    effects = d.binding.remote_changed((Edit(1, 2, ""), Edit(5, 5, " ")), d.now)
    assert not effects  # some editors report nothing then, and the edit would be under way for ever
    assert d.binding.is_settled


def test_a_deletion_and_its_return_change_nothing() -> None:
    d = Dialogue("one\n")
    d.others(3, "!")  # in flight
    d.others(0, "", delete=1)
    d.others(0, "o")
    d.answers(d.request, applied=False)
    d.passes(1.0)
    assert d.request.text_edit.new_text == "!"
    d.settles()
    assert len(d.requests) == 2


def test_places_near_each_other_go_together_and_far_ones_one_by_one() -> None:
    d = Dialogue("x" * 10 + "\n" + "y" * 20_000 + "\n")
    effects = d.binding.remote_changed((Edit(0, 0, "1"), Edit(4, 4, "2"), Edit(20_000, 20_000, "3")), d.now)
    assert effects[0].text_edit.new_text == "1xxxx2"  # type: ignore[union-attr]  # it is this effect


def test_very_many_places_go_in_one_edit() -> None:
    text = ("z" * 2_000 + "\n") * 40
    d = Dialogue(text)
    edits = tuple(Edit(number * 2_001, number * 2_001, "A") for number in range(40))
    effects = d.binding.remote_changed(edits, d.now)
    assert len(effects[0].text_edit.new_text) > 70_000  # type: ignore[union-attr]  # it is this effect


def test_nothing_is_inserted_behind_the_last_line_end() -> None:
    d = Dialogue("one\ntwo\n")
    d.others(8, "X\n")
    assert d.request.text_edit == TextEdit(Range(Position(1, 3), Position(1, 3)), "\nX")
    d.settles()


def test_whole_lines_at_the_end_are_deleted_with_the_line_end_before_them() -> None:
    d = Dialogue("one\ntwo\nthree\n")
    d.others(4, "", delete=10)
    assert d.request.text_edit == TextEdit(Range(Position(0, 3), Position(2, 5)), "")
    d.settles()


# ---- opening ----


def test_differing_texts_keep_both_sides_changes_since_their_last_common_text() -> None:
    d = Dialogue("mine\none\ntwo\n", shared="one\ntwo\ntheirs\n", base="one\ntwo\n")
    assert d.shared == "mine\none\ntwo\ntheirs\n"
    d.settles()


def test_without_a_common_text_the_rooms_is_taken_over() -> None:
    d = Dialogue("old\n", shared="new 😀\n")
    assert d.shared == "new 😀\n"
    d.settles()


def test_a_version_that_runs_on_after_a_restart_is_used() -> None:
    d = Dialogue("one\n", version=34)
    d.others(0, "x")
    assert d.request.version == 34
    d.settles()


@pytest.mark.parametrize("text", ["binary\0", "old\rmac\r", "mixed\r\nand\rlone"])
def test_a_text_that_cannot_be_shared_is_refused(text: str) -> None:
    with pytest.raises(TextRefused):
        Binding(text=text, version=1, shared="", encoding=PositionEncoding.UTF16, habits=EditorHabits())


# ---- where things are ----


def test_carets_are_where_they_will_be() -> None:
    d = Dialogue("one two\n")
    d.others(0, ">> ")  # in flight
    d.others(7, "and ")  # queued
    assert d.shared == ">> one and two\n"
    assert d.binding.shared_offset(4) == 7
    assert d.binding.shared_offset(5) == 12
    assert d.binding.editor_offset(12) == 5
    assert d.binding.editor_offset(9) == 4


# ---- pacing ----


def test_requests_stay_within_three_per_change_however_busy_the_user_is() -> None:
    d = Dialogue("one\n")
    d.others(3, "!")
    for _ in range(200):  # a key each 30 ms for six seconds, each just before the edit arrives
        typed = d.types(0, "k")
        if d.binding.has_unanswered_edit:
            d.answers(d.request, applied=False)
        d.reports(typed)
        d.passes(0.03)
    assert len(d.requests) <= 3 + 2  # one each two seconds, else somebody who never pauses would never see it
    if d.binding.has_unanswered_edit:
        d.answers(d.request, applied=False)
    before = d.now
    d.passes(0.29)
    assert d.binding.has_unanswered_edit, f"nothing sent {d.now - before} s into the pause"
    d.settles()


@pytest.mark.parametrize("knows_by", ["typing", "being told"])
def test_an_edit_of_two_places_does_not_reach_over_the_caret(knows_by: str) -> None:
    d = Dialogue("one\ntwo\nthree\n")
    if knows_by == "typing":
        d.reports(d.types(7, "X"))
    else:
        d.reports(d.types(7, "X"), d.types(0, ">"), d.types(0, "", delete=1))
        d.binding.caret_moved(8)
    d.others(0, "zero\n")
    typed = d.types(8, "Y")  # overtakes it
    d.others(len(d.shared) - 1, "!")
    d.answers(d.request, applied=False)
    d.reports(typed)
    assert d.request.text_edit.range == Range(Position(0, 0), Position(0, 0))
    d.settles()
    assert d.buffer == "zero\none\ntwoXY\nthree!\n"


def test_places_on_one_side_of_the_caret_still_go_together() -> None:
    d = Dialogue("one\ntwo\nthree\n")
    d.reports(d.types(13, "X"))
    d.others(0, "a")
    d.others(1, "b")
    d.others(6, "c")
    d.others(7, "d")
    d.settles()
    assert len(d.requests) == 2


def test_an_edit_that_stands_around_the_caret_reaches_no_further() -> None:
    d = Dialogue("0123456789abcdefghijklmnopqrstuvwxyz\n")
    d.binding.caret_moved(12)
    d.others(0, "!")
    d.others(11, "-", delete=5)
    d.others(30, "+")
    d.settles()
    assert len(d.requests) == 3


def test_a_buffer_that_refuses_everything_is_asked_ever_less_often() -> None:
    d = Dialogue("one\n")
    d.others(3, "!")
    for _ in range(60):
        if d.binding.has_unanswered_edit:
            d.answers(d.request, applied=False)
        d.passes(1.0)
    assert len(d.requests) < 25
    d.settles()


def test_what_changes_nothing_is_no_change_of_the_room() -> None:
    d = Dialogue("one\n")
    d.binding.remote_changed((), d.now)
    assert d.binding.pacing.updates == 0
