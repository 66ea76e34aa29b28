"""JSON from outside: what is taken can be written again."""

import json

import pytest

from pair_ls.crdt.foreign_json import parse_foreign_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'{"\ud800":["\udc00","\ud83d\ude00"]}', {"\ufffd": ["\ufffd", "😀"]}),
        (r'"\\ud800 \u00e9"', r"\ud800 é"),
        ("[1e308,-0.5,3]", [1e308, -0.5, 3]),
    ],
)
def test_what_is_taken_is_utf_8_when_it_is_written_again(text: str, value: object) -> None:
    taken = parse_foreign_json(text)
    assert taken == value
    assert json.loads(json.dumps(taken, ensure_ascii=False, allow_nan=False).encode()) == value


@pytest.mark.parametrize(
    "text", ["1e999", '{"x":[-1e999]}', "NaN", "Infinity", "", "9" * 5000, "[" * 50 + "]" * 50, "[" * 100_000]
)
def test_what_cannot_be_written_again_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_foreign_json(text)
