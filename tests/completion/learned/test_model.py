"""What the learned model proposes, where it is silent, and that it follows the documents."""

import random

import pytest

from pair_ls.completion.learned.model import LearnedModel, Offer, Spot

MUCH = "".join(f"many{number} = {number}\\n" for number in range(200))  # so that the language's patterns stay away
PAYROLL = (
    MUCH
    + """class Payroll:
    def __init__(self, wages, bonus):
        self.wages = wages
        self.bonus = bonus

    def total(self):
        return self.wages + self.bonus
"""
)


def learned(document: str, *files: str, language: str = "python") -> tuple[LearnedModel, Spot]:
    """A model with the files, and the spot of `‸` in the document."""
    model = LearnedModel()
    for number, text in enumerate(files):
        for _ in model.index(f"file{number}", language, text):
            pass
    before, after = document.split("‸")
    model.open("here", language, before + after)
    column = len(before) - before.rfind("\n") - 1
    return model, Spot("here", before.count("\n"), column, column)


def texts(offers: list[Offer]) -> list[str]:
    return [offer.text for offer in offers]


def test_members_are_proposed_behind_a_dot() -> None:
    model, spot = learned(PAYROLL + "\n    def report(self):\n        print(self.‸)\n")
    assert set(texts(model.identifiers(spot, ""))[:2]) == {"wages", "bonus"}


def test_typed_characters_narrow_whatever_their_case() -> None:
    model, spot = learned(PAYROLL + "\n    def report(self):\n        print(self.‸)\n")
    assert texts(model.identifiers(spot, "w")) == ["wages"]
    assert texts(model.identifiers(spot, "W")) == ["wages"]
    assert model.identifiers(spot, "wages") == []


def test_confidence_is_a_probability_and_descends() -> None:
    model, spot = learned(PAYROLL + "\n    def report(self):\n        print(self.‸)\n")
    values = [offer.confidence for offer in model.identifiers(spot, "")]
    assert values == sorted(values, reverse=True)
    assert all(0.0 < value < 1.0 for value in values)


def test_other_files_are_learned_from_and_forgotten() -> None:
    model, spot = learned("import payroll\n\npayroll.‸\n", "payroll.compute_wages(1)\npayroll.compute_wages(2)\n")
    assert "compute_wages" in texts(model.identifiers(spot, "comp"))
    model.remove("file0")
    assert model.identifiers(spot, "comp") == []


def test_keywords_are_not_proposed() -> None:
    model, spot = learned("for value in values:\n    return value\nfor value in values:\n    ‸\n")
    assert "return" not in texts(model.identifiers(spot, "re"))


def test_rest_of_a_line_is_copied_and_its_name_carried_over() -> None:
    model, spot = learned(
        "class A:\n    def f(self, width, height):\n        self.width = width\n        self.height‸\n"
    )
    assert texts(model.lines(spot))[0].strip() == "= height"


def test_rest_of_a_line_keeps_the_spaces_of_its_model() -> None:
    model, spot = learned("x = compute( a,b )\ny = 1\nx = compute‸\n")
    assert texts(model.lines(spot))[0] == "( a,b )"


def test_nothing_is_proposed_in_comments_and_strings() -> None:
    for document in (PAYROLL + "# see self.‸\n", PAYROLL + "x = 'self.‸\n", PAYROLL + '"""\nself.‸\n"""\n'):
        model, spot = learned(document)
        assert model.identifiers(spot, "") == []
        assert model.lines(spot) == []


def test_other_open_documents_count_as_they_are_now() -> None:
    model, spot = learned(MUCH + "value.‸\n")
    model.open("other", "python", "value.first_thing()\n")
    assert texts(model.identifiers(spot, "f")) == ["first_thing"]
    model.set_text("other", "value.second_thing()\n")
    assert model.identifiers(spot, "f") == []
    assert texts(model.identifiers(spot, "s")) == ["second_thing"]
    model.close("other")
    assert texts(model.identifiers(spot, "s")) == ["second_thing"]


def test_a_language_does_not_learn_from_another() -> None:
    model, spot = learned(MUCH + "value.‸\n")
    for _ in model.index("main.go", "go", "value.goThing()\n"):
        pass
    assert model.identifiers(spot, "go") == []


