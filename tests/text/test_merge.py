"""Three-way merge: nothing that either side wrote is lost or doubled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pair_ls.text import Edit, apply, merge_three_way
from tests.text.awkward import texts


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ("", "", "", ""),
        ("a\nb\nc\n", "a\nb\nc\nmine\n", "theirs\na\nb\nc\n", "theirs\na\nb\nc\nmine\n"),
        ("x = 1\n", "x = 1  # é\n", "😀x = 1\n", "😀x = 1  # é\n"),
        ("a\n", "a\nmine\n", "a\ntheirs\n", "a\nmine\ntheirs\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        ("a\nb\nc\n", "A\nb\nC\n", "A\nb\nc\nd\n", "A\nb\nC\nd\n"),
    ],
)
def test_both_sides_edits_are_in_the_merged_text(base: str, mine: str, theirs: str, merged: str) -> None:
    assert merge_three_way(base, mine, theirs) == merged


@given(texts, texts)
def test_a_side_that_did_nothing_takes_the_other(base: str, other: str) -> None:
    assert merge_three_way(base, base, other) == other
    assert merge_three_way(base, other, base) == other


@given(texts, texts)
def test_what_both_did_is_done_once(base: str, both: str) -> None:
    assert merge_three_way(base, both, both) == both


@st.composite
def with_tokens(draw: st.DrawFn, text: str, tokens: list[str]) -> str:
    places = sorted(draw(st.lists(st.integers(0, len(text)), min_size=len(tokens), max_size=len(tokens), unique=True)))
    return apply(tuple(Edit(place, place, token) for place, token in zip(places, tokens, strict=True)), text)


@settings(max_examples=300)
@given(texts.filter(lambda text: len(text) > 3), st.data())
def test_every_inserted_token_survives_exactly_once(base: str, data: st.DataObject) -> None:
    mine = data.draw(with_tokens(base, ["<1>", "<2>\n", "<3>"]))
    theirs = data.draw(with_tokens(base, ["{1}", "{2}\n", "{3}"]))
    merged = merge_three_way(base, mine, theirs)
    for token in ("<1>", "<2>", "<3>", "{1}", "{2}", "{3}"):
        assert merged.count(token) == 1
