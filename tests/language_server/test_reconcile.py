"""What becomes of a file whose text differs from the room's."""

import pytest

from pair_ls.editor.join_policy import OnConflict
from pair_ls.language_server.reconcile import Meeting, reconcile


def test_equal_texts_are_bound_at_once() -> None:
    assert reconcile(opened="é\n", mine="é\n", room="é\n", base=None, side=OnConflict.ASK) == Meeting("é\n")


def test_an_empty_room_never_empties_a_file() -> None:
    assert reconcile(opened="é😀\n", mine="é😀\n", room="", base=None, side=OnConflict.ASK) == Meeting("é😀\n")


def test_what_was_typed_while_the_room_answered_goes_into_the_room() -> None:
    assert reconcile(opened="ab\n", mine="abc\n", room="ab\n", base=None, side=OnConflict.ASK) == Meeting("abc\n")


OLD, TYPED, ROOM = "old\n", "old\ntyped é\n", "from the room 😀\n"


def test_without_a_common_past_the_person_chooses() -> None:
    assert reconcile(opened=OLD, mine=TYPED, room=ROOM, base=None, side=OnConflict.ASK) is None


def test_where_the_room_is_chosen_typing_since_the_opening_stays() -> None:
    meeting = reconcile(opened=OLD, mine=TYPED, room=ROOM, base=None, side=OnConflict.ROOM)
    assert meeting is not None
    assert meeting.replaces_file
    assert "from the room 😀" in meeting.text
    assert "typed é" in meeting.text


def test_mine_and_merged_keep_all_of_mine() -> None:
    mine = reconcile(opened=OLD, mine=TYPED, room=ROOM, base=None, side=OnConflict.MINE)
    both = reconcile(opened=OLD, mine=TYPED, room=ROOM, base=None, side=OnConflict.MERGE)
    assert mine == Meeting(TYPED)
    assert both == Meeting(TYPED + ROOM, replaces_file=True)


def test_an_empty_file_takes_the_rooms_text_without_a_backup() -> None:
    assert reconcile(opened="", mine="", room="x\n", base=None, side=OnConflict.ASK) == Meeting("x\n")


@pytest.mark.parametrize(
    ("mine", "room", "merged"),
    [
        ("1\n2\n3 mine\n", "1 room\n2\n3\n", "1 room\n2\n3 mine\n"),
        ("1\n2\n3\n", "1\n3\n", "1\n3\n"),
        ("1\n2\n3\n4\n", "1\n2\n3\n4\n", "1\n2\n3\n4\n"),
        ("1\n2\n3\n", "", ""),
    ],
)
def test_with_a_common_past_both_sides_edits_are_kept(mine: str, room: str, merged: str) -> None:
    assert reconcile(opened=mine, mine=mine, room=room, base="1\n2\n3\n", side=OnConflict.ASK) == Meeting(merged)
