"""What other programs do to files."""

from hypothesis import given
from hypothesis import strategies as st

from pair_ls.editor.disk_change import find_moves, settle
from pair_ls.text import apply_edits
from tests.text.awkward import texts


def test_change_by_another_program_becomes_edits_and_keeps_what_the_room_did() -> None:
    settled = settle(base="a\né\nb\n", disk="a\né\nb\ndisk 😀\n", room="room\na\né\nb\n")
    assert settled.text == "room\na\né\nb\ndisk 😀\n"
    assert apply_edits("room\na\né\nb\n", settled.room_edits) == settled.text
    assert len(settled.room_edits) == 1
    assert settled.is_written


def test_change_of_the_room_alone_is_written_and_edits_nothing() -> None:
    settled = settle(base="a\n", disk="a\n", room="a\nb\n")
    assert (settled.text, settled.room_edits, settled.is_written) == ("a\nb\n", (), True)


def test_own_write_is_recognised_by_its_content() -> None:
    settled = settle(base="a\n", disk="a\n", room="a\n")
    assert (settled.room_edits, settled.is_written) == ((), False)


@given(texts, texts, texts)
def test_both_sides_end_with_the_same_text(base: str, disk: str, room: str) -> None:
    settled = settle(base=base, disk=disk, room=room)
    assert apply_edits(room, settled.room_edits) == settled.text
    assert settled.is_written == (settled.text != disk)


def test_moved_file_is_found_by_its_content() -> None:
    assert find_moves({"a.py": b"1", "b.py": b"2"}, {"src/a.py": b"1", "c.py": b"3"}) == {"a.py": "src/a.py"}


def test_among_equal_contents_the_one_of_the_same_name_was_moved() -> None:
    moves = find_moves({"old/__init__.py": b"", "old/empty.py": b""}, {"new/empty.py": b"", "new/__init__.py": b""})
    assert moves == {"old/__init__.py": "new/__init__.py", "old/empty.py": "new/empty.py"}


PATHS = st.dictionaries(st.sampled_from(["a", "b", "x/a", "x/b", "é"]), st.sampled_from([b"1", b"2"]))


@given(PATHS, PATHS)
def test_each_file_is_moved_at_most_once_and_to_equal_content(
    vanished: dict[str, bytes], appeared: dict[str, bytes]
) -> None:
    moves = find_moves(vanished, appeared)
    assert len(set(moves.values())) == len(moves)
    assert all(vanished[old] == appeared[new] for old, new in moves.items())
