"""Counts over files that come and go are those of the files that are there."""

import random
from collections import Counter

import pytest

from pair_ls.completion.learned.documents import SourceFile, lex_file
from pair_ls.completion.learned.languages import PYTHON
from pair_ls.completion.learned.neighbours import Side, neighbours_in
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.learned.workspace import Workspace

WORDS = ("self", ".", "total", "(", ")", "=", "price", "\n", "\n    ", "é", "'😀'", "return")


def source(path: str, text: str, vocabulary: Vocabulary) -> SourceFile:
    *_, found = lex_file(path, text, PYTHON, vocabulary)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(8))
def test_counts_are_those_of_the_files_that_are_there(seed: int) -> None:
    dice = random.Random(seed)
    workspace = Workspace(Vocabulary())
    asked = [workspace.vocabulary[word] for word in (".", "(", "self", "=")]
    for _ in range(40):
        path = f"file{dice.randrange(6)}"
        if dice.random() < 0.3:
            workspace.remove(path)
        else:
            workspace.add(source(path, " ".join(dice.choice(WORDS) for _ in range(60)), workspace.vocabulary))
        tokens = [file.tokens for file in workspace.files.values()]
        assert workspace.counts == Counter("".join(tokens)), seed
        assert workspace.size == sum(map(len, tokens))
        for code in asked:
            after = Counter(neighbour for text in tokens for neighbour in neighbours_in(text, code, Side.AFTER))
            before = Counter(neighbour for text in tokens for neighbour in neighbours_in(text, code, Side.BEFORE))
            assert +workspace.after(code) == after, seed
            assert +workspace.before(code) == before, seed


def test_neighbours_do_not_reach_over_the_ends() -> None:
    assert neighbours_in("abca", "a", Side.AFTER) == ["b"]
    assert neighbours_in("abca", "a", Side.BEFORE) == ["c"]
    assert neighbours_in("", "a", Side.AFTER) == []
