"""Differences of sequences, against the textbook table of longest common subsequences."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pair_ls.text.sequence_difference import Hunk, common_prefix, common_suffix, few_hunks, hunks

items = st.lists(st.sampled_from("abcdefgh"), max_size=30)


def replaced(old: list[str], new: list[str], changes: list[Hunk]) -> list[str]:
    result: list[str] = []
    at = 0
    for hunk in changes:
        result += old[at : hunk.old_start] + new[hunk.new_start : hunk.new_end]
        at = hunk.old_end
    return result + old[at:]


def length_of_longest_common(old: list[str], new: list[str]) -> int:
    row = [0] * (len(new) + 1)
    for item in old:
        above = row[:]
        for j, other in enumerate(new):
            row[j + 1] = above[j] + 1 if item == other else max(above[j + 1], row[j])
    return row[-1]


@settings(max_examples=300)
@given(items, items)
def test_few_hunks_are_the_smallest_difference(old: list[str], new: list[str]) -> None:
    changes = few_hunks(old, new, 60)
    assert changes is not None
    assert replaced(old, new, changes) == new
    differing = sum(hunk.old_end - hunk.old_start + hunk.new_end - hunk.new_start for hunk in changes)
    assert differing == len(old) + len(new) - 2 * length_of_longest_common(old, new)
    assert all(a.old_end < b.old_start and a.new_end < b.new_start for a, b in pairwise(changes))


def test_more_differences_than_asked_for_are_none() -> None:
    assert few_hunks(list("abcd"), list("wxyz"), 7) is None
    assert few_hunks(list("abcd"), list("wxyz"), 8) == [Hunk(0, 4, 0, 4)]


@pytest.mark.parametrize("seed", range(10))
def test_items_that_occur_once_hold_a_large_difference_together(seed: int) -> None:
    chance = random.Random(seed)
    old = [chance.choice([f"only {number}", "often"]) for number in range(1000)]
    new = [f"new {chance.random()}" if chance.random() < 0.4 else item for item in old]
    changes = list(hunks(old, new))
    assert replaced(old, new, changes) == new
    kept = len(old) - sum(hunk.old_end - hunk.old_start for hunk in changes)
    assert kept == sum(item in old for item in new)


def test_without_such_items_the_part_is_one_hunk() -> None:
    old, new = ["a", "b"] * 100, ["b", "b", "c"] * 100
    changes = list(hunks(old, new))
    assert replaced(old, new, changes) == new


@given(st.integers(0, 300), st.integers(0, 5), st.integers(0, 5))
def test_common_beginning_and_end_are_found_at_any_length(length: int, more: int, other: int) -> None:
    shared = "é" * length
    assert common_prefix(shared + "a" * more, shared + "b" * other) == length
    assert common_prefix("x" + shared + "a" * more, shared + "b" * other, 1) == length
    assert common_suffix("a" * more + shared, "b" * other + shared, length + min(more, other)) == length
    assert common_suffix(shared, shared, length // 2) == length // 2
