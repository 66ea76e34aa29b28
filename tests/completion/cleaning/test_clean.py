"""What holds for every answer in every place, tried with random ones."""

import random

import pytest

from pair_ls.completion.cleaning import Situation, clean
from tests.completion.cleaning.golden import GOLDEN

PIECES = (
    "foo(", ")", "[", "]", "{", "}", "\n", "\n    ", "\n\t", "x = 1", "return", "```", "```py\n", "<think>", "</think>",
    "<|endoftext|>", "<fim_middle>", "  ", "é", "😀", "e\u0301", "\r\n", "\u2028", "\x0c", '"', "'", "`", ";", ",",
    ":", "total_price",
    "def f():\n    return 1\n", "a.b.c", "\\", "// ", "# ", "else:", "end", "~~~\n", "", "日本語",
)  # fmt: skip


def any_text(dice: random.Random, most: int) -> str:
    return "".join(dice.choice(PIECES) for _ in range(dice.randrange(most)))


@pytest.mark.parametrize("seed", range(40))
def test_cleaning_never_raises_and_cleaning_again_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(60):
        situation = Situation(any_text(dice, 12), any_text(dice, 12), dice.random() < 0.5)
        once = clean(any_text(dice, 14), situation)
        if once.text:
            behind = situation.suffix[once.replace_after :]
            assert clean(once.text, Situation(situation.prefix, behind, situation.is_block)).text == once.text, seed


@pytest.mark.parametrize("seed", range(20))
def test_result_never_ends_with_a_whole_line_that_follows(seed: int) -> None:
    """Bare brackets aside: a block may need one that looks like the one below."""
    dice = random.Random(1000 + seed)
    for _ in range(60):
        below = any_text(dice, 6).replace("\n", " ").strip()
        if sum(map(str.isalnum, below)) < 3 or "`" in below or "<" in below:
            continue
        situation = Situation(any_text(dice, 8), "\n" + below + "\n" + any_text(dice, 5), True)
        found = clean(any_text(dice, 8) + "\n" + below, situation).text
        assert not found or found.split("\n")[-1].strip() != below or "\n" not in found, seed


def test_every_golden_result_is_stable() -> None:
    for name, document, answer, *_ in GOLDEN:
        prefix, suffix = document.split("‸")
        once = clean(answer, Situation(prefix, suffix, name.startswith("+")))
        again = clean(once.text, Situation(prefix, suffix[once.replace_after :], name.startswith("+")))
        assert again.text == once.text, name


def test_a_very_long_answer_is_cleaned_quickly() -> None:
    answer = "value = compute(value)\n    " * 2000
    assert clean(answer, Situation("def f():\n    ", "\n", True)).text == "value = compute(value)"


def test_a_long_line_of_one_character_is_cleaned_quickly() -> None:
    assert len(clean("a" * 50_000, Situation("x = ", "\n")).text) <= 50_000
