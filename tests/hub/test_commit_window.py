"""How long a commit waits for others."""

import pytest

from pair_ls.hub.commit_window import LONGEST_SECONDS, CommitWindow


def last_window(*, updates_per_second: float, commit_seconds: float) -> float:
    """What it says after a second of steady typing, one commit for each update."""
    window = CommitWindow()
    steps = int(updates_per_second)
    said = [window.after(commit_seconds, number, number / updates_per_second) for number in range(steps)]
    return said[-1]


@pytest.mark.parametrize("updates_per_second", [1, 20, 100, 800])
def test_nobody_waits_for_company_that_does_not_come(updates_per_second: float) -> None:
    assert last_window(updates_per_second=updates_per_second, commit_seconds=0.001) == 0.0


def test_a_busy_hub_commits_several_at_once() -> None:
    assert last_window(updates_per_second=2000, commit_seconds=0.001) == LONGEST_SECONDS


def test_a_store_that_takes_no_time_is_not_waited_for() -> None:
    assert last_window(updates_per_second=2000, commit_seconds=0.00005) == 0.0


def test_the_wait_is_over_when_the_rush_is() -> None:
    window = CommitWindow()
    for number in range(1000):
        window.after(0.001, number, number / 5000)
    assert window.after(0.001, 1001, 1.0) == 0.0
