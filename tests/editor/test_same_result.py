"""Comparing two changes without building the text equals comparing the texts."""

import random

import pytest

from pair_ls.editor.same_result import same_result
from pair_ls.text import Delta, Edit, LineIndex, apply, normalize


def _random_delta(dice: random.Random, length: int) -> Delta:
    cuts = sorted(dice.randint(0, length) for _ in range(dice.choice((2, 2, 4))))
    pairs = zip(cuts[::2], cuts[1::2], strict=True)
    return normalize(
        Edit(start, end, "".join(dice.choice("ab\n") for _ in range(dice.randint(0, 2)))) for start, end in pairs
    )


@pytest.mark.parametrize("seed", range(20))
def test_it_says_whether_the_texts_are_equal(seed: int) -> None:
    dice = random.Random(seed)
    equal = 0
    for _ in range(300):
        text = "".join(dice.choice("ab\n") for _ in range(dice.randint(0, 8)))
        if dice.random() < 0.2:
            text = "ab" * 100 + text  # longer than what is looked at first
        one, other = _random_delta(dice, len(text)), _random_delta(dice, len(text))
        expected = apply(one, text) == apply(other, text)
        assert same_result(LineIndex(text), one, other) == expected, f"seed {seed}: {text!r} {one} {other}"
        equal += expected
    assert equal
