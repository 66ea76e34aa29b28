"""The golden corpus: every case is a promise."""

import pytest

from pair_ls.completion.cleaning import Cleaned, Situation, clean
from tests.completion.cleaning.golden import GOLDEN, Case


def test_the_corpus_is_large() -> None:
    assert len(GOLDEN) >= 150


@pytest.mark.parametrize("case", GOLDEN, ids=[f"{number} {case[0]}" for number, case in enumerate(GOLDEN)])
def test_answer_becomes_what_may_be_inserted(case: Case) -> None:
    name, document, answer, expected, *replaced = case
    prefix, suffix = document.split("‸")
    found = clean(answer, Situation(prefix, suffix, name.startswith("+")))
    assert found == Cleaned(expected, replaced[0] if replaced else 0)
