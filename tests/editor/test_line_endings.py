"""Line endings at the editor's border."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_ls.editor.line_endings import LineEnding, check_text, from_editor, line_ending_of, to_editor
from pair_ls.errors import TextRefused
from pair_ls.text import PositionEncoding, units


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("", LineEnding.LF),
        ("one", LineEnding.LF),
        ("one\n", LineEnding.LF),
        ("one\r\n", LineEnding.CRLF),
        ("one\r\ntwo\r\nthree\n", LineEnding.CRLF),
        ("one\r\ntwo\n", LineEnding.LF),
        ("é😀\u2028\x0c\r\n", LineEnding.CRLF),
    ],
)
def test_most_line_ends_decide(text: str, ending: LineEnding) -> None:
    assert line_ending_of(text) is ending


@given(st.text(alphabet="a\né😀\u2028\x0c"), st.sampled_from(LineEnding))
def test_there_and_back_is_the_same_text(text: str, ending: LineEnding) -> None:
    assert from_editor(to_editor(text, ending)) == text
    check_text(to_editor(text, ending))


@given(st.text(alphabet="a\r\0é\ud83d\n"), st.sampled_from(PositionEncoding))
def test_what_cannot_be_shared_is_replaced_by_something_as_wide(text: str, encoding: PositionEncoding) -> None:
    inside = from_editor(text)
    assert not set(inside) & {"\r", "\0", "\ud83d"}
    if "\ud83d" not in text or encoding is not PositionEncoding.UTF8:
        assert units(inside, encoding) == units(text.replace("\r\n", "\n"), encoding)


@pytest.mark.parametrize(
    ("text", "code"), [("a\0b", "text-binary"), ("a\rb", "text-lone-cr"), ("a\r\nb\r", "text-lone-cr")]
)
def test_files_that_nobody_agrees_on_are_refused(text: str, code: str) -> None:
    with pytest.raises(TextRefused) as refused:
        check_text(text)
    assert refused.value.code == code
