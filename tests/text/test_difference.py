"""Differences: small where people edit, bounded where everything changed, and always right."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pair_ls.text import Edit, apply, difference, normalize, single_difference
from tests.text.awkward import PIECES, deltas, texts


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("", "", ()),
        ("é\r\n", "é\r\n", ()),
        ("", "é", (Edit(0, 0, "é"),)),
        ("é", "", (Edit(0, 1, ""),)),
        ("a\nb\nc\n", "a\nb😀\nc\n", (Edit(3, 3, "😀"),)),
        ("a\nb\nc\nd\n", "x\nb\nc\n", (Edit(0, 1, "x"), Edit(5, 7, ""))),
        ("aaa", "aa", (Edit(2, 3, ""),)),
        ("a\r\nb\r\n", "a\nb\n", (Edit(1, 2, ""), Edit(4, 5, ""))),
        ("eins\nzwei\n", "  eins\n  zwei\n", (Edit(0, 0, "  "), Edit(5, 5, "  "))),
    ],
)
def test_the_difference_is_small(before: str, after: str, edits: tuple[Edit, ...]) -> None:
    assert difference(before, after) == edits


def test_words_of_one_line_change_each_for_itself() -> None:
    before, after = "call(eins, 'zwei', drei)\n", "rufe(eins, 'zwo', drei)\n"
    assert difference(before, after) == (Edit(0, 4, "rufe"), Edit(14, 16, "o"))


def test_a_rewritten_line_is_one_edit() -> None:
    assert difference("return a(b)\n", "while (True): pass\n") == (Edit(0, 11, "while (True): pass"),)


def test_where_very_much_changed_words_are_not_compared() -> None:
    before = "eins zwei drei\n" * 600
    after = "ein zwei dre\n" * 600
    edits = difference(before, after)
    assert apply(edits, before) == after
    assert len(edits) == 600


def test_three_edits_far_apart_stay_three() -> None:
    line = "Zeile mit Text ünd 😀\n"
    text = "".join(f"{number} {line}" for number in range(3000))
    after = text.replace("7 Zeile", "7 Reihe", 1).replace("1500 ", "1500\t", 1).replace("2999 Zeile", "2999", 1)
    edits = difference(text, after)
    assert [(text[edit.start : edit.end], edit.new_text) for edit in edits] == [
        ("Zeil", "Reih"),
        (" ", "\t"),
        (" Zeile", ""),
    ]


def test_three_edits_in_one_very_long_line_stay_small() -> None:
    text = "wort " * 20_000
    after = text[:100] + "eins " + text[100:50_000] + "zwei " + text[50_000:99_000] + "drei " + text[99_000:]
    assert sum(len(edit.new_text) + edit.end - edit.start for edit in difference(text, after)) <= 15


def re_indented(lines: list[str], chance: random.Random) -> list[str]:
    return [f"    {line}" if chance.random() < 0.3 else line for line in lines]


def shuffled(lines: list[str], chance: random.Random) -> list[str]:
    return chance.sample(lines, len(lines))


def unrelated(lines: list[str], chance: random.Random) -> list[str]:
    return ["".join(chance.choices(PIECES, k=10)) + "\n" for _ in lines]


def repeated(lines: list[str], chance: random.Random) -> list[str]:
    return lines[:3] * (len(lines) // 2)


@pytest.mark.parametrize("changed", [re_indented, shuffled, unrelated, repeated])
def test_texts_that_differ_much_are_still_told_apart(changed: Callable[[list[str], random.Random], list[str]]) -> None:
    chance = random.Random(1)
    lines = ["".join(chance.choices(PIECES, k=chance.randrange(20))) + "\n" for _ in range(3000)]
    before, after = "".join(lines), "".join(changed(lines, chance))
    edits = difference(before, after)
    assert apply(edits, before) == after
    assert normalize(edits) == edits


@settings(max_examples=300)
@given(texts, texts)
def test_a_difference_of_any_texts_leads_from_one_to_the_other(before: str, after: str) -> None:
    edits = difference(before, after)
    assert apply(edits, before) == after
    assert normalize(edits) == edits
    single = single_difference(before, after)
    assert apply((single,) if single else (), before) == after


@settings(max_examples=300)
@given(texts, st.data())
def test_a_difference_of_related_texts_is_no_longer_than_what_was_done(text: str, data: st.DataObject) -> None:
    done = data.draw(deltas(text))
    after = apply(done, text)
    edits = difference(text, after)
    assert apply(edits, text) == after
    single = single_difference(text, after)
    if single:
        assert sum(edit.end - edit.start + len(edit.new_text) for edit in edits) <= (
            single.end - single.start + len(single.new_text)
        )
