"""Counts over files that come and go are those of the files that are there."""

import random
from collections import Counter

import pytest

from pair_ls.completion.learned.documents import OpenDocument, SourceFile, lex_file
from pair_ls.completion.learned.languages import PYTHON
from pair_ls.completion.learned.neighbours import Side, neighbours_in
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.learned.workspace import Elsewhere, Workspace
from pair_ls.completion.stepwise import all_at_once

WORDS = ("self", ".", "total", "(", ")", "=", "price", "\n", "\n    ", "é", "'😀'", "return")


def source(path: str, text: str, vocabulary: Vocabulary) -> SourceFile:
    return all_at_once(lex_file(path, text, PYTHON, vocabulary))


def some_text(dice: random.Random) -> str:
    return " ".join(dice.choice(WORDS) for _ in range(60))


@pytest.mark.parametrize("seed", range(12))
def test_counts_are_those_of_the_texts_that_are_there(seed: int) -> None:
    """Whatever is added, removed, opened, edited and closed, and whether or not a count was asked for before."""
    dice = random.Random(seed)
    workspace = Workspace(Vocabulary())
    asked = [workspace.vocabulary[word] for word in (".", "(", "self", "=")]
    for _ in range(60):
        path = f"file{dice.randrange(6)}"
        document = workspace.documents.get(path)
        match dice.randrange(6):
            case 0:
                workspace.remove(path)
            case 1 if document is None:
                workspace.add(source(path, some_text(dice), workspace.vocabulary))
            case 2 if document is None:
                read = workspace.files.get(path) or source(path, some_text(dice), workspace.vocabulary)
                workspace.open(OpenDocument(read, PYTHON, workspace.vocabulary), read)
            case 3:
                workspace.close(path)
            case _ if document is not None:
                at = dice.randrange(len(document.text) + 1)
                text = document.text[:at] + dice.choice(WORDS) + document.text[at + dice.randrange(20) :]
                if dice.random() < 0.4:  # several lines at once
                    lines = [line + dice.choice(("", "", " é", "(")) for line in text.split("\n")]
                    text = "\n".join(lines)
                workspace.edited(document, document.set_text(text))
        texts = [one.tokens for one in workspace.newest_first()]
        assert workspace.counts == Counter("".join(texts)), seed
        assert workspace.size == sum(map(len, texts))
        assert {code for code, count in workspace.files_with.items() if count < 1} == set(), seed
        assert workspace.files_with == Counter(code for tokens in texts for code in set(tokens)), seed
        for code in asked if dice.random() < 0.5 else ():
            for side in Side:
                expected = Counter(neighbour for text in texts for neighbour in neighbours_in(text, code, side))
                assert all_at_once(workspace.neighbours(code, side)) == expected, seed
        for document in workspace.documents.values():
            rest = "".join(one.tokens for one in workspace.newest_first() if one is not document)
            elsewhere = Elsewhere(workspace, document)
            assert [elsewhere.count(code) for code in asked] == [rest.count(code) for code in asked], seed
            assert elsewhere.size == len(rest)


def test_a_long_log_is_cut_and_counts_are_right_all_the_same() -> None:
    workspace = Workspace(Vocabulary())
    code = workspace.vocabulary["("]
    for number in range(3000):
        workspace.add(source(f"file{number % 7}", f"f(a{number % 50})", workspace.vocabulary))
        if number % 1111 == 1:
            texts = [one.tokens for one in workspace.newest_first()]
            expected = Counter(neighbour for text in texts for neighbour in neighbours_in(text, code, Side.AFTER))
            assert all_at_once(workspace.neighbours(code, Side.AFTER)) == expected


def test_neighbours_do_not_reach_over_the_ends() -> None:
    assert neighbours_in("abca", "a", Side.AFTER) == ["b"]
    assert neighbours_in("abca", "a", Side.BEFORE) == ["c"]
    assert neighbours_in("", "a", Side.AFTER) == []