def test_an_empty_document_gets_the_patterns_of_its_language() -> None:
    model, spot = learned("‸")
    assert model.identifiers(spot, "") == []
    assert "print" in texts(model.identifiers(spot, "pr"))
    model, spot = learned("if __name__‸")
    assert texts(model.lines(spot)) == [' == "__main__":']


@pytest.mark.parametrize(
    ("language", "line", "rest"),
    [
        ("typescript", "for (const user", " of items) {"), ("rust", "fn main", "() {"), ("go", "if err", " != nil {"),
        ("java", "System", ".out.println();"), ("c", "int main", "(int argc, char **argv) {"),
        ("css", "display", ": flex;"),
        ("html", "<!DOCTYPE", " html>"), ("sql", "select *", " FROM "), ("shellscript", "set", " -euo pipefail"),
        ("javascript", "console", ".log();"), ("typescriptreact", "console", ".log();"),
        ("cpp", "    std::cout", " << std::endl;"), ("scss", "display", ": flex;"),
        ("python", "#!", "/usr/bin/env python3"),
        ("shellscript", "#!", "/usr/bin/env bash"),
    ],
)  # fmt: skip
def test_every_language_has_patterns(language: str, line: str, rest: str) -> None:
    model, spot = learned(line + "‸", language=language)
    assert texts(model.lines(spot)) == [rest]


@pytest.mark.parametrize(
    ("language", "typed", "name"),
    [
        ("python", "pri", "print"), ("javascript", "cons", "console"), ("typescript", "Prom", "Promise"),
        ("go", "Print", "Println"),
        ("rust", "Hash", "HashMap"), ("java", "Over", "Override"), ("c", "mall", "malloc"), ("cpp", "vec", "vector"),
        ("html", "scr", "script"), ("css", "marg", "margin"), ("sql", "SEL", "SELECT"), ("shellscript", "gre", "grep"),
    ],
)  # fmt: skip
def test_every_language_has_names_for_an_empty_file(language: str, typed: str, name: str) -> None:
    model = LearnedModel()
    model.open("here", language, typed)
    assert name in texts(model.identifiers(Spot("here", 0, 0, len(typed)), typed))


def test_the_word_at_the_cursor_does_not_propose_itself() -> None:
    model = LearnedModel()
    model.open("here", "python", "wages = 1\nprint(wag)\n")
    assert texts(model.identifiers(Spot("here", 1, 6, 9), "wag")) == ["wages"]


@pytest.mark.parametrize(
    "text", ["", "\n", "é", "😀", "\u2028", "\x0c\n", "e\u0301 = 1\n", "'", '"""', "\t\n", "日本語 = 1\n日本語."]
)
def test_awkward_documents_are_answered(text: str) -> None:
    model = LearnedModel()
    model.open("here", "python", text)
    lines = text.split("\n")
    for line, content in enumerate(lines):
        for column in range(len(content) + 1):
            model.identifiers(Spot("here", line, column, column), "")
            model.lines(Spot("here", line, column, column))


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_and_questions_never_fail_and_agree_with_a_fresh_model(seed: int) -> None:
    dice = random.Random(seed)
    pieces = ("self", ".", "wages", "(", ")", " = ", "\n", "\n    ", "é", "'", '"""', "#", "bonus", "def f(x):", "😀")
    model = LearnedModel()
    model.open("here", "python", PAYROLL)
    text = PAYROLL
    for _ in range(40):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(pieces) + text[at + dice.randrange(4) :]
        model.set_text("here", text)
        fresh = LearnedModel()
        fresh.open("here", "python", text)
        before = text[: dice.randrange(len(text) + 1)]
        column = len(before) - before.rfind("\n") - 1
        spot = Spot("here", before.count("\n"), column, column)
        mine, theirs = model.identifiers(spot, ""), fresh.identifiers(spot, "")
        assert {offer.text for offer in mine} == {offer.text for offer in theirs}, seed
        assert [offer.text for offer in model.lines(spot)] == [offer.text for offer in fresh.lines(spot)], seed


def test_indexing_is_done_in_slices() -> None:
    model = LearnedModel()
    assert sum(1 for _ in model.index("file", "python", "x = 1\n" * 1000)) >= 10
