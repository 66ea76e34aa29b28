"""Reports in the order of their versions, whatever order they come in."""

import random

import pytest

from pair_ls.editor.change_order import HOLD_SECONDS, ChangeOrder, DocumentChange, EarlyChanges
from pair_ls.editor.habits import EditorHabits
from pair_ls.text import ContentChange


def _versions(changes: list[DocumentChange]) -> list[int | None]:
    return [change.version for change in changes]


@pytest.mark.parametrize("seed", range(50))
def test_swapped_reports_are_put_in_order(seed: int) -> None:
    dice = random.Random(seed)
    versions = list(range(8, 60))
    for at in range(len(versions) - 1):
        if dice.random() < 0.3:
            versions[at], versions[at + 1] = versions[at + 1], versions[at]
    order = ChangeOrder(7, EditorHabits())
    taken = [change for version in versions for change in order.receive(version, (), 0.0)]
    assert _versions(taken) == list(range(8, 60))
    assert not order.is_holding


def test_a_gap_is_held_for_a_moment_and_never_again() -> None:
    habits = EditorHabits()
    order = ChangeOrder(0, habits)
    assert order.receive(4, (), 1.0) == []
    assert order.is_holding
    assert order.release(1.0 + HOLD_SECONDS / 2) == []
    assert _versions(order.release(1.0 + HOLD_SECONDS)) == [4]
    assert _versions(order.receive(9, (), 2.0)) == [9]
    assert habits.skips_versions


def test_a_version_that_does_not_grow_is_taken_at_once() -> None:
    order = ChangeOrder(3, EditorHabits())
    assert _versions(order.receive(3, (), 0.0)) == [3]
    assert _versions(order.receive(None, (), 0.0)) == [None]
    assert _versions(order.receive(1, (), 0.0)) == [1]


def test_changes_before_their_didopen_are_kept_for_it() -> None:
    early = EarlyChanges()
    change = (ContentChange("x"),)
    early.hold("file:///new", 2, change, 0.0)
    early.hold("file:///new", 1, change, 0.0)
    early.hold("file:///new", 0, change, 0.0)  # in the text of didOpen already
    assert _versions(early.take("file:///new", 0)) == [1, 2]
    assert early.take("file:///new", 0) == []


def test_changes_whose_didopen_never_comes_are_forgotten() -> None:
    early = EarlyChanges()
    early.hold("file:///gone", 1, (), 0.0)
    early.hold("file:///other", 1, (), 60.0)
    assert early.take("file:///gone", 0) == []
