"""The view and its forced line end against a slow model, under any edits."""

import random

import pytest

from pair_ls.editor.editor_text import EditorText
from pair_ls.text import ContentChange, Edit, Position, PositionEncoding, Range, apply, compose, difference

PIECES = ("a", "é", "😀", "\n", "\n\n", "x\n", "\nx", "", "\u2028", "\x0c", "a\u0301")


def _random_edit(dice: random.Random, text: str) -> Edit:
    start = dice.choice((0, len(text), dice.randint(0, len(text))))
    end = min(len(text), start + dice.choice((0, 0, 1, 2, 5)))
    return Edit(start, end, dice.choice(PIECES) + dice.choice(PIECES))


@pytest.mark.parametrize("seed", range(200))
def test_the_view_follows_what_the_editor_does(seed: int) -> None:
    dice = random.Random(seed)
    start = dice.choice(("\n", "a\n", "one\ntwo\n"))
    text = EditorText(start, PositionEncoding.UTF16, has_forced_end=True)
    view, lines = text.view(), start
    for _ in range(20):
        edit = _random_edit(dice, lines)
        lines = apply((edit,) if edit.start != edit.end or edit.new_text else (), lines)
        if dice.random() < 0.8 and not lines.endswith("\n"):  # a forcing editor; sometimes it fails to
            edit = Edit(0, len(text.lines), lines + "\n")
            lines += "\n"
        view = apply(text.take((edit,) if edit.start != edit.end or edit.new_text else ()), view)
        assert text.lines.text() == lines, f"seed {seed}"
        assert text.view() == view, f"seed {seed}"
        assert view == (lines[:-1] if text.has_forced_end else lines), f"seed {seed}"


@pytest.mark.parametrize("seed", range(200))
def test_a_queue_that_is_fitted_at_the_end_leads_to_the_same_text(seed: int) -> None:
    dice = random.Random(seed)
    lines = "".join(dice.choice(PIECES) for _ in range(6))
    text = EditorText(lines, PositionEncoding.UTF16, has_forced_end=lines.endswith("\n") and dice.random() < 0.5)
    text.forces_end = text.has_forced_end or dice.random() < 0.5
    wanted = text.view()
    for _ in range(dice.randint(1, 4)):
        wanted = apply(difference(wanted, apply((_random_edit(dice, wanted),), wanted)), wanted)
    queue = difference(text.view(), wanted)
    fitted = text.fit_end(queue)
    assert apply(fitted, text.view()) == wanted, f"seed {seed}"
    if fitted and text.lines.text().endswith("\n") and wanted.endswith("\n"):
        assert fitted[-1].start < len(text.lines), f"seed {seed}: nothing goes behind the last line end"


@pytest.mark.parametrize("seed", range(100))
def test_an_inverse_takes_back_what_a_change_does_to_the_view(seed: int) -> None:
    dice = random.Random(seed)
    text = EditorText("one\ntwo\n", PositionEncoding.UTF16, has_forced_end=dice.random() < 0.5)
    edit = _random_edit(dice, text.lines.text())
    before = text.view()
    change = compose((edit,) if edit.start != edit.end or edit.new_text else (), ())
    back = text.inverse_in_view(change)
    text.take(change)
    assert apply(back, text.view()) == before, f"seed {seed}"


def test_a_whole_text_is_taken_as_its_smallest_difference() -> None:
    text = EditorText("alpha\nbeta\ngamma\n", PositionEncoding.UTF16)
    change = text.change(ContentChange("alpha!\nbeta\ngama\n"))
    assert text.take(change) == (Edit(5, 5, "!"), Edit(13, 14, ""))


def test_a_range_that_covers_more_than_changes_is_made_smaller() -> None:
    text = EditorText("alpha beta\n", PositionEncoding.UTF16)
    change = text.change(ContentChange("alpha BETA", Range(Position(0, 0), Position(0, 10))))
    assert text.take(change) == (Edit(6, 10, "BETA"),)
