"""The laws of the algebra, on awkward texts."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pair_ls.text import Delta, Edit, apply, compose, invert, map_offset, normalize, transform
from tests.text.awkward import deltas, texts


def is_delta(delta: Delta) -> bool:
    return normalize(delta) == delta and all(a.end < b.start for a, b in pairwise(delta))


def test_touching_edits_become_one_and_empty_ones_none() -> None:
    assert normalize([Edit(0, 0, ""), Edit(1, 2, "é"), Edit(2, 2, "x"), Edit(2, 3, "")]) == (Edit(1, 3, "éx"),)


def test_composed_typing_is_one_insert() -> None:
    assert compose((Edit(3, 3, "h"),), (Edit(4, 4, "i"),)) == (Edit(3, 3, "hi"),)


def test_text_that_comes_and_goes_leaves_nothing() -> None:
    assert compose((Edit(3, 3, "😀"),), (Edit(3, 4, ""),)) == ()


def test_of_two_inserts_at_one_place_the_word_before_decides() -> None:
    mine, theirs = (Edit(1, 1, "mine"),), (Edit(1, 1, "theirs"),)
    assert apply(transform(mine, theirs, before=True), apply(theirs, "ab")) == "aminetheirsb"
    assert apply(transform(mine, theirs, before=False), apply(theirs, "ab")) == "atheirsmineb"


def test_an_insert_into_deleted_text_survives() -> None:
    deletion, insert = (Edit(1, 5, ""),), (Edit(3, 3, "é"),)
    assert transform(insert, deletion, before=True) == (Edit(1, 1, "é"),)
    assert transform(deletion, insert, before=True) == (Edit(1, 3, ""), Edit(4, 6, ""))


def test_what_both_delete_is_deleted_once() -> None:
    assert transform((Edit(1, 4, "x"),), (Edit(2, 6, ""),), before=True) == (Edit(1, 2, "x"),)


@pytest.mark.parametrize(
    ("offset", "left", "right"),
    [(0, 0, 0), (1, 1, 2), (2, 3, 3), (3, 4, 6), (4, 6, 6), (5, 6, 6), (6, 7, 7)],
)
def test_an_offset_moves_with_the_text_around_it(offset: int, left: int, right: int) -> None:
    delta = (Edit(1, 1, "+"), Edit(3, 5, "é😀"))
    assert map_offset(offset, delta, stick_right=False) == left
    assert map_offset(offset, delta, stick_right=True) == right


@settings(max_examples=300)
@given(texts, st.data())
def test_compose_does_one_after_the_other(text: str, data: st.DataObject) -> None:
    first = data.draw(deltas(text))
    between = apply(first, text)
    second = data.draw(deltas(between))
    both = compose(first, second)
    assert is_delta(both)
    assert apply(both, text) == apply(second, between)
    assert compose(first, ()) == first
    assert compose((), second) == second


@given(texts, st.data())
def test_compose_is_associative_in_what_it_does(text: str, data: st.DataObject) -> None:
    first = data.draw(deltas(text))
    second = data.draw(deltas(apply(first, text)))
    third = data.draw(deltas(apply(compose(first, second), text)))
    assert apply(compose(compose(first, second), third), text) == apply(compose(first, compose(second, third)), text)


@settings(max_examples=500)
@given(texts, st.data())
def test_both_orders_lead_to_the_same_text(text: str, data: st.DataObject) -> None:
    one, other = data.draw(deltas(text)), data.draw(deltas(text))
    one_after = transform(one, other, before=True)
    other_after = transform(other, one, before=False)
    assert is_delta(one_after)
    assert is_delta(other_after)
    assert apply(one_after, apply(other, text)) == apply(other_after, apply(one, text))
    assert transform(one, (), before=True) == one


@given(texts, st.data(), st.booleans())
def test_transform_keeps_every_inserted_text(text: str, data: st.DataObject, before: bool) -> None:
    delta, over = data.draw(deltas(text)), data.draw(deltas(text))
    rebased = transform(delta, over, before=before)
    assert "".join(edit.new_text for edit in rebased) == "".join(edit.new_text for edit in delta)


@given(texts, st.data(), st.booleans())
def test_an_insert_goes_where_its_offset_is_mapped_to(text: str, data: st.DataObject, before: bool) -> None:
    offset, over = data.draw(st.integers(0, len(text))), data.draw(deltas(text))
    mapped = map_offset(offset, over, stick_right=not before)
    assert transform((Edit(offset, offset, "x"),), over, before=before) == (Edit(mapped, mapped, "x"),)


@given(texts, st.data())
@example("", None)
def test_invert_leads_back(text: str, data: st.DataObject | None) -> None:
    delta = data.draw(deltas(text)) if data else (Edit(0, 0, "é"),)
    backwards = invert(delta, text)
    assert is_delta(backwards)
    assert apply(backwards, apply(delta, text)) == text
    assert apply(compose(delta, backwards), text) == text
    assert invert(backwards, apply(delta, text)) == delta
