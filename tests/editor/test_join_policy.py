"""What becomes of a file and its document when they meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_ls.editor.join_policy import Agreed, Ask, Missing, OnConflict, decide, keep_both

MINE, ROOM = "é mine\ncommon 😀\n", "common 😀\nroom e\u0301\n"


@pytest.mark.parametrize("on_conflict", OnConflict)
def test_equal_texts_are_bound_and_lose_nothing(on_conflict: OnConflict) -> None:
    assert decide(mine=MINE, room=MINE, base=None, on_conflict=on_conflict) == Agreed(MINE)


@pytest.mark.parametrize("on_conflict", OnConflict)
def test_empty_room_never_empties_a_file(on_conflict: OnConflict) -> None:
    assert decide(mine=MINE, room="", base=None, on_conflict=on_conflict) == Agreed(MINE)


@pytest.mark.parametrize("on_conflict", OnConflict)
def test_file_that_is_not_there_is_made(on_conflict: OnConflict) -> None:
    assert decide(mine=None, room=ROOM, base=None, on_conflict=on_conflict) == Agreed(ROOM)
    assert decide(mine="", room=ROOM, base=None, on_conflict=on_conflict) == Agreed(ROOM)


@pytest.mark.parametrize(
    ("on_conflict", "decision"),
    [
        (OnConflict.ASK, Ask()),
        (OnConflict.ROOM, Agreed(ROOM, loses_mine=True)),
        (OnConflict.MINE, Agreed(MINE)),
        (OnConflict.MERGE, Agreed("é mine\ncommon 😀\nroom e\u0301\n", loses_mine=True)),
    ],
)
def test_differing_texts_are_for_a_person_to_choose(on_conflict: OnConflict, decision: object) -> None:
    assert decide(mine=MINE, room=ROOM, base=None, on_conflict=on_conflict) == decision


def test_coming_back_keeps_what_both_sides_did() -> None:
    decision = decide(mine="a\nmine\nb\n", room="a\nb\nroom\n", base="a\nb\n", on_conflict=OnConflict.ASK)
    assert decision == Agreed("a\nmine\nb\nroom\n", loses_mine=True)


def test_coming_back_without_own_changes_needs_no_backup() -> None:
    decision = decide(mine="a\n", room="a\nroom\n", base="a\n", on_conflict=OnConflict.ASK)
    assert decision == Agreed("a\nroom\n")


def test_file_deleted_meanwhile_is_told_apart_from_one_never_had() -> None:
    assert decide(mine=None, room=ROOM, base="old", on_conflict=OnConflict.ASK) == Missing()


LINES = st.lists(st.sampled_from(["é", "😀", "", "\u2028x", "\fy", "e\u0301", "same"]), max_size=8).map("\n".join)


@given(LINES, LINES)
def test_merge_without_a_common_text_contains_the_lines_of_both_in_their_order(mine: str, room: str) -> None:
    merged = keep_both(mine, room).split("\n")
    for side in (mine, room):
        rest = iter(merged)
        assert all(line in rest for line in side.split("\n"))


@given(LINES | st.none(), LINES, LINES | st.none(), st.sampled_from(OnConflict))
def test_no_decision_empties_a_file_against_an_empty_room(
    mine: str | None, room: str, base: str | None, on_conflict: OnConflict
) -> None:
    match decide(mine=mine, room=room, base=base, on_conflict=on_conflict):
        case Agreed(text, loses_mine):
            if mine and not room and base is None:
                assert text == mine
            if mine and text != mine and not loses_mine:
                assert mine == base  # the last common text: nothing of this side's own is in it
        case Ask():
            assert on_conflict is OnConflict.ASK
            assert mine != room
        case Missing():
            assert mine is None
