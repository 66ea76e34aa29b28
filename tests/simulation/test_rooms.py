"""Two thousand rooms of fake editors that type, lose connections and hubs, and must all end with the same text."""

import pytest

from tests.simulation.world import failures_of

SEEDS, EACH = 2000, 50


@pytest.mark.parametrize("first", range(0, SEEDS, EACH))
def test_everybody_ends_with_the_same_text_and_no_letter_is_lost_or_doubled(first: int) -> None:
    _, failures = failures_of(range(first, first + EACH))
    assert not failures, "\n".join(
        f"seed {seed}: {problem}(again: python -m tests.simulation --first {seed} --seeds 1 --processes 1)"
        for seed, problem in failures
    )
