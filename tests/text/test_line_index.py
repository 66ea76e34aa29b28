"""LineIndex against the slow model, with chunks so short that every edit meets their borders."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pair_ls.text import ContentChange, Edit, LineIndex, Position, PositionEncoding, Range, TextEdit, chunked_text
from tests.text import slow_text
from tests.text.awkward import PIECES, edits, encodings, positions, ranges, short_texts, texts

UTF8, UTF16, UTF32 = PositionEncoding


@pytest.fixture(autouse=True, scope="module")
def tiny_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunked_text, "_SHORTEST", 2)
        patch.setattr(chunked_text, "_USUAL", 4)
        patch.setattr(chunked_text, "_LONGEST", 8)
        yield


def assert_holds(index: LineIndex, text: str) -> None:
    assert index.text() == text
    assert len(index) == len(text)
    lines = slow_text.lines(text)
    assert index.line_count == len(lines)
    assert [index.line(number) for number in range(len(lines))] == lines


def test_an_empty_text_has_one_empty_line() -> None:
    index = LineIndex()
    assert_holds(index, "")
    assert index.line(0) == ""
    assert index.position(0, UTF16) == Position(0, 0)
    assert index.offset(Position(7, 7), UTF16) == 0


def test_only_three_things_end_a_line() -> None:
    index = LineIndex("a\nb\r\nc\rd\fe\vf\x85g\u2028h\n")
    assert [index.line(number) for number in range(index.line_count)] == [
        "a\n",
        "b\r\n",
        "c\r",
        "d\fe\vf\x85g\u2028h\n",
        "",
    ]


@pytest.mark.parametrize(("encoding", "character"), [(UTF8, 7), (UTF16, 4), (UTF32, 3)])
def test_a_character_counts_what_the_encoding_says(encoding: PositionEncoding, character: int) -> None:
    index = LineIndex("x\né😀b\n")
    assert index.position(4 + 1, encoding) == Position(1, character)
    assert index.offset(Position(1, character), encoding) == 5


@pytest.mark.parametrize(("encoding", "character"), [(UTF8, 3), (UTF8, 5), (UTF16, 2)])
def test_a_position_inside_a_character_is_before_it(encoding: PositionEncoding, character: int) -> None:
    assert LineIndex("é😀b").offset(Position(0, character), encoding) == 1


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_position_past_the_line_is_before_its_end(line_end: str) -> None:
    index = LineIndex(f"é{line_end}zwei")
    assert index.offset(Position(0, 99), UTF16) == 1
    assert index.offset(Position(1, 99), UTF16) == len(index)
    assert index.offset(Position(2, 0), UTF16) == len(index)


def test_a_newline_typed_after_a_return_joins_it() -> None:
    index = LineIndex("eins\rzwei")
    index.replace(Edit(5, 5, "\n"))
    assert_holds(index, "eins\r\nzwei")
    assert index.line_count == 2


def test_a_character_typed_into_a_line_end_makes_two_of_it() -> None:
    index = LineIndex("eins\r\nzwei")
    index.replace(Edit(5, 5, "😀"))
    assert_holds(index, "eins\r😀\nzwei")
    assert index.line_count == 3


def test_deleting_what_stands_between_joins_a_line_end() -> None:
    index = LineIndex("a\r" + "x" * 30 + "\nb")
    assert index.replace(Edit(2, 32, "")) == "x" * 30
    assert_holds(index, "a\r\nb")


def test_an_edit_that_cuts_a_line_end_replaces_both_halves() -> None:
    index = LineIndex("a\r\nb")
    text_edit = index.text_edit(Edit(2, 2, "é"), UTF16)
    assert text_edit == TextEdit(Range(Position(0, 1), Position(1, 0)), "\ré\n")
    assert index.edit_of(text_edit, UTF16) == Edit(1, 3, "\ré\n")


def test_an_edit_outside_the_text_is_our_bug() -> None:
    index = LineIndex("abc")
    for edit in (Edit(2, 4, ""), Edit(2, 1, ""), Edit(-1, 0, "")):
        with pytest.raises(ValueError, match="outside"):
            index.replace(edit)
    assert_holds(index, "abc")


def test_changes_of_one_notification_build_on_each_other() -> None:
    index = LineIndex("eins\nzwei\n")
    at = Position(1, 0)
    assert index.apply_change(ContentChange("neu\n", Range(at, at)), UTF16) == Edit(5, 5, "neu\n")
    assert index.apply_change(ContentChange("😀", Range(at, at)), UTF16) == Edit(5, 5, "😀")
    assert_holds(index, "eins\n😀neu\nzwei\n")


def test_a_whole_text_is_applied_as_its_one_difference() -> None:
    index = LineIndex("eins zwei drei\n")
    assert index.apply_change(ContentChange("eins 😀 drei\n"), UTF16) == Edit(5, 9, "😀")
    assert index.apply_change(ContentChange("eins 😀 drei\n"), UTF16) is None
    assert_holds(index, "eins 😀 drei\n")


def test_a_change_of_nothing_is_none() -> None:
    index = LineIndex("abc")
    assert index.apply_change(ContentChange("", Range(Position(0, 1), Position(0, 1))), UTF16) is None


def test_a_range_that_runs_backwards_is_turned_round() -> None:
    index = LineIndex("abc")
    assert index.edit_of(TextEdit(Range(Position(0, 2), Position(0, 1)), "x"), UTF16) == Edit(1, 2, "x")


@settings(max_examples=300)
@given(texts, encodings, positions)
def test_a_position_is_where_the_slow_model_says(text: str, encoding: PositionEncoding, position: Position) -> None:
    assert LineIndex(text).offset(position, encoding) == slow_text.offset(text, position, encoding)


@settings(max_examples=200)
@given(texts, encodings)
def test_an_offset_is_where_the_slow_model_says(text: str, encoding: PositionEncoding) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        position = index.position(offset, encoding)
        assert position == slow_text.position(text, offset, encoding)
        assert index.offset(position, encoding) == offset - slow_text.is_inside_line_end(text, offset)


@given(texts)
def test_utf8_offsets_go_both_ways_and_round_down(text: str) -> None:
    index = LineIndex(text)
    encoded = text.encode()
    for utf8_offset in range(len(encoded) + 1):
        offset = index.offset_of_utf8(utf8_offset)
        assert offset == len(encoded[:utf8_offset].decode(errors="ignore"))
        assert index.utf8_offset(offset) == len(text[:offset].encode())
    assert index.offset_of_utf8(len(encoded) + 5) == len(text)


@given(texts)
def test_utf16_offsets_go_both_ways_and_round_down(text: str) -> None:
    index = LineIndex(text)
    encoded = text.encode("utf-16-le")
    for utf16_offset in range(len(encoded) // 2 + 1):
        offset = index.offset_of_utf16(utf16_offset)
        assert offset == len(encoded[: 2 * utf16_offset].decode("utf-16-le", errors="ignore"))
        assert index.utf16_offset(offset) == len(text[:offset].encode("utf-16-le")) // 2


@settings(max_examples=300)
@given(texts, st.data())
def test_any_edits_leave_what_the_slow_model_has(text: str, data: st.DataObject) -> None:
    index = LineIndex(text)
    for _ in range(data.draw(st.integers(1, 8))):
        edit = data.draw(edits(text))
        encoding = data.draw(encodings)
        seen_by_editor = index.edit_of(index.text_edit(edit, encoding), encoding)
        assert slow_text.replaced(text, seen_by_editor) == slow_text.replaced(text, edit)
        assert index.replace(edit) == text[edit.start : edit.end]
        text = slow_text.replaced(text, edit)
        assert_holds(index, text)


@settings(max_examples=200)
@given(texts, encodings, st.lists(st.tuples(ranges, short_texts), max_size=5))
def test_any_changes_of_an_editor_leave_what_the_slow_model_has(
    text: str, encoding: PositionEncoding, changes: list[tuple[Range, str]]
) -> None:
    index = LineIndex(text)
    for changed, new_text in changes:
        start, end = sorted(slow_text.offset(text, at, encoding) for at in (changed.start, changed.end))
        edit = index.apply_change(ContentChange(new_text, changed), encoding)
        assert edit == (Edit(start, end, new_text) if start < end or new_text else None)
        text = text[:start] + new_text + text[end:]
        assert_holds(index, text)


@given(st.text(st.sampled_from("\ud83d\ude00aé\n"), max_size=20), encodings, st.data())
def test_lone_surrogates_do_no_harm(text: str, encoding: PositionEncoding, data: st.DataObject) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        assert 0 <= index.offset(index.position(offset, encoding), encoding) <= len(text)
        assert 0 <= index.offset_of_utf8(index.utf8_offset(offset)) <= len(text)
    edit = data.draw(edits(text))
    index.replace(edit)
    assert_holds(index, slow_text.replaced(text, edit))


@pytest.mark.parametrize("seed", range(4))
def test_a_long_text_survives_many_edits_with_chunks_of_usual_size(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("_SHORTEST", 512), ("_USUAL", 1536), ("_LONGEST", 3072)):
            patch.setattr(chunked_text, name, size)
        chance = random.Random(seed)
        text = "".join(chance.choices(PIECES, k=20_000))
        index = LineIndex(text)
        for _ in range(200):
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.choice([0, 0, 1, 5, 3000]))
            edit = Edit(start, end, "".join(chance.choices(PIECES, k=chance.choice([0, 1, 3, 2500]))))
            assert index.replace(edit) == text[start:end]
            text = slow_text.replaced(text, edit)
            offset = chance.randrange(len(text) + 1)
            assert index.utf8_offset(offset) == len(text[:offset].encode())
            position = index.position(offset, UTF16)
            assert position.line == len(slow_text.lines(text[:offset])) - 1 - slow_text.is_inside_line_end(text, offset)
        assert_holds(index, text)


def test_one_very_long_line_is_like_any_other() -> None:
    line = "a😀é" * 5000
    index = LineIndex(f"x\r\n{line}\r\ny")
    for encoding in PositionEncoding:
        at = Position(1, slow_text.width(line[:10_001], encoding))
        assert index.position(3 + 10_001, encoding) == at
        assert index.offset(at, encoding) == 3 + 10_001
        assert index.offset(Position(1, 10**6), encoding) == 3 + len(line)
