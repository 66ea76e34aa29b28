"""What a character counts in each encoding, and texts that no encoding can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_ls.text import PositionEncoding, replace_lone_surrogates, units
from pair_ls.text.position_encoding import code_points
from tests.text import slow_text
from tests.text.awkward import encodings, texts


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [(PositionEncoding.UTF8, 10), (PositionEncoding.UTF16, 5), (PositionEncoding.UTF32, 4)],
)
def test_each_encoding_counts_its_own_units(encoding: PositionEncoding, expected: int) -> None:
    assert units("aé漢😀", encoding) == expected


@pytest.mark.parametrize(
    ("encoding", "fitting"),
    [
        (PositionEncoding.UTF8, [0, 1, 1, 2, 2, 2, 2, 3, 4, 4]),
        (PositionEncoding.UTF16, [0, 1, 2, 2, 3, 4, 4]),
        (PositionEncoding.UTF32, [0, 1, 2, 3, 4, 4]),
    ],
)
def test_a_count_inside_a_character_rounds_down(encoding: PositionEncoding, fitting: list[int]) -> None:
    assert [code_points("aé😀b", count, encoding) for count in range(len(fitting))] == fitting


@given(texts, encodings)
def test_units_are_what_the_slow_model_counts(text: str, encoding: PositionEncoding) -> None:
    assert units(text, encoding) == slow_text.width(text, encoding)


@given(texts, encodings)
def test_code_points_is_the_inverse_of_units(text: str, encoding: PositionEncoding) -> None:
    for offset in range(len(text) + 1):
        assert code_points(text, units(text[:offset], encoding), encoding) == offset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("é😀", "é😀"),
        ("a\ud83db", "a\ufffdb"),
        ("\ude00", "\ufffd"),
        ("\ud83d\ud83d", "\ufffd\ufffd"),
        ("é\ud83d\ude00", "é😀"),
    ],
)
def test_halves_of_pairs_are_replaced_or_joined(text: str, expected: str) -> None:
    assert replace_lone_surrogates(text) == expected


@given(st.text(st.characters(categories=("Cs", "Lo", "So")) | st.sampled_from("\ud83d\ude00a")))
def test_replacing_surrogates_keeps_utf16_positions(text: str) -> None:
    cleaned = replace_lone_surrogates(text)
    assert units(cleaned, PositionEncoding.UTF16) == units(text, PositionEncoding.UTF16)
    cleaned.encode("utf-8")
