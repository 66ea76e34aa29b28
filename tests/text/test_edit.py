"""Simultaneous edits on a text."""

import pytest

from pair_ls.text import Edit, apply_edits


def test_simultaneous_edits_refer_to_the_text_before_all_of_them() -> None:
    edits = [Edit(0, 1, "Ä😀"), Edit(3, 3, "-"), Edit(4, 6, "")]
    assert apply_edits("abcdef", edits) == "Ä😀bc-d"


def test_no_edits_change_nothing() -> None:
    assert apply_edits("é\r\n", []) == "é\r\n"


@pytest.mark.parametrize(
    "edits",
    [[Edit(2, 1, "")], [Edit(0, 4, "")], [Edit(-1, 0, "")], [Edit(0, 2, ""), Edit(1, 3, "")], [Edit(4, 4, "x")]],
)
def test_edits_that_overlap_or_lie_outside_are_our_bug(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply_edits("abc", edits)


def test_a_moved_edit_differs_in_its_place_only() -> None:
    assert Edit(1, 4, "é").moved(3) == Edit(4, 7, "é")


def test_growth_is_what_an_edit_adds_to_the_length() -> None:
    assert Edit(1, 4, "é").growth == -2
