"""Lexing by line, and documents that follow edits: an edited document is always as if read anew."""

import random

import pytest

from pair_ls.completion.learned.documents import OpenDocument, SourceFile, differing, lex_file
from pair_ls.completion.learned.languages import GO, PYTHON, RUST, SQL, TYPESCRIPT, Language, language_of
from pair_ls.completion.learned.lexer import lex_line, lex_spans
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.stepwise import all_at_once

LINES = {
    PYTHON: ("def f(x):", "    return x", "", "    # é", '    """text', '    more 😀"""', "x = 'a\\'b'",
    "    if x:\t", "\x0c", "y = '''", "\u2028z"),
    TYPESCRIPT: ("function f(x) {", "  return `a", "  b ${c}`;", "/* block", "   end */ let y = 1;", "", "// é",
    "const s = '😀';", "}"),
    RUST: ("fn f<'a>(x: &'a str) {", '    let s = "over', '    lines";', "    /* c", "    */", "    let c = 'x';",
    'let r = r#"raw', '"#;', "}"),
    GO: ("func f() {", "\treturn `a", "\tb`", "/*", "*/", "\tx := 1", "", "}"),
}  # fmt: skip


def lexed(text: str, language: Language, vocabulary: Vocabulary) -> SourceFile:
    return all_at_once(lex_file("file", text, language, vocabulary))


@pytest.mark.parametrize("language", LINES, ids=lambda language: language.family)
@pytest.mark.parametrize("seed", range(12))
def test_edited_document_is_as_if_read_anew(language: Language, seed: int) -> None:
    dice = random.Random(seed)
    vocabulary = Vocabulary()
    lines = [dice.choice(LINES[language]) for _ in range(20)]
    document = OpenDocument(lexed("\n".join(lines), language, vocabulary), language, vocabulary)
    for _ in range(30):
        first = dice.randrange(len(document.lines) + 1)
        last = min(len(document.lines), first + dice.randrange(3))
        added = [dice.choice(LINES[language]) for _ in range(dice.randrange(4))]
        if not added and last - first >= len(document.lines):
            continue
        lines = [*document.lines[:first], *added, *document.lines[last:]]
        replaced = document.set_text("\n".join(lines))
        assert document.lines == lines
        assert len(replaced) <= max(1, len(added))
        fresh = OpenDocument(lexed("\n".join(document.lines), language, vocabulary), language, vocabulary)
        assert document.tokens == fresh.tokens, seed
        assert document.starts == fresh.starts, seed
        assert document.states == fresh.states, seed
        assert +document.counts == fresh.counts, seed


@pytest.mark.parametrize("seed", range(10))
def test_set_text_ends_with_that_text(seed: int) -> None:
    dice = random.Random(seed)
    vocabulary = Vocabulary()
    document = OpenDocument(lexed("", PYTHON, vocabulary), PYTHON, vocabulary)
    for _ in range(20):
        text = "\n".join(dice.choice(LINES[PYTHON]) for _ in range(dice.randrange(12)))
        document.set_text(text)
        assert document.source().text == text
        assert document.tokens == lexed(text, PYTHON, vocabulary).tokens, seed


@pytest.mark.parametrize("seed", range(20))
def test_the_part_that_differs_is_between_what_both_begin_and_end_with(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(200):
        before = "".join(dice.choice("ab\né😀") for _ in range(dice.randrange(12)))
        at = dice.randrange(len(before) + 1)
        after = before[:at] + "".join(dice.choice("ab\n") for _ in range(dice.randrange(4)))
        after += before[at + dice.randrange(4) :]
        start, end = differing(before, after)
        tail = len(after) - end
        assert before[:start] == after[:start], seed
        assert before[len(before) - tail :] == after[end:], seed
        assert start + tail <= len(before)
        assert start == min(len(before), len(after)) or before[start] != after[start], seed


def test_a_long_text_is_read_and_set_in_steps_and_may_be_given_up() -> None:
    vocabulary = Vocabulary()
    long = "\n".join(f"x{number} = y[{number}]" for number in range(3000))
    document = OpenDocument(lexed("a = 1", PYTHON, vocabulary), PYTHON, vocabulary)
    steps = document.setting_text(long)
    for _ in range(20):
        next(steps)
    steps.close()
    assert (document.text, document.lines, document.version) == ("a = 1", ["a = 1"], 0)
    document.set_text(long)
    assert document.tokens == lexed(long, PYTHON, vocabulary).tokens


def test_a_string_over_lines_is_one_token_on_its_first_line() -> None:
    assert lex_line('x = """a', 0, PYTHON) == (["x", "=", '"""a'], 1)
    assert lex_line("b", 1, PYTHON) == ([], 1)
    assert lex_line('c""" + y', 1, PYTHON) == (["+", "y"], 0)


def test_comments_are_no_tokens() -> None:
    assert lex_line("x = 1  # é 😀", 0, PYTHON)[0] == ["x", "=", "1", ""]
    assert lex_line("x; /* a */ y; // b", 0, TYPESCRIPT)[0] == ["x", ";", "", "y", ";", ""]
    assert lex_line("select 1 -- é", 0, SQL)[0] == ["select", "1", ""]


def test_places_count_code_points() -> None:
    spans, state = lex_spans("é = '😀' + ü", 0, PYTHON)
    assert [(span.text, span.start, span.end) for span in spans] == [
        ("é", 0, 1),
        ("=", 2, 3),
        ("'😀'", 4, 7),
        ("+", 8, 9),
        ("ü", 10, 11),
    ]
    assert state == 0


def test_lifetimes_are_names_and_characters_are_strings() -> None:
    assert lex_line("&'a str, 'x', '\\n'", 0, RUST)[0] == ["&", "'a", "str", ",", "'x'", ",", "'\\n'"]


def test_unknown_language_is_plain() -> None:
    assert language_of("klingon").family == "plain"
    assert language_of("TypeScriptReact") is TYPESCRIPT


def test_indentation_is_part_of_the_tokens() -> None:
    vocabulary = Vocabulary()
    tokens = lexed("a\n    b\n\n    c\nd", PYTHON, vocabulary).tokens
    assert [vocabulary.text(code) for code in tokens] == ["a", "\n>", "b", "\n", "c", "\n<", "d"]


def test_long_strings_share_a_token() -> None:
    vocabulary = Vocabulary()
    source = lexed("x = '" + "long " * 20 + "'\ny = '" + "other " * 20 + "'", PYTHON, vocabulary)
    assert source.tokens.count(vocabulary.literal) == 2


def test_vocabulary_finds_names_by_their_beginning_in_any_case() -> None:
    vocabulary = Vocabulary()
    codes = [vocabulary[name] for name in ("Total", "total_price", "to", "other", "étage")]
    assert [vocabulary.text(code) for code in vocabulary.starting_with("tot")] == ["Total", "total_price"]
    assert [vocabulary.text(code) for code in vocabulary.starting_with("É")] == ["étage"]
    assert codes[2] not in vocabulary.starting_with("to")
