"""When a stream has said all that will be shown."""

import pytest

from pair_ls.completion.cleaning import Situation
from pair_ls.completion.completeness import is_complete, wants_block


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("def f():\n    ‸\n", True), ("def f():\n    ‸\n\nx = 1\n", True), ("def f():\n    ‸\n    return 1\n", False),
        ("x = ‸\n", False), ("x = 1\n‸\n", False), ("function f() {\n  ‸\n}\n", True), ("foo(\n    ‸)\n", False),
        ("‸", False),
        ("if é:\n\t‸", True),
    ],
)  # fmt: skip
def test_blocks_are_wanted_where_a_block_begins(document: str, expected: bool) -> None:
    prefix, suffix = document.split("‸")
    assert wants_block(prefix, suffix) is expected


@pytest.mark.parametrize(
    ("answer", "block", "expected"),
    [
        ("left", False, False), ("left\n", False, True), ("", False, False), ("\n", False, False),
        ("\nleft", False, False),
        ("\nleft\n", False, True), ("```py\nleft\n", False, False), ("```py\nleft\n```", False, True),
        ("<think>a\nb", False, False),
        ("<think>a</think>left\n", False, True), ("<think>a</think>left", False, False),
        ("a = 1\n    b = 2\n", True, False), ("a = 1\nb = 2", True, True),
        ("a = 1\n    b = 2\nc", True, True), ("😀\n", False, True),
    ],
)  # fmt: skip
def test_completeness(answer: str, block: bool, expected: bool) -> None:
    assert is_complete(answer, Situation("def f():\n    ", "\n", block)) is expected


def test_two_hundred_lines_are_enough() -> None:
    assert is_complete("    a\n" * 201, Situation("def f():\n    ", "\n", True))
    assert is_complete("x" * 20_000, Situation("x = ", "\n"))
